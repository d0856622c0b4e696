// Two versions of a contract: what is said of each kind of change, and the proof that silence is no mistake: what is
// said to break nobody lets every message of the one pass the other, in ajv's judgement.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contractDifferences } from "../../compiler/contract/breaking.ts";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { readShort } from "../../compiler/contract/short.ts";
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import { runs } from "../rig/runs.ts";
import { oracle, projector } from "./run.ts";
import { documents, schemas } from "./schemas.ts";

function schemaOf(given: Json): Json {
  const read = readShort(given);
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.schema;
}

const lines = (before: Json, now: Json): readonly string[] =>
  contractDifferences({ schema: before }, { schema: now }).map(
    ({ path, text, breaks }) => `${path}: ${text} → ${breaks.join(", ") || "nobody"}`,
  );

describe("in the short form", () => {
  test.each<readonly [string, Json, Json, readonly string[]]>([
    ["nothing", { id: "string" }, { id: "string" }, []],
    ["a field more, optional", { id: "string" }, { id: "string", "note?": "string" }, ["note: is new → nobody"]],
    [
      "a field more, required",
      { id: "string" },
      { id: "string", note: "string" },
      ["note: is new and required → stored"],
    ],
    ["a field less", { id: "string", note: "string" }, { id: "string" }, ["note: is gone → running"]],
    ["an optional field less", { id: "string", "note?": "string" }, { id: "string" }, ["note: is gone → nobody"]],
    ["another type", { total: "number" }, { total: "string" }, ["total: number is now string → running, stored"]],
    ["narrower", { total: "number" }, { total: "integer" }, ["total: number is now integer → stored"]],
    ["wider", { total: "integer" }, { total: "number" }, ["total: integer is now number → running"]],
    [
      "a value more",
      { status: "paid | open" },
      { status: "paid | open | void" },
      ['status: "void" is a new value → running'],
    ],
    ["a value less", { status: "paid | open" }, { status: "paid" }, ['status: "open" is gone → stored']],
    [
      "may be missing",
      { id: "string" },
      { "id?": "string" },
      ["id: may be missing now → running", "id: string is now string or null → running"],
    ],
    [
      "in a list",
      { lines: [{ qty: "integer" }] },
      { lines: [{ qty: "string" }] },
      ["lines[].qty: integer is now string → running, stored"],
    ],
    ["a list, no more", { lines: ["string"] }, { lines: "string" }, ["lines: list is now string → running, stored"]],
    ["anything, no more", "any", { id: "string" }, [": anything is now object → stored", "id: is new → nobody"]],
  ])("%s", (_what, before, now, says) => {
    expect(lines(schemaOf(before), schemaOf(now))).toEqual(says);
  });
});

describe("in JSON Schema", () => {
  const only = (schema: JsonSchema): JsonSchema => ({ type: "object", properties: { a: schema }, required: ["a"] });
  test.each<readonly [string, JsonSchema, JsonSchema, readonly string[]]>([
    ["a bound", { type: "number", minimum: 0 }, { type: "number", minimum: 10 }, ["a: minimum 0 is now 10 → stored"]],
    ["a bound less", { type: "number", maximum: 5 }, { type: "number" }, ["a: maximum 5 is now none → running"]],
    [
      "open and closed",
      { type: "number", exclusiveMinimum: 0 },
      { type: "number", minimum: 0 },
      ["a: exclusiveMinimum 0 is now none → running"],
    ],
    [
      "a multiple",
      { type: "integer", multipleOf: 2 },
      { type: "integer", multipleOf: 4 },
      ["a: multipleOf 2 is now 4 → stored"],
    ],
    [
      "a length",
      { type: "string", maxLength: 5 },
      { type: "string", maxLength: 4 },
      ["a: maxLength 5 is now 4 → stored"],
    ],
    [
      "a pattern",
      { type: "string", pattern: "^a" },
      { type: "string", pattern: "^b" },
      ["a: pattern ^a is now ^b → running, stored"],
    ],
    ["a description", { type: "string", description: "one" }, { type: "string", description: "two" }, []],
    [
      "closed",
      { type: "object", properties: { b: { type: "string" } } },
      { type: "object", properties: {}, additionalProperties: false },
      ["a.b: is gone, and nothing undeclared is taken → stored"],
    ],
    [
      "a length of lists",
      { type: "array", items: { type: "string" } },
      { type: "array", items: { type: "string" }, minItems: 1, uniqueItems: true },
      ["a: minItems none is now 1 → stored", "a: uniqueItems none is now true → stored"],
    ],
  ])("%s", (_what, before, now, says) => {
    expect(lines(only(before), only(now))).toEqual(says);
  });

  test("a union's new object is told, the others are not", () => {
    const kind = (name: string, more: JsonObject = {}): JsonObject => ({
      type: "object",
      properties: { kind: { const: name }, ...more },
      required: ["kind"],
    });
    const before = { oneOf: [kind("paid"), kind("open")] };
    const now = { oneOf: [kind("paid"), kind("open"), kind("void")] };
    expect(lines(before, now)).toEqual(['kind: "paid" is now "void" → running']);
    expect(lines(now, now)).toEqual([]);
  });

  test("contracts that are referred to are followed, recursion ends", () => {
    const schema: JsonSchema = { type: "object", properties: { line: { $ref: "contract:line@1" } } };
    const line = (type: string): JsonSchema => ({
      type: "object",
      properties: { qty: { type }, parts: { type: "array", items: { $ref: "#" } } },
    });
    const version = (type: string) => ({ schema, refs: { "line@1": line(type) } });
    expect(contractDifferences(version("integer"), version("integer"))).toEqual([]);
    expect(contractDifferences(version("integer"), version("string")).map(({ path }) => path)).toEqual(["line.qty"]);
  });
});

const usable = schemas.filter((schema) => checkSchema(schema, () => undefined).length === 0);

test("a contract breaks nothing that was written for itself", () => {
  fc.assert(
    fc.property(usable, (schema) => {
      expect(lines(schema, schema)).toEqual([]);
    }),
    { numRuns: runs(60) },
  );
});

/** The same schema with one thing changed somewhere, picked by the numbers. */
function changed(schema: Json, picks: readonly number[]): Json {
  let step = 0;
  const pick = (sides: number): number => (picks[step++ % picks.length] ?? 0) % sides;
  const visit = (part: Json): Json => {
    if (!isJsonObject(part)) return part;
    if (pick(3) === 0) return twist(part, pick);
    const members = Object.entries(part);
    const chosen = pick(Math.max(1, members.length));
    return Object.fromEntries(
      members.map(([key, member], index) => {
        if (index !== chosen) return [key, member];
        if (key === "properties" || key === "$defs") return [key, inOne(member, pick, visit)];
        if (Array.isArray(member) && member.some(isJsonObject))
          return [key, member.map((each, at) => (at === pick(member.length) ? visit(each) : each))];
        return [key, visit(member)];
      }),
    );
  };
  return visit(schema);
}

function inOne(map: Json, pick: (sides: number) => number, visit: (part: Json) => Json): Json {
  if (!isJsonObject(map)) return map;
  const names = Object.keys(map);
  const chosen = names[pick(Math.max(1, names.length))];
  return Object.fromEntries(
    Object.entries(map).map(([name, member]) => [name, name === chosen ? visit(member) : member]),
  );
}

function twist(part: JsonObject, pick: (sides: number) => number): Json {
  const without = (key: string): Json => Object.fromEntries(Object.entries(part).filter(([name]) => name !== key));
  const keys = Object.keys(part).filter((key) => key !== "$defs");
  switch (pick(6)) {
    case 0:
      return without(keys[pick(Math.max(1, keys.length))] ?? "");
    case 1:
      return part.type === "integer" ? { ...part, type: "number" } : { ...part, minimum: pick(4) };
    case 2:
      return { ...part, required: Array.isArray(part.required) ? part.required.slice(1) : [] };
    case 3:
      return Array.isArray(part.enum) ? { ...part, enum: part.enum.slice(0, 1) } : { ...part, maxLength: pick(3) };
    case 4:
      return { ...part, additionalProperties: pick(2) === 0 };
    default:
      return typeof part.type === "string" && part.type !== "null"
        ? { ...part, type: [part.type, "null"] }
        : { ...part, minItems: pick(3) };
  }
}

const versions = fc
  .tuple(usable, fc.array(fc.nat(), { minLength: 6, maxLength: 12 }), usable, fc.nat(9))
  .map(([before, picks, other, odds]) => ({ before, now: odds === 0 ? other : changed(before, picks) }))
  .filter((pair): pair is { before: JsonSchema; now: JsonSchema } => {
    return isJsonObject(pair.now) && checkSchema(pair.now, () => undefined).length === 0;
  });

test("what is said to break nobody breaks nobody: every sample of the one is valid under the other", () => {
  const counts = { silent: 0, samples: 0 };
  const cases = versions.chain((pair) =>
    fc.tuple(
      fc.constant(pair),
      fc.array(documents(pair.before), { minLength: 12, maxLength: 12 }),
      fc.array(documents(pair.now), { minLength: 12, maxLength: 12 }),
    ),
  );
  fc.assert(
    fc.property(cases, ([{ before, now }, stored, coming]) => {
      const breaks = contractDifferences({ schema: before }, { schema: now }).flatMap((each) => each.breaks);
      for (const [which, writer, reader, samples] of [
        ["stored", before, now, stored],
        ["running", now, before, coming],
      ] as const) {
        if (breaks.includes(which)) continue;
        counts.silent += 1;
        const [sends, takes, project] = [oracle(writer), oracle(reader), projector(writer)];
        for (const sample of samples.filter(sends)) {
          counts.samples += 1;
          // What a writer sends has declared fields only.
          const sent = project(sample);
          if (!takes(sent)) throw new Error(`${which}: ${JSON.stringify({ before, now, sent })}`);
        }
      }
    }),
    { numRuns: runs(60) },
  );
  expect(counts.silent).toBeGreaterThan(40);
  expect(counts.samples).toBeGreaterThan(120);
});
