// The short form: what each writing means as JSON Schema, and what is said, and where, to a wrong one.

import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { placeInShort, readShort } from "../../compiler/contract/short.ts";
import type { Json, JsonSchema } from "../../schema/json.ts";
import { compileTexts, places } from "../rig/compile.ts";
import { validator } from "./run.ts";

function schemaOf(yaml: string): JsonSchema {
  const read = readShort(parse(yaml));
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.schema;
}

const string = { type: "string" } as const;
const object = (properties: JsonSchema, required: readonly string[]): JsonSchema => ({
  type: "object",
  properties,
  required,
});

describe("means", () => {
  test.each<[string, JsonSchema]>([
    ["string", string],
    ["number", { type: "number" }],
    ["integer", { type: "integer" }],
    ["boolean", { type: "boolean" }],
    ["'null'", { type: "null" }],
    ["~", { type: "null" }],
    ["any", {}],
    ["json", {}],
    ["date", { type: "string", format: "date" }],
    ["date-time", { type: "string", format: "date-time" }],
    ["checkout.session.completed", { const: "checkout.session.completed" }],
    ["\"'string'\"", { const: "string" }],
    ["'\"big order\"'", { const: "big order" }],
    ["\"''\"", { const: "" }],
    ["5", { const: 5 }],
    ["'-1.5'", { const: -1.5 }],
    ["true", { const: true }],
    ["paid | open", { enum: ["paid", "open"] }],
    ["'paid|open'", { enum: ["paid", "open"] }],
    ["1 | 2 | three", { enum: [1, 2, "three"] }],
    ["\"'a|b' | 'c d' | e\"", { enum: ["a|b", "c d", "e"] }],
    ["paid | null", { enum: ["paid", null] }],
    ["string | null", { type: ["string", "null"] }],
    ["string | integer", { type: ["string", "integer"] }],
    ["number | true", { oneOf: [{ type: "number" }, { const: true }] }],
    ["order@1", { $ref: "contract:order@1" }],
    ["order@1 | null", { oneOf: [{ type: "null" }, { $ref: "contract:order@1" }] }],
    ["[string]", { type: "array", items: string }],
    ["[[integer]]", { type: "array", items: { type: "array", items: { type: "integer" } } }],
    ["[contact@1]", { type: "array", items: { $ref: "contract:contact@1" } }],
    ["[paid | open]", { type: "array", items: { enum: ["paid", "open"] } }],
    ["{}", object({}, [])],
    [
      "{ id: string, lines: [{ sku: string }] }",
      object({ id: string, lines: { type: "array", items: object({ sku: string }, ["sku"]) } }, ["id", "lines"]),
    ],
    ["{ 1: string, a b: string }", object({ 1: string, "a b": string }, ["1", "a b"])],
    ["- { t: a }\n- { t: b }", { oneOf: [object({ t: { const: "a" } }, ["t"]), object({ t: { const: "b" } }, ["t"])] }],
    ["- string\n- [string]", { oneOf: [string, { type: "array", items: string }] }],
  ])("%s", (yaml, schema) => {
    expect(schemaOf(yaml)).toEqual(schema);
    expect(checkSchema(schema, () => object({}, []))).toEqual([]);
  });

  test("a field called __proto__ is a field", () => {
    const { properties } = schemaOf('{ "__proto__": string }');
    expect(JSON.stringify(properties)).toBe('{"__proto__":{"type":"string"}}');
  });
});

describe("`?` on a key: may be missing or null", () => {
  test.each<[string, Json, Json]>([
    ["string", "x", 1],
    ["null", null, 1],
    ["any", { x: 1 }, undefined as never],
    ["date", "2025-01-31", "2025-02-30"],
    ["paid", "paid", "open"],
    ["paid | open", "open", "x"],
    ["string | integer", 1, 1.5],
    ["string | null", "x", 1],
    ["number | true", true, false],
    ["[string]", ["x"], [1]],
    ["{ a: string }", { a: "x" }, {}],
    ["[{ t: a }, { t: b }]", { t: "b" }, { t: "c" }],
    ["point@1", { x: 1 }, { x: "1" }],
    ["point@1 | null", { x: 1 }, { x: "1" }],
  ])("%s", (type, value, other) => {
    const named = { "point@1": { type: "object", properties: { x: { type: "number" } } } };
    const check = validator(schemaOf(`{ k?: ${type.includes("|") ? `"${type}"` : type} }`), named);
    expect([check({}), check({ k: null }), check({ k: value })]).toEqual([[], [], []]);
    if (other !== undefined) expect(check({ k: other })).not.toEqual([]);
  });

  test("without it a key is required, and null is a value like others", () => {
    const check = validator(schemaOf("{ k: string }"));
    expect(check({})).toEqual([{ path: "/k", message: "is required" }]);
    expect(check({ k: null })).toEqual([{ path: "/k", message: "must be a string" }]);
  });
});

test("the contracts of the language's examples are read", () => {
  const contracts = parse(`
order@1: { id: string, customerId: string, status: paid | open, amount: number, lines: [{ sku: string, qty: integer }] }
lead@1: { id: string, email: string, via: web | csv }
customer-in@1: { id: string, street: string, country?: string }
soap-order@1: { Envelope: { Body: { PlaceOrder: { OrderId: string, Total: number, Line: [{ Sku: string, Qty: integer }] } } } }
stripe-event@1:
  - { id: string, type: checkout.session.completed, data: { object: { id: string, payment_intent?: string, customer_details?: { email?: string } } } }
  - { id: string, type: charge.refunded, data: { object: { payment_intent: string, amount_refunded: integer } } }
`);
  for (const short of Object.values(contracts)) {
    const read = readShort(short);
    expect("schema" in read && checkSchema(read.schema, () => undefined)).toEqual([]);
  }
  const check = validator(schemaOf(JSON.stringify(contracts["stripe-event@1"])));
  const refund = { id: "e", type: "charge.refunded", data: { object: { payment_intent: "p", amount_refunded: 1 } } };
  expect(check(refund)).toEqual([]);
  expect(check({ ...refund, type: "other" })).toEqual([
    { path: "/type", message: "must be one of checkout.session.completed, charge.refunded" },
  ]);
  expect(check({ ...refund, data: { object: {} } })).toHaveLength(2);
});

describe("a wrong writing is told, at its place", () => {
  test.each<[string, readonly (string | number)[], number | undefined, RegExp, RegExp]>([
    ["a: strin", ["a"], 0, /`strin` is no type/, /Did you mean `string`.*quote it/],
    ["a: String", ["a"], 0, /`String` is no type/, /`string`/],
    ["a: nubmer | null", ["a"], 0, /`nubmer` is no type/, /`number`/],
    ["a: string | int", ["a"], 9, /`int` is no type/, /`integer`/],
    ["a: bool", ["a"], 0, /`bool` is no type/, /`boolean`/],
    ["a: string | undefined", ["a"], 9, /`undefined`/, /`\?` after the key/],
    ["a: object", ["a"], 0, /`object` is no type/, /with the fields/],
    ["a: array", ["a"], 0, /`array` is no type/, /`\[string\]`/],
    ["a: uuid", ["a"], 0, /`uuid` is no type/, /`format: uuid`.*quote it: `"'uuid'"`/],
    ["a: email", ["a"], 0, /`email` is no type/, /`format: email`/],
    ["a: string?", ["a"], 0, /the `\?` belongs to the key/, /`key\?: string`/],
    ["a: string[]", ["a"], 0, /`string\[\]` is no type/, /`\[string\]`/],
    ["a: [strin]", ["a", 0], 0, /`strin` is no type/, /`string`/],
    ["a: big order", ["a"], 0, /neither a type nor a single word/, /quotes/],
    ["a: paid | big order", ["a"], 7, /`big order` is neither/, /quotes/],
    ["a: Array<string>", ["a"], 0, /neither a type nor/, /quotes/],
    ["a: paid |", ["a"], 6, /alternative is missing/, /`paid \| open`/],
    ["a: paid || open", ["a"], 6, /alternative is missing/, /`paid \| open`/],
    ["a: ''", ["a"], undefined, /type is missing/, /`string`/],
    ["a: '${ body.x }'", ["a"], 0, /holds no expressions/, /Name the type/],
    ["a: []", ["a"], undefined, /says nothing about its items/, /`\[string\]`/],
    ["a: .inf", ["a"], undefined, /made of type names/, /^$/],
    ["a: .nan", ["a"], undefined, /made of type names/, /^$/],
    ["a: string\na?: string", ["a?"], undefined, /`a` is declared twice/, /Keep one/],
    ["'?': string", ["?"], undefined, /no field name/, /^$/],
    ["a ?: string", ["a ?"], undefined, /has a space around it/, /`a\?: …`/],
    ["...: order@1", ["..."], undefined, /`\.\.\.` has no meaning/, /refer to a contract/],
  ])("%s", (yaml, path, offset, message, help) => {
    const read = readShort(parse(yaml));
    expect("problems" in read ? read.problems : []).toHaveLength(1);
    const [problem] = "problems" in read ? read.problems : [];
    expect(problem?.path).toEqual(path);
    expect(problem?.offset).toBe(offset);
    expect(problem?.message).toMatch(message);
    expect(problem?.help ?? "").toMatch(help);
  });

  test("all of them in one run", () => {
    const read = readShort(parse("{ a: strin, b: [int], c: { d?: '' }, e: ok | fine }"));
    expect("problems" in read && read.problems.map(({ path }) => path.join("."))).toEqual(["a", "b.0", "c.d?"]);
  });

  test("more than 64 levels", () => {
    let deep: unknown = "string";
    for (let level = 0; level < 70; level++) deep = [deep];
    expect(readShort(deep)).toMatchObject({
      problems: [{ message: "The contract is nested more than 64 levels deep." }],
    });
  });

  const spec = (contract: string): readonly string[] =>
    places(
      compileTexts({
        "tenants/acme/orders.yaml": `integration: orders\nsource:\n  http: { path: /orders }\n  contract: ${contract}\ntargets: { out: { nats: { subject: "orders.out" } } }\n`,
      }),
    );

  test.each<[string, string]>([
    ["{ id: string, n: strin }", "VRS2004 4:30"],
    ["{ id: string, n: null | strin }", "VRS2004 4:37"],
    ["{ id: string, list: [{ sku: string, no: missing@1 }] }", "VRS2010 4:53"],
    ["{ id: string, any?: [{ a: string }, { b: string }] }", "VRS2014 4:33"],
    ["{ id: string, x: string | ok }", "VRS2014 4:30"],
  ])("in a spec: %s", (contract, place) => {
    expect(spec(contract)).toContain(place);
  });
});

test("a setting's type is written out", () => {
  const { diagnostics } = compileTexts({
    "vrsky.yaml":
      "workspace: test\nlanguage: 1\nsettings: { ok: string, order?: order@1 }\ndefaults: { settings: { ok: x } }\n",
  });
  const said = diagnostics.map(
    ({ code, range, message }) => `${code} ${range.start.line}:${range.start.column} ${message}`,
  );
  expect(said).toEqual(["VRS2004 3:33 A setting's type is written out: contracts are for messages."]);
});

test("a setting's value is asked at any depth", () => {
  const { diagnostics } = compileTexts({
    "vrsky.yaml": `workspace: test
language: 1
settings: { tier: gold, hosts: [string], size: "small | 3", limits?: { rate: integer }, name: string }
contexts:
  right: { settings: { tier: gold, hosts: [a], size: 3, limits: null, name: x } }
  wrong: { settings: { tier: silver, hosts: [1], size: 4, limits: { rate: 1.5 }, name: 5 } }
`,
  });
  expect(diagnostics.map(({ code, range, message }) => `${code} ${range.start.line} ${message}`)).toEqual([
    "VRS2013 6 Setting `tier` must be gold in context `wrong`.",
    "VRS2013 6 Setting `hosts` must be as it is declared under `settings:` in context `wrong`.",
    "VRS2013 6 Setting `size` must be one of small, 3 in context `wrong`.",
    "VRS2013 6 Setting `limits` must be as it is declared under `settings:` in context `wrong`.",
    "VRS2013 6 Setting `name` must be of type string in context `wrong`.",
  ]);
});

test("the place of a schema's part in the short form", () => {
  const short = parse("{ a?: [{ b: string }], c: [{ d: x@1 }, { e?: [string] }] }");
  const place = (...path: (string | number)[]): string => placeInShort(short, path).join(".");
  expect(place("properties", "a", "items", "properties", "b", "format")).toBe("a?.0.b");
  expect(place("properties", "c", "oneOf", 1, "properties", "e", "items")).toBe("c.1.e?.0");
  expect(place("properties", "c", "oneOf", 2)).toBe("c");
  expect(place("$defs", "x")).toBe("");
});
