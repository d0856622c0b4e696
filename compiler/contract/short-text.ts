// One scalar of the short form: type names, words, numbers and contracts, with `|` between alternatives.

import type { JsonObject, JsonPrimitive, JsonSchema } from "../../schema/json.ts";
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
  ["uuid", "`string`, or a JSON Schema file with `format: uuid`"],
  ["uri", "`string`, or a JSON Schema file with `format: uri`"],
  ["url", "`string`, or a JSON Schema file with `format: uri`"],
  ["email", "`string`, or a JSON Schema file with `format: email`"],
]);

/** One alternative of `a | b`. */
type Word =
  | { readonly kind: "type"; readonly schema: JsonObject }
  | { readonly kind: "literal"; readonly value: JsonPrimitive; readonly bare: boolean; readonly offset: number };

/** Reads the text of one scalar: `string | null`, `paid | open`, `order@1`. */
export function readText(text: string, path: Path, problems: ContractProblem[]): JsonSchema {
  const before = problems.length;
  const parts = splitAlternatives(text);
  if (parts.every(({ word }) => word === "") && parts.length === 1) {
    problems.push({ path, message: "The type is missing.", help: "Write `string`, `number`, `[string]`, …" });
    return {};
  }
  const words = parts.map(({ word, offset }) => readWord(word, offset, path, problems));
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
