// Parts of contracts: which schema describes what stands at some path of the data, and where that schema stands in its
// contract, through references within one contract and from one to another.

import { isJsonObject, type Json, type JsonSchema } from "../../schema/json.ts";

type Path = readonly (string | number)[];
type Contracts = ReadonlyMap<string, JsonSchema>;

export interface Part {
  /** Name of another contract that was referred to; undefined: the one that was begun with. */
  readonly contract?: string;
  /** The whole of that contract. */
  readonly whole: JsonSchema;
  /** Way of the schema in it: `["properties", "lines", "items"]`. */
  readonly path: Path;
  readonly schema: JsonSchema;
}

export const wholePart = (schema: JsonSchema): Part => ({ whole: schema, path: [], schema });

/** The part behind all references; undefined when one leads nowhere. */
export function solid(part: Part, contracts: Contracts): Part | undefined {
  let here = part;
  for (let hops = 0; hops < 32; hops += 1) {
    const { $ref } = here.schema;
    if (typeof $ref !== "string") return here;
    const name = referredContract($ref);
    const whole = name === undefined ? here.whole : contracts.get(name);
    const path = $ref.startsWith("#/") ? $ref.slice(2).split("/") : [];
    const schema = whole === undefined ? undefined : below(whole, path);
    if (whole === undefined || schema === undefined) return undefined;
    here = name === undefined ? { ...here, path, schema } : { contract: name, whole, path, schema };
  }
  return undefined;
}

/** The declaration of one field of an object, or, by a number, of the items of a list; it may be a reference. */
export function memberOf(part: Part, key: string | number): Part | undefined {
  const way: Path = typeof key === "number" ? ["items"] : ["properties", key];
  const schema = below(part.schema, way);
  return schema === undefined ? undefined : { ...part, path: [...part.path, ...way], schema };
}

/** The part that describes what stands at a path of the data. */
export function partAt(whole: JsonSchema, path: Path, contracts: Contracts): Part | undefined {
  let part = solid(wholePart(whole), contracts);
  for (const key of path) {
    const member = part === undefined ? undefined : memberOf(part, key);
    part = member === undefined ? undefined : solid(member, contracts);
  }
  return part;
}

/** An object schema of a contract with the fields that it declares. */
export interface Declaring {
  readonly part: Part;
  readonly fields: readonly string[];
  readonly required: readonly unknown[];
}

/** Every object schema of a contract, those of contracts that it refers to included. */
export function* declaring(whole: JsonSchema, contracts: Contracts): Generator<Declaring> {
  const seen = new Set<JsonSchema>();
  const waiting: Part[] = [wholePart(whole)];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const { schema } = part;
    if (seen.has(schema)) continue;
    seen.add(schema);
    if (isJsonObject(schema.properties)) {
      const required = Array.isArray(schema.required) ? schema.required : [];
      yield { part, fields: Object.keys(schema.properties), required };
    }
    const name = typeof schema.$ref === "string" ? referredContract(schema.$ref) : undefined;
    const other = name === undefined ? undefined : contracts.get(name);
    if (name !== undefined && other !== undefined) waiting.push({ ...wholePart(other), contract: name });
    for (const [way, member] of members(schema)) {
      waiting.push({ ...part, path: [...part.path, ...way], schema: member });
    }
  }
}

function* members(schema: JsonSchema): Generator<readonly [Path, JsonSchema]> {
  for (const key of ["properties", "$defs", "definitions", "oneOf", "anyOf", "allOf", "prefixItems"]) {
    const several = schema[key];
    const entries = Array.isArray(several) ? several.entries() : Object.entries(isJsonObject(several) ? several : {});
    for (const [name, member] of entries) if (isJsonObject(member)) yield [[key, name], member];
  }
  if (isJsonObject(schema.items)) yield [["items"], schema.items];
}

const referredContract = (ref: string): string | undefined =>
  ref.startsWith("contract:") ? ref.slice("contract:".length) : undefined;

function below(schema: JsonSchema, path: Path): JsonSchema | undefined {
  let at: Json = schema;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string, Json>>)[key] ?? null;
  }
  return isJsonObject(at) ? at : undefined;
}
