// Each file of cases/ is a workspace and all that the compiler says of it: nothing less, and no echo of it.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { scriptTools } from "../../cli/script-tools.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { compile } from "../../compiler/compile.ts";
import { manifests } from "../../connectors/all.ts";
import type { CodeEntry } from "../../schema/codes/entry.ts";
import { codes } from "../../schema/codes.ts";
import { type CompileCase, compileCase, filesOf, findingsOf } from "../rig/compile-case.ts";

const folder = new URL("cases/", import.meta.url);
const cases = readdirSync(folder)
  .sort()
  .map((name) => [name, parse(readFileSync(new URL(name, folder), "utf8")) as CompileCase] as const);

for (const [name, given] of cases) {
  test(`${name}: ${given.title}`, () => {
    const compiled = compileCase(given);
    expect(findingsOf(compiled)).toEqual(given.findings);
    expect(compiled.emitted === undefined).toBe(compiled.diagnostics.some(({ severity }) => severity === "error"));
    for (const { file, range } of compiled.diagnostics) {
      const lines = (filesOf(given)[file] ?? "").split("\n");
      for (const { line, column } of [range.start, range.end]) {
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
      }
    }
  });
}

/** Told of files and not of their text, below; of a bug, never on purpose. */
const elsewhere = ["VRS1007", "VRS2015", "VRS9001"];

test("every code of the catalogue has a case", () => {
  const told = new Set(cases.flatMap(([, { findings }]) => findings.map((finding) => finding.slice(0, 7))));
  const reported = Object.entries(codes).flatMap(([code, { retired }]: [string, CodeEntry]) => (retired ? [] : [code]));
  expect(reported.filter((code) => !told.has(code) && !elsewhere.includes(code))).toEqual([]);
});

test("a file that cannot be read, one that is not UTF-8, and a folder that is no workspace", () => {
  const checker = createTypeChecker();
  const of = (files: Readonly<Record<string, Uint8Array | undefined>>) => {
    const compiled = compile({
      root: "/w",
      manifests,
      scripts: scriptTools(),
      checker,
      files: {
        list: (path) => (path === "/w" ? Object.keys(files).map((name) => ({ name, folder: false })) : undefined),
        read: (path) => files[path.slice("/w/".length)] ?? { error: "permission denied" },
      },
    });
    return findingsOf(compiled);
  };
  const workspace = new TextEncoder().encode("workspace: t\nlanguage: 1\n");
  try {
    expect(of({})).toEqual([expect.stringContaining("VRS2015 vrsky.yaml:1:1")]);
    expect(of({ "vrsky.yaml": workspace, "a.yaml": undefined })).toEqual([
      expect.stringMatching(/VRS1007 a\.yaml:1:1 .*permission denied/),
    ]);
    expect(of({ "vrsky.yaml": workspace, "a.yaml": new Uint8Array([0x61, 0xff]) })).toEqual([
      expect.stringMatching(/VRS1007 a\.yaml:1:1 .*UTF-8/),
    ]);
  } finally {
    checker.close();
  }
});
