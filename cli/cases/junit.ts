// Results as JUnit writes them, for CIs that show tests.

import type { CaseResult } from "./run-cases.ts";

export function junitText(results: readonly CaseResult[], why: (result: CaseResult) => readonly string[]): string {
  const suites = new Map<string, CaseResult[]>();
  for (const result of results) {
    const name = `${result.tenant}/${result.integration}`;
    suites.set(name, [...(suites.get(name) ?? []), result]);
  }
  const failed = (all: readonly CaseResult[]): number => all.filter(({ ok }) => !ok).length;
  const lines = [...suites].flatMap(([name, all]) => [
    `  <testsuite name="${escaped(name)}" tests="${all.length}" failures="${failed(all)}" errors="0" skipped="0" time="${seconds(all)}">`,
    ...all.flatMap((result) => caseLines(name, result, why)),
    "  </testsuite>",
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="vrsky test" tests="${results.length}" failures="${failed(results)}" errors="0" time="${seconds(results)}">`,
    ...lines,
    "</testsuites>",
    "",
  ].join("\n");
}

function caseLines(
  suite: string,
  result: CaseResult,
  why: (result: CaseResult) => readonly string[],
): readonly string[] {
  const { spec, index } = result.test.place;
  const { line } = spec.locate(["cases", index, "name"]).start;
  const head = `    <testcase classname="${escaped(suite)}" name="${escaped(result.test.name)}" file="${escaped(spec.file)}" line="${line}" time="${seconds([result])}"`;
  if (result.ok) return [`${head}/>`];
  const message = `seed ${result.test.seed}`;
  return [
    `${head}>`,
    `      <failure message="${escaped(message)}">${content(why(result).join("\n"))}</failure>`,
    "    </testcase>",
  ];
}

const seconds = (results: readonly CaseResult[]): string =>
  (results.reduce((sum, { ms }) => sum + ms, 0) / 1000).toFixed(3);

/** In an attribute line ends would become spaces. */
const escaped = (text: string): string =>
  content(text).replaceAll(/[\t\n\r]/g, (unit) => (unit === "\n" ? "&#10;" : unit === "\t" ? "&#9;" : "&#13;"));

/** What XML cannot hold at all becomes a question mark. */
function content(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "?")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
