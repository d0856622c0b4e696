// The official JSON-Schema-Test-Suite against contracts. A group counts when the subset takes its schema, as it stands
// or with the type that its keywords speak of written out: contracts want `type` beside `maximum` and the like. With a
// type added, the suite's values of other types are left out, since their verdict is then the type's.

import { readdirSync, readFileSync } from "node:fs";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import { validator } from "./run.ts";

interface Group {
  readonly description: string;
  readonly schema: Json;
  readonly tests: readonly { readonly description: string; readonly data: Json; readonly valid: boolean }[];
}

export interface GroupResult {
  readonly draft: string;
  /** File without its ending: `maximum`, `format/date`. */
  readonly keyword: string;
  readonly group: string;
  readonly outcome: "as it stands" | "with its type" | "refused";
  readonly passed: number;
  /** `description: expected valid`. */
  readonly wrong: readonly string[];
}

const folder = new URL("suite/", import.meta.url);
export const drafts = ["draft7", "draft2020-12"] as const;

export function runSuite(): readonly GroupResult[] {
  return drafts.flatMap((draft) => filesOf(draft).flatMap((file) => runFile(draft, file)));
}

function filesOf(draft: string): readonly string[] {
  const at = new URL(`${draft}/`, folder);
  const names = readdirSync(at).filter((name) => name.endsWith(".json"));
  const formats = readdirSync(new URL("format/", at)).map((name) => `format/${name}`);
  return [...names, ...formats].sort();
}

function runFile(draft: string, file: string): readonly GroupResult[] {
  const groups = JSON.parse(readFileSync(new URL(`${draft}/${file}`, folder), "utf8")) as readonly Group[];
  const keyword = file.replace(/\.json$/, "");
  return groups.map((group) => ({ draft, keyword, group: group.description, ...runGroup(group) }));
}

function runGroup({ schema, tests }: Group): Pick<GroupResult, "outcome" | "passed" | "wrong"> {
  if (!isJsonObject(schema)) return { outcome: "refused", passed: 0, wrong: [] };
  if (isTaken(schema)) return { outcome: "as it stands", ...judge(schema, tests) };
  const typed = withTypes(schema);
  if (!isJsonObject(typed) || !isTaken(typed)) return { outcome: "refused", passed: 0, wrong: [] };
  const bare = onlyTypes(typed);
  const fits = isTaken(bare) ? validator(bare) : undefined;
  return {
    outcome: "with its type",
    ...judge(
      typed,
      tests.filter(({ data }) => fits?.(data).length === 0),
    ),
  };
}

const isTaken = (schema: JsonSchema): boolean => checkSchema(schema, () => undefined).length === 0;

function judge(schema: JsonSchema, tests: Group["tests"]): Pick<GroupResult, "passed" | "wrong"> {
  const check = validator(schema);
  const wrong = tests.filter(({ data, valid }) => (check(data).length === 0) !== valid);
  return {
    passed: tests.length - wrong.length,
    wrong: wrong.map(({ description, valid }) => `${description}: expected ${valid ? "valid" : "invalid"}`),
  };
}

const speaksOf: Readonly<Record<string, readonly string[]>> = {
  object: ["properties", "required", "additionalProperties"],
  array: ["items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  string: ["minLength", "maxLength", "pattern", "format"],
};

/** The type that its keywords speak of, wherever a schema names none; only where they speak of one. */
function withTypes(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withTypes);
  if (!isJsonObject(schema)) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]): [string, Json] => {
      if (key === "const" || key === "enum" || key === "default") return [key, value];
      if (["properties", "$defs", "definitions"].includes(key) && isJsonObject(value)) {
        return [key, Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withTypes(member)]))];
      }
      return [key, withTypes(value)];
    }),
  );
  const types = Object.keys(speaksOf).filter((type) => speaksOf[type]?.some((key) => Object.hasOwn(schema, key)));
  const [type] = types;
  return type === undefined || types.length > 1 || "type" in schema || "$ref" in schema ? inner : { type, ...inner };
}

/** The types alone, at every depth: which values of the suite are asked at all. */
function onlyTypes(schema: JsonObject): JsonObject {
  const { type, properties, items } = schema;
  return {
    ...(type === undefined ? {} : { type }),
    ...(isJsonObject(properties)
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, member]) => [name, isJsonObject(member) ? onlyTypes(member) : {}]),
          ),
        }
      : {}),
    ...(isJsonObject(items) ? { items: onlyTypes(items) } : {}),
  };
}
