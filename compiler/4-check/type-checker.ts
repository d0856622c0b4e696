// The type checker as the compiler wants it: asked about many modules, it remembers what it said of each, and asks
// TypeScript about the others only.

import { checkScriptFiles } from "./script-project.ts";
import { createTypeProject } from "./type-project.ts";

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
  /** In the order of the modules; in each syntax first, then as the text goes. */
  check(library: string, modules: ReadonlyMap<string, string>): readonly TypeFinding[];
  /** The same for who has something else to do: asks at once, and waits when the answer is called for, once. */
  ask?(library: string, modules: ReadonlyMap<string, string>): () => readonly TypeFinding[];
  /** Types at offsets of one module, as TypeScript writes them; undefined where there is none. */
  typesAt(library: string, module: string, text: string, offsets: readonly number[]): readonly (string | undefined)[];
  /** Scripts by path, with all that they import; they see JavaScript's own library and nothing of Node. */
  checkScripts(files: ReadonlyMap<string, string>): readonly TypeFinding[];
  close(): void;
}

/** Something that may stand at a place of a module. */
export interface Offer {
  readonly name: string;
  /** As TypeScript writes it; absent for a text of a literal type. */
  readonly type?: string;
  /** What to write instead of the dot and the name, where that is not the name: `?.name`, `["x-y"]`. */
  readonly insert?: string;
  readonly method: boolean;
}

/** Asked about a place where somebody is writing. */
export interface OfferingChecker extends TypeChecker {
  offersAt(library: string, module: string, text: string, offset: number): readonly Offer[];
  /** Those of the names that are declared at the offset, the library's left out. */
  namesAt(library: string, module: string, text: string, offset: number, names: readonly string[]): readonly string[];
}

interface Answer {
  readonly text: string;
  readonly findings: readonly TypeFinding[];
}

/** Starts the native checker as a child of this process when it is first needed; `close` ends it. */
export function createTypeChecker(): OfferingChecker {
  const project = createTypeProject();
  let library = "";
  let known = new Map<string, Answer>();

  const ask = (modules: ReadonlyMap<string, string>): ReadonlyMap<string, TypeFinding[]> => {
    const found = new Map([...modules.keys()].map((name): [string, TypeFinding[]] => [name, []]));
    for (const finding of project.findings(library, modules)) found.get(finding.module)?.push(finding);
    return found;
  };

  return {
    check: (wantedLibrary, modules) => {
      if (wantedLibrary !== library) known = new Map();
      library = wantedLibrary;
      const stale = new Map([...modules].filter(([name, text]) => known.get(name)?.text !== text));
      const fresh = stale.size === 0 ? new Map<string, TypeFinding[]>() : ask(stale);
      const before = known;
      known = new Map();
      const all: TypeFinding[] = [];
      for (const [name, text] of modules) {
        const findings = fresh.get(name) ?? before.get(name)?.findings ?? [];
        known.set(name, { text, findings });
        all.push(...findings);
      }
      return all;
    },
    typesAt: project.typesAt,
    offersAt: project.offersAt,
    namesAt: project.namesAt,
    checkScripts: checkScriptFiles,
    close: () => {
      project.close();
      known.clear();
    },
  };
}
