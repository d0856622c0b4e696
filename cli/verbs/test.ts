// vrsky test: the cases that stand beside the specs, run by the real worker on a clock that leaps.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Compiled } from "../../compiler/compile.ts";
import { renderText } from "../../compiler/report/text.ts";
import { hasErrors } from "../../schema/diagnostic.ts";
import { caseLines, headLine, summaryLine } from "../cases/report.ts";
import { type CaseResult, runCases } from "../cases/run-cases.ts";
import { scriptsAtWork } from "../cases/scripts.ts";
import { openCompiler, shown } from "../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { filesBelow } from "../files.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";

export interface TestOptions {
  readonly filter?: string;
  readonly seed?: number;
  readonly json: boolean;
}

export async function testVerb(path: string, options: TestOptions, io: Io): Promise<ExitCode> {
  const folder = resolve(io.cwd, path);
  if (!existsSync(join(folder, "vrsky.yaml"))) {
    const message = `${shown(folder, io)} is no workspace: it has no vrsky.yaml.`;
    return say(io, refuse(exit.findings, message, "Name the folder that holds vrsky.yaml.").refusal);
  }
  const compiler = openCompiler(folder, filesBelow(folder), undefined, true);
  try {
    return await testOnce(folder, compiler.compile(), options, io);
  } finally {
    compiler.close();
  }
}

async function testOnce(folder: string, compiled: Compiled, options: TestOptions, io: Io): Promise<ExitCode> {
  const { diagnostics, sources, emitted, tests } = compiled;
  if (diagnostics.length > 0 && !options.json) io.err(renderText(diagnostics, sources, { color: io.colorErr }));
  if (emitted === undefined || tests === undefined || hasErrors(diagnostics)) return exit.findings;
  const began = performance.now();
  const files = filesBelow(folder);
  const scripts = scriptsAtWork();
  const color = paint(io.colorOut);
  let last = "";
  const tell = (result: CaseResult): void => {
    if (options.json) return;
    const head = headLine(result, color);
    if (head !== last) io.out(`${head}\n`);
    last = head;
    io.out(`${caseLines(result, false, color).join("\n")}\n`);
  };
  try {
    const file = (name: string): Uint8Array | undefined => {
      const bytes = files.read(join(folder, name));
      return bytes instanceof Uint8Array ? bytes : undefined;
    };
    const { filter = "", seed } = options;
    const wanted = (integration: string, name: string): boolean => `${integration} ${name}`.includes(filter);
    const results = await runCases(
      { tests, bundles: emitted.bundles, topology: emitted.topology, file, scripts },
      { wanted, ...(seed === undefined ? {} : { seed }) },
      tell,
    );
    if (!options.json) io.out(`\n${summaryLine(results, 0, performance.now() - began, color)}\n`);
    return results.every(({ ok }) => ok) ? exit.ok : exit.findings;
  } finally {
    await scripts.hosts.close();
  }
}
