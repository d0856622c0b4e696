// The cases of a workspace, run as `vrsky test` runs them; what is wanted is which of them fail, and what they say.

import type { ScriptsAtWork } from "../../cli/cases/play.ts";
import { caseLines } from "../../cli/cases/report.ts";
import { runCases } from "../../cli/cases/run-cases.ts";
import { paint } from "../../cli/paint.ts";
import type { RunCases } from "./judge.ts";

export const running =
  (scripts: ScriptsAtWork): RunCases =>
  async ({ emitted, tests }, texts, integrations) => {
    if (emitted === undefined || tests === undefined) return [];
    const { bundles, topology } = emitted;
    const documents = tests.documents.filter(({ tenant, name }) => integrations.has(`${tenant}/${name}`));
    const file = (path: string): Uint8Array | undefined => {
      const text = texts.get(path);
      return text === undefined ? undefined : Buffer.from(text);
    };
    const results = await runCases(
      { tests: { ...tests, documents }, bundles, topology, file, scripts },
      { wanted: () => true },
      () => undefined,
    );
    return results
      .filter(({ ok }) => !ok)
      .map((result) => ({
        integration: `${result.tenant}/${result.integration}`,
        name: result.test.name,
        says: caseLines(result, false, paint(false)).join("\n"),
      }));
  };
