// The whole compile line on one page: text ─read─parse→ Spec ─resolve→ Integration ─check→ Checked ─lower→ Stages
// ─emit→ Bundle + Topology. Pure: the file system is handed in; there is no clock, network or environment inside.

import type { Manifest } from "../schema/connector.ts";
import { compareDiagnostics, type Diagnostic, hasErrors } from "../schema/diagnostic.ts";
import { decode, type FileSystem, readWorkspace } from "./1-read/read.ts";
import { composeSchemas } from "./2-parse/compose.ts";
import { createParser, type ParseFile } from "./2-parse/parse.ts";
import { contractPlaces } from "./3-resolve/contract-places.ts";
import { loadContracts } from "./3-resolve/load-contracts.ts";
import { checkTests, type Tests, testsOf } from "./3-resolve/tests.ts";
import { resolveWorkspace } from "./3-resolve/workspace.ts";
import { type Checked, check } from "./4-check/check.ts";
import { withoutEchoes } from "./4-check/echoes.ts";
import type { TypeChecker } from "./4-check/type-checker.ts";
import { lower } from "./5-lower/lower.ts";
import { checkContents } from "./6-emit/check-contents.ts";
import { checkDedupe } from "./6-emit/check-dedupe.ts";
import { checkQuotas } from "./6-emit/check-quotas.ts";
import { bundleFiles, type Emitted, emit } from "./6-emit/emit.ts";
import type { Workspace } from "./integration.ts";
import { createMemory, type Memory } from "./memory.ts";
import type { ScriptTools } from "./script/bundle.ts";

export interface CompileOptions {
  /** Folder of `vrsky.yaml`, as `files` knows it. */
  readonly root: string;
  readonly files: FileSystem;
  /** The connectors that exist: they give settings, metadata and addresses. */
  readonly manifests: readonly Manifest[];
  readonly checker: TypeChecker;
  readonly scripts: ScriptTools;
  /** The output will be asked for: it is written while the type checker works. */
  readonly ahead?: boolean;
}

/** What the first half of the line asks for. */
export type ResolveOptions = Omit<CompileOptions, "checker"> & Partial<Pick<CompileOptions, "checker">>;

export interface Compiled {
  /** Sorted; every finding of every file. */
  readonly diagnostics: readonly Diagnostic[];
  /** How many there are; 0 when the workspace cannot be made out. */
  readonly integrations: number;
  /** Absent when a diagnostic is an error. */
  readonly emitted?: Emitted;
  /** Text of every file that was read, by path, for code frames. */
  readonly sources: ReadonlyMap<string, string>;
  /** Absent with errors, and where the compiled form was kept from before. */
  readonly tests?: Tests;
}

export const compile = (options: CompileOptions): Compiled => createCompiler(options)();

/** What was compiled, and what it was compiled from: for pictures and documents. */
export interface Surveyed extends Compiled {
  /** Absent with errors. */
  readonly workspace?: Workspace;
  /** The first half of the line, however much is wrong. */
  readonly resolved: Resolved;
}

export const survey = (options: CompileOptions): Surveyed => compileWith(options, parserOf(options), createMemory());

/** Compiles the same workspace again and again, and says always what `compile` says; it looks at what changed. */
export const createCompiler = (options: CompileOptions): (() => Compiled) => openWorkbench(options).compile;

/** The same for who asks about places in between. */
export interface Workbench {
  readonly compile: () => Surveyed;
  /** The first half of the line alone, of the files as they are now. */
  readonly resolve: () => Resolved;
}

export type Resolved = ReturnType<typeof resolveWith>;

export function openWorkbench(options: CompileOptions): Workbench {
  const memory = createMemory();
  const parse = parserOf(options);
  return {
    compile: () => compileWith(options, parse, memory),
    resolve: () => resolveWith(options, parse, memory, () => undefined),
  };
}

function compileWith(options: CompileOptions, parse: ParseFile, memory: Memory): Surveyed {
  const found: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => {
    found.push(diagnostic);
  };
  const resolved = resolveWith(options, parse, memory, report);
  const { workspace, contracts, places, sources, specs } = resolved;
  if (workspace === undefined && !hasErrors(found)) report(noWorkspace);
  if (workspace !== undefined) {
    checkQuotas(workspace, report);
    checkDedupe(workspace, report);
    checkContents(workspace, report);
    const exists = (path: string): boolean => options.files.read(`${options.root}/${path}`) instanceof Uint8Array;
    checkTests(specs, workspace, contracts, exists, report, memory.cleanTests);
  }
  const integrations = workspace?.tenants.flatMap((tenant) => tenant.integrations) ?? [];
  const lowered = (each: Checked) => memory.lowered(each.integration, () => lower(each, contracts));
  const ahead = (all: readonly Checked[]): void => {
    if (options.ahead !== true || hasErrors(found)) return;
    for (const each of all) {
      const stages = lowered(each);
      memory.bundled(stages, () => bundleFiles(stages, contracts));
    }
  };
  const checked = check(integrations, contracts, places, options.checker, [...found], report, memory.checked, ahead);
  const diagnostics = withoutEchoes([...found].sort(compareDiagnostics));
  const count = integrations.length;
  const findings = { diagnostics, integrations: count, sources, resolved };
  if (workspace === undefined || hasErrors(diagnostics)) return findings;
  let emitted: Emitted | undefined;
  return {
    ...findings,
    workspace,
    tests: testsOf(specs, workspace.settings),
    // Findings are what people wait for; the files are made when they are asked for.
    get emitted() {
      emitted ??= emit(workspace, checked.map(lowered), contracts, memory.bundled);
      return emitted;
    },
  };
}

/** The first half of the line: text ─read─parse→ Spec ─resolve→ Integration. */
export const resolve = (options: ResolveOptions, report: (diagnostic: Diagnostic) => void) =>
  resolveWith(options, parserOf(options), createMemory(), report);

const parsers = new WeakMap<readonly Manifest[], ParseFile>();

/** One for all compiles with the same connectors: to compile the schemas takes longer than most workspaces do. */
function parserOf({ manifests }: ResolveOptions): ParseFile {
  const parser = parsers.get(manifests) ?? createParser(composeSchemas(manifests));
  parsers.set(manifests, parser);
  return parser;
}

function resolveWith(
  options: ResolveOptions,
  parse: ParseFile,
  memory: Memory,
  report: (diagnostic: Diagnostic) => void,
) {
  const reading = {
    text: (bytes: Uint8Array) => memory.text(bytes, () => decode(bytes)),
    file: memory.file,
  };
  const read = readWorkspace(options.root, options.files, reading);
  read.diagnostics.forEach(report);
  const sources = new Map([...read.specs, ...read.contracts].map((file) => [file.path, file.text]));
  const specs = read.specs.flatMap((file) => {
    const parsed = memory.parsed(file, () => parse(file));
    parsed.diagnostics.forEach(report);
    return parsed.specs;
  });
  const contracts = loadContracts(read.contracts, report, memory.contract);
  const { text, resolve } = memory.resolver.start(
    specs,
    contracts,
    (path) => sources.get(path) ?? readText(options, path),
    textReader(options, sources),
  );
  const workspace = resolveWorkspace(
    specs,
    contracts,
    options.manifests,
    { text, scripts: options.scripts },
    report,
    resolve,
  );
  return { specs, workspace, contracts, places: contractPlaces(read.contracts), sources };
}

/** Templates and scripts are read when something names them; what was read is kept for code frames. */
function textReader(options: ResolveOptions, sources: Map<string, string>) {
  return (path: string): string | undefined => {
    const text = sources.get(path) ?? readText(options, path);
    if (text !== undefined) sources.set(path, text);
    return text;
  };
}

function readText({ root, files }: ResolveOptions, path: string): string | undefined {
  const bytes = files.read(`${root}/${path}`);
  return bytes instanceof Uint8Array ? new TextDecoder("utf-8").decode(bytes) : undefined;
}

/** `vrsky.yaml` is there and may hold other documents. */
const noWorkspace: Diagnostic = {
  code: "VRS2015",
  severity: "error",
  file: "vrsky.yaml",
  range: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } },
  message: "No document of the workspace says `workspace:`.",
  help: "Write `workspace: a-name` and `language: 1` into it.",
};
