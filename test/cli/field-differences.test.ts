// Any two JSON values, field by field: what is told is what differs, and no value is told unless somebody asked.

import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createCollector } from "../../cli/difference/collect.ts";
import { fieldDifferences } from "../../cli/difference/fields.ts";
import { jsonPieces, keepMessages } from "../../cli/difference/json.ts";
import type { MessageDifference } from "../../schema/difference.ts";
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
    .jsonValue({ maxDepth: 2 })
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

test("however many fields differ, what dies has its place, and the rest is counted", () => {
  const collector = createCollector(() => undefined);
  const keys = Object.fromEntries(Array.from({ length: 1_200 }, (_, index) => [`k${index}`, index]));
  const differences = fieldDifferences({}, keys, "body", { values: false }).map((each) => ({ ...each, target: "out" }));
  const died = { kind: "dies", target: "later", class: "invalid", message: "no" } as const;
  collector.add({ id: "m", sequence: 1, at: "" }, { differences: [...differences, died], open: [] });
  const { groups, ungrouped } = collector.end({ batches: [], answered: [] });
  expect(groups.map(({ difference }) => difference)).toContainEqual(died);
  expect([groups.length, ungrouped]).toEqual([1_001, 200]);
});

test("as JSON, whatever messages hold, however many there are and however few are kept", () => {
  const message = (index: number): MessageDifference => ({
    id: `m "messages": [] ${index}`,
    sequence: index,
    verdict: "differs",
    differences: [{ kind: "gets", target: "out" }],
  });
  const of = { tenant: "acme", integration: "orders" };
  const collector = createCollector(() => undefined);
  const added = fieldDifferences({}, { inbox: { messages: [] } }, "body", { values: true });
  const differences = added.map((each) => ({ ...each, target: "out" }));
  collector.add({ id: "m", sequence: 1, at: "2026-01-01T00:00:00.000Z" }, { differences, open: [] });
  const compared = collector.end({ batches: [], answered: [] });
  const other = { tenant: "acme", integration: "fresh", kind: "nothing", reason: 'it says "messages": []' } as const;
  const all = [other, { ...of, ...compared }, { ...of, integration: "same", ...compared }];
  const written = (most: number) => {
    const kept = keepMessages(most);
    for (let index = 0; index < 5; index += 1) kept.add(of, message(index));
    return JSON.parse([...jsonPieces({ context: "dev" }, 10, all, kept)].join(""));
  };
  const whole = written(10_000).replay.integrations;
  expect(whole[0]).toEqual(other);
  expect(whole[1].messages).toEqual([0, 1, 2, 3, 4].map(message));
  expect(whole[1].groups[0].difference.to.value).toEqual({ messages: [] });
  expect(whole[2].messages).toEqual([]);
  const some = written(250).replay.integrations[1];
  expect(some.messages.length + some.messagesLeftOut).toBe(5);
  expect(some.messages.length).toBeLessThan(5);
});
