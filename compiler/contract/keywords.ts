// Which JSON Schema keywords are read, and for what. A keyword in no list is refused: what a type cannot say and the
// validator does not ask must not look as if it held.

import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { nearest } from "../nearest.ts";
import { fail, type Reading } from "./reading.ts";

/** Say nothing about a value. Names that start with `x-` belong here too. */
const annotations = new Set([
  "$comment",
  "$id",
  "$schema",
  "contentEncoding",
  "contentMediaType",
  "default",
  "deprecated",
  "description",
  "example",
  "examples",
  "readOnly",
  "title",
  "writeOnly",
]);

const general = new Set(["$ref", "allOf", "anyOf", "const", "enum", "nullable", "oneOf", "type"]);

/** Keywords that speak of one type only. */
const typed: ReadonlyMap<string, "array" | "number" | "object" | "string"> = new Map([
  ["properties", "object"],
  ["required", "object"],
  ["additionalProperties", "object"],
  ["items", "array"],
  ["prefixItems", "array"],
  ["additionalItems", "array"],
  ["minItems", "array"],
  ["maxItems", "array"],
  ["uniqueItems", "array"],
  ["minimum", "number"],
  ["maximum", "number"],
  ["exclusiveMinimum", "number"],
  ["exclusiveMaximum", "number"],
  ["multipleOf", "number"],
  ["minLength", "string"],
  ["maxLength", "string"],
  ["pattern", "string"],
  ["format", "string"],
]);

const rootOnly = new Set(["$defs", "definitions"]);

type KeywordUse =
  | { readonly kind: "annotation" | "definitions" | "general" }
  | { readonly kind: "typed"; readonly type: "array" | "number" | "object" | "string" }
  | { readonly kind: "unknown"; readonly guess?: string };

export function keywordUse(keyword: string): KeywordUse {
  if (annotations.has(keyword) || keyword.startsWith("x-")) return { kind: "annotation" };
  if (general.has(keyword)) return { kind: "general" };
  if (rootOnly.has(keyword)) return { kind: "definitions" };
  const type = typed.get(keyword);
  if (type !== undefined) return { kind: "typed", type };
  const guess = nearest(keyword, [...typed.keys(), ...general, ...rootOnly]);
  return guess === undefined ? { kind: "unknown" } : { kind: "unknown", guess };
}

export function constrains(schema: JsonObject): boolean {
  return Object.keys(schema).some((key) => ["general", "typed"].includes(keywordUse(key).kind));
}

/** Does it admit objects only, by its own words? A reference is taken to; what it leads to speaks for itself. */
export function saysObject(schema: Json): boolean {
  if (!isJsonObject(schema)) return false;
  const { type, $ref, allOf, oneOf, anyOf } = schema;
  if (type === "object" || $ref !== undefined || (Array.isArray(allOf) && allOf.some(saysObject))) return true;
  const either = oneOf ?? anyOf;
  return Array.isArray(either) && either.length > 0 && either.every(saysObject);
}

export function reportKeywords(schema: JsonObject, at: Reading): void {
  for (const keyword of Object.keys(schema)) {
    const use = keywordUse(keyword);
    if (use.kind === "unknown") fail(at, keyword, `\`${keyword}\` is not supported.`, keywordHelp(use));
    else if (use.kind === "definitions" && at.path.length > 0)
      fail(at, keyword, `\`${keyword}\` stands at the contract's root.`);
    else if (keyword === "$id" && at.path.length > 0)
      fail(at, keyword, "`$id` inside a contract changes what `$ref` means.");
    else if (use.kind === "typed" && use.type === "object" && at.implied === "object") continue;
    else if (use.kind === "typed" && !admits(schema.type, use.type)) {
      const wanted = use.type === "number" ? "number` or `integer" : use.type;
      fail(
        at,
        keyword,
        `\`${keyword}\` says nothing without \`type: ${wanted}\`.`,
        `Add \`type: ${use.type}\`: without it other kinds of values pass.`,
      );
    }
  }
}

function keywordHelp(use: Extract<KeywordUse, { kind: "unknown" }>): string {
  return use.guess === undefined
    ? "Nothing is ignored: take it out, or say it with a supported keyword."
    : `Did you mean \`${use.guess}\`?`;
}

function admits(type: Json | undefined, wanted: string): boolean {
  const types = Array.isArray(type) ? type : [type];
  return types.includes(wanted) || (wanted === "number" && types.includes("integer"));
}
