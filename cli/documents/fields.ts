// The fields of a contract as rows of a table: path, type, whether it must be there, what it means.

import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import { code, link, table, words } from "./markdown.ts";

const deepest = 5;

interface Reading {
  readonly root: JsonSchema;
  /** Where the page of a contract is. */
  readonly contractPage: (name: string) => string;
}

/** Empty where the contract has no fields. */
export function fieldTable(schema: JsonSchema, contractPage: Reading["contractPage"]): readonly string[] {
  const rows = rowsOf(schema, "", { root: schema, contractPage }, 0);
  return rows.length === 0 ? [] : table(["field", "type", "required", "meaning"], rows);
}

function rowsOf(
  schema: Json | undefined,
  path: string,
  reading: Reading,
  depth: number,
): readonly (readonly string[])[] {
  const parts = alternatives(schema, reading);
  if (depth > deepest) return [];
  const seen = new Set<string>();
  return parts.flatMap((part) => {
    const required = listIn(part, "required");
    return Object.entries(isJsonObject(part.properties) ? part.properties : {}).flatMap(([name, member]) => {
      const at = path === "" ? name : `${path}.${name}`;
      if (seen.has(at)) return [];
      seen.add(at);
      const always = parts.length === 1 && required.includes(name);
      const row = [code(at), typeWords(member, reading), always ? "yes" : "", meaning(resolved(member, reading))];
      const inner = itemsOf(member, reading);
      return [row, ...rowsOf(inner ?? member, inner === undefined ? at : `${at}[]`, reading, depth + 1)];
    });
  });
}

/** The objects that a value may be; another contract has a page of its own. */
function alternatives(schema: Json | undefined, reading: Reading): readonly JsonObject[] {
  if (!isJsonObject(schema)) return [];
  if (typeof schema.$ref === "string") {
    if (!schema.$ref.startsWith("#/")) return [];
    return alternatives(inside(schema.$ref, reading), reading);
  }
  const nested = ["allOf", "oneOf", "anyOf"].flatMap((key) => listIn(schema, key));
  const own = isJsonObject(schema.properties) ? [schema] : [];
  return [...own, ...nested.flatMap((part) => alternatives(part, reading))];
}

function inside(ref: string, { root }: Reading): Json | undefined {
  return ref
    .slice(2)
    .split("/")
    .reduce<Json | undefined>((value, key) => (isJsonObject(value) ? value[key] : undefined), root);
}

function itemsOf(schema: Json, reading: Reading): Json | undefined {
  const found = resolved(schema, reading);
  return isJsonObject(found) && isJsonObject(found.items) ? found.items : undefined;
}

const resolved = (schema: Json, reading: Reading): Json | undefined =>
  isJsonObject(schema) && typeof schema.$ref === "string" && schema.$ref.startsWith("#/")
    ? inside(schema.$ref, reading)
    : schema;

function typeWords(schema: Json | undefined, reading: Reading): string {
  if (!isJsonObject(schema)) return "any";
  if (typeof schema.$ref === "string") {
    const name = /^contract:(.+)$/.exec(schema.$ref)?.[1];
    if (name !== undefined) return link(words(name), reading.contractPage(name));
    return schema.$ref === "#" ? "the same again" : typeWords(inside(schema.$ref, reading), reading);
  }
  const fixed = schema.const === undefined ? listIn(schema, "enum") : [schema.const];
  if (fixed.length > 0) return fixed.map((value) => code(JSON.stringify(value))).join(" or ");
  const variants = [...listIn(schema, "oneOf"), ...listIn(schema, "anyOf")];
  if (variants.length > 0) return [...new Set(variants.map((each) => typeWords(each, reading)))].join(" or ");
  const types = Array.isArray(schema.type)
    ? schema.type.map(String)
    : [typeof schema.type === "string" ? schema.type : "any"];
  return types.map((type) => oneType(type, schema, reading)).join(" or ");
}

function oneType(type: string, schema: JsonObject, reading: Reading): string {
  if (type === "array") return schema.items === undefined ? "list" : `list of ${typeWords(schema.items, reading)}`;
  if (typeof schema.format === "string" && type === "string") return words(schema.format);
  return type;
}

function meaning(schema: Json | undefined): string {
  if (!isJsonObject(schema)) return "";
  const { description, title, deprecated } = schema;
  const text = typeof description === "string" ? description : typeof title === "string" ? title : "";
  return [
    ...(deprecated === true ? ["deprecated"] : []),
    ...(text === "" ? [] : [words(text).replace(/\.$/, "")]),
    ...limits(schema),
  ].join("; ");
}

const bounds: Readonly<Record<string, (limit: number) => string>> = {
  minimum: (limit) => `at least ${limit}`,
  maximum: (limit) => `at most ${limit}`,
  exclusiveMinimum: (limit) => `more than ${limit}`,
  exclusiveMaximum: (limit) => `less than ${limit}`,
  multipleOf: (limit) => `a multiple of ${limit}`,
  minLength: (limit) => (limit === 1 ? "not empty" : `at least ${limit} characters`),
  maxLength: (limit) => `at most ${limit} characters`,
  minItems: (limit) => (limit === 1 ? "not empty" : `at least ${limit} items`),
  maxItems: (limit) => `at most ${limit} items`,
};

function limits(schema: JsonObject): readonly string[] {
  const said = Object.entries(bounds).flatMap(([key, words]) => {
    const limit = schema[key];
    return typeof limit === "number" ? [words(limit)] : [];
  });
  return typeof schema.pattern === "string" ? [...said, `matches ${code(schema.pattern)}`] : said;
}

function listIn(schema: JsonObject, key: string): readonly Json[] {
  const value = schema[key];
  return Array.isArray(value) ? value : [];
}
