// Runs the cases of a workspace that is held in memory.

import { afterAll } from "vitest";
import { type CaseResult, runCases } from "../../cli/cases/run-cases.ts";
import { scriptsAtWork } from "../../cli/cases/scripts.ts";
import { compileTexts } from "./compile.ts";

const scripts = scriptsAtWork();
afterAll(() => scripts.hosts.close());

const root = "workspace: cases\nlanguage: 1\ncontexts: { dev: {} }\n";

/** `spec`: documents of tenant acme. Throws where it does not compile. */
export async function casesOf(
  spec: string,
  files: Readonly<Record<string, string>> = {},
): Promise<readonly CaseResult[]> {
  const all = { "vrsky.yaml": root, ...files, "tenants/acme/spec.yaml": spec };
  const { emitted, tests, diagnostics } = compileTexts(all);
  if (emitted === undefined || tests === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  const text: Readonly<Record<string, string>> = all;
  const file = (path: string): Uint8Array | undefined =>
    text[path] === undefined ? undefined : Buffer.from(text[path]);
  const { bundles, topology } = emitted;
  return runCases({ tests, bundles, topology, file, scripts }, { wanted: () => true }, () => undefined);
}
