// JSON Schema → Shape, in one pass that also finds everything outside the supported subset. The reader goes on after
// a problem with the widest shape that is still right, so that all problems of a contract are found together.

import { isJsonObject, type Json, type JsonObject, type JsonPrimitive, type JsonSchema } from "../../schema/json.ts";
import { type KeywordUse, keywordUse } from "./keywords.ts";
import { mergeObjects } from "./merge.ts";
import { linearPattern } from "./pattern.ts";
import type { ContractProblem } from "./problem.ts";
import {
  type ArrayShape,
  formats,
  type NumberShape,
  type ObjectShape,
  type Property,
  type Shape,
  type Shapes,
  type StringShape,
} from "./shape.ts";
import { unionProblem } from "./union.ts";

export type ResolveRef = (name: string) => JsonSchema | undefined;
type Path = readonly (string | number)[];

/** One document: the contract itself or one that it refers to. */
interface Document {
  readonly root: Json;
  /** Prefix of its references' keys: "" or `contract:order@1`. */
  readonly key: string;
  readonly draft7: boolean;
  /** Problems of another contract are told where that contract is read. */
  readonly report: (problem: ContractProblem) => void;
}

interface Reading {
  readonly document: Document;
  readonly path: Path;
  /** What an enclosing `allOf` or `oneOf` has already said. */
  readonly implied?: "object";
}

const maxDepth = 64;
const any: Shape = { kind: "any" };
const typeNames = ["string", "number", "integer", "boolean", "null", "object", "array"];
const dialects = /^https?:\/\/json-schema\.org\/(?:draft\/2020-12\/schema|draft-07\/schema)#?$/;

export function readSchema(
  schema: Json,
  resolveRef: ResolveRef,
): Shapes & { readonly problems: readonly ContractProblem[] } {
  const problems: ContractProblem[] = [];
  const refs = new Map<string, Shape>();
  /** Definitions that are being read: their shape is not there yet. */
  const open = new Set<string>();
  const waiting: (() => void)[] = [];
  const unions: { readonly shape: Shape; readonly at: Reading }[] = [];

  const documentOf = (root: Json, key: string, report: Document["report"]): Document => ({
    root,
    key,
    draft7: isJsonObject(root) && typeof root.$schema === "string" && root.$schema.includes("draft-07"),
    report,
  });

  const main = documentOf(schema, "", (problem) => problems.push(problem));
  checkDialect(main);
  refs.set("#", any);
  open.add("#");
  const root = read(schema, { document: main, path: [] });
  open.delete("#");
  refs.set("#", root);
  for (const group of ["$defs", "definitions"]) {
    const defs = isJsonObject(schema) ? schema[group] : undefined;
    if (isJsonObject(defs)) for (const name of Object.keys(defs)) define(main, group, name);
  }
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next();
  // Only now is every definition known, so only now can alternatives be told apart.
  for (const { shape, at } of unions) {
    const problem = unionProblem(shape, refs);
    if (problem !== undefined) at.document.report({ path: at.path, ...problem });
  }
  reportEmptyCycles(refs, main.report);
  return { root, refs, problems };

  function fail(at: Reading, keyword: string | undefined, message: string, help?: string): void {
    const path = keyword === undefined ? at.path : [...at.path, keyword];
    at.document.report(help === undefined ? { path, message } : { path, message, help });
  }

  function read(value: Json, at: Reading): Shape {
    if (value === true) return any;
    if (!isJsonObject(value)) {
      fail(at, undefined, value === false ? "A schema that admits nothing has no type." : "A schema is an object.");
      return any;
    }
    if (at.path.length > 2 * maxDepth) {
      fail(at, undefined, `The contract is nested more than ${maxDepth} levels deep.`);
      return any;
    }
    reportKeywords(value, at, fail);
    if ("$ref" in value) return readRef(value, at);
    if ("allOf" in value) return readAllOf(value, at);
    if ("oneOf" in value || "anyOf" in value) return readAlternatives(value, at);
    return readPlain(value, at);
  }

  function readRef(schema: JsonObject, at: Reading): Shape {
    const sibling = Object.keys(schema).find(
      (key) => key !== "$ref" && ["general", "typed"].includes(keywordUse(key).kind),
    );
    if (sibling !== undefined) {
      fail(
        at,
        sibling,
        `\`${sibling}\` beside \`$ref\` is read differently by the drafts of JSON Schema.`,
        "Put both into `allOf`.",
      );
    }
    const { $ref } = schema;
    const key = typeof $ref === "string" ? reach($ref, at) : undefined;
    if (key !== undefined) return { kind: "ref", to: key };
    return any;
  }

  /** The key of what is referred to, after it has been read; undefined after a reported problem. */
  function reach(ref: string, at: Reading): string | undefined {
    if (ref === "#") return at.document.key === "" ? "#" : at.document.key;
    const local = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(ref);
    if (local !== null) {
      const key = define(at.document, local[1] ?? "", unescapePointer(local[2] ?? ""));
      if (key === undefined) fail(at, "$ref", `\`${ref}\` does not exist.`);
      return key;
    }
    const name = /^contract:(.+)$/.exec(ref)?.[1];
    if (name === undefined) {
      fail(
        at,
        "$ref",
        `\`${ref}\` cannot be followed.`,
        "Refer to `#`, `#/$defs/name` or another contract, `contract:order@1`. Nothing is fetched.",
      );
      return undefined;
    }
    const other = resolveRef(name);
    if (other === undefined)
      fail(at, "$ref", `There is no contract \`${name}\`.`, "Contracts are files in `contracts/`.");
    else if (!refs.has(ref)) enter(ref, other, { document: documentOf(other, ref, () => {}), path: [] });
    return other === undefined ? undefined : ref;
  }

  function define(document: Document, group: string, name: string): string | undefined {
    const defs = isJsonObject(document.root) ? document.root[group] : undefined;
    const schema = isJsonObject(defs) && Object.hasOwn(defs, name) ? defs[name] : undefined;
    if (schema === undefined) return undefined;
    const key = `${document.key}#/${group}/${name}`;
    if (!refs.has(key)) enter(key, schema, { document, path: [group, name] });
    return key;
  }

  function enter(key: string, schema: Json, at: Reading): void {
    refs.set(key, any);
    open.add(key);
    // A long chain of references is read in turns, not in one deep recursion.
    if (open.size > maxDepth) waiting.push(() => refs.set(key, read(schema, at)));
    else {
      refs.set(key, read(schema, at));
      open.delete(key);
    }
  }

  function readAllOf(schema: JsonObject, at: Reading): Shape {
    const { allOf, ...beside } = schema;
    if (!Array.isArray(allOf) || allOf.length === 0) {
      fail(at, "allOf", "`allOf` is a list of schemas.");
      return any;
    }
    const own = constrains(beside) ? [read(beside, { ...at, implied: "object" })] : [];
    const [only] = allOf;
    if (allOf.length === 1 && own.length === 0 && only !== undefined) return read(only, child(at, "allOf", 0));
    const members = allOf.map((member, index) => read(member, { ...child(at, "allOf", index), implied: "object" }));
    return merged([...own, ...members], at, "allOf");
  }

  function merged(members: readonly Shape[], at: Reading, keyword: string): Shape {
    const circular = members.some((member) => member.kind === "ref" && open.has(member.to));
    const result = circular ? { problem: "`allOf` refers back to itself." } : mergeObjects(members, refs);
    if ("shape" in result) return result.shape;
    fail(at, keyword, result.problem, "Write the fields out in one object.");
    return any;
  }

  function readAlternatives(schema: JsonObject, at: Reading): Shape {
    const { oneOf, anyOf, ...beside } = schema;
    const keyword = oneOf === undefined ? "anyOf" : "oneOf";
    const list = oneOf ?? anyOf;
    if ((oneOf !== undefined && anyOf !== undefined) || !Array.isArray(list) || list.length === 0) {
      fail(at, keyword, `\`${keyword}\` is a list of schemas, and stands alone.`);
      return any;
    }
    const shared = constrains(beside);
    const next: Reading = shared ? { ...at, implied: "object" } : at;
    const members = list.map((member, index) => read(member, { ...next, ...child(at, keyword, index) }));
    const base = shared ? read(beside, next) : undefined;
    const shapes = base === undefined ? members : members.map((member) => merged([base, member], at, keyword));
    const [only] = shapes;
    if (shapes.length === 1 && only !== undefined) return only;
    const union: Shape = { kind: "union", members: shapes };
    unions.push({ shape: union, at: child(at, keyword) });
    return union;
  }

  function readPlain(schema: JsonObject, at: Reading): Shape {
    const types = typesOf(schema, at, fail);
    if ("const" in schema || "enum" in schema) return readLiterals(schema, types, at, fail);
    if (types === undefined) return any;
    const members = types.map((type) => readType(type, schema, at));
    const [only] = members;
    if (members.length === 1 && only !== undefined) return only;
    return { kind: "union", members };
  }

  function readType(type: string, schema: JsonObject, at: Reading): Shape {
    switch (type) {
      case "string":
        return readString(schema, at, fail);
      case "number":
      case "integer":
        return readNumber(type === "integer", schema, at, fail);
      case "object":
        return readObject(schema, at);
      case "array":
        return readArray(schema, at);
      case "boolean":
        return { kind: "boolean" };
      default:
        return { kind: "null" };
    }
  }

  function readObject(schema: JsonObject, at: Reading): ObjectShape {
    const required = requiredNames(schema, at, fail);
    const declared = schema.properties ?? {};
    if (!isJsonObject(declared)) fail(at, "properties", "`properties` is a map of schemas.");
    const properties: Property[] = Object.entries(isJsonObject(declared) ? declared : {}).map(([name, member]) => ({
      name,
      required: required.has(name),
      shape: read(member, child(at, "properties", name)),
    }));
    for (const name of required) {
      if (isJsonObject(declared) && Object.hasOwn(declared, name)) continue;
      properties.push({ name, required: true, shape: any });
    }
    return { kind: "object", properties, others: readOthers(schema, properties, at) };
  }

  function readOthers(schema: JsonObject, properties: readonly Property[], at: Reading): ObjectShape["others"] {
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

  function readArray(schema: JsonObject, at: Reading): ArrayShape {
    const { items, prefixItems, additionalItems, minItems, maxItems, uniqueItems } = schema;
    const tupleKey = at.document.draft7 ? "items" : "prefixItems";
    const tuple = at.document.draft7 ? items : prefixItems;
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
      ...bounds({ minItems, maxItems }, "count", at, fail),
    };
    if (uniqueItems !== undefined && typeof uniqueItems !== "boolean")
      fail(at, "uniqueItems", "`uniqueItems` is true or false.");
    if (shape.unique) unions.push({ shape, at: child(at, "uniqueItems") });
    return shape;
  }
}

type Fail = (at: Reading, keyword: string | undefined, message: string, help?: string) => void;

function child(at: Reading, ...keys: Path): Reading {
  return { document: at.document, path: [...at.path, ...keys] };
}

function checkDialect(document: Document): void {
  const dialect = isJsonObject(document.root) ? document.root.$schema : undefined;
  if (dialect === undefined || (typeof dialect === "string" && dialects.test(dialect))) return;
  document.report({
    path: ["$schema"],
    message: "This dialect of JSON Schema is not read.",
    help: "Draft 2020-12 and draft-07 are.",
  });
}

function constrains(schema: JsonObject): boolean {
  return Object.keys(schema).some((key) => ["general", "typed"].includes(keywordUse(key).kind));
}

function reportKeywords(schema: JsonObject, at: Reading, fail: Fail): void {
  for (const keyword of Object.keys(schema)) {
    const use = keywordUse(keyword);
    if (use.kind === "unknown") fail(at, keyword, `\`${keyword}\` is not supported.`, keywordHelp(use));
    else if (use.kind === "definitions" && at.path.length > 0)
      fail(at, keyword, `\`${keyword}\` stands at the contract's root.`);
    else if (keyword === "$id" && at.path.length > 0)
      fail(at, keyword, "`$id` inside a contract changes what `$ref` means.");
    else if (use.kind === "typed" && use.type === "object" && at.implied === "object") continue;
    else if (use.kind === "typed" && !admits(schema.type, use.type)) {
      const wanted = use.type === "number" ? "number` or `integer" : use.type;
      fail(
        at,
        keyword,
        `\`${keyword}\` says nothing without \`type: ${wanted}\`.`,
        `Add \`type: ${use.type}\`: without it other kinds of values pass.`,
      );
    }
  }
}

function keywordHelp(use: Extract<KeywordUse, { kind: "unknown" }>): string {
  return use.guess === undefined
    ? "Nothing is ignored: take it out, or say it with a supported keyword."
    : `Did you mean \`${use.guess}\`?`;
}

function admits(type: Json | undefined, wanted: string): boolean {
  const types = Array.isArray(type) ? type : [type];
  return types.includes(wanted) || (wanted === "number" && types.includes("integer"));
}

/** Undefined when every type is admitted. */
function typesOf(schema: JsonObject, at: Reading, fail: Fail): readonly string[] | undefined {
  const { type, nullable } = schema;
  if (nullable !== undefined && (typeof nullable !== "boolean" || type === undefined))
    fail(at, "nullable", "`nullable` is true or false, and stands beside `type`.");
  if (type === undefined)
    return at.implied === "object" && !("const" in schema) && !("enum" in schema) ? ["object"] : undefined;
  const names = (Array.isArray(type) ? type : [type]).map(String);
  const unknown = names.filter((name) => !typeNames.includes(name));
  if (unknown.length > 0 || names.length === 0) {
    fail(at, "type", `\`type\` is one of ${typeNames.join(", ")}, or a list of them.`);
    return undefined;
  }
  if (nullable === true) names.push("null");
  return [...new Set(names)].filter((name) => name !== "integer" || !names.includes("number"));
}

function readLiterals(schema: JsonObject, types: readonly string[] | undefined, at: Reading, fail: Fail): Shape {
  const keyword = "const" in schema ? "const" : "enum";
  const listed = "const" in schema ? [schema.const ?? null] : schema.enum;
  const beside = Object.keys(schema).find((key) => keywordUse(key).kind === "typed");
  if (beside !== undefined) fail(at, beside, `\`${beside}\` beside \`${keyword}\` adds nothing.`, "Leave it out.");
  if (!Array.isArray(listed) || listed.length === 0 || ("const" in schema && "enum" in schema)) {
    fail(at, keyword, "`enum` is a list of values, and stands without `const`.");
    return any;
  }
  const values = listed.filter((value): value is JsonPrimitive => typeof value !== "object" || value === null);
  if (values.length < listed.length) fail(at, keyword, `\`${keyword}\` of objects or lists is not supported.`);
  const fitting = values.filter((value) => types === undefined || types.some((type) => isOfType(value, type)));
  if (values.length > 0 && fitting.length === 0)
    fail(at, keyword, `No value of \`${keyword}\` has the \`type\` that stands beside it.`);
  return fitting.length === 0 ? any : { kind: "literals", values: [...new Set(fitting)] };
}

function isOfType(value: JsonPrimitive, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "integer") return Number.isSafeInteger(value);
  return typeof value === type;
}

function readString(schema: JsonObject, at: Reading, fail: Fail): StringShape {
  const { minLength, maxLength, format, pattern } = schema;
  const known = formats.find((name) => name === format);
  if (format !== undefined && known === undefined)
    fail(at, "format", `This \`format\` is not checked.`, `Known are ${formats.join(", ")}.`);
  const problem = pattern === undefined ? undefined : linearPattern(pattern);
  if (problem !== undefined) fail(at, "pattern", problem.message, problem.help);
  return {
    kind: "string",
    ...bounds({ minLength, maxLength }, "count", at, fail),
    ...(known === undefined ? {} : { format: known }),
    ...(typeof pattern === "string" && problem === undefined ? { pattern } : {}),
  };
}

function readNumber(integer: boolean, schema: JsonObject, at: Reading, fail: Fail): NumberShape {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  return {
    kind: "number",
    integer,
    ...bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }, "number", at, fail),
  };
}

function bounds<Name extends string>(
  given: Readonly<Record<Name, Json | undefined>>,
  kind: "count" | "number",
  at: Reading,
  fail: Fail,
): { readonly [name in Name]?: number } {
  const found: { [name in Name]?: number } = {};
  for (const name in given) {
    const value = given[name];
    if (value === undefined) continue;
    const fits = typeof value === "number" && (kind === "number" || (Number.isSafeInteger(value) && value >= 0));
    if (fits) found[name] = value;
    else fail(at, name, `\`${name}\` is ${kind === "count" ? "a whole number from 0" : "a number"}.`);
  }
  return found;
}

function requiredNames(schema: JsonObject, at: Reading, fail: Fail): ReadonlySet<string> {
  const { required } = schema;
  if (required === undefined) return new Set();
  if (Array.isArray(required) && required.every((name) => typeof name === "string"))
    return new Set(required.map(String));
  fail(at, "required", "`required` is a list of field names beside `properties`.");
  return new Set();
}

/** `a: { $ref: b }, b: { $ref: a }` describes nothing. */
function reportEmptyCycles(refs: ReadonlyMap<string, Shape>, report: Document["report"]): void {
  for (const [key, shape] of refs) {
    const seen = new Set<string>();
    let current: Shape | undefined = shape;
    while (current?.kind === "ref" && !seen.has(current.to)) {
      seen.add(current.to);
      current = refs.get(current.to);
    }
    if (current?.kind === "ref" && !key.startsWith("contract:")) {
      report({ path: key.split("/").slice(1), message: "The reference leads back to itself and describes nothing." });
    }
  }
}

const unescapePointer = (token: string): string => decode(token).replaceAll("~1", "/").replaceAll("~0", "~");

function decode(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}
