// JSON Schema → Shape, in one pass that also finds everything outside the supported subset. The reader goes on after
// a problem with the widest shape that is still right, so that all problems of a contract are found together.

import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import { reportEmptyCycles } from "./cycles.ts";
import { constrains, keywordUse, reportKeywords, saysObject } from "./keywords.ts";
import { mergeObjects } from "./merge.ts";
import { perSchema } from "./per-schema.ts";
import type { ContractProblem } from "./problem.ts";
import { readLiterals, readNumber, readString, typesOf } from "./read-leaf.ts";
import { readArray, readObject } from "./read-structure.ts";
import { child, type Document, fail, type Reading } from "./reading.ts";
import type { Shape, Shapes } from "./shape.ts";
import { unionProblem } from "./union.ts";

export type ResolveRef = (name: string) => JsonSchema | undefined;

/** Behind the key of a contract of which fields may be missing. */
export const partialMark = " partial";

const maxDepth = 64;
const any: Shape = { kind: "any" };
const dialects = /^https?:\/\/json-schema\.org\/(?:draft\/2020-12\/schema|draft-07\/schema)#?$/;

type Read = Shapes & { readonly problems: readonly ContractProblem[] };

const readOnce = perSchema(readAnew);

export function readSchema(schema: Json, resolveRef: ResolveRef): Read {
  return isJsonObject(schema) ? readOnce(schema, resolveRef) : readAnew(schema, resolveRef);
}

function readAnew(schema: Json, resolveRef: ResolveRef): Read {
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
    reportKeywords(value, at);
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
    if (typeof $ref !== "string") fail(at, "$ref", "`$ref` is a text.");
    const key = typeof $ref === "string" ? reach($ref, at, schema["x-vrsky-partial"] === true) : undefined;
    return key === undefined ? any : { kind: "ref", to: key };
  }

  /** The key of what is referred to, after it has been read; undefined after a reported problem. */
  function reach(ref: string, at: Reading, partial: boolean): string | undefined {
    if (ref === "#") return at.document.key === "" ? "#" : at.document.key;
    const local = /^#\/(\$defs|definitions)\/([^/]*)$/.exec(ref);
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
      at.document.report({
        path: [...at.path, "$ref"],
        message: `There is no contract \`${name}\`.`,
        help: "Contracts are files in `contracts/`.",
        missing: name,
      });
    const key = partial ? `${ref}${partialMark}` : ref;
    if (other !== undefined && !refs.has(key)) {
      const schema = partial && isJsonObject(other) ? { ...other, "x-vrsky-partial": true } : other;
      enter(key, schema, { document: documentOf(other, ref, () => {}), path: [] });
    }
    return other === undefined ? undefined : key;
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
    if (open.size > maxDepth) waiting.push(() => readInto(key, schema, at));
    else readInto(key, schema, at);
  }

  function readInto(key: string, schema: Json, at: Reading): void {
    refs.set(key, read(schema, at));
    open.delete(key);
  }

  function readAllOf(schema: JsonObject, at: Reading): Shape {
    const { allOf, ...beside } = schema;
    if (!Array.isArray(allOf) || allOf.length === 0) {
      fail(at, "allOf", "`allOf` is a list of schemas.");
      return any;
    }
    // One part that says "object" says it for all.
    const objects: Pick<Reading, "implied"> = at.implied || saysObject(schema) ? { implied: "object" } : {};
    const own = constrains(beside) ? [read(beside, { ...at, ...objects })] : [];
    const [only] = allOf;
    if (allOf.length === 1 && own.length === 0 && only !== undefined)
      return read(only, { ...child(at, "allOf", 0), ...objects });
    const members = allOf.map((member, index) => read(member, { ...child(at, "allOf", index), ...objects }));
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
    const said = at.implied !== undefined || saysObject(beside);
    const members = list.map((member, index) =>
      read(member, { ...child(at, keyword, index), ...(said ? { implied: "object" } : {}) }),
    );
    const all = said || list.every(saysObject);
    const base = constrains(beside) ? read(beside, all ? { ...at, implied: "object" } : at) : undefined;
    const shapes = base === undefined ? members : members.map((member) => merged([base, member], at, keyword));
    const [only] = shapes;
    if (shapes.length === 1 && only !== undefined) return only;
    const union: Shape = { kind: "union", members: shapes };
    unions.push({ shape: union, at: child(at, keyword) });
    return union;
  }

  function readPlain(schema: JsonObject, at: Reading): Shape {
    const types = typesOf(schema, at);
    if ("const" in schema || "enum" in schema) return readLiterals(schema, types, at);
    if (types === undefined) return any;
    const members = types.map((type) => readType(type, schema, at));
    const [only] = members;
    if (members.length === 1 && only !== undefined) return only;
    return { kind: "union", members };
  }

  function readType(type: string, schema: JsonObject, at: Reading): Shape {
    switch (type) {
      case "string":
        return readString(schema, at);
      case "number":
      case "integer":
        return readNumber(type === "integer", schema, at);
      case "object":
        return readObject(schema, at, read);
      case "array":
        return readArray(schema, at, read, (shape, where) => unions.push({ shape, at: where }));
      case "boolean":
        return { kind: "boolean" };
      default:
        return { kind: "null" };
    }
  }
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

const unescapePointer = (token: string): string => decode(token).replaceAll("~1", "/").replaceAll("~0", "~");

function decode(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}
