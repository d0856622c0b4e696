// The short form of contracts, `{ id: string, email?: string, status: paid | open }`, read into JSON Schema.

import { isJsonObject, type Json, type JsonSchema } from "../../schema/json.ts";
import type { ContractProblem } from "./problem.ts";
import { readText } from "./short-text.ts";

type Path = readonly (string | number)[];

const maxDepth = 64;

/**
 * Reads the short form. `?` on a key: may be missing or null. `order@1` becomes `{ $ref: "contract:order@1" }`;
 * whether it exists is for `checkSchema`. Undeclared fields are left open: they may come in and then do not exist.
 */
export function readShort(
  value: unknown,
): { readonly schema: JsonSchema } | { readonly problems: readonly ContractProblem[] } {
  const problems: ContractProblem[] = [];
  const schema = readShape(value, [], problems);
  return problems.length > 0 ? { problems } : { schema };
}

function readShape(value: unknown, path: Path, problems: ContractProblem[]): JsonSchema {
  if (path.length > maxDepth) {
    problems.push({ path, message: `The contract is nested more than ${maxDepth} levels deep.` });
    return {};
  }
  if (typeof value === "string") return readText(value, path, problems);
  if (value === null) return { type: "null" };
  if (typeof value === "boolean" || Number.isFinite(value)) return { const: value as boolean | number };
  if (Array.isArray(value)) return readList(value, path, problems);
  if (typeof value === "object") return readMap(value as Readonly<Record<string, unknown>>, path, problems);
  problems.push({ path, message: "A contract is made of type names, `{ … }` and `[ … ]`." });
  return {};
}

function readMap(map: Readonly<Record<string, unknown>>, path: Path, problems: ContractProblem[]): JsonSchema {
  const properties = new Map<string, Json>();
  const required: string[] = [];
  for (const [key, member] of Object.entries(map)) {
    const optional = key.endsWith("?");
    const name = optional ? key.slice(0, -1) : key;
    const problem = keyProblem(key, name, properties);
    if (problem !== undefined) problems.push({ path: [...path, key], ...problem });
    const schema = readShape(member, [...path, key], problems);
    properties.set(name, optional ? orNull(schema) : schema);
    if (!optional) required.push(name);
  }
  return { type: "object", properties: Object.fromEntries(properties), required };
}

function keyProblem(
  key: string,
  name: string,
  known: ReadonlyMap<string, Json>,
): { readonly message: string; readonly help?: string } | undefined {
  if (name === "") return { message: `\`${key}\` is no field name.` };
  if (name.trim() !== name)
    return { message: `The field name \`${name}\` has a space around it.`, help: `Write \`${name.trim()}?: …\`.` };
  if (key === "...")
    return { message: "`...` has no meaning in a contract.", help: "Name the fields, or refer to a contract by name." };
  if (known.has(name))
    return { message: `\`${name}\` is declared twice.`, help: `Keep one of \`${name}\` and \`${name}?\`.` };
  return undefined;
}

/** `[T]` is a list; two shapes or more are a union. */
function readList(list: readonly unknown[], path: Path, problems: ContractProblem[]): JsonSchema {
  const members = list.map((member, index) => readShape(member, [...path, index], problems));
  const [only] = members;
  if (only === undefined) {
    problems.push({ path, message: "The list says nothing about its items.", help: "Write `[string]` or `[any]`." });
    return {};
  }
  return members.length === 1 ? { type: "array", items: only } : { oneOf: members };
}

/** The same, or null. Annotations aside, every form that this file writes is covered. */
function orNull(schema: JsonSchema): JsonSchema {
  if (Object.keys(schema).length === 0) return schema;
  if ("const" in schema) return { enum: [schema.const ?? null, null] };
  if (Array.isArray(schema.enum))
    return schema.enum.includes(null) ? schema : { ...schema, enum: [...schema.enum, null] };
  if (Array.isArray(schema.oneOf))
    return { oneOf: admitsNull(schema.oneOf) ? schema.oneOf : [...schema.oneOf, { type: "null" }] };
  if (typeof schema.type === "string")
    return schema.type === "null" ? schema : { ...schema, type: [schema.type, "null"] };
  if (Array.isArray(schema.type))
    return schema.type.includes("null") ? schema : { ...schema, type: [...schema.type, "null"] };
  return { oneOf: [schema, { type: "null" }] };
}

function admitsNull(members: readonly Json[]): boolean {
  return members.some(
    (member) =>
      isJsonObject(member) &&
      (member.type === "null" ||
        (Array.isArray(member.type) && member.type.includes("null")) ||
        (Array.isArray(member.enum) && member.enum.includes(null))),
  );
}

/** Where in the short form stands what is at `path` in its schema; the nearest place above it that both have. */
export function placeInShort(short: unknown, path: Path): Path {
  const place: (string | number)[] = [];
  let current = short;
  for (let index = 0; index < path.length; ) {
    const found = stepInShort(current, path[index], path[index + 1]);
    if (found === undefined) break;
    place.push(found.key);
    current = found.value;
    index += found.steps;
  }
  return place;
}

function stepInShort(short: unknown, keyword: unknown, name: unknown) {
  if (Array.isArray(short)) {
    if (keyword === "items" && short.length === 1) return { key: 0, value: short[0] as unknown, steps: 1 };
    const within = keyword === "oneOf" && typeof name === "number" && short.length > 1 && name < short.length;
    return within ? { key: name, value: short[name] as unknown, steps: 2 } : undefined;
  }
  if (!isJsonObject(short) || keyword !== "properties" || typeof name !== "string") return undefined;
  const key = Object.hasOwn(short, name) ? name : `${name}?`;
  return Object.hasOwn(short, key) ? { key, value: short[key], steps: 2 } : undefined;
}
