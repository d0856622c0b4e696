// `script`: the file and what it imports, made ready to run. Its types are asked in check.

import { bundleScript } from "../script/bundle.ts";
import { finding, findingAt, type Report, type Site } from "../value.ts";
import type { Surroundings } from "./integration.ts";

export interface ResolvedScript {
  readonly code: string;
  readonly files: ReadonlyMap<string, string>;
}

const codes = { syntax: "VRS3102", import: "VRS3103", default: "VRS3104" } as const;

export function resolveScript(
  file: string,
  site: Site,
  { text, scripts }: Pick<Surroundings, "text" | "scripts">,
  report: Report,
): ResolvedScript | undefined {
  const bundled = bundleScript(file, text, scripts);
  if (!("problem" in bundled)) return bundled;
  const { problem } = bundled;
  if (problem.kind === "missing") {
    const help = "Name a TypeScript file below the folder of `vrsky.yaml`.";
    report(findingAt("VRS3101", site, { message: problem.message, help }));
    return undefined;
  }
  const { message, help, at } = problem;
  const found = finding(
    codes[problem.kind],
    site,
    { start: at, end: at },
    help === undefined ? { message } : { message, help },
  );
  const used = { file: site.spec.file, range: site.spec.locate(site.path), message: "used here" };
  report({ ...found, file: problem.file, labels: [used] });
  return undefined;
}
