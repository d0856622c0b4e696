// JSON as TypeScript sees it: what bodies, settings and stored records are made of.

export type JsonPrimitive = string | number | boolean | null;
export type Json = JsonPrimitive | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * A JSON Schema document (2020-12) as plain data. Only the subset that `compiler/contract` documents is typed
 * and checked; anything else is refused there, never ignored.
 */
export type JsonSchema = JsonObject;

/** True for a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
