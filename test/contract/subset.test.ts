// Which JSON Schemas are contracts. What cannot be typed is refused at its place with a way out, never ignored, and
// all problems of a contract are found together.

import { describe, expect, test } from "vitest";
import { checkSchema } from "../../compiler/contract/schema.ts";
import type { Json, JsonSchema } from "../../schema/json.ts";
import { compileTexts } from "../rig/compile.ts";

const problems = (schema: Json, named: Readonly<Record<string, JsonSchema>> = {}) =>
  checkSchema(schema, (name) => (Object.hasOwn(named, name) ? named[name] : undefined));

const tagged = (kind: Json, more: JsonSchema = {}): JsonSchema => ({
  type: "object",
  required: ["kind"],
  properties: { kind: { const: kind }, ...more },
});
const draft7 = "http://json-schema.org/draft-07/schema#";

describe("is refused, once, at its place", () => {
  test.each<[string, Json, readonly (string | number)[], RegExp, RegExp?]>([
    ["no schema", "text", [], /a schema is an object/i],
    ["false", { type: "object", properties: { a: false } }, ["properties", "a"], /admits nothing/],
    [
      "another dialect",
      { $schema: "http://json-schema.org/draft-04/schema#", type: "string" },
      ["$schema"],
      /dialect/,
      /2020-12 and draft-07/,
    ],
    [
      "an unknown keyword",
      { type: "object", minProperties: 1 },
      ["minProperties"],
      /`minProperties` is not supported/,
      /Nothing is ignored|Did you mean/,
    ],
    ["a misspelt keyword", { type: "string", minLenght: 1 }, ["minLenght"], /not supported/, /`minLength`/],
    ["if", { if: {} }, ["if"], /not supported/],
    ["not", { not: {} }, ["not"], /not supported/],
    ["patternProperties", { type: "object", patternProperties: { a: {} } }, ["patternProperties"], /not supported/],
    [
      "a keyword without its type",
      { minLength: 1 },
      ["minLength"],
      /says nothing without `type: string`/,
      /other kinds of values pass/,
    ],
    ["a keyword of another type", { type: "integer", properties: {} }, ["properties"], /without `type: object`/],
    ["a number's keyword", { type: "string", minimum: 1 }, ["minimum"], /`type: number` or `integer`/],
    ["an unknown type", { type: "text" }, ["type"], /`type` is one of string, number/],
    ["no type", { type: [] }, ["type"], /`type` is one of/],
    ["nullable without type", { nullable: true }, ["nullable"], /beside `type`/],
    ["enum of nothing", { enum: [] }, ["enum"], /list of values/],
    ["enum of objects", { enum: ["a", {}] }, ["enum"], /objects or lists/],
    ["const of a list", { const: [] }, ["const"], /objects or lists/],
    ["const and enum", { const: 1, enum: [1] }, ["const"], /stands without `const`/],
    ["a constant that JSON has not", { const: Number.POSITIVE_INFINITY }, ["const"], /no such number/],
    ["constants of another type", { type: "string", enum: [1, 2] }, ["enum"], /No value of `enum` has the `type`/],
    ["a bound beside constants", { type: "integer", enum: [1], minimum: 0 }, ["minimum"], /adds nothing/],
    ["a count that is none", { type: "string", minLength: -1 }, ["minLength"], /whole number from 0/],
    ["half a count", { type: "array", maxItems: 1.5 }, ["maxItems"], /whole number from 0/],
    ["a bound that is none", { type: "number", maximum: "5" }, ["maximum"], /is a number/],
    ["a bound without end", { type: "number", minimum: Number.NEGATIVE_INFINITY }, ["minimum"], /is a number/],
    ["multipleOf 0", { type: "number", multipleOf: 0 }, ["multipleOf"], /greater than 0/],
    ["uniqueItems that is no flag", { type: "array", uniqueItems: 1 }, ["uniqueItems"], /true or false/],
    [
      "uniqueItems of objects",
      { type: "array", uniqueItems: true, items: { type: "object" } },
      ["uniqueItems"],
      /text, numbers, booleans and null only/,
    ],
    [
      "uniqueItems of anything",
      { type: "array", uniqueItems: true },
      ["uniqueItems"],
      /text, numbers, booleans and null only/,
    ],
    ["prefixItems that is no list", { type: "array", prefixItems: {} }, ["prefixItems"], /list of schemas/],
    ["a list under items", { type: "array", items: [{}] }, ["items"], /draft-07/, /prefixItems/],
    [
      "prefixItems in draft-07",
      { $schema: draft7, type: "array", prefixItems: [{}] },
      ["prefixItems"],
      /not in draft-07/,
    ],
    ["additionalItems", { type: "array", additionalItems: false }, ["additionalItems"], /needs draft-07/],
    ["properties that are no map", { type: "object", properties: [] }, ["properties"], /map of schemas/],
    ["required that is no list", { type: "object", required: true }, ["required"], /list of field names/],
    [
      "required and forbidden",
      { type: "object", required: ["a"], additionalProperties: false },
      ["required"],
      /`a` is required, and forbidden/,
    ],
    [
      "a record with fields",
      { type: "object", properties: { a: {} }, additionalProperties: { type: "string" } },
      ["additionalProperties"],
      /no TypeScript type/,
      /field of its own/,
    ],
    [
      "$defs inside",
      { type: "object", properties: { a: { $defs: {} } } },
      ["properties", "a", "$defs"],
      /contract's root/,
    ],
    [
      "$id inside",
      { type: "object", properties: { a: { $id: "x" } } },
      ["properties", "a", "$id"],
      /changes what `\$ref` means/,
    ],
    ["$ref that is no text", { $ref: 1 }, ["$ref"], /is a text/],
    ["$ref to nothing", { $ref: "#/$defs/a" }, ["$ref"], /does not exist/],
    [
      "$ref into a property",
      { type: "object", properties: { a: { $ref: "#/properties/b" } } },
      ["properties", "a", "$ref"],
      /cannot be followed/,
    ],
    ["$ref to the net", { $ref: "https://example.org/a.json" }, ["$ref"], /cannot be followed/, /Nothing is fetched/],
    ["$ref to no contract", { $ref: "contract:a@1" }, ["$ref"], /no contract `a@1`/],
    [
      "$ref with company",
      { $ref: "#/$defs/a", type: "string", $defs: { a: { type: "string" } } },
      ["type"],
      /beside `\$ref`/,
      /`allOf`/,
    ],
    [
      "a circle",
      { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } },
      ["$defs", "a"],
      /leads back to itself/,
    ],
    [
      "a circle through alternatives",
      { type: "object", $defs: { a: { oneOf: [{ $ref: "#/$defs/a" }, { type: "null" }] } } },
      ["$defs", "a"],
      /leads back to itself/,
    ],
    ["allOf of nothing", { allOf: [] }, ["allOf"], /list of schemas/],
    ["allOf of texts", { allOf: [{ type: "string" }, { type: "string", maxLength: 1 }] }, ["allOf"], /objects only/],
    [
      "allOf that nobody calls an object",
      { allOf: [{ required: ["a"] }, {}] },
      ["allOf", 0, "required"],
      /without `type: object`/,
    ],
    ["allOf that disagrees", { allOf: [tagged("a"), tagged("b")] }, ["allOf"], /`kind` twice, in different ways/],
    [
      "allOf with a closed part",
      { allOf: [{ ...tagged("a"), additionalProperties: false }, { properties: { b: {} } }] },
      ["allOf"],
      /forbids `b`/,
    ],
    [
      "allOf of itself",
      { type: "object", $defs: { a: { allOf: [{ $ref: "#/$defs/a" }, { type: "object" }] } } },
      ["$defs", "a", "allOf"],
      /refers back to itself/,
    ],
    ["oneOf and anyOf", { oneOf: [{}], anyOf: [{}] }, ["oneOf"], /stands alone/],
    [
      "alternatives of one kind",
      {
        oneOf: [
          { type: "string", maxLength: 1 },
          { type: "string", minLength: 3 },
        ],
      },
      ["oneOf"],
      /Two alternatives admit every string/,
    ],
    ["a constant twice", { anyOf: [{ const: "a" }, { enum: ["a", "b"] }] }, ["anyOf"], /Two alternatives admit "a"/],
    [
      "a constant and its type",
      { oneOf: [{ const: "a" }, { type: "string" }] },
      ["oneOf"],
      /admit "a"/,
      /Leave the constant out/,
    ],
    ["anything as an alternative", { oneOf: [{}, { type: "string" }] }, ["oneOf"], /admits everything/],
    [
      "objects without a tag",
      { oneOf: [{ type: "object", properties: { a: {} } }, { type: "object" }] },
      ["oneOf"],
      /cannot be told apart/,
      /constant of its own/,
    ],
    ["objects with one tag", { oneOf: [tagged("a"), tagged("a")] }, ["oneOf"], /cannot be told apart/],
    [
      "objects with a tag that may be missing",
      { oneOf: [{ ...tagged("a"), required: [] }, tagged("b")] },
      ["oneOf"],
      /cannot be told apart/,
    ],
  ])("%s", (_, schema, path, message, help = /^/) => {
    const found = problems(schema);
    expect(found.filter((problem) => problem.path.join() === path.join())).toHaveLength(1);
    const [problem] = found.filter((each) => each.path.join() === path.join());
    expect(problem?.message).toMatch(message);
    expect(problem?.help ?? "").toMatch(help);
  });

  test("a circle through other contracts, in each of them", () => {
    const named = { "a@1": { $ref: "contract:b@1" }, "b@1": { $ref: "contract:a@1" } };
    for (const schema of Object.values(named))
      expect(problems(schema, named)).toMatchObject([{ path: [], message: expect.stringMatching(/leads back/) }]);
  });

  test("nested too deep, in text and in references", () => {
    let deep: Json = { type: "string" };
    for (let level = 0; level < 200; level++) deep = { type: "array", items: deep };
    expect(problems(deep)).toMatchObject([{ message: "The contract is nested more than 64 levels deep." }]);
    const $defs = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [
        `d${index}`,
        { type: "array", items: { $ref: `#/$defs/d${index + 1}` } },
      ]),
    );
    expect(problems({ $ref: "#/$defs/d0", $defs: { ...$defs, d500: { type: "string" } } })).toEqual([]);
  });
});

describe("is a contract", () => {
  test.each<[string, Json]>([
    ["anything", true],
    [
      "annotations and x- keywords",
      {
        title: "T",
        description: "D",
        examples: [1],
        default: 1,
        deprecated: true,
        readOnly: true,
        "x-mine": {},
        $comment: "c",
      },
    ],
    ["allOf where one part says object", { allOf: [{ required: ["a"] }, { type: "object" }] }],
    ["allOf beside type: object", { type: "object", allOf: [{ properties: { a: {} } }, { required: ["a"] }] }],
    ["allOf of one", { allOf: [{ type: "string" }] }],
    ["allOf with what admits everything", { allOf: [true, tagged("a")] }],
    [
      "alternatives beside type: object",
      {
        type: "object",
        oneOf: [
          { required: ["k"], properties: { k: { const: 1 } } },
          { required: ["k"], properties: { k: { const: 2 } } },
        ],
      },
    ],
    [
      "a tag behind a reference",
      {
        oneOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/b" }],
        $defs: { a: tagged("a"), b: tagged("b", { more: { $ref: "#" } }) },
      },
    ],
    ["escaped names", { $ref: "#/$defs/a~1b%20c", $defs: { "a/b c": { type: "string" } } }],
    [
      "definitions of draft-07",
      {
        $schema: draft7,
        $ref: "#/definitions/a",
        definitions: { a: { type: "array", items: [{}], additionalItems: false } },
      },
    ],
  ])("%s", (_, schema) => {
    expect(problems(schema)).toEqual([]);
  });

  test("another contract's problems are told at that contract alone", () => {
    expect(problems({ $ref: "contract:a@1" }, { "a@1": { not: {} } })).toEqual([]);
    expect(
      problems(
        { type: "array", items: { $ref: "contract:a@1" } },
        { "a@1": { $ref: "contract:b@1" }, "b@1": { type: "null" } },
      ),
    ).toEqual([]);
  });
});

test("all problems together", () => {
  const found = problems({
    type: "object",
    properties: {
      a: { type: "strng" },
      b: { minLength: 1 },
      c: { type: "array", items: { oneOf: [] } },
      d: { $ref: "#/$defs/x" },
    },
    $defs: { y: { type: "string", format: "ipv4" } },
  });
  expect(found.map(({ path }) => path.join("."))).toEqual([
    "properties.a.type",
    "properties.b.minLength",
    "properties.c.items.oneOf",
    "properties.d.$ref",
    "$defs.y.format",
  ]);
});

test("in a contract file each problem stands at its line", () => {
  const contract =
    'type: object\nrequired: [id]\nproperties:\n  id: { type: string, minLenght: 1 }\n  other: { $ref: "contract:nothing@1" }\n';
  const { diagnostics } = compileTexts({ "contracts/order@1.yaml": contract });
  expect(
    diagnostics.map(({ code, file, range }) => `${code} ${file} ${range.start.line}:${range.start.column}`),
  ).toEqual(["VRS2014 contracts/order@1.yaml 4:34", "VRS2010 contracts/order@1.yaml 5:18"]);
});
