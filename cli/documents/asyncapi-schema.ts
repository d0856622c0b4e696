// Contracts as AsyncAPI's schemas, which follow JSON Schema draft-07: references lead to the document's components, and
// keywords of 2020-12 take their older form.

import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";

/** `order@1` → `order-1`: components' names have no other signs. */
export const componentName = (contract: string): string => contract.replaceAll(/[^\w.-]/g, "-");

/** `home`: the name among the components, for references to itself. */
export function asyncSchema(schema: JsonSchema, home: string): JsonSchema {
  const draft = convert(schema, home);
  return isJsonObject(draft) ? draft : {};
}

/** Keys whose members have names of the author's choice. */
const named = new Set(["properties", "$defs", "definitions"]);
/** Values that are data, whatever they look like. */
const data = new Set(["const", "enum", "examples", "default", "required"]);

function convert(schema: Json, home: string): Json {
  if (Array.isArray(schema)) return schema.map((part) => convert(part, home));
  if (!isJsonObject(schema)) return schema;
  const { nullable, ...rest } = schema;
  const made: Record<string, Json> = {};
  for (const [key, value] of Object.entries(rest)) {
    if (key === "$schema" || key === "$id" || key === "$comment") continue;
    if (key === "$ref" && typeof value === "string") made.$ref = referred(value, home);
    else if (key === "example") made.examples = [value];
    else if (key === "prefixItems") made.items = convert(value, home);
    else if (key === "items" && schema.prefixItems !== undefined) made.additionalItems = convert(value, home);
    else if (data.has(key) || key.startsWith("x-")) made[key] = value;
    else if (named.has(key)) made[key === "$defs" ? "definitions" : key] = members(value, home);
    else made[key] = convert(value, home);
  }
  if (nullable === true && typeof made.type === "string") made.type = [made.type, "null"];
  return made;
}

function members(value: Json, home: string): JsonObject {
  const entries = Object.entries(isJsonObject(value) ? value : {});
  return Object.fromEntries(entries.map(([name, member]) => [name, convert(member, home)]));
}

function referred(ref: string, home: string): string {
  const contract = /^contract:(.+)$/.exec(ref)?.[1];
  if (contract !== undefined) return `#/components/schemas/${componentName(contract)}`;
  const inside = ref.replace(/^#/, "").replace("/$defs/", "/definitions/");
  return `#/components/schemas/${home}${inside}`;
}
