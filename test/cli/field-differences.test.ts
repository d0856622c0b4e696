// Any two JSON values, field by field: what is told is what differs, and no value is told unless somebody asked.

import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fieldDifferences } from "../../cli/difference/fields.ts";
import type { Json } from "../../schema/json.ts";

test("values are left out unless asked for, and what is named like a secret always is", () => {
  expect(fieldDifferences({ a: 1, b: "long" }, { a: "x", b: null }, "body", { values: false })).toEqual([
    { kind: "changed", path: "body.a", from: { type: "number" }, to: { type: "text", length: 1 } },
    { kind: "changed", path: "body.b", from: { type: "text", length: 4 }, to: { type: "null" } },
  ]);
  expect(fieldDifferences({ apiKey: "k1" }, { apiKey: "k2" }, "settings", { values: true })).toMatchObject([
    { from: { value: "•••" }, to: { value: "•••" } },
  ]);
});

/** Paths are written as JavaScript reads them. */
const at = (value: Json, path: string): unknown => new Function("b", `return ${path}`)(value);
const parent = (path: string): string => path.replace(/(\.[\w$]+|\[[^[\]]*\]|\["(?:[^"\\]|\\.)*"\])$/, "");

test("for any two values: what is told differs, and with nothing else changed the one becomes the other", () => {
  const json = fc
    .jsonValue({ maxDepth: 2, noUnicodeString: false })
    .map((value): Json => JSON.parse(JSON.stringify(value).replaceAll('"__proto__"', '"proto"')));
  fc.assert(
    fc.property(json, json, fc.boolean(), (from, to, nested) => {
      const [old, fresh]: readonly [Json, Json] = nested
        ? [
            { a: from, b: [to] },
            { a: to, b: [to, from] },
          ]
        : [from, to];
      const told = fieldDifferences(old, fresh, "b", { values: false });
      let made = JSON.parse(JSON.stringify(old));
      for (const { kind, path } of told.toReversed()) {
        const become = kind === "changed" ? at(fresh, path) : undefined;
        if (kind !== "added" && isDeepStrictEqual(at(old, path), become)) throw new Error(`${path} is the same`);
        if (path === "b") made = fresh;
        else if (kind !== "removed") new Function("b", "v", `${path} = v`)(made, at(fresh, path));
        else if (Array.isArray(at(made, parent(path)))) new Function("b", `${parent(path)}.pop()`)(made);
        else new Function("b", `delete ${path}`)(made);
      }
      return isDeepStrictEqual(made, fresh) && new Set(told.map(({ path }) => path)).size === told.length;
    }),
    { numRuns: 60 },
  );
});
