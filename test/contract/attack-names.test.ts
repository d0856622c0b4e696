// Names and constants of a contract are its author's text, keys of a message are a stranger's: in generated code both
// are data, whatever they look like.

import { describe, expect, test } from "vitest";
import type { Json, JsonSchema } from "../../schema/json.ts";
import { projector, validator } from "./run.ts";
import { attacks } from "./schemas.ts";

const hostile = [...attacks, "__proto__", "\ud800", "out", "v0", "$", "k".repeat(100_000)].map(
  (name) => [JSON.stringify(name).slice(0, 30), name] as const,
);

describe("the validator", () => {
  test.each(hostile)("%s as a field and as a constant", (_, name) => {
    const schema: JsonSchema = {
      type: "object",
      required: [name],
      additionalProperties: false,
      properties: Object.fromEntries([[name, { enum: [name, 1] }]]),
    };
    const check = validator(schema);
    const fits = JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(name)}}`);
    expect(check(fits)).toEqual([]);
    expect(check({})).toMatchObject([{ message: "is required" }]);
    expect(check(JSON.parse(`{${JSON.stringify(name)}:2}`))).toHaveLength(1);
  });

  test.each(hostile)("%s as a tag and as the name of a definition", (_, name) => {
    const option = (value: Json): JsonSchema => ({
      type: "object",
      required: [name],
      properties: Object.fromEntries([[name, { const: value }]]),
    });
    const $defs = Object.fromEntries([[name, { oneOf: [option(name), option(1)] }]]);
    const pointer = name.replaceAll("%", "%25").replaceAll("~", "~0").replaceAll("/", "~1");
    const check = validator({ type: "array", items: { $ref: `#/$defs/${pointer}` }, $defs });
    const values = [name, 1, 2].map((value) => [Object.fromEntries([[name, value]])]);
    expect(values.map((value) => check(value).length)).toEqual([0, 0, 1]);
  });

  test("a field called __proto__ of a message is no prototype", () => {
    const check = validator({ type: "object", required: ["admin"], properties: { admin: { type: "boolean" } } });
    expect(check(JSON.parse('{"__proto__":{"admin":true}}'))).toEqual([{ path: "/admin", message: "is required" }]);
    expect(
      validator({ type: "object", additionalProperties: { type: "integer" } })(JSON.parse('{"__proto__":"x"}')),
    ).toHaveLength(1);
  });
});

describe("the projector", () => {
  test.each(hostile)("%s as a field", (_, name) => {
    const project = projector({ type: "object", properties: Object.fromEntries([[name, {}]]) });
    const value = JSON.parse(`{"more":1,${JSON.stringify(name)}:[2]}`);
    expect(Object.entries(project(value) as object)).toEqual([[name, [2]]]);
    expect(Object.keys(project({ more: 1 }) as object)).toEqual([]);
  });

  const sent = '{"__proto__":{"admin":true},"a":1}';

  test("an undeclared __proto__ vanishes", () => {
    const projected = projector({ type: "object", properties: { a: {}, admin: {} } })(JSON.parse(sent)) as object;
    expect(Object.getOwnPropertyNames(projected)).toEqual(["a"]);
    expect("admin" in projected).toBe(false);
  });

  test("a declared __proto__ is a field, in an object and in a record", () => {
    const properties = Object.fromEntries([["__proto__", {}]]);
    const schemas: readonly JsonSchema[] = [
      { type: "object", properties },
      { type: "object", additionalProperties: { type: "object", properties: { admin: {} } } },
    ];
    for (const schema of schemas) {
      const projected = projector(schema)(JSON.parse('{"__proto__":{"admin":true}}')) as object;
      expect(JSON.stringify(projected)).toBe('{"__proto__":{"admin":true}}');
      expect("admin" in projected).toBe(false);
    }
  });

  test("the prototype of all objects stays as it was", () => {
    const schema: JsonSchema = {
      type: "object",
      properties: {
        constructor: { type: "object", properties: { prototype: { type: "object", properties: { admin: {} } } } },
      },
    };
    const value = JSON.parse('{"constructor":{"prototype":{"admin":true}},"__proto__":{"admin":true}}');
    const projected = projector(schema)(value) as object;
    expect(JSON.stringify(projected)).toBe('{"constructor":{"prototype":{"admin":true}}}');
    expect("admin" in Object.getPrototypeOf(projected)).toBe(false);
    expect("admin" in {}).toBe(false);
  });
});
