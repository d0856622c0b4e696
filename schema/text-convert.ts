// Texts to the types of a contract: what CSV and XML cannot say, the contract does. A text that does not convert, or
// would not be the same afterwards, stays text, so that the contract reports it at its place.

import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "./json.ts";

/** Converts a flat record by the properties of an object schema. An empty cell of an optional property is left out. */
export function convertText(root: JsonSchema, record: Readonly<Record<string, string>>): JsonObject {
  const schema = solidSchema(root, root);
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const entries = Object.entries(record).flatMap(([key, text]): (readonly [string, Json])[] => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!isJsonObject(property)) return [[key, text]];
    if (text === "" && !required.includes(key)) return [];
    return [[key, convertCell(text, solidSchema(property, root))]];
  });
  return Object.fromEntries(entries);
}

/** One text by the schema of its place. */
export function convertCell(text: string, schema: JsonObject): Json {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (types.includes("number") || types.includes("integer")) {
    const number = numberIn(text.trim());
    if (number !== undefined) return number;
  }
  if (types.includes("boolean") && /^(?:true|false)$/i.test(text.trim())) return text.trim().toLowerCase() === "true";
  if (types.includes("null") && text === "") return null;
  const literals = "const" in schema ? [schema.const ?? null] : schema.enum;
  if (schema.type === undefined && Array.isArray(literals) && !literals.includes(text)) {
    return (
      literals.find((value) => String(value ?? "") === text) ?? (literals.includes(null) && text === "" ? null : text)
    );
  }
  return text;
}

/** Decimal notation; undefined for what is no number, or a greater one than a number holds exactly. */
function numberIn(text: string): number | undefined {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  if (!/^[+-]?\d+$/.test(text) || Number.isSafeInteger(value)) return value;
  const same = text.replace(/^\+/, "").replace(/^(-?)0+(?=\d)/, "$1") === String(value);
  return same || BigInt(text.replace(/^\+/, "")) === BigInt(value) ? value : undefined;
}

/** The schema behind references within `root`, and behind a choice between one schema and null. */
export function solidSchema(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let here = schema;
  for (let hops = 0; hops < 32; hops += 1) {
    const [, group = "", name = ""] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(String(here.$ref)) ?? [];
    const definitions = root[group];
    const next = isJsonObject(definitions) && Object.hasOwn(definitions, name) ? definitions[name] : onlyChoice(here);
    if (!isJsonObject(next)) return here;
    here = next;
  }
  return here;
}

function onlyChoice({ oneOf, anyOf }: JsonSchema): Json | undefined {
  const choice = Array.isArray(oneOf) ? oneOf : Array.isArray(anyOf) ? anyOf : [];
  const others = choice.filter((each) => !(isJsonObject(each) && each.type === "null"));
  return choice.length === 2 && others.length === 1 ? others[0] : undefined;
}
