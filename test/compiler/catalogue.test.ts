// The examples of the catalogue are what they say: the wrong one gives its code and no other, the right one gives none.

import { describe, expect, test } from "vitest";
import { framed } from "../../.ci/example-frame.ts";
import type { CodeEntry } from "../../schema/codes/entry.ts";
import { codes } from "../../schema/codes.ts";
import { compileTexts } from "../rig/compile.ts";
import { findingsOf } from "../rig/compile-case.ts";

const entries: readonly (readonly [string, CodeEntry])[] = Object.entries(codes);

/** Told of what no text can show: a file's bytes, a folder without a workspace, a bug of ours. */
const withoutExample = ["VRS1007", "VRS2015", "VRS9001"];

test("every other code has an example", () => {
  const without = entries.filter(([, { example, retired }]) => example === undefined && retired !== true);
  expect(without.map(([code]) => code)).toEqual(withoutExample);
});

const examples = entries.flatMap(([code, { example }]) => (example === undefined ? [] : [[code, example] as const]));

describe.each(examples)("%s", (code, example) => {
  test("what is wrong is told by this code alone", () => {
    const { diagnostics } = compileTexts(framed(example.bad));
    expect(new Set(diagnostics.map((diagnostic) => diagnostic.code))).toEqual(new Set([code]));
  });

  test("what is right compiles", () => {
    expect(findingsOf(compileTexts(framed(example.good)))).toEqual([]);
  });
});
