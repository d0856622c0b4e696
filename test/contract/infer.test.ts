// Contracts from samples: true of every one of them, and saying what a person would say.

import fc from "fast-check";
import { expect, test } from "vitest";
import { createInference } from "../../compiler/contract/infer.ts";
import { printShort } from "../../compiler/contract/print-short.ts";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { readShort } from "../../compiler/contract/short.ts";
import type { Json } from "../../schema/json.ts";
import { validator } from "./run.ts";

function infer(samples: readonly Json[]) {
  const inference = createInference();
  for (const sample of samples) inference.add(sample);
  return inference.schema();
}

const short = (...samples: readonly Json[]): string => printShort(infer(samples));

test("what every sample has is required, what some lack or leave null is optional", () => {
  expect(short({ id: "a", n: 1 }, { id: "b", n: 1.5, note: "x" }, { id: "c", n: 2, note: null })).toBe(
    "{ id: string, n: number, note?: string }",
  );
});

test("lists, objects in them, and lists that were always empty", () => {
  expect(short({ lines: [{ sku: "a", qty: 1 }, { sku: "b" }], tags: [] })).toBe(
    "{ lines: [{ sku: string, qty?: integer }], tags: [any] }",
  );
});

test("a format needs two texts that agree", () => {
  expect(short({ at: "2026-01-01T00:00:00Z" })).toBe("{ at: string }");
  expect(short({ at: "2026-01-01T00:00:00Z" }, { at: "2026-02-01T00:00:00+01:00" })).toBe("{ at: date-time }");
  expect(short({ at: "2026-01-01" }, { at: "tomorrow" })).toBe("{ at: string }");
});

test("what contradicts itself is said as far as it is true", () => {
  expect(short({ v: 1 }, { v: "x" })).toBe("{ v: integer | string }");
  expect(short({ v: 1 }, { v: [] })).toBe("{ v: any }");
  expect(short({ v: null }, { v: null })).toBe("{ v?: any }");
});

test("an object with keys of data is a map", () => {
  const prices = (from: number) => Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`sku-${from + i}`, i]));
  expect(infer([prices(0), prices(15), prices(30)])).toEqual({
    type: "object",
    additionalProperties: { type: "integer" },
  });
});

test("any samples: the contract is of the subset and holds for each, before and after more of them", () => {
  const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(fc.array(json, { minLength: 1, maxLength: 6 }), (samples) => {
      const schema = infer(samples);
      expect(checkSchema(schema, () => undefined)).toEqual([]);
      const check = validator(schema);
      for (const sample of samples) expect({ sample, issues: check(sample) }).toEqual({ sample, issues: [] });
    }),
    { numRuns: 500 },
  );
});

test("records: the short form reads back, and holds for each sample, too", () => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer()));
  const record = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/), value, { maxKeys: 5 });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (samples) => {
      const schema = infer(samples as Json[]);
      fc.pre(!JSON.stringify(schema).includes('"additionalProperties"'));
      const { parse } = { parse: (text: string): unknown => JSON.parse(toJson(text)) };
      const read = readShort(parse(printShort(schema)));
      expect(read).toHaveProperty("schema");
      if (!("schema" in read)) return;
      const check = validator(read.schema);
      for (const sample of samples) expect({ sample, issues: check(sample) }).toEqual({ sample, issues: [] });
    }),
    { numRuns: 300 },
  );
});

/** The short form of flat records as JSON. */
function toJson(text: string): string {
  return text
    .replaceAll(/([{,] )("?)([^":,{}[\]]+?)\2: /g, '$1"$3": ')
    .replaceAll(/(: |\[)([a-z][a-z |-]*[a-z])/g, '$1"$2"');
}
