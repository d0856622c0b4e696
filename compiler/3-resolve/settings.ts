// Typed settings: declared once, given a value in every context, so that one bundle serves all of them.

import { Ajv2020 } from "ajv/dist/2020.js";
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import type { WorkspaceSpec } from "../../schema/spec.gen.ts";
import type { Spec, Unchecked } from "../2-parse/spec.ts";
import { checkSchema } from "../contract/schema.ts";
import { placeInShort, readShort } from "../contract/short.ts";
import { findingAt, type Report, type Site } from "../value.ts";

const empty: JsonSchema = { type: "object", properties: {}, required: [], additionalProperties: false };

const workspaceKeys = (root: Spec): Unchecked<WorkspaceSpec> => (isJsonObject(root.value) ? root.value : {});

/** The declared settings as a schema: the type of `settings` in every expression. */
export function resolveSettings(root: Spec, report: Report): JsonSchema {
  const { settings: raw } = workspaceKeys(root);
  if (raw === undefined) return empty;
  const read = readShort(raw);
  const problems = "problems" in read ? read.problems : checkSchema(read.schema, () => undefined);
  for (const problem of problems) {
    const path = "problems" in read ? problem.path : placeInShort(raw, problem.path);
    const says =
      "missing" in problem ? { message: "A setting's type is written out: contracts are for messages." } : problem;
    report(findingAt("VRS2004", { spec: root, path: ["settings", ...path] }, says));
  }
  return "problems" in read || problems.length > 0 ? namesOnly(object(raw)) : read.schema;
}

/** Where a type is wrong, only the names are known: then no value and no use of a setting is a second mistake. */
function namesOnly(declared: JsonObject): JsonSchema {
  const names = Object.keys(declared).map((key) => [key.replace(/\?$/, ""), {}] as const);
  return { ...empty, properties: Object.fromEntries(names) };
}

/** Each must have a value of its type; none may be undeclared. */
export function reportSettings(
  context: string,
  settings: JsonObject,
  schema: JsonSchema,
  site: Site,
  report: Report,
): void {
  const properties = object(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required : [];
  for (const [key, property] of Object.entries(properties)) {
    const value = settings[key];
    const place: Site = { spec: site.spec, path: [...site.path, "settings", key] };
    if (value === undefined) {
      if (required.includes(key)) report(missing(key, context, site));
    } else reportValue(value, object(property), place, `context \`${context}\``, report);
  }
  for (const key of Object.keys(settings)) {
    if (Object.hasOwn(properties, key)) continue;
    report(
      findingAt(
        "VRS2013",
        { spec: site.spec, path: [...site.path, "settings", key] },
        {
          message: `Setting \`${key}\` of context \`${context}\` is not declared.`,
          help: "Declare it under `settings:` of the workspace, or remove it.",
        },
      ),
    );
  }
}

/** Of the setting that stands at `place`. */
export function reportValue(value: Json, type: JsonObject, place: Site, where: string, report: Report): void {
  if (fits(value, type)) return;
  const message = `Setting \`${place.path.at(-1)}\` must be ${describe(type)} in ${where}.`;
  report(findingAt("VRS2013", place, { message }));
}

function missing(key: string, context: string, site: Site) {
  return findingAt("VRS2013", site, {
    message: `Setting \`${key}\` has no value in context \`${context}\`.`,
    help: `Give it one under \`contexts.${context}.settings\`, or for all contexts under \`defaults.settings\`.`,
  });
}

/** What a date looks like is not asked here. */
function fits(value: Json, schema: JsonObject): boolean {
  // Most settings are plain: a validator for each of them would be most of a compile's time.
  if (structured(schema)) {
    const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, meta: false });
    return ajv.validate({ ...schema }, value);
  }
  if (schema.const !== undefined) return schema.const === value;
  if (Array.isArray(schema.enum)) return schema.enum.includes(value);
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.some((type) => {
    if (type === undefined) return true;
    if (type === "integer") return Number.isSafeInteger(value);
    return type === "null" ? value === null : typeof value === type;
  });
}

const structured = ({ oneOf, properties, items }: JsonObject): boolean => (oneOf ?? properties ?? items) !== undefined;

function describe(schema: JsonObject): string {
  if (structured(schema)) return "as it is declared under `settings:`";
  if (schema.const !== undefined) return String(schema.const);
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.map(String).join(", ")}`;
  return `of type ${Array.isArray(schema.type) ? schema.type.join(" or ") : String(schema.type)}`;
}

function object(raw: Json | undefined): JsonObject {
  return isJsonObject(raw) ? raw : {};
}
