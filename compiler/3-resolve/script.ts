// `script`: the file and what it imports, made ready to run. Its types are asked in check.

import { bundleScript } from "../script/bundle.ts";
import { child, finding, findingAt, type Report, type Site } from "../value.ts";
import type { Surroundings } from "./integration.ts";
import { duration, size } from "./read-keys.ts";

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

const mebibyte = 1024 * 1024;

/** Scripts of an integration wait for each other, so none may take long. */
const bounds = {
  timeout: { read: duration, least: 1, most: 60_000, says: "between 1ms and 1m" },
  memory: { read: size, least: mebibyte, most: 256 * mebibyte, says: "between 1MiB and 256MiB" },
} as const;

/** Milliseconds and bytes, where they are given. */
export function scriptLimits(
  settings: Readonly<Record<string, unknown>>,
  site: Site,
  report: Report,
): { readonly timeout?: number; readonly memory?: number } {
  const given = Object.entries(bounds).flatMap(([key, { read, least, most, says }]) => {
    const value = read(settings[key]);
    if (value === undefined) return [];
    if (value >= least && value <= most) return [[key, value] as const];
    const message = `The \`${key}\` of a script is ${says}.`;
    report(
      findingAt("VRS2004", child(site, key), {
        message,
        help: "Long work is for a system of its own: ask it in a `call`.",
      }),
    );
    return [];
  });
  return Object.fromEntries(given);
}
