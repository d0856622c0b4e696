// Text cells to the types of a contract: what CSV cannot say, the contract does.

import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "./json.ts";

/**
 * Converts a flat record of texts by the property types of an object schema. An empty cell of an optional property
 * is left out; a cell that does not convert stays text, so that the contract reports it at its place.
 */
export function convertText(schema: JsonSchema, record: Readonly<Record<string, string>>): JsonObject {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const entries = Object.entries(record).flatMap(([key, text]): (readonly [string, Json])[] => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!isJsonObject(property)) return [[key, text]];
    if (text === "" && !required.includes(key)) return [];
    return [[key, convertCell(text, property)]];
  });
  return Object.fromEntries(entries);
}

/** One text by the schema of its place; what does not convert stays text. */
export function convertCell(text: string, schema: JsonObject): Json {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (
    (types.includes("number") || types.includes("integer")) &&
    /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text.trim())
  )
    return Number(text);
  if (types.includes("boolean") && /^(?:true|false)$/i.test(text.trim())) return text.trim().toLowerCase() === "true";
  if (types.includes("null") && text === "") return null;
  if (schema.type === undefined && Array.isArray(schema.enum) && !schema.enum.includes(text)) {
    return schema.enum.find((value) => String(value) === text) ?? text;
  }
  return text;
}
