// vrsky test: the cases that stand beside the specs, run by the real worker on a clock that leaps.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { watch } from "chokidar";
import type { Compiled } from "../../compiler/compile.ts";
import { renderText } from "../../compiler/report/text.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import { hasErrors } from "../../schema/diagnostic.ts";
import { type Covering, covering, shareOf } from "../cases/coverage/coverage.ts";
import { coverageLines, percent } from "../cases/coverage/report.ts";
import { jsonText } from "../cases/json.ts";
import { junitText } from "../cases/junit.ts";
import { caseLines, headLine, summaryLine, whyLines } from "../cases/report.ts";
import { type CaseResult, runCases } from "../cases/run-cases.ts";
import { scriptsAtWork } from "../cases/scripts.ts";
import { updatedExpectation, withExpectations } from "../cases/update.ts";
import { type OpenCompiler, openCompiler, shown } from "../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { filesBelow, watchedFiles } from "../files.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { progressWhile } from "../progress.ts";
import { stopSignal } from "../stop-signal.ts";

export interface TestOptions {
  readonly filter?: string;
  readonly seed?: number;
  readonly update: boolean;
  readonly coverage: boolean;
  /** Percent. */
  readonly coverageMin?: number;
  readonly json: boolean;
  /** Path of a file. */
  readonly junit?: string;
  readonly watch: boolean;
}

export async function testVerb(path: string, options: TestOptions, io: Io): Promise<ExitCode> {
  const folder = resolve(io.cwd, path);
  if (!existsSync(join(folder, "vrsky.yaml"))) {
    const message = `${shown(folder, io)} is no workspace: it has no vrsky.yaml.`;
    return say(io, refuse(exit.findings, message, "Name the folder that holds vrsky.yaml.").refusal);
  }
  const files = options.watch ? watchedFiles(folder) : filesBelow(folder);
  const compiler = openCompiler(folder, files, undefined, true);
  try {
    if (options.watch) return await watched(folder, compiler, options, io);
    return await testOnce(folder, progressWhile(io, "compiling", compiler.compile), options, io);
  } finally {
    compiler.close();
  }
}

/** Again after every edit, until it is told to stop. */
async function watched(folder: string, compiler: OpenCompiler, options: TestOptions, io: Io): Promise<ExitCode> {
  const stop = stopSignal();
  let again = Promise.resolve();
  let waiting: NodeJS.Timeout | undefined;
  const round = async (): Promise<void> => {
    await testOnce(folder, progressWhile(io, "compiling", compiler.compile), options, io);
    io.err(`\n${paint(io.colorErr).dim("watching; Ctrl-C ends it")}\n`);
  };
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (file) => /(?:^|\/)(?:\.vrsky|\.git|node_modules)(?:\/|$)/.test(file.slice(folder.length)),
  });
  // Edits come in bursts; rounds never overlap.
  watcher.on("all", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      again = again.then(round).catch((error: unknown) => {
        io.err(`${paint(io.colorErr).red("error:")} ${error instanceof Error ? error.message : String(error)}\n`);
      });
    }, 50);
  });
  // An edit during the first round is not missed.
  await new Promise<void>((ready) => watcher.once("ready", ready));
  again = again.then(round);
  await again;
  const code = await stop;
  clearTimeout(waiting);
  await watcher.close();
  await again;
  return code;
}

async function testOnce(folder: string, compiled: Compiled, options: TestOptions, io: Io): Promise<ExitCode> {
  const { diagnostics, sources, emitted, tests } = compiled;
  if (diagnostics.length > 0 && !options.json) io.err(renderText(diagnostics, sources, { color: io.colorErr }));
  if (emitted === undefined || tests === undefined || hasErrors(diagnostics)) {
    if (options.json) io.out(jsonText({ diagnostics, results: [], written: new Set(), coverage: [] }));
    return exit.findings;
  }
  const began = performance.now();
  const scripts = scriptsAtWork();
  const color = paint(io.colorOut);
  const covered = new Map<string, Covering>();
  const written = new Set<CaseResult>();
  let last = "";
  const tell = (result: CaseResult): void => {
    // A case that cannot be played as it is has nothing to write.
    if (options.update && !result.ok && result.happened.flaws.length === 0) written.add(result);
    if (options.json) return;
    const head = headLine(result, color);
    if (head !== last) io.out(`${head}\n`);
    last = head;
    io.out(`${caseLines(result, written.has(result), color).join("\n")}\n`);
  };
  try {
    const { filter = "", seed } = options;
    const results = await runCases(
      {
        tests,
        bundles: emitted.bundles,
        topology: emitted.topology,
        file: reader(folder),
        scripts,
        ...(wantsCoverage(options) ? { covering: (coded) => coveringOf(covered, coded) } : {}),
      },
      {
        wanted: (integration, name) => `${integration} ${name}`.includes(filter),
        ...(seed === undefined ? {} : { seed }),
      },
      tell,
    );
    // Those without any case are part of the answer.
    if (wantsCoverage(options) && filter === "") for (const coded of emitted.bundles) coveringOf(covered, coded);
    const unwritten = write(folder, written, io);
    const coverage = [...covered].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each.coverage());
    if (options.json) io.out(jsonText({ diagnostics, results, written, coverage }));
    else {
      if (results.length === 0) io.err(`${none(filter)}\n`);
      if (coverage.length > 0) io.out(`\n${coverageLines(coverage, color).join("\n")}\n`);
      io.out(`\n${summaryLine(results, written.size, performance.now() - began, color)}\n`);
    }
    if (options.junit !== undefined) {
      writeFileSync(
        resolve(io.cwd, options.junit),
        junitText(results, (result) => whyLines(result, paint(false))),
      );
    }
    const least = options.coverageMin ?? 0;
    const short = coverage.filter((each) => shareOf(each) < least);
    for (const each of short) {
      io.err(`${each.tenant}/${each.integration}: coverage is ${percent(shareOf(each))}, ${least} % is wanted\n`);
    }
    const passed = results.every((result) => result.ok || written.has(result));
    return passed && !unwritten && short.length === 0 ? exit.ok : exit.findings;
  } finally {
    await scripts.hosts.close();
  }
}

const none = (filter: string): string =>
  filter === ""
    ? "there are no cases yet: write a document `tests: <integration>` beside the specs"
    : `no case's integration or name holds ${JSON.stringify(filter)}`;

const wantsCoverage = ({ coverage, coverageMin }: TestOptions): boolean => coverage || coverageMin !== undefined;

function coveringOf(known: Map<string, Covering>, coded: CodedBundle): Covering {
  const key = `${coded.bundle.tenant}/${coded.bundle.integration}`;
  const made = known.get(key) ?? covering(coded);
  known.set(key, made);
  return made;
}

function reader(folder: string): (name: string) => Uint8Array | undefined {
  const files = filesBelow(folder);
  return (name) => {
    const bytes = files.read(join(folder, name));
    return bytes instanceof Uint8Array ? bytes : undefined;
  };
}

/** True when something could not be written. */
function write(folder: string, results: ReadonlySet<CaseResult>, io: Io): boolean {
  const byFile = new Map<string, CaseResult[]>();
  for (const result of results) {
    const { file } = result.test.place.spec;
    byFile.set(file, [...(byFile.get(file) ?? []), result]);
  }
  let failed = false;
  for (const [file, own] of byFile) {
    const path = join(folder, file);
    const changes = own.map((result) => ({ ...result.test.place, expect: updatedExpectation(result) }));
    const text = withExpectations(readFileSync(path, "utf8"), changes);
    if (text === undefined) {
      say(io, refuse(exit.findings, `${file} cannot be changed by machine.`, "Write `expect` by hand.").refusal);
      failed = true;
    } else writeFileSync(path, text);
  }
  return failed;
}
