// Objects and lists of a contract: what holds other schemas is read with the reader of those.

import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { bounds, requiredNames } from "./read-leaf.ts";
import { child, fail, type Reading } from "./reading.ts";
import type { ArrayShape, ObjectShape, Property, Shape } from "./shape.ts";

type Read = (value: Json, at: Reading) => Shape;

const any: Shape = { kind: "any" };

export function readObject(schema: JsonObject, at: Reading, read: Read): ObjectShape {
  const required = requiredNames(schema, at);
  const trusted = schema["x-vrsky-partial"] === true ? { trusted: true as const } : {};
  const declared = schema.properties ?? {};
  if (!isJsonObject(declared)) fail(at, "properties", "`properties` is a map of schemas.");
  const properties: Property[] = Object.entries(isJsonObject(declared) ? declared : {}).map(([name, member]) => ({
    name,
    required: required.has(name),
    ...trusted,
    shape: read(member, child(at, "properties", name)),
  }));
  for (const name of required) {
    if (isJsonObject(declared) && Object.hasOwn(declared, name)) continue;
    if (schema.additionalProperties === false)
      fail(at, "required", `\`${name}\` is required, and forbidden by \`additionalProperties: false\`.`);
    properties.push({ name, required: true, ...trusted, shape: any });
  }
  return { kind: "object", properties, others: readOthers(schema, properties, at, read) };
}

function readOthers(
  schema: JsonObject,
  properties: readonly Property[],
  at: Reading,
  read: Read,
): ObjectShape["others"] {
  const { additionalProperties } = schema;
  if (additionalProperties === false) return "refused";
  if (additionalProperties === undefined || additionalProperties === true) {
    return properties.length === 0 && !("properties" in schema) ? "kept" : "dropped";
  }
  const shape = read(additionalProperties, child(at, "additionalProperties"));
  if (properties.length === 0) return shape;
  fail(
    at,
    "additionalProperties",
    "A schema for further fields beside `properties` has no TypeScript type.",
    "Put the record into a field of its own.",
  );
  return "dropped";
}

/** `distinct` is told of lists whose items must differ: whether they can be told apart is known at the end only. */
export function readArray(
  schema: JsonObject,
  at: Reading,
  read: Read,
  distinct: (shape: ArrayShape, at: Reading) => void,
): ArrayShape {
  const { items, prefixItems, additionalItems, minItems, maxItems, uniqueItems } = schema;
  const tupleKey = at.document.draft7 ? "items" : "prefixItems";
  const tuple = at.document.draft7 ? items : prefixItems;
  if (prefixItems !== undefined && !Array.isArray(prefixItems))
    fail(at, "prefixItems", "`prefixItems` is a list of schemas.");
  if (prefixItems !== undefined && at.document.draft7)
    fail(at, "prefixItems", "`prefixItems` is not in draft-07.", "Use `items: [ … ]`.");
  if (Array.isArray(items) && !at.document.draft7)
    fail(at, "items", "A list under `items` is draft-07.", "Use `prefixItems`.");
  if (additionalItems !== undefined && !(at.document.draft7 && Array.isArray(items)))
    fail(at, "additionalItems", "`additionalItems` needs draft-07 and a list under `items`.");
  const prefix = Array.isArray(tuple) ? tuple.map((item, index) => read(item, child(at, tupleKey, index))) : [];
  const restKey = at.document.draft7 && Array.isArray(items) ? "additionalItems" : "items";
  const rest = Array.isArray(schema[restKey]) ? undefined : schema[restKey];
  const shape: ArrayShape = {
    kind: "array",
    prefix,
    rest: rest === undefined ? any : rest === false ? undefined : read(rest, child(at, restKey)),
    unique: uniqueItems === true,
    ...bounds({ minItems, maxItems }, "count", at),
  };
  if (uniqueItems !== undefined && typeof uniqueItems !== "boolean")
    fail(at, "uniqueItems", "`uniqueItems` is true or false.");
  if (shape.unique) distinct(shape, child(at, "uniqueItems"));
  return shape;
}
