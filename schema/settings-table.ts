// The settings of a connector as rows for people: docs pages and `vrsky connectors show` print the same ones.

import type { Manifest, SettingsSchema } from "./connector.ts";
import { isJsonObject, type Json } from "./json.ts";

export interface SettingRow {
  /** `signature.scheme`; "" when the connector takes one value and no object. */
  readonly name: string;
  /** In a spec's words: `duration`, `csv | json`, `list of text`. */
  readonly type: string;
  readonly required: boolean;
  readonly default?: Json;
  /** `message`: may use the message's data · `start`: settings and secrets · `constant`: neither. */
  readonly when: "message" | "start" | "constant";
  readonly description: string;
  readonly examples: readonly Json[];
}

export function settingRows(
  manifest: Manifest,
  side: "source" | "target" | "call" | "connection",
): readonly SettingRow[] {
  const schema = side === "connection" ? manifest.connection : manifest[side]?.settings;
  if (schema === undefined) return [];
  if (!isJsonObject(schema.properties)) return [rowOf("", schema, true)];
  const rows = rowsOf(schema, "");
  if (side === "connection" || rows.some(({ name }) => name === "connection")) return rows;
  const where = [...(manifest.connection === undefined ? [] : [manifest.name]), ...(manifest.connections ?? [])];
  return where.length === 0 ? rows : [connectionRow(where, requiredIn(schema).has("connection")), ...rows];
}

const connectionRow = (kinds: readonly string[], required: boolean): SettingRow => ({
  name: "connection",
  type: "name of a connection",
  required,
  when: "constant",
  description: `Name of a connection of the tenant: ${kinds.map((kind) => `\`${kind}\``).join(" or ")}.`,
  examples: [],
});

const requiredIn = ({ required }: SettingsSchema): ReadonlySet<Json> =>
  new Set(Array.isArray(required) ? required : []);

function rowsOf(schema: SettingsSchema, prefix: string): readonly SettingRow[] {
  const required = requiredIn(schema);
  const { properties } = schema;
  return Object.entries(isJsonObject(properties) ? properties : {}).flatMap(([key, property]) => {
    if (!isJsonObject(property)) return [];
    const name = `${prefix}${key}`;
    return [rowOf(name, property, required.has(key)), ...rowsOf(property, `${name}.`)];
  });
}

function rowOf(name: string, schema: SettingsSchema, required: boolean): SettingRow {
  return {
    name,
    type: typeOf(schema),
    required,
    ...(schema.default === undefined ? {} : { default: schema.default }),
    when:
      schema["x-vrsky-per-message"] !== undefined
        ? "message"
        : schema["x-vrsky-constant"] === true
          ? "constant"
          : "start",
    description: typeof schema.description === "string" ? schema.description : "",
    examples: Array.isArray(schema.examples) ? schema.examples : [],
  };
}

const words: Readonly<Record<string, string>> = { string: "text", array: "list", object: "object", null: "nothing" };

function typeOf(schema: SettingsSchema): string {
  const format = schema["x-vrsky-format"];
  if (typeof format === "string") return format;
  if (Array.isArray(schema.enum)) return schema.enum.map(asText).join(" | ");
  if (schema["x-vrsky-per-message"] === "payload") return "anything";
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? "anything"];
  return types.map((type) => (type === "array" ? listOf(schema) : (words[asText(type)] ?? asText(type)))).join(" | ");
}

function listOf({ items }: SettingsSchema): string {
  if (!isJsonObject(items)) return "list";
  const item = typeOf(items);
  return `list of ${item.includes(" | ") ? `(${item})` : item}`;
}

const asText = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));
