// Where natural writing is broken YAML: what is said of each row, and how it is mended, where the mend is certain. A
// mended spec must compile; what cannot be mended says why.

import { describe, expect, test } from "vitest";
import { mend } from "../../compiler/fix.ts";
import { compileTexts } from "../rig/compile.ts";

const file = "tenants/acme/a.yaml";

const spec = (step: string): string => `integration: a
source: { http: { path: /a }, contract: { id: string, email?: string, amount: number, lines: [{ sku: string }] } }
steps:
  - ${step.replaceAll("\n", "\n    ")}
targets: { out: { nats: { subject: a.out } } }
`;

interface Row {
  readonly written: string;
  readonly code: string;
  /** Undefined: not certain, for the reason given. */
  readonly mended?: string;
  readonly reason?: string;
}

const rows: readonly Row[] = [
  {
    written: "map:\n    text: ${ body.id } pushed to ${ body.id }: ${ body.id }",
    code: "VRS1002",
    mended: 'map:\n    text: "${ body.id } pushed to ${ body.id }: ${ body.id }"',
  },
  {
    written: "map:\n    status: ${ body.amount > 1 ? 'x' : 'y' }",
    code: "VRS1002",
    mended: "map:\n    status: \"${ body.amount > 1 ? 'x' : 'y' }\"",
  },
  {
    written: 'map:\n    x: ${ body.lines.map(c => ({ type: "x" })) }',
    code: "VRS1002",
    mended: "map:\n    x: '${ body.lines.map(c => ({ type: \"x\" })) }'",
  },
  { written: "map: { text: ${ body.id } }", code: "VRS1002", mended: 'map: { text: "${ body.id }" }' },
  {
    written: "map: { key: ${ body.id }, more: 10 }",
    code: "VRS1002",
    mended: 'map: { key: "${ body.id }", more: 10 }',
  },
  { written: "map: { to: [${ body.id }] }", code: "VRS1002", mended: 'map: { to: ["${ body.id }"] }' },
  {
    written: 'map:\n    name: "${ body.email ?? "unknown" }"',
    code: "VRS1002",
    mended: "map:\n    name: \"${ body.email ?? 'unknown' }\"",
  },
  {
    written: "filter: !${ body.amount > 1 }",
    code: "VRS1006",
    reason: "the text `!true` and the opposite of the condition are both possible",
  },
  {
    written: "map:\n    text: Build #${ body.id } failed",
    code: "VRS1003",
    mended: 'map:\n    text: "Build #${ body.id } failed"',
  },
  {
    written: "map:\n    text: ${ body.id + ' #' + body.id }",
    code: "VRS1003",
    mended: "map:\n    text: \"${ body.id + ' #' + body.id }\"",
  },
  {
    written: "map:\n    x: ${ body.amount > 1\n      ? 1\n      : 2 }",
    code: "VRS3006",
    mended: "map:\n    x: |-\n      ${ body.amount > 1\n      ? 1\n      : 2 }",
  },
  {
    written: 'map: { a: { b: ${ body.id ? "p" : "q" }, c: ${ body.email ? "p" : "q" } }, d: 1 }',
    code: "VRS1002",
    mended: 'map: { a: { b: \'${ body.id ? "p" : "q" }\', c: \'${ body.email ? "p" : "q" }\' }, d: 1 }',
  },
  {
    written: 'map: { a: Hi ${ body.id ? "x" : "y" } there, b: c }',
    code: "VRS1002",
    mended: 'map: { a: \'Hi ${ body.id ? "x" : "y" } there\', b: c }',
  },
  {
    written: 'map: { a: "${ body.email ?? "y" }", b: "a ${ body.email ?? "w" } c" }',
    code: "VRS1002",
    mended: "map: { a: \"${ body.email ?? 'y' }\", b: \"a ${ body.email ?? 'w' } c\" }",
  },
  {
    written: "map:\n    x: '${ body.id }'s'",
    code: "VRS1002",
    mended: 'map:\n    x: "${ body.id }\'s"',
  },
  {
    written: "map:\n    x: ${ body.lines.map(line => ({\n  sku: line.sku,\n})) }",
    code: "VRS1002",
    mended: "map:\n    x: |-\n      ${ body.lines.map(line => ({\n        sku: line.sku,\n      })) }",
  },
  {
    written: "map: { x: ${ body.lines.map(line => ({\n  sku: line.sku,\n})) }, y: 1 }",
    code: "VRS1002",
    mended: 'map: { x: "${ body.lines.map(line => ({ sku: line.sku, })) }", y: 1 }',
  },
  { written: "map: { id: body.id }", code: "VRS3009", reason: "the constant may be meant" },
  {
    written: "map: { version: 1.10 }",
    code: "VRS1008",
    reason: "the number and the text are both possible",
  },
];

describe.each(rows)("$written", ({ written, code, mended, reason }) => {
  const text = spec(written);
  const compiled = compileTexts({ [file]: text });

  test(`is told as ${code}`, () => {
    expect(compiled.diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });

  test(mended === undefined ? `is left alone: ${reason}` : "is mended, and compiles then", () => {
    const after = mend(text, compiled.diagnostics).text;
    expect(after).toBe(mended === undefined ? text : spec(mended));
    if (mended !== undefined) expect(compileTexts({ [file]: after }).diagnostics).toEqual([]);
  });
});

test("a block's last newline does not count: there is nothing to mend", () => {
  expect(compileTexts({ [file]: spec("map:\n    x: |\n      ${ body.amount }") }).diagnostics).toEqual([]);
});

test("a cron text and a glob are quoted", () => {
  const globs = `integration: a
source:
  file: { path: *.csv, format: csv }
  contract: { id: string }
targets: { out: { nats: { subject: a.out } } }
`;
  const first = mend(globs, compileTexts({ [file]: globs }).diagnostics).text;
  expect(first).toContain('path: "*.csv"');
  expect(compileTexts({ [file]: first }).diagnostics).toEqual([]);
  const cron = globs.replace("  file: { path: *.csv, format: csv }", "  schedule:\n    cron: */5 * * * *");
  const second = mend(cron, compileTexts({ [file]: cron }).diagnostics).text;
  expect(second).toContain('cron: "*/5 * * * *"');
});

test("a name one slip away is written right, two slips are not; comments and line ends stay", () => {
  const text = spec("map: { id: '${ body.idd }', mail: '${ body.emails.x }' }   # keep me").replaceAll("\n", "\r\n");
  const { text: after, fixes } = mend(text, compileTexts({ [file]: text }).diagnostics);
  expect(fixes.map(({ description }) => description)).toContain("`idd` → `id`");
  expect(after).toContain("# keep me\r\n");
  expect(after).toContain("${ body.id }");
});
