// The printed validator against ajv: the same verdict on every keyword of the subset, on any document.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkSchema } from "../../compiler/contract/schema.ts";
import type { Json, JsonSchema } from "../../schema/json.ts";
import { runs } from "../rig/runs.ts";
import { oracle, validator } from "./run.ts";
import { documents, schemas } from "./schemas.ts";

test("any contract of the subset, any document", () => {
  let [asked, fitting] = [0, 0];
  const cases = schemas
    .filter((schema) => checkSchema(schema, () => undefined).length === 0)
    .chain((schema) => fc.tuple(fc.constant(schema), fc.array(documents(schema), { minLength: 5, maxLength: 5 })));
  fc.assert(
    fc.property(cases, ([schema, values]) => {
      const [ours, theirs] = [validator(schema), oracle(schema)];
      for (const value of values) {
        const fits = theirs(value);
        asked += 1;
        fitting += fits ? 1 : 0;
        expect({ value, issues: ours(value), fits: ours(value).length === 0 }).toMatchObject({ value, fits });
      }
    }),
    { numRuns: runs(120) },
  );
  // Both verdicts must have been asked for often, or the comparison says little.
  expect(fitting).toBeGreaterThan(asked / 10);
  expect(fitting).toBeLessThan((asked * 9) / 10);
});

describe("stricter or more exact than ajv, on purpose", () => {
  test("an integer that a number cannot hold is refused: it would arrive as another one", () => {
    const check = validator({ type: "integer" });
    expect(check(Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(check(JSON.parse("9007199254740993"))).toEqual([{ path: "", message: "must be an integer" }]);
  });

  test("a number that overflows is none", () => {
    expect(validator({ type: "number" })(JSON.parse("1e999"))).toEqual([{ path: "", message: "must be a number" }]);
  });

  test("multipleOf is asked of the decimals", () => {
    const check = validator({ type: "number", multipleOf: 0.01 });
    for (const cents of [19.99, 0.07, 4.35, 1.1, 1e21, -19.99, 0]) expect([cents, check(cents)]).toEqual([cents, []]);
    for (const other of [19.995, 0.001, 1e-7])
      expect(check(other)).toEqual([{ path: "", message: "must be a multiple of 0.01" }]);
  });

  test("references deeper than 256 levels are an issue, not a stack overflow", () => {
    const check = validator({ type: "array", items: { $ref: "#" } });
    const nested = (levels: number): Json => {
      let value: Json = [];
      for (let level = 0; level < levels; level++) value = [value];
      return value;
    };
    expect(check(nested(256))).toEqual([]);
    const [issue, ...others] = check(nested(100_000));
    expect(others).toEqual([]);
    expect(issue?.message).toBe("is nested too deep");
  });
});

describe("another contract", () => {
  const line: JsonSchema = {
    type: "object",
    required: ["sku"],
    properties: { sku: { $ref: "#/$defs/sku" } },
    $defs: { sku: { type: "string", minLength: 1 } },
  };
  const named = { "line@1": line };

  test("is asked with its own definitions", () => {
    const order: JsonSchema = { type: "array", items: { $ref: "contract:line@1" }, $defs: { sku: { type: "null" } } };
    const check = validator(order, named);
    expect(check([{ sku: "x" }])).toEqual([]);
    expect(check([{ sku: "x" }, { sku: "" }, {}])).toEqual([
      { path: "/1/sku", message: "must not be empty" },
      { path: "/2/sku", message: "is required" },
    ]);
  });

  test("may refer back", () => {
    const a: JsonSchema = { type: "object", properties: { b: { $ref: "contract:b@1" } } };
    const b: JsonSchema = {
      type: "object",
      required: ["a"],
      properties: { a: { oneOf: [{ $ref: "contract:a@1" }, { type: "null" }] } },
    };
    const check = validator(a, { "a@1": a, "b@1": b });
    expect(check({ b: { a: { b: { a: null } } } })).toEqual([]);
    expect(check({ b: { a: { b: {} } } })).toEqual([{ path: "/b/a/b/a", message: "is required" }]);
  });
});

describe("what an issue says", () => {
  const check = validator({
    type: "object",
    required: ["a/b~c", "list"],
    additionalProperties: false,
    properties: {
      "a/b~c": { type: "string" },
      list: { type: "array", items: { type: "object", additionalProperties: { enum: ["x", "a b"] } } },
    },
  });

  test("where, as a JSON Pointer, and what would be right", () => {
    expect(check({ "a/b~c": 1, list: [{}, { k: "y" }], more: 1 })).toEqual([
      { path: "/a~1b~0c", message: "must be a string" },
      { path: "/list/1/k", message: 'must be one of x, "a b"' },
      { path: "/more", message: "is not declared" },
    ]);
  });

  test("never the sender's text, be it value or key", () => {
    const secret = "4111 1111 1111 1111";
    expect(JSON.stringify(check({ list: [{ [secret]: secret }, secret], [secret]: secret }))).not.toContain("4111");
  });

  test("20 at most, and the rest is not looked at", () => {
    const many = validator({ type: "array", items: { type: "string" } })(Array.from({ length: 100_000 }, () => 1));
    expect(many).toHaveLength(20);
  });
});
