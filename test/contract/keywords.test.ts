// One line for each keyword of the subset: values that fit and values that do not, with ajv asked as well.

import { describe, expect, test } from "vitest";
import type { Json, JsonSchema } from "../../schema/json.ts";
import { oracle, validator } from "./run.ts";

/** A schema, values that fit, values that do not. Ajv is asked as well. */
const keywords: readonly (readonly [string, JsonSchema, readonly Json[], readonly Json[]])[] = [
  ["string", { type: "string" }, ["", "a"], [1, null, [], {}, true]],
  [
    "minLength counts characters",
    { type: "string", minLength: 2 },
    ["😀😀", "ab", "a\ud83d"],
    ["😀", "a", "", "\ud83d"],
  ],
  ["maxLength counts characters", { type: "string", maxLength: 2 }, ["😀😀", "ab", ""], ["😀😀😀", "abc", "abcd"]],
  ["minLength 0", { type: "string", minLength: 0 }, ["", "a"], [1]],
  ["number", { type: "number" }, [0, -0, 1.5, 1e300, 5e-324], ["1", null, [1]]],
  ["integer takes 1.0", { type: "integer" }, [JSON.parse("1.0"), -0, JSON.parse("1e2")], [1.5, 1e-7, "1"]],
  ["bounds are part of it", { type: "number", minimum: 1, maximum: 2 }, [1, 2, 1.5], [0.999, 2.001]],
  ["bounds are not part of it", { type: "integer", exclusiveMinimum: 1, exclusiveMaximum: 3 }, [2], [1, 3]],
  ["a bound of 0 meets -0", { type: "number", minimum: 0 }, [-0, 0], [-5e-324]],
  ["multipleOf a fraction", { type: "number", multipleOf: 0.5 }, [0, 1.5, -2], [0.25, 1.4]],
  ["multipleOf a whole", { type: "integer", multipleOf: 3 }, [0, -3, 9, 1e15 - 1], [1, 10]],
  ["multipleOf something small", { type: "number", multipleOf: 1e-7 }, [1e-7, 3e-7, 0, 1], [1.5e-7, 1e-8]],
  ["multipleOf something large", { type: "number", multipleOf: 1e21 }, [1e21, 0, 3e21], [1, 1.5e21]],
  ["boolean", { type: "boolean" }, [true, false], [0, 1, "true", null]],
  ["null", { type: "null" }, [null], [0, "", false, {}]],
  ["several types", { type: ["integer", "null", "array"] }, [1, null, []], [1.5, "x", {}]],
  ["integer beside number", { type: ["integer", "number"] }, [1, 1.5], ["1"]],
  ["nullable", { type: "string", nullable: true }, ["a", null], [1]],
  ["const", { const: "a" }, ["a"], ["b", null, ["a"]]],
  ["const 0 is -0", { const: 0 }, [0, -0], ["0", false, null]],
  ["enum keeps kinds apart", { enum: [1, "1", true, null] }, [1, "1", true, null], ["true", false, 0, "null"]],
  ["a long enum", { enum: Array.from({ length: 40 }, (_, index) => `v${index}`) }, ["v0", "v39"], ["v40", 0]],
  ["enum within its type", { type: "integer", enum: [1, "1", 2.5] }, [1], ["1", 2.5]],
  ["items", { type: "array", items: { type: "integer" } }, [[], [1, 2]], [["1"], [1, null], {}]],
  [
    "items of lists",
    { type: "array", items: { type: "array", items: { type: "null" } } },
    [[[null]], [[]]],
    [[[1]], [null]],
  ],
  ["minItems, maxItems", { type: "array", minItems: 1, maxItems: 2 }, [[1], [1, {}]], [[], [1, 2, 3]]],
  [
    "prefixItems",
    { type: "array", prefixItems: [{ type: "integer" }, { type: "string" }] },
    [[], [1], [1, "a"], [1, "a", {}]],
    [["a"], [1, 2]],
  ],
  [
    "no items after the prefix",
    { type: "array", prefixItems: [{ type: "integer" }], items: false },
    [[], [1]],
    [[1, 2]],
  ],
  [
    "other items after the prefix",
    { type: "array", prefixItems: [{}], items: { type: "null" } },
    [[1], [1, null]],
    [[1, 1]],
  ],
  [
    "uniqueItems",
    { type: "array", items: { type: ["string", "integer"] }, uniqueItems: true },
    [[], [1, "1"]],
    [
      [1, 1],
      ["a", "b", "a"],
      [0, -0],
    ],
  ],
  ["required", { type: "object", required: ["a"] }, [{ a: null }, { a: 1, b: 2 }], [{}, { A: 1 }, []]],
  [
    "optional may not be null",
    { type: "object", properties: { a: { type: "string" } } },
    [{}, { a: "x" }],
    [{ a: null }],
  ],
  ["what is not declared may come in", { type: "object", properties: {} }, [{}, { x: 1 }], [[], null]],
  [
    "closed",
    { type: "object", properties: { a: {} }, additionalProperties: false },
    [{}, { a: 1 }],
    [{ b: 1 }, { constructor: 1 }],
  ],
  [
    "a record",
    { type: "object", additionalProperties: { type: "integer" } },
    [{}, { a: 1, "": 2 }],
    [{ a: "x" }, { toString: null }],
  ],
  [
    "inherited names are no fields",
    { type: "object", required: ["toString", "constructor"] },
    [{ toString: 1, constructor: 2 }],
    [{}, { toString: 1 }],
  ],
  [
    "objects by their tag",
    { oneOf: [tag("paid", { type: "number" }), tag("open", { type: "null" })] },
    [
      { kind: "paid", amount: 1 },
      { kind: "open", amount: null },
    ],
    [{ kind: "paid", amount: null }, { kind: "open", amount: 1 }, { kind: "x", amount: 1 }, { amount: 1 }, "paid"],
  ],
  [
    "a tag of several values and kinds",
    {
      anyOf: [
        { type: "object", required: ["v"], properties: { v: { enum: [1, "x"] }, a: { type: "string" } } },
        { type: "object", required: ["v"], properties: { v: { const: null } } },
        { type: "array", items: { type: "string" } },
      ],
    },
    [{ v: 1, a: "" }, { v: "x" }, { v: null, a: 1 }, ["a"]],
    [{ v: 1, a: 1 }, { v: "1" }, [1], {}],
  ],
  [
    "allOf",
    {
      allOf: [
        { type: "object", properties: { a: { type: "string" }, s: { enum: ["x", "y"] } } },
        { required: ["a"], properties: { s: { enum: ["y", "z"] } } },
      ],
    },
    [{ a: "" }, { a: "", s: "y" }],
    [{}, { a: 1 }, { a: "", s: "x" }, { a: "", s: "z" }, "text"],
  ],
  [
    "alternatives with shared fields",
    {
      type: "object",
      required: ["id"],
      properties: { id: { type: "integer" } },
      oneOf: [tag("a", { type: "string" }), tag("b", {})],
    },
    [
      { id: 1, kind: "a", amount: "x" },
      { id: 1, kind: "b", amount: 2 },
    ],
    [{ kind: "a", amount: "x" }, { id: 1 }, { id: 1, kind: "a", amount: 2 }],
  ],
  [
    "a tree",
    {
      $ref: "#/$defs/node",
      $defs: {
        node: {
          type: "object",
          required: ["children"],
          properties: { children: { type: "array", items: { $ref: "#/$defs/node" } } },
        },
      },
    },
    [{ children: [] }, { children: [{ children: [{ children: [] }] }] }],
    [{}, { children: [{}] }, { children: [{ children: [null] }] }],
  ],
  [
    "a list that ends with null",
    { type: "object", required: ["next"], properties: { next: { oneOf: [{ $ref: "#" }, { type: "null" }] } } },
    [{ next: null }, { next: { next: { next: null } } }],
    [{}, { next: {} }, { next: { next: 1 } }],
  ],
  [
    "alternatives that hold themselves",
    {
      $ref: "#/$defs/e",
      $defs: {
        e: {
          oneOf: [
            { type: "number" },
            { type: "array", items: { $ref: "#/$defs/e" } },
            {
              type: "object",
              required: ["op"],
              properties: { op: { const: "not" }, of: { oneOf: [{ $ref: "#/$defs/e" }, { type: "null" }] } },
            },
          ],
        },
      },
    },
    [1, [1, [2]], { op: "not", of: [{ op: "not", of: null }] }],
    ["x", [[["x"]]], { op: "not", of: { op: "and" } }],
  ],
];

function tag(kind: string, amount: JsonSchema): JsonSchema {
  return { type: "object", required: ["kind", "amount"], properties: { kind: { const: kind }, amount } };
}

describe("the keywords", () => {
  test.each(keywords)("%s", (_, schema, fitting, others) => {
    const [ours, theirs] = [validator(schema), oracle(schema)];
    for (const value of fitting) expect([value, ours(value), theirs(value)]).toEqual([value, [], true]);
    for (const value of others) {
      expect([value, theirs(value)]).toEqual([value, false]);
      expect(ours(value)).not.toEqual([]);
    }
  });

  test("draft-07: a list under `items`, and what comes after it", () => {
    const $schema = "http://json-schema.org/draft-07/schema#";
    const check = validator({
      $schema,
      type: "array",
      items: [{ type: "integer" }],
      additionalItems: { type: "string" },
    });
    expect([[], [1], [1, "a"]].map((value) => check(value).length)).toEqual([0, 0, 0]);
    expect([["a"], [1, 2]].map((value) => check(value).length)).toEqual([1, 1]);
    const closed = validator({ $schema, type: "array", items: [{ type: "integer" }], additionalItems: false });
    expect([[1], [1, 2]].map((value) => closed(value).length)).toEqual([0, 1]);
  });
});
