// The schemas of the language: every key says what it is and shows an example that holds, and the schema of contract
// files tells the same subset as the reader of contracts.

import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { composeSchemas } from "../../compiler/2-parse/compose.ts";
import { kinds } from "../../compiler/2-parse/kinds.ts";
import { keywordUse } from "../../compiler/contract/keywords.ts";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { formats } from "../../compiler/contract/shape.ts";
import { manifests } from "../../connectors/all.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { parseDuration, parseSize, parseTime } from "../../schema/units.ts";
import { schemas } from "./schemas.ts";

const folder = new URL("../../schema/spec/", import.meta.url);
const names = readdirSync(folder).map((file) => file.replace(".json", ""));
const read = (name: string): JsonObject => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));

const readers: Readonly<Record<string, (text: string) => number | undefined>> = {
  duration: parseDuration,
  size: parseSize,
  time: parseTime,
};
const ajv = new Ajv2020({ strict: false });
ajv.addKeyword({
  keyword: "x-vrsky-format",
  validate: (format: string, text: string) => readers[format]?.(text) !== undefined,
});
for (const name of names) ajv.addSchema({ ...read(name), $id: `${name}.json` });

interface Part {
  readonly at: string;
  readonly schema: JsonObject;
}

/** Every key, and every object inside a list or a map; what is referred to is found at its own place. */
function parts(schema: Json | undefined, at: string): readonly Part[] {
  if (!isJsonObject(schema)) return [];
  const here = (path: string, member: Json | undefined): readonly Part[] =>
    isJsonObject(member) && member.$ref === undefined ? [{ at: `${at}/${path}`, schema: member }] : [];
  const keys = ["properties", "$defs"].flatMap((group) =>
    Object.entries(isJsonObject(schema[group]) ? schema[group] : {}).flatMap(([name, member]) => {
      const path = `${group}/${pointer(name)}`;
      return [...here(path, member), ...parts(member, `${at}/${path}`)];
    }),
  );
  const inner = ["items", "additionalProperties", "else"].flatMap((path) => {
    const member = schema[path];
    const named = isJsonObject(member) && typeof member.title === "string";
    return [...(named ? here(path, member) : []), ...parts(member, `${at}/${path}`)];
  });
  return [...keys, ...inner];
}

const pointer = (name: string): string => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));

describe.each(names)("%s.json", (name) => {
  const all = [{ at: `${name}.json#`, schema: read(name) }, ...parts(read(name), `${name}.json#`)];

  test("is a JSON Schema", () => {
    expect(ajv.validateSchema(read(name))).toBe(true);
  });

  test("says of every key what it is", () => {
    expect(all.filter(({ schema }) => typeof schema.description !== "string").map(({ at }) => at)).toEqual([]);
  });

  test("shows an example of every key, unless only connectors can complete it", () => {
    const without = all
      .filter(({ schema }) => !Array.isArray(schema.examples) || schema.examples.length === 0)
      .map(({ at }) => at);
    const completed = [
      "parts.json#",
      "integration.json#",
      "integration.json#/properties/source",
      "integration.json#/properties/targets",
      "integration.json#/properties/targets/additionalProperties",
      "connections.json#/properties/connections/additionalProperties",
    ];
    expect(without.filter((at) => !completed.includes(at))).toEqual([]);
  });

  test("shows examples that hold", () => {
    for (const { at, schema } of all) {
      const check = ajv.compile({ $ref: at });
      for (const example of Array.isArray(schema.examples) ? schema.examples : [])
        expect([at, example, check(example) ? [] : check.errors]).toEqual([at, example, []]);
    }
  });

  test("is closed: an object admits declared keys only, or keys of the author's own", () => {
    const open = all.filter(
      ({ schema }) => isJsonObject(schema.properties) && schema.additionalProperties === undefined,
    );
    // What a case holds is not part of the language yet.
    expect(open.map(({ at }) => at).filter((at) => at !== "tests.json#/properties/cases/items")).toEqual([]);
  });
});

test("there is a schema for each kind of document", () => {
  expect(names.toSorted()).toEqual([...kinds, "contract", "parts"].toSorted());
});

test("composed with the connectors, each schema still is one", () => {
  const composed = composeSchemas(manifests);
  for (const kind of kinds) expect([kind, ajv.validateSchema({ ...composed.kinds[kind] })]).toEqual([kind, true]);
  expect(ajv.validateSchema({ ...composed.parts })).toBe(true);
});

describe("contract.json and the reader of contracts", () => {
  const contract = read("contract");
  const check = ajv.compile({ $ref: "contract.json" });
  const properties = isJsonObject(contract.properties) ? contract.properties : {};

  test("know the same keywords and formats", () => {
    const unknown = Object.keys(properties).filter((keyword) => keywordUse(keyword).kind === "unknown");
    expect(unknown).toEqual([]);
    expect(isJsonObject(properties.format) && properties.format.enum).toEqual([...formats]);
    for (const keyword of ["minProperties", "patternProperties", "not", "if", "dependentSchemas", "contains"]) {
      expect([keyword, Object.hasOwn(properties, keyword), keywordUse(keyword).kind]).toEqual([
        keyword,
        false,
        "unknown",
      ]);
    }
  });

  test("what the reader takes, the schema takes", () => {
    const taken = schemas.filter((schema) => checkSchema(schema, () => undefined).length === 0);
    fc.assert(
      fc.property(taken, (schema) => check(schema) === true),
      { numRuns: 100 },
    );
  });

  test("the examples of the keywords are contracts", () => {
    const [example] = Array.isArray(contract.examples) ? contract.examples : [];
    expect(checkSchema(example ?? false, () => undefined)).toEqual([]);
  });

  test.each<[string, Json]>([
    ["a misspelt keyword", { type: "object", propertys: {} }],
    ["a misspelt keyword inside", { type: "object", properties: { a: { minLenght: 1 } } }],
    ["a format that is not checked", { type: "string", format: "ipv4" }],
    ["a constant that is an object", { const: {} }],
    ["a reference to the net", { $ref: "https://example.org/a.json" }],
    ["another dialect", { $schema: "http://json-schema.org/draft-04/schema#" }],
  ])("both refuse %s", (_, schema) => {
    expect(check(schema)).toBe(false);
    expect(checkSchema(schema, () => undefined)).not.toEqual([]);
  });
});
