// Which JSON Schema keywords are read, and for what. A keyword in no list is refused: what a type cannot say and the
// validator does not ask must not look as if it held.

import { nearest } from "../nearest.ts";

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
  ["minLength", "string"],
  ["maxLength", "string"],
  ["pattern", "string"],
  ["format", "string"],
]);

const rootOnly = new Set(["$defs", "definitions"]);

export type KeywordUse =
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
