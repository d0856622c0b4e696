// The short form of contracts, `{ id: string, email?: string, status: paid | open }`, read into JSON Schema.

import { isJsonObject, type Json, type JsonObject, type JsonPrimitive, type JsonSchema } from "../../schema/json.ts";
import { distance } from "../nearest.ts";
import type { ContractProblem } from "./problem.ts";

type Path = readonly (string | number)[];

const types: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  ["string", { type: "string" }],
  ["number", { type: "number" }],
  ["integer", { type: "integer" }],
  ["boolean", { type: "boolean" }],
  ["null", { type: "null" }],
  ["any", {}],
  ["json", {}],
  ["date", { type: "string", format: "date" }],
  ["date-time", { type: "string", format: "date-time" }],
]);

/** What people write in other languages; never meant as a constant. */
const foreign: ReadonlyMap<string, string> = new Map([
  ["int", "`integer`"],
  ["long", "`integer`"],
  ["float", "`number`"],
  ["double", "`number`"],
  ["decimal", "`number`"],
  ["bool", "`boolean`"],
  ["str", "`string`"],
  ["datetime", "`date-time`"],
  ["timestamp", "`date-time`"],
  ["object", "`{ name: string }` with the fields that it has"],
  ["map", "`{ name: string }` with the fields that it has"],
  ["array", "`[string]` with what it holds"],
  ["list", "`[string]` with what it holds"],
  ["undefined", "a `?` after the key"],
]);

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
  if (typeof value === "boolean" || typeof value === "number") return { const: value };
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

/** One alternative of `a | b`. */
type Word =
  | { readonly kind: "type"; readonly schema: JsonObject }
  | { readonly kind: "literal"; readonly value: JsonPrimitive; readonly bare: boolean; readonly offset: number };

function readText(text: string, path: Path, problems: ContractProblem[]): JsonSchema {
  const before = problems.length;
  const words = splitAlternatives(text).map(({ word, offset }) => readWord(word, offset, path, problems));
  if (problems.length > before) return {};
  const literals = words.filter((word) => word.kind === "literal");
  const bare = literals.filter((word) => word.bare);
  // `strong | weak` is a choice of words; `strng` alone is a slip.
  const [single] = bare;
  if (single !== undefined && bare.length === 1) reportSlip(String(single.value), single.offset, path, problems);
  return join(
    literals.map((word) => word.value),
    words.filter((word) => word.kind === "type").map((word) => word.schema),
  );
}

function join(literals: readonly JsonPrimitive[], schemas: readonly JsonObject[]): JsonSchema {
  const nullable = schemas.some((schema) => schema.type === "null");
  const others = schemas.filter((schema) => schema.type !== "null");
  const values = [...new Set(nullable && literals.length > 0 ? [...literals, null] : literals)];
  const choice: JsonObject[] =
    values.length === 0 ? [] : [values.length === 1 ? { const: values[0] ?? null } : { enum: values }];
  const plain = others.filter((schema) => typeof schema.type === "string" && Object.keys(schema).length === 1);
  const names = [...new Set(plain.map((schema) => schema.type ?? null))];
  if (nullable && literals.length === 0) names.push("null");
  const [name] = names;
  const typed: JsonObject[] = name === undefined ? [] : [{ type: names.length === 1 ? name : names }];
  const members = [...typed, ...others.filter((schema) => !plain.includes(schema)), ...choice];
  const [only] = members;
  return members.length === 1 && only !== undefined ? only : { oneOf: members };
}

/** Cuts at `|` outside quotes; offsets are those of the trimmed words. */
function splitAlternatives(text: string): readonly { readonly word: string; readonly offset: number }[] {
  const parts = text.matchAll(/(\s*)((?:"(?:[^"\\]|\\.)*"|'[^']*'|)[^|]*)(?:\||$)/g);
  const words = [...parts].map((part) => ({
    word: (part[2] ?? "").trim(),
    offset: part.index + (part[1] ?? "").length,
  }));
  // The pattern also matches the empty rest at the end of the text.
  return words.length > 1 && !text.trimEnd().endsWith("|") ? words.slice(0, -1) : words;
}

function readWord(word: string, offset: number, path: Path, problems: ContractProblem[]): Word {
  const type = types.get(word);
  if (type !== undefined) return { kind: "type", schema: type };
  if (/^[a-z][a-z0-9-]*@\d+$/i.test(word)) return { kind: "type", schema: { $ref: `contract:${word}` } };
  if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(word)) return { kind: "literal", value: Number(word), bare: false, offset };
  if (word === "true" || word === "false") return { kind: "literal", value: word === "true", bare: false, offset };
  const quoted = /^'([^']*)'$/.exec(word)?.[1] ?? readQuoted(word);
  if (quoted !== undefined) return { kind: "literal", value: quoted, bare: false, offset };
  if (!/^[\p{L}\p{N}_.:/+#-]+$/u.test(word)) problems.push({ path, offset, ...wordProblem(word) });
  return { kind: "literal", value: word, bare: true, offset };
}

function readQuoted(word: string): string | undefined {
  if (!/^"(?:[^"\\]|\\.)*"$/.test(word)) return undefined;
  try {
    return String(JSON.parse(word));
  } catch {
    return undefined;
  }
}

function wordProblem(word: string): { readonly message: string; readonly help: string } {
  const shown = `\`${word}\``;
  const stem = word.replace(/(?:\?|\[\])$/, "");
  if (word === "") return { message: "An alternative is missing beside `|`.", help: "Write `paid | open`." };
  if (word.endsWith("?") && stem !== "")
    return { message: `${shown}: the \`?\` belongs to the key.`, help: `Write \`key?: ${stem}\`.` };
  if (word.endsWith("[]") && stem !== "")
    return { message: `${shown} is no type.`, help: `A list is written \`[${stem}]\`.` };
  if (word.includes("${"))
    return { message: "A contract holds no expressions.", help: "Name the type: `string`, `number`, …" };
  return {
    message: `${shown} is neither a type nor a single word.`,
    help: "If this very text is meant, put it in single quotes inside double ones: `\"'big order'\"`.",
  };
}

function reportSlip(word: string, offset: number, path: Path, problems: ContractProblem[]): void {
  const lower = word.toLowerCase();
  const meant =
    foreign.get(lower) ??
    wrap([...types.keys()].find((name) => name === lower || (name.length > 4 && distance(name, lower) === 1)));
  if (meant === undefined) return;
  problems.push({
    path,
    offset,
    message: `\`${word}\` is no type.`,
    help: `Did you mean ${meant}? If the text is meant, quote it: \`"'${word}'"\`.`,
  });
}

const wrap = (name: string | undefined): string | undefined => (name === undefined ? undefined : `\`${name}\``);
