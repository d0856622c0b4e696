// The look at bytes before parsing: it never drops what the filter lets pass, and it sees what it could.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prefilterOf } from "../../compiler/5-lower/prefilter.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import { loadProgram, type Program } from "../../runtime/program.ts";
import type { JsonObject } from "../../schema/json.ts";
import { compileTexts } from "../rig/compile.ts";

const spec = (filter: string): string => `integration: a
source: { http: { path: /a }, contract: { kind: string, more?: string, settled: boolean, total: number, deep: { at: string }, "odd key": string } }
steps:
  - filter: |-
      \${ ${filter} }
targets: { out: { nats: { subject: a.out } } }
`;

async function programOf(filter: string): Promise<Program> {
  const { emitted, diagnostics } = compileTexts({ "tenants/acme/a.yaml": spec(filter) });
  const [bundle] = emitted?.bundles ?? [];
  if (bundle === undefined) throw new Error(JSON.stringify(diagnostics));
  return await loadProgram(bundle, { settings: {}, secrets: {} }, () => createLibrary());
}

const found: readonly (readonly [filter: string, groups: readonly (readonly string[])[]])[] = [
  ['body.kind === "paid"', [['"paid"']]],
  ['"paid" === body.kind', [['"paid"']]],
  ['body.kind === "paid" && body.settled', [['"paid"']]],
  ['body.settled && body.kind === "paid"', [['"paid"']]],
  ['!body.settled && (body.total > 1 || body.settled) && body.kind === "paid"', [['"paid"']]],
  ['body.kind === "paid" && body.deep.at === "home"', [['"paid"'], ['"home"']]],
  ['body.kind === "paid" || body.more === "open"', [['"paid"', '"open"']]],
  ['(body.kind === "a" || body.kind === "b") && body.deep.at === "c"', [['"a"', '"b"'], ['"c"']]],
  ['["paid", "open"].includes(body.kind)', [['"paid"', '"open"']]],
  ['body.kind.startsWith("paid")', [["paid"]]],
  ['body.kind.includes("paid") && body["odd key"] === "å"', [["paid"], ['"å"']]],
  ['body.deep?.at === "home"', [['"home"']]],
];

const none: readonly string[] = [
  'body.kind !== "paid"',
  '!(body.kind === "paid")',
  'body.kind === "paid" || body.settled',
  'body.kind === "say \\"hi\\""',
  'body.kind.toLowerCase() === "paid"',
  'body.kind.includes("ab")',
  'orFail(body.more, "no more") !== "" && body.kind === "paid"',
  "body.total === 1",
  'meta.id === "paid"',
  'body.kind === "paid" ? body.settled : !body.settled',
  '(body.more ?? "paid") === "paid"',
];

describe("what is looked for", () => {
  test.each(found)("%s", async (filter, groups) => {
    expect((await programOf(filter)).code.prefilter?.groups).toEqual(groups);
  });

  test.each(none)("%s: nothing", async (filter) => {
    const program = await programOf(filter);
    expect([program.code.prefilter, program.mayPass]).toEqual([undefined, undefined]);
  });
});

const words = ["paid", "open", "home", "a", "b", "c", "å", "unpaid", "", 'say "hi"', "paid\n"];
const word = fc.constantFrom(...words);
const body = fc.record({
  kind: word,
  more: word,
  settled: fc.boolean(),
  total: fc.integer(),
  deep: fc.record({ at: word }),
  "odd key": word,
});

/** The same JSON as other writers write it: with spaces, with letters as escapes. */
const written = (value: JsonObject, style: number): string => {
  const text = JSON.stringify(value, null, style === 1 ? 2 : 0);
  const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  if (style < 2) return text;
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/g, (one) => one.replaceAll(/[ach\u00e5]/g, escaped));
};

/** Each word beside each other one, so that what a filter asks for is among them whatever is drawn. */
const pairs = words.flatMap((kind) =>
  words.flatMap((at) =>
    [true, false].map((settled) => ({ kind, more: at, settled, total: 2, deep: { at }, "odd key": at })),
  ),
);

test.each(found)("%s: what is dropped early would be dropped by the filter", async (filter) => {
  const program = await programOf(filter);
  let early = 0;
  let passed = 0;
  fc.assert(
    fc.property(body, fc.nat({ max: 2 }), (value, style) => {
      const text = written(value, style);
      const may = program.mayPass?.(new TextEncoder().encode(text));
      const meta = { id: "1", source: "http", receivedAt: "2026-01-01T00:00:00Z" };
      const walked = program.code.walk({ settings: {}, secrets: {}, headers: {}, meta, body: JSON.parse(text) }, "out");
      if (walked.kind === "deliver") {
        passed += 1;
        expect(may).toBe(true);
      }
      if (may === false) {
        early += 1;
        expect(walked).toMatchObject({ kind: "drop", reason: "filter", place: program.code.prefilter?.place });
      }
    }),
    { numRuns: 400, examples: pairs.map((one): [typeof one, number] => [one, 0]) },
  );
  expect(early).toBeGreaterThan(0);
  expect(passed).toBeGreaterThan(0);
});

test("a source with several branches, or a step before the filter, is looked into", () => {
  const integration = { sources: [], steps: [] };
  expect(prefilterOf(integration as unknown as Parameters<typeof prefilterOf>[0])).toBeUndefined();
  const { emitted } = compileTexts({
    "tenants/acme/a.yaml": spec('body.kind === "paid"').replace(
      "  - filter",
      '  - map: { ...: "${ body }" }\n  - filter',
    ),
  });
  expect(emitted?.bundles[0]?.code).not.toContain("prefilter");
});
