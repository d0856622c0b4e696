// A small body that fits a contract, so that the first request a user pastes is accepted.

import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../schema/json.ts";

type Contracts = Readonly<Record<string, { readonly schema: JsonSchema }>>;

const deepest = 8;

/**
 * What the author gave as example, default or constant, else the least that the types ask for. Patterns without an
 * example are beyond it. `contracts`: those that a `$ref` may name.
 */
export function sample(schema: JsonSchema, contracts: Contracts): Json {
  return make(schema, { root: schema, contracts, depth: 0 });
}

interface At {
  readonly root: JsonSchema;
  readonly contracts: Contracts;
  readonly depth: number;
}

function make(schema: Json | undefined, at: At): Json {
  if (!isJsonObject(schema) || at.depth > deepest) return {};
  const [given] = [...listIn(schema, "examples"), ...listIn(schema, "enum")];
  if (given !== undefined) return given;
  const fixed = schema.default ?? schema.const;
  if (fixed !== undefined) return fixed;
  const below = { ...at, depth: at.depth + 1 };
  if (typeof schema.$ref === "string") return referred(schema.$ref, below);
  const [variant] = [...listIn(schema, "oneOf"), ...listIn(schema, "anyOf")];
  if (variant !== undefined) return make(variant, below);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "string":
      return textOf(schema);
    case "integer":
    case "number":
      return typeof schema.minimum === "number" ? schema.minimum : 1;
    case "boolean":
      return true;
    case "null":
      return null;
    case "array":
      return schema.items === undefined ? [] : [make(schema.items, below)];
    default:
      return object(schema, below);
  }
}

function object(schema: JsonObject, at: At): Json {
  const { properties } = schema;
  if (!isJsonObject(properties)) return {};
  const required = listIn(schema, "required").filter((name) => typeof name === "string");
  return Object.fromEntries(required.map((name) => [name, make(properties[name], at)]));
}

function referred(ref: string, at: At): Json {
  if (ref.startsWith("#/")) {
    const found = ref
      .slice(2)
      .split("/")
      .reduce<Json | undefined>((value, key) => (isJsonObject(value) ? value[key] : undefined), at.root);
    return make(found, at);
  }
  const contract = at.contracts[ref.replace(/^contract:/, "")];
  return contract === undefined ? {} : make(contract.schema, { ...at, root: contract.schema });
}

const formats: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T12:00:00Z",
  date: "2026-01-31",
  time: "12:00:00Z",
  email: "ann@example.com",
  uri: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

function textOf({ format, minLength }: JsonObject): string {
  const known = typeof format === "string" ? formats[format] : undefined;
  return known ?? "text".padEnd(typeof minLength === "number" ? minLength : 0, "-");
}

function listIn(schema: JsonObject, key: string): readonly Json[] {
  const value = schema[key];
  return Array.isArray(value) ? value : [];
}
