// The printed projector: declared fields are kept, undeclared ones do not exist behind the door, nothing is changed in
// place.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { isJsonObject, type Json, type JsonSchema } from "../../schema/json.ts";
import { runs } from "../rig/runs.ts";
import { oracle, projector, validator } from "./run.ts";
import { documents, schemas } from "./schemas.ts";

describe("keeps what is declared and nothing else", () => {
  const line: JsonSchema = { type: "object", properties: { sku: {} } };
  const kinds: JsonSchema = {
    oneOf: [
      { type: "object", required: ["k"], properties: { k: { const: "a" }, a: {} } },
      { type: "object", required: ["k"], properties: { k: { const: "b" }, b: {} } },
      { type: "array", items: line },
      { type: "null" },
    ],
  };
  test.each<[string, JsonSchema, Json, Json]>([
    ["fields", { type: "object", properties: { a: {}, b: {} } }, { x: 1, b: null, a: 0 }, { a: 0, b: null }],
    ["required without a schema", { type: "object", required: ["a"] }, { a: { x: 1 }, b: 1 }, { a: { x: 1 } }],
    ["an object of nothing", { type: "object", properties: {} }, { x: 1 }, {}],
    ["an object of anything", { type: "object" }, { x: { y: 1 } }, { x: { y: 1 } }],
    ["a record", { type: "object", additionalProperties: line }, { x: { sku: 1, no: 2 } }, { x: { sku: 1 } }],
    ["lists", { type: "array", items: line }, [{ sku: 1, no: 2 }, {}], [{ sku: 1 }, {}]],
    [
      "a prefix",
      { type: "array", prefixItems: [line, {}], items: line },
      [{ n: 1 }, { n: 1 }, { n: 1 }],
      [{}, { n: 1 }, {}],
    ],
    ["any", {}, { deep: [{ x: 1 }] }, { deep: [{ x: 1 }] }],
    ["one kind", kinds, { k: "a", a: 1, b: 2 }, { k: "a", a: 1 }],
    ["the other kind", kinds, { k: "b", a: 1, b: 2 }, { k: "b", b: 2 }],
    ["a list among kinds", kinds, [{ sku: 1, no: 2 }], [{ sku: 1 }]],
    ["null among kinds", kinds, null, null],
    [
      "object or null",
      { type: ["object", "null"], properties: { a: line } },
      { a: { sku: 1, no: 1 }, b: 1 },
      { a: { sku: 1 } },
    ],
    ["allOf", { allOf: [line, { properties: { a: {} } }] }, { sku: 1, a: 2, b: 3 }, { sku: 1, a: 2 }],
    [
      "a tree",
      { type: "object", properties: { next: { oneOf: [{ $ref: "#" }, { type: "null" }] } } },
      { no: 1, next: { no: 1, next: { no: 1, next: null } } },
      { next: { next: { next: null } } },
    ],
  ])("%s", (_, schema, value, wanted) => {
    expect(validator(schema)(value)).toEqual([]);
    expect(projector(schema)(value)).toEqual(wanted);
  });

  test("in the order of the contract, whatever the sender's", () => {
    const project = projector({ type: "object", properties: { b: {}, a: {} } });
    expect(JSON.stringify(project({ a: 1, b: 2 }))).toBe('{"b":2,"a":1}');
  });

  test("through other contracts", () => {
    const named = { "line@1": { ...line, properties: { sku: { $ref: "#/$defs/sku" } }, $defs: { sku: line } } };
    const project = projector({ type: "array", items: { $ref: "contract:line@1" } }, named);
    expect(project([{ no: 1, sku: { no: 1, sku: 2 } }])).toEqual([{ sku: { sku: 2 } }]);
  });
});

test("any contract, any document that fits it: a second reading of the schema gives the same, and the message is left alone", () => {
  const cases = schemas
    .filter((schema) => checkSchema(schema, () => undefined).length === 0)
    .chain((schema) => fc.tuple(fc.constant(schema), fc.array(documents(schema), { minLength: 8, maxLength: 8 })));
  let compared = 0;
  fc.assert(
    fc.property(cases, ([schema, values]) => {
      const [check, project] = [validator(schema), projector(schema)];
      for (const value of values.filter((each) => check(each).length === 0)) {
        compared += 1;
        const frozen = freeze(JSON.parse(JSON.stringify(value)));
        const projected = project(frozen);
        expect(JSON.parse(JSON.stringify(projected))).toEqual(
          JSON.parse(JSON.stringify(declaredPart(schema, value, schema))),
        );
        expect(check(projected)).toEqual([]);
        expect(project(projected)).toEqual(projected);
      }
    }),
    { numRuns: runs(70) },
  );
  expect(compared).toBeGreaterThan(45);
});

function freeze(value: Json): Json {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) freeze(member);
    Object.freeze(value);
  }
  return value;
}

/** The same by asking ajv which alternative is meant; slow, and near to the words of the specification. */
function declaredPart(schema: Json | undefined, value: Json, root: JsonSchema): Json {
  if (!isJsonObject(schema)) return value;
  const { $defs } = root;
  if (typeof schema.$ref === "string")
    return declaredPart(isJsonObject($defs) ? $defs[schema.$ref.slice("#/$defs/".length)] : {}, value, root);
  const either = schema.oneOf ?? schema.anyOf;
  if (Array.isArray(either)) {
    const meant = either.find((each) =>
      oracle({ ...(isJsonObject(each) ? each : {}), ...($defs === undefined ? {} : { $defs }) })(value),
    );
    return declaredPart(meant, value, root);
  }
  if (Array.isArray(value)) {
    const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
    return value.map((item, index) => declaredPart(prefix[index] ?? schema.items, item, root));
  }
  if (!isJsonObject(value)) return value;
  const parts = [schema, ...(Array.isArray(schema.allOf) ? schema.allOf : [])].filter(isJsonObject);
  const declared = Object.assign({}, ...parts.map((part) => part.properties)) as { readonly [name: string]: Json };
  const required = parts.flatMap((part) => (Array.isArray(part.required) ? part.required.map(String) : []));
  const more = schema.additionalProperties;
  const open = parts.every((part) => part.properties === undefined) && required.length === 0;
  const kept = Object.entries(value).filter(
    ([name]) => open || Object.hasOwn(declared, name) || required.includes(name),
  );
  return Object.fromEntries(
    kept.map(([name, member]) => [name, declaredPart(open ? more : declared[name], member, root)]),
  );
}
