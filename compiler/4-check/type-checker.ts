// The one file that knows TypeScript's API. TypeScript 7's in-process API is announced to change with 7.1, so the
// version is pinned exactly and nothing of it is seen outside this interface.

import { API, NodeBuilderFlags, type Diagnostic as TsDiagnostic } from "typescript/unstable/sync";
import { checkScriptFiles } from "./script-project.ts";

/** One finding of the checker; offsets are UTF-16 units into the module's text. */
export interface TypeFinding {
  readonly module: string;
  readonly start: number;
  readonly end: number;
  /** TypeScript's error number. */
  readonly code: number;
  /** First line of the message, then the chain's lines from the outside in. */
  readonly lines: readonly string[];
}

/**
 * Checks a whole set of modules and remembers it: the next call re-checks only what differs. Modules must not import
 * each other; all of them see `library`, which replaces TypeScript's own.
 */
export interface TypeChecker {
  check(library: string, modules: ReadonlyMap<string, string>): readonly TypeFinding[];
  /** Types at offsets of one module, as TypeScript writes them; undefined where there is none. */
  typesAt(library: string, module: string, text: string, offsets: readonly number[]): readonly (string | undefined)[];
  /** Scripts by path, with all that they import; they see JavaScript's own library and nothing of Node. */
  checkScripts(files: ReadonlyMap<string, string>): readonly TypeFinding[];
  close(): void;
}

const root = "/vrsky";
const project = `${root}/tsconfig.json`;
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

/** Starts the native checker as a child of this process; `close` ends it. */
export function createTypeChecker(): TypeChecker {
  const files = new Map<string, string>();
  const known = new Map<string, readonly TypeFinding[]>();
  let api: API | undefined;

  const open = (): API =>
    new API({
      cwd: root,
      fs: {
        readFile: (path) => files.get(path) ?? null,
        fileExists: (path) => files.has(path),
        directoryExists: (path) => path === root || path === "/",
        getAccessibleEntries: () => ({ files: [], directories: [] }),
        realpath: (path) => path,
      },
    });

  const update = (library: string, modules: ReadonlyMap<string, string>): Changes => {
    const wanted = new Map<string, string>([[libraryFile, library]]);
    for (const [name, text] of modules) wanted.set(fileOf(name), text);
    wanted.set(project, JSON.stringify({ compilerOptions, files: [...wanted.keys()] }));
    const changes: Changes = { created: [], changed: [], deleted: [] };
    for (const [path, text] of wanted) {
      const before = files.get(path);
      if (before === undefined) changes.created.push(path);
      else if (before !== text) changes.changed.push(path);
    }
    for (const path of files.keys()) if (!wanted.has(path)) changes.deleted.push(path);
    files.clear();
    for (const [path, text] of wanted) files.set(path, text);
    return changes;
  };

  const check = (library: string, modules: ReadonlyMap<string, string>): readonly TypeFinding[] => {
    const first = api === undefined;
    const changes = update(library, modules);
    for (const path of changes.deleted) known.delete(path);
    const everything = first || changes.changed.includes(libraryFile);
    const stale = everything ? [...modules.keys()].map(fileOf) : [...changes.created, ...changes.changed];
    const asked = stale.filter((path) => path !== project && path !== libraryFile);
    // Deletions, too, must be told at once: a file that comes back later would be taken for the one that was there.
    if (asked.length > 0 || first || changes.deleted.length > 0) {
      api ??= open();
      const snapshot = api.updateSnapshot(first ? { openProjects: [project] } : { fileChanges: changes });
      const program = snapshot.getProject(project)?.program;
      if (program === undefined) throw new Error("the type checker did not open its project");
      for (const path of asked) known.set(path, []);
      for (const path of asked) {
        const found = [...program.getSyntacticDiagnostics(path), ...program.getSemanticDiagnostics(path)];
        known.set(
          path,
          found.map((finding) => toFinding(path, finding)),
        );
      }
      snapshot.dispose();
    }
    return [...modules.keys()].flatMap((name) => known.get(fileOf(name)) ?? []);
  };

  const typesAt = (library: string, module: string, text: string, offsets: readonly number[]) => {
    const first = api === undefined;
    const changes = update(library, new Map([[module, text]]));
    known.clear();
    api ??= open();
    const snapshot = api.updateSnapshot(first ? { openProjects: [project] } : { fileChanges: changes });
    const checker = snapshot.getProject(project)?.checker;
    if (checker === undefined) throw new Error("the type checker did not open its project");
    const types = checker.getTypeAtPosition(fileOf(module), offsets).map((type) => {
      if (type === undefined) return undefined;
      return checker.typeToString(type, undefined, NodeBuilderFlags.NoTruncation | NodeBuilderFlags.InTypeAlias);
    });
    snapshot.dispose();
    return types;
  };

  return {
    check,
    typesAt,
    checkScripts: checkScriptFiles,
    close: () => {
      api?.close();
      api = undefined;
      files.clear();
      known.clear();
    },
  };
}

interface Changes {
  readonly created: string[];
  readonly changed: string[];
  readonly deleted: string[];
}

const fileOf = (module: string): string => `${root}/${module}`;

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
