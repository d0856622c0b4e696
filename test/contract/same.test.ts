// One contract, one identity: the order in which an object's keys are written changes neither its hash nor a verdict,
// and the same contract gives the same code, byte for byte.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contractHash } from "../../compiler/contract/hash.ts";
import { projectorCode } from "../../compiler/contract/projector.ts";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { typeText } from "../../compiler/contract/types.ts";
import { validatorCode } from "../../compiler/contract/validator.ts";
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import { validator } from "./run.ts";
import { documents, schemas } from "./schemas.ts";

const nothing = (): undefined => undefined;

/** The same with the keys of each object the other way round. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

test("other key order: the same hash, the same verdicts", () => {
  const cases = schemas
    .filter((schema) => checkSchema(schema, nothing).length === 0)
    .chain((schema) => fc.tuple(fc.constant(schema), fc.array(documents(schema), { minLength: 3, maxLength: 3 })));
  fc.assert(
    fc.property(cases, ([schema, values]) => {
      const other = reversed(schema) as JsonObject;
      expect(contractHash(other)).toBe(contractHash(schema));
      const [one, two] = [validator(schema), validator(other)];
      for (const value of values) {
        expect(two(value).length === 0).toBe(one(value).length === 0);
        expect(one(reversed(value)).length).toBe(one(value).length);
      }
    }),
    { numRuns: 60 },
  );
});

test("the same contract: the same code and types", () => {
  fc.assert(
    fc.property(schemas, (schema) => {
      const copy = JSON.parse(JSON.stringify(schema)) as JsonSchema;
      expect(validatorCode(copy, nothing)).toBe(validatorCode(schema, nothing));
      expect(projectorCode(copy, nothing)).toBe(projectorCode(schema, nothing));
      expect(typeText(copy, { name: "T" })).toBe(typeText(schema, { name: "T" }));
    }),
    { numRuns: 60 },
  );
});

describe("another hash for another contract", () => {
  const schema: JsonSchema = { type: "object", required: ["a"], properties: { a: { type: "string" } } };
  test.each<[string, JsonSchema]>([
    ["a field more", { ...schema, properties: { a: { type: "string" }, b: {} } }],
    ["nothing required", { ...schema, required: [] }],
    ["a constraint more", { ...schema, properties: { a: { type: "string", minLength: 1 } } }],
    ["__proto__", JSON.parse('{"type":"object","required":["a"],"properties":{"a":{"type":"string"},"__proto__":{}}}')],
  ])("%s", (_, other) => {
    expect(contractHash(other)).not.toBe(contractHash(schema));
  });
});
