// Results for programs: the findings that every verb reports, and a record of each case.

import type { Diagnostic } from "../../schema/diagnostic.ts";
import type { Coverage } from "./coverage/coverage.ts";
import type { CaseResult } from "./run-cases.ts";

export interface Told {
  readonly diagnostics: readonly Diagnostic[];
  readonly results: readonly CaseResult[];
  readonly written: ReadonlySet<CaseResult>;
  readonly coverage: readonly Coverage[];
}

export function jsonText({ diagnostics, results, written, coverage }: Told): string {
  const cases = results.map((result) => {
    const { tenant, integration, test, ok, ms, expected, actual, happened } = result;
    const { spec, index } = test.place;
    return {
      tenant,
      integration,
      name: test.name,
      file: spec.file,
      line: spec.locate(["cases", index, "name"]).start.line,
      seed: test.seed,
      ok,
      ...(written.has(result) ? { written: true } : {}),
      ms: Math.round(ms * 10) / 10,
      ...(ok ? {} : { expected: test.expect === undefined ? null : expected, happened: actual, flaws: happened.flaws }),
    };
  });
  const failed = cases.filter(({ ok }) => !ok).length;
  const report = {
    diagnostics,
    cases,
    passed: cases.length - failed,
    failed,
    ...(coverage.length === 0 ? {} : { coverage }),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
