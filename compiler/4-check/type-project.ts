// The one file, with script-project.ts, that knows TypeScript's API. TypeScript 7's in-process API is announced to
// change with 7.1, so the version is pinned exactly and nothing of it is seen outside this interface.

import {
  API,
  type Checker,
  type CompletionEntry,
  NodeBuilderFlags,
  SymbolFlags,
  type Diagnostic as TsDiagnostic,
} from "typescript/unstable/sync";
import { endChecker } from "./end-checker.ts";
import type { Offer, TypeFinding } from "./type-checker.ts";

export interface TypeProject {
  /** Findings of all modules. They stay open until the next call, which is told what differs. */
  findings(library: string, modules: ReadonlyMap<string, string>): readonly TypeFinding[];
  /** Types at offsets of one module, as TypeScript writes them; undefined where there is none. */
  typesAt(library: string, module: string, text: string, offsets: readonly number[]): readonly (string | undefined)[];
  /** What may stand at an offset of one module: members behind a dot, the texts of a literal's type. */
  offersAt(library: string, module: string, text: string, offset: number): readonly Offer[];
  /** Those of the names that the module itself declares at the offset. */
  namesAt(library: string, module: string, text: string, offset: number, names: readonly string[]): readonly string[];
  /** Ends the native checker, a child of this process that the first call has started. */
  close(): void;
}

const root = "/vrsky";
const config = `${root}/tsconfig.json`;
const libraryFile = `${root}/library.d.ts`;

const compilerOptions = {
  noLib: true,
  strict: true,
  noEmit: true,
  target: "ES2023",
  module: "ESNext",
  types: [],
  noUncheckedIndexedAccess: true,
  allowUnreachableCode: true,
  allowUnusedLabels: true,
};

export function createTypeProject(): TypeProject {
  const files = new Map<string, string>();
  let api: API | undefined;

  const open = (library: string, modules: ReadonlyMap<string, string>) => {
    const changes = update(files, wantedFiles(library, modules));
    const first = api === undefined;
    api ??= start(files);
    const snapshot = api.updateSnapshot(first ? { openProjects: [config] } : { fileChanges: changes });
    const project = snapshot.getProject(config);
    if (project === undefined) throw new Error("the type checker did not open its project");
    return { project, snapshot };
  };

  return {
    findings: (library, modules) => {
      const { project, snapshot } = open(library, modules);
      const { program } = project;
      const found = few(modules)
        ? [...modules.keys()].flatMap((name) => {
            const path = `${root}/${name}`;
            return [...program.getSyntacticDiagnostics(path), ...program.getSemanticDiagnostics(path)];
          })
        : [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics()];
      snapshot.dispose();
      return found.map((each) => toFinding(each.fileName ?? config, each));
    },
    typesAt: (library, module, text, offsets) => {
      const { project, snapshot } = open(library, new Map([[module, text]]));
      const { checker } = project;
      const types = checker.getTypeAtPosition(`${root}/${module}`, offsets).map((type) => {
        if (type === undefined) return undefined;
        return checker.typeToString(type, undefined, NodeBuilderFlags.NoTruncation | NodeBuilderFlags.InTypeAlias);
      });
      snapshot.dispose();
      return types;
    },
    offersAt: (library, module, text, offset) => {
      const { project, snapshot } = open(library, new Map([[module, text]]));
      const { checker } = project;
      const found = checker.getCompletionsAtPosition(`${root}/${module}`, offset, { includeSymbol: true });
      const offers = (found?.entries ?? []).map((entry) => toOffer(entry, checker));
      snapshot.dispose();
      return offers;
    },
    namesAt: (library, module, text, offset, names) => {
      const { project, snapshot } = open(library, new Map([[module, text]]));
      const place = { document: `${root}/${module}`, position: offset };
      const known = names.filter(
        (name) => project.checker.resolveName(name, SymbolFlags.Value, place, true) !== undefined,
      );
      snapshot.dispose();
      return known;
    },
    close: () => {
      if (api !== undefined) endChecker(api);
      api = undefined;
      files.clear();
    },
  };
}

function toOffer({ name, symbol, insertText }: CompletionEntry, checker: Checker): Offer {
  const type = symbol === undefined ? undefined : checker.getTypeOfSymbol(symbol);
  const shown =
    type === undefined
      ? undefined
      : checker.typeToString(type, undefined, NodeBuilderFlags.NoTruncation | NodeBuilderFlags.InTypeAlias);
  return {
    // An optional member is told with its question mark.
    name: symbol?.name ?? name,
    ...(shown === undefined ? {} : { type: shown }),
    ...(insertText === undefined ? {} : { insert: insertText }),
    method: symbol !== undefined && (symbol.flags & SymbolFlags.Method) !== 0,
  };
}

/** One question for all is one answer to wait for, but it is about the library, too. */
const few = (modules: ReadonlyMap<string, string>): boolean => modules.size < 16;

function start(files: ReadonlyMap<string, string>): API {
  // Go's collector at its usual pace takes a quarter of the checker's time; its heap is not larger for being left alone.
  const { GOGC } = process.env;
  process.env.GOGC ??= "400";
  try {
    return new API({
      cwd: root,
      fs: {
        readFile: (path) => files.get(path) ?? null,
        fileExists: (path) => files.has(path),
        directoryExists: (path) => path === root || path === "/",
        getAccessibleEntries: () => ({ files: [], directories: [] }),
        realpath: (path) => path,
      },
    });
  } finally {
    if (GOGC === undefined) delete process.env.GOGC;
  }
}

function wantedFiles(library: string, modules: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const wanted = new Map<string, string>([[libraryFile, library]]);
  for (const [name, text] of modules) wanted.set(`${root}/${name}`, text);
  return wanted.set(config, JSON.stringify({ compilerOptions, files: [...wanted.keys()] }));
}

/** Deletions, too, must be told at once: a file that comes back later would be taken for the one that was there. */
function update(files: Map<string, string>, wanted: ReadonlyMap<string, string>) {
  const created: string[] = [];
  const changed: string[] = [];
  const deleted = [...files.keys()].filter((path) => !wanted.has(path));
  for (const [path, text] of wanted) {
    const before = files.get(path);
    if (before === undefined) created.push(path);
    else if (before !== text) changed.push(path);
  }
  files.clear();
  for (const [path, text] of wanted) files.set(path, text);
  return { created, changed, deleted };
}

export function toFinding(path: string, finding: TsDiagnostic): TypeFinding {
  return {
    module: path.slice(root.length + 1),
    start: finding.pos,
    end: finding.end,
    code: finding.code,
    lines: [finding.text, ...chain(finding)],
  };
}

function chain(finding: TsDiagnostic): string[] {
  return (finding.messageChain ?? []).flatMap((inner) => [inner.text, ...chain(inner)]);
}
