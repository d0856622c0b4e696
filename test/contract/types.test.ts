// The printed TypeScript types under the real checker: they take what the validator takes, and refuse the rest as far
// as types can say it.

import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { prelude } from "../../compiler/4-check/prelude.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { typeName, typeText } from "../../compiler/contract/types.ts";
import { libraryDts } from "../../compiler/expression/library.ts";
import type { Json, JsonSchema } from "../../schema/json.ts";
import { projector, validator } from "./run.ts";
import { attacks, documents, schemas } from "./schemas.ts";

const checker = createTypeChecker();
afterAll(() => checker.close());

const library = `${libraryDts()}${prelude}`;
type Named = Readonly<Record<string, JsonSchema>>;

/** The findings in each module, all checked at once. */
function findings(modules: readonly string[]): readonly (readonly string[])[] {
  const files = new Map(modules.map((text, index) => [`m${index}.ts`, text]));
  const found = checker.check(library, files);
  return modules.map((_, index) =>
    found.filter(({ module }) => module === `m${index}.ts`).map(({ lines }) => lines.join(" ")),
  );
}

/** The contract's types, and a value that must be of its type. */
function moduleOf(schema: JsonSchema, value: string, named: Named = {}): string {
  const types = Object.entries({ ...named, T: schema }).map(([name, each]) =>
    typeText(each, { name: typeName(name === "T" ? "t" : name) }, (other) => named[other]),
  );
  return `${types.join("\n")}\nexport const value: T = ${value};`;
}

/** A value as a TypeScript expression; computed keys, since a plain `__proto__` is none. */
function literal(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, member]) => `[${JSON.stringify(key)}]: ${literal(member)}`)
    .join(", ")} }`;
}

const line: JsonSchema = {
  type: "object",
  required: ["sku"],
  properties: { sku: { type: "string" }, qty: { type: "integer" } },
};
const base: JsonSchema = {
  type: "object",
  required: ["id"],
  properties: { id: { $ref: "#/$defs/id" } },
  $defs: { id: { type: "string" } },
};
const event = (type: string, data: JsonSchema): JsonSchema => ({
  type: "object",
  required: ["type", "data"],
  properties: { type: { const: type }, data },
});

describe("takes and refuses", () => {
  const cases: readonly (readonly [string, JsonSchema, readonly Json[], readonly Json[], Named?])[] = [
    ["scalars", { type: ["string", "null"] }, ["x", null], [1, true, {}]],
    ["constants", { enum: ["a", 1, true, null] }, ["a", 1, true, null], ["b", 2, false]],
    [
      "fields",
      line,
      [{ sku: "x" }, { sku: "x", qty: 1 }],
      [{}, { sku: 1 }, { sku: "x", more: 1 }, { sku: "x", qty: null }, null, []],
    ],
    ["lists", { type: "array", items: line }, [[], [{ sku: "x" }]], [[{}], {}, ["x"]]],
    ["lists of alternatives", { type: "array", items: { type: ["string", "null"] } }, [["a", null]], [[1]]],
    [
      "a prefix",
      { type: "array", minItems: 1, prefixItems: [{ type: "string" }, { type: "number" }], items: { type: "null" } },
      [["a"], ["a", 1], ["a", 1, null, null]],
      [[], [1], ["a", null], ["a", 1, 2]],
    ],
    [
      "a whole prefix",
      { type: "array", prefixItems: [{ type: "string" }], items: false },
      [[], ["a"]],
      [["a", "b"], [1]],
    ],
    ["a record", { type: "object", additionalProperties: { type: "number" } }, [{}, { x: 1 }], [{ x: "1" }, [1]]],
    ["an object of anything", { type: "object" }, [{}, { x: [1, { y: null }] }], [1, "x"]],
    ["an object of nothing", { type: "object", properties: {} }, [{}], [1, "x", null, { x: 1 }]],
    ["anything", {}, [1, "x", null, [{ x: 1 }]], []],
    [
      "kinds",
      { oneOf: [event("paid", { type: "number" }), event("open", line)] },
      [
        { type: "paid", data: 1 },
        { type: "open", data: { sku: "x" } },
      ],
      [
        { type: "paid", data: { sku: "x" } },
        { type: "open", data: 1 },
        { type: "x", data: 1 },
      ],
    ],
    [
      "allOf",
      { allOf: [line, { required: ["qty"], properties: { at: { type: "string" } } }] },
      [
        { sku: "x", qty: 1 },
        { sku: "x", qty: 1, at: "y" },
      ],
      [{ sku: "x" }, { sku: "x", qty: 1, at: 1 }],
    ],
    ["a definition", { type: "array", items: { $ref: "#/$defs/line" }, $defs: { line } }, [[{ sku: "x" }]], [[{}]]],
    [
      "a tree",
      { type: "object", properties: { next: { oneOf: [{ $ref: "#" }, { type: "null" }] } } },
      [{}, { next: { next: null } }],
      [{ next: 1 }, { next: { next: 1 } }],
    ],
    [
      "another contract",
      { type: "array", items: { $ref: "contract:line@1" } },
      [[{ sku: "x" }]],
      [[{}]],
      { "line@1": line },
    ],
    [
      "allOf with another contract",
      { allOf: [{ $ref: "contract:base@1" }, { required: ["n"], properties: { n: { type: "number" } } }] },
      [{ id: "x", n: 1 }],
      [{ id: 1, n: 1 }, { id: "x" }, { n: 1 }],
      { "base@1": base },
    ],
  ];

  const each = cases.map(([says, schema, fitting, others, named = {}]) => ({ says, schema, fitting, others, named }));
  test.each(each)("$says", ({ schema, fitting, others, named }) => {
    const found = findings([...fitting, ...others].map((value) => moduleOf(schema, literal(value), named)));
    expect(found.slice(0, fitting.length)).toEqual(fitting.map(() => []));
    for (const [index, one] of found.slice(fitting.length).entries())
      expect([others[index], one.length]).toEqual([others[index], 1]);
  });
});

describe("asks for what may be missing", () => {
  const schema: JsonSchema = {
    type: "object",
    required: ["list"],
    properties: { name: { type: "string" }, list: { type: "array", items: line } },
  };
  const using = (expression: string): string =>
    `${typeText(schema, { name: "T" })}\ndeclare const body: T;\nexport const value: string = ${expression};`;

  test.each<[string, RegExp | undefined]>([
    ["body.name", /'string \| undefined' is not assignable/],
    ['body.name ?? "x"', undefined],
    ["body.list[0].sku", /possibly 'undefined'/],
    ['body.list[0]?.sku ?? "x"', undefined],
    ["body.nmae", /'nmae' does not exist/],
  ])("%s", (expression, message) => {
    const [found = []] = findings([using(expression)]);
    expect(found).toHaveLength(message === undefined ? 0 : 1);
    if (message !== undefined) expect(found[0]).toMatch(message);
  });

  test("nothing can be changed", () => {
    const [found = []] = findings([
      `${typeText(schema, { name: "T" })}\ndeclare const body: T;\nbody.name = "x";\nbody.list[0] = { sku: "x" };`,
    ]);
    expect(found).toHaveLength(2);
    for (const each of found) expect(each).toMatch(/read-only|only permits reading/);
  });
});

test("what the validator lets through, the type takes", () => {
  const cases = fc.sample(
    schemas
      .filter((schema) => checkSchema(schema, () => undefined).length === 0)
      .chain((schema) => fc.tuple(fc.constant(schema), fc.array(documents(schema), { minLength: 6, maxLength: 6 }))),
    120,
  );
  const fitting = cases.flatMap(([schema, values]) => {
    const [check, project] = [validator(schema), projector(schema)];
    // Undeclared fields do not exist behind the door; the type has none.
    return values
      .filter((value) => check(value).length === 0)
      .map((value) => [schema, project(value) as Json] as const);
  });
  expect(fitting.length).toBeGreaterThan(60);
  const found = findings(fitting.map(([schema, value]) => moduleOf(schema, literal(value))));
  const wrong = fitting.flatMap(([schema, value], index) =>
    found[index]?.length === 0 ? [] : [{ schema, value, found: found[index] }],
  );
  expect(JSON.stringify(wrong[0], undefined, 1)).toBeUndefined();
});

describe("names", () => {
  test.each([
    ["order@1", "Order_1"],
    ["warehouse-order@12", "WarehouseOrder_12"],
    ["targets.slack.steps.0", "Targets$_slack$_steps$_0"],
    ["source", "Source"],
    ["a-1@1", "A$2d$1_1"],
  ])("%s → %s", (key, name) => {
    expect(typeName(key)).toBe(name);
  });

  test("two keys never share a name, and each is an identifier", () => {
    const keys = fc.oneof(
      fc.string({ unit: fc.constantFrom("a", "b", "A", "-", "_", ".", "@", "$", "1", "é", "2d") }),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        if (a !== b) expect(typeName(a)).not.toBe(typeName(b));
        if (a !== "") expect(typeName(a)).toMatch(/^[A-Za-z_$][\w$]*$/);
      }),
      { numRuns: 3000 },
    );
  });

  test("definitions of both groups and of other contracts stay apart", () => {
    const schema: JsonSchema = {
      type: "object",
      properties: { a: { $ref: "#/$defs/x" }, b: { $ref: "#/definitions/x" }, c: { $ref: "contract:base@1" } },
      $defs: { x: { type: "string" } },
      definitions: { x: { type: "number" } },
    };
    const named = { "base@1": base };
    const [right, wrong] = findings([
      moduleOf(schema, '{ a: "x", b: 1, c: { id: "x" } }', named),
      moduleOf(schema, '{ a: 1, b: "x", c: { id: 1 } }', named),
    ]);
    expect(right).toEqual([]);
    expect(wrong).toHaveLength(3);
  });

  test("attack names, as fields, constants and definitions", () => {
    const hostile = [...attacks, "__proto__", "\ud800", "*/", "$Json", "string"];
    const schema: JsonSchema = {
      type: "object",
      required: hostile,
      properties: Object.fromEntries(hostile.map((name) => [name, { $ref: `#/$defs/${encodeName(name)}` }])),
      $defs: Object.fromEntries(hostile.map((name) => [name, { enum: [name, 0] }])),
    };
    const right = Object.fromEntries(hostile.map((name) => [name, name]));
    const wrong = Object.fromEntries(hostile.map((name) => [name, 1]));
    const found = findings([
      moduleOf(schema, literal(right)),
      moduleOf(schema, literal(wrong)),
      moduleOf(schema, "{}"),
    ]);
    expect(found.map((each) => each.length)).toEqual([0, hostile.length, 1]);
  });
});

const encodeName = (name: string): string => name.replaceAll("%", "%25").replaceAll("~", "~0").replaceAll("/", "~1");
