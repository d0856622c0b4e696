// Texts to the types of a contract: what CSV and XML cannot say, the contract does. A text that does not convert, or
// would not be the same afterwards, stays text, so that the contract reports it at its place.

import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "./json.ts";

/**
 * Converts rows of these columns by the properties of an object schema, if any. An empty cell of an optional property is
 * left out. The schema is looked into once, not for each row.
 */
export function rowConverter(
  root: JsonSchema | undefined,
  columns: readonly string[],
): (cells: readonly string[]) => JsonObject {
  const { properties, required } = root === undefined ? {} : solidSchema(root, root);
  const needed = Array.isArray(required) ? required : [];
  const places = columns.map((name) => {
    const property = isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (root === undefined || !isJsonObject(property)) return { name, optional: false, convert: asIs };
    return { name, optional: !needed.includes(name), convert: cellConverter(solidSchema(property, root)) };
  });
  return (cells) => {
    const entries: (readonly [string, Json])[] = [];
    places.forEach(({ name, optional, convert }, index) => {
      const text = cells[index] ?? "";
      if (text !== "" || !optional) entries.push([name, convert(text)]);
    });
    return Object.fromEntries(entries);
  };
}

const asIs = (text: string): Json => text;

/** One text by the schema of its place. */
export const convertCell = (text: string, schema: JsonObject): Json => cellConverter(schema)(text);

function cellConverter(schema: JsonObject): (text: string) => Json {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const isNumber = types.includes("number") || types.includes("integer");
  const isBoolean = types.includes("boolean");
  const isNull = types.includes("null");
  const literals = "const" in schema ? [schema.const ?? null] : schema.enum;
  const oneOf = schema.type === undefined && Array.isArray(literals) ? literals : undefined;
  return (text) => {
    if (isNumber) {
      const number = numberIn(text.trim());
      if (number !== undefined) return number;
    }
    if (isBoolean && /^(?:true|false)$/i.test(text.trim())) return text.trim().toLowerCase() === "true";
    if (isNull && text === "") return null;
    return oneOf === undefined || oneOf.includes(text) ? text : literalIn(text, oneOf);
  };
}

function literalIn(text: string, literals: readonly Json[]): Json {
  const literal = literals.find((value) => String(value ?? "") === text);
  return literal ?? (literals.includes(null) && text === "" ? null : text);
}

/** Decimal notation; undefined for what is no number, or a greater one than a number holds exactly. */
function numberIn(text: string): number | undefined {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  if (Number.isSafeInteger(value) || !/^[+-]?\d+$/.test(text)) return value;
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
