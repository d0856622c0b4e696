// A schema of the subset in the short form: `{ id: string, email?: string, lines: [{ sku: string }] }`. Undefined when
// it says more than the short form can.

import { isJsonObject, type Json, type JsonSchema } from "../../schema/json.ts";

const simple = new Set(["string", "number", "integer", "boolean", "null"]);
const taken = new Set([...simple, "any", "json", "date", "date-time", "true", "false"]);

export function printShort(schema: JsonSchema): string {
  return shape(schema);
}

function shape(schema: Json): string {
  if (!isJsonObject(schema)) return "any";
  if (Array.isArray(schema.enum)) return words(schema.enum);
  if (Array.isArray(schema.type)) return union(schema, schema.type.map(String));
  if (schema.type === "object") return object(schema);
  if (schema.type === "array") return `[${shape(schema.items ?? {})}]`;
  if (typeof schema.type === "string" && simple.has(schema.type)) return leaf(schema, schema.type);
  return "any";
}

/** Texts that are no type's name stand for themselves. */
function words(values: readonly Json[]): string {
  const plain = values.every(
    (value) => typeof value === "string" && /^[A-Za-z_][\w-]*$/.test(value) && !taken.has(value),
  );
  return plain ? values.join(" | ") : "any";
}

/** The short form has the formats as types of their own. */
function leaf(schema: JsonSchema, type: string): string {
  return schema.format === "date" || schema.format === "date-time" ? schema.format : type;
}

function union(schema: JsonSchema, types: readonly string[]): string {
  const parts = types.map((type) => shape({ ...schema, type }));
  return parts.includes("any") ? "any" : parts.join(" | ");
}

function object(schema: JsonSchema): string {
  if (!isJsonObject(schema.properties)) return "any";
  const required = Array.isArray(schema.required) ? schema.required : [];
  const members = Object.entries(schema.properties).map(([key, member]) => {
    const plain = withoutNull(member);
    const optional = !required.includes(key);
    return `${quoted(optional ? `${key}?` : key)}: ${shape(optional ? plain : member)}`;
  });
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function withoutNull(schema: Json): Json {
  if (!isJsonObject(schema) || !Array.isArray(schema.type)) return schema;
  const types = schema.type.filter((type) => type !== "null");
  return { ...schema, type: types.length === 1 ? (types[0] ?? "null") : types };
}

const quoted = (key: string): string => (/^[A-Za-z_][\w-]*\??$/.test(key) ? key : JSON.stringify(key));
