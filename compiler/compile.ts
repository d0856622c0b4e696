// The whole compile line on one page: text ─read─parse→ Spec ─resolve→ Integration ─check→ Checked ─lower→ Stages
// ─emit→ Bundle + Topology. Pure: the file system is handed in; there is no clock, network or environment inside.

import type { Manifest } from "../schema/connector.ts";
import { compareDiagnostics, type Diagnostic, hasErrors } from "../schema/diagnostic.ts";
import { type FileSystem, readWorkspace } from "./1-read/read.ts";
import { composeSchemas } from "./2-parse/compose.ts";
import { createParser } from "./2-parse/parse.ts";
import { loadContracts } from "./3-resolve/load-contracts.ts";
import { resolveWorkspace } from "./3-resolve/workspace.ts";
import { check } from "./4-check/check.ts";
import { withoutEchoes } from "./4-check/echoes.ts";
import type { TypeChecker } from "./4-check/type-checker.ts";
import { lower } from "./5-lower/lower.ts";
import { type Emitted, emit } from "./6-emit/emit.ts";

export interface CompileOptions {
  /** Folder of `vrsky.yaml`, as `files` knows it. */
  readonly root: string;
  readonly files: FileSystem;
  /** The connectors that exist: they give settings, metadata and addresses. */
  readonly manifests: readonly Manifest[];
  readonly checker: TypeChecker;
}

export interface Compiled {
  /** Sorted; every finding of every file. */
  readonly diagnostics: readonly Diagnostic[];
  /** Absent when a diagnostic is an error. */
  readonly emitted?: Emitted;
  /** Text of every file that was read, by path, for code frames. */
  readonly sources: ReadonlyMap<string, string>;
}

export function compile(options: CompileOptions): Compiled {
  const found: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => {
    found.push(diagnostic);
  };
  const { workspace, contracts, sources } = resolve(options, report);
  if (workspace === undefined && !hasErrors(found)) report(noWorkspace);
  const integrations = workspace?.tenants.flatMap((tenant) => tenant.integrations) ?? [];
  const checked = check(integrations, contracts, options.checker, [...found], report);
  const diagnostics = withoutEchoes([...found].sort(compareDiagnostics));
  if (workspace === undefined || hasErrors(diagnostics)) return { diagnostics, sources };
  const stages = checked.map((each) => lower(each, contracts));
  return { diagnostics, sources, emitted: emit(workspace, stages, contracts) };
}

/** The first half of the line: text ─read─parse→ Spec ─resolve→ Integration. */
export function resolve(options: CompileOptions, report: (diagnostic: Diagnostic) => void) {
  const read = readWorkspace(options.root, options.files);
  read.diagnostics.forEach(report);
  const sources = new Map([...read.specs, ...read.contracts].map((file) => [file.path, file.text]));
  const parse = createParser(composeSchemas(options.manifests));
  const specs = read.specs.flatMap((file) => {
    const parsed = parse(file);
    parsed.diagnostics.forEach(report);
    return parsed.specs;
  });
  const contracts = loadContracts(read.contracts, report);
  const text = textReader(options, sources);
  const workspace = resolveWorkspace(specs, contracts, options.manifests, text, report);
  return { workspace, contracts, sources };
}

/** Templates and scripts are read when something names them; what was read is kept for code frames. */
function textReader({ root, files }: CompileOptions, sources: Map<string, string>) {
  return (path: string): string | undefined => {
    const known = sources.get(path);
    if (known !== undefined) return known;
    const bytes = files.read(`${root}/${path}`);
    if (!(bytes instanceof Uint8Array)) return undefined;
    const text = new TextDecoder("utf-8").decode(bytes);
    sources.set(path, text);
    return text;
  };
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
