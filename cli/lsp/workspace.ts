// One open workspace: its files with the editor's buffers over them, a compiler that remembers, and what it last said.

import { createTypeChecker, type OfferingChecker } from "../../compiler/4-check/type-checker.ts";
import { openWorkbench, type Resolved } from "../../compiler/compile.ts";
import { manifests } from "../../connectors/all.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";
import { remembering } from "../cache/answers.ts";
import { cacheOf } from "../compile-workspace.ts";
import { scriptTools } from "../script-tools.ts";
import { type EditedFiles, editedFiles } from "./edited-files.ts";

export interface LspWorkspace {
  /** Absolute, forward slashes. */
  readonly root: string;
  readonly files: EditedFiles;
  readonly checker: OfferingChecker;
  /** Every finding, by file; files without one are not there. */
  check(): ReadonlyMap<string, readonly Diagnostic[]>;
  /** What the specs say, as far as they can be read. */
  look(): Resolved;
  /** The same as if this text stood in the file. */
  lookWith(file: string, text: string): Resolved;
  /** Every finding, sorted. */
  findings(): readonly Diagnostic[];
  /** The same as if these texts stood in the files. */
  findingsWith(texts: ReadonlyMap<string, string>): readonly Diagnostic[];
  text(file: string): string | undefined;
  close(): void;
}

export function openLspWorkspace(root: string): LspWorkspace {
  const files = editedFiles(root);
  const checker = createTypeChecker();
  const kept = cacheOf(root);
  const remembered = kept === undefined ? undefined : remembering(checker, kept);
  let tried = new Map<string, Uint8Array>();
  const trying = <Answer>(texts: ReadonlyMap<string, string>, ask: () => Answer): Answer => {
    tried = new Map([...texts].map(([file, text]) => [`${root}/${file}`, new TextEncoder().encode(text)]));
    try {
      return ask();
    } finally {
      tried = new Map();
    }
  };
  const bench = openWorkbench({
    root,
    manifests,
    checker: remembered ?? checker,
    scripts: scriptTools(),
    files: {
      list: files.list,
      read: (path) => tried.get(path) ?? files.read(path),
    },
  });
  let saved = false;
  let seen: { readonly at: number; readonly resolved: Resolved } | undefined;
  return {
    root,
    files,
    checker,
    check: () => {
      const { diagnostics, resolved } = bench.compile();
      seen = { at: files.version(), resolved };
      // What a whole workspace was told costs time only once; what is typed in between is nothing to keep.
      if (!saved) remembered?.save();
      saved = true;
      return byFile(diagnostics);
    },
    look: () => {
      const at = files.version();
      if (seen?.at !== at) seen = { at, resolved: bench.resolve() };
      return seen.resolved;
    },
    lookWith: (file, text) => trying(new Map([[file, text]]), bench.resolve),
    findings: () => bench.compile().diagnostics,
    findingsWith: (texts) => trying(texts, () => bench.compile().diagnostics),
    text: (file) => {
      const bytes = files.read(`${root}/${file}`);
      return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : undefined;
    },
    close: checker.close,
  };
}

function byFile(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, readonly Diagnostic[]> {
  const found = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const own = found.get(diagnostic.file);
    if (own === undefined) found.set(diagnostic.file, [diagnostic]);
    else own.push(diagnostic);
  }
  return found;
}
