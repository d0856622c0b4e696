// A type checker that remembers its answers beyond the process: modules do not import each other, so what it says of
// one depends on its text and the library alone.

import type { TypeChecker, TypeFinding } from "../../compiler/4-check/type-checker.ts";
import { sha256 } from "../../schema/canonical.ts";
import type { CacheFolder } from "./folder.ts";

export interface RememberingChecker extends TypeChecker {
  /** Keeps what was asked for in this run, and of earlier runs as much as there is room for. */
  save(): void;
}

type Answer = readonly TypeFinding[] | readonly (string | null)[];

interface Keyed {
  /** Hash of the library. */
  readonly of: string;
  readonly text: string;
  readonly key: string;
}

const most = 20_000;
const name = "answers";

export function remembering(checker: TypeChecker, folder: CacheFolder): RememberingChecker {
  const before = new Map(Object.entries((folder.get(name) ?? {}) as Readonly<Record<string, Answer>>));
  const used = new Map<string, Answer>();
  let news = false;
  const recall = <T extends Answer>(key: string): T | undefined => {
    const answer = used.get(key) ?? before.get(key);
    if (answer !== undefined) used.set(key, answer);
    return answer as T | undefined;
  };
  const keep = (key: string, answer: Answer): void => {
    used.set(key, answer);
    news = true;
  };
  const once = <T extends Answer>(parts: unknown, ask: () => T): T => {
    const key = sha256(JSON.stringify(parts));
    const known = recall<T>(key);
    if (known !== undefined) return known;
    const answer = ask();
    keep(key, answer);
    return answer;
  };

  /** Nearly all modules are those of the last time. */
  let lately = new Map<string, Keyed>();
  const keyOf = (of: string, module: string, text: string): Keyed => {
    const last = lately.get(module);
    if (last?.text === text && last.of === of) return last;
    return { of, text, key: sha256(`${of}\n${module}\n${text}`) };
  };

  const ask = (library: string, modules: ReadonlyMap<string, string>) => {
    const of = sha256(library);
    const keyed = new Map([...modules].map(([module, text]) => [module, keyOf(of, module, text)]));
    lately = keyed;
    const keys = new Map([...keyed].map(([module, { key }]) => [module, key]));
    const known = new Map([...keys].map(([module, key]) => [module, recall<readonly TypeFinding[]>(key)]));
    const unknown = new Map([...modules].filter(([module]) => known.get(module) === undefined));
    const answer =
      unknown.size === 0 ? () => [] : (checker.ask?.(library, unknown) ?? (() => checker.check(library, unknown)));
    return (): readonly TypeFinding[] => {
      const found = new Map([...unknown.keys()].map((module): [string, TypeFinding[]] => [module, []]));
      for (const finding of answer()) found.get(finding.module)?.push(finding);
      for (const [module, findings] of found) {
        known.set(module, findings);
        keep(keys.get(module) ?? "", findings);
      }
      return [...modules.keys()].flatMap((module) => known.get(module) ?? []);
    };
  };

  return {
    ask,
    check: (library, modules) => ask(library, modules)(),
    typesAt: (library, module, text, offsets) =>
      once<readonly (string | null)[]>(["types", library, module, text, offsets], () =>
        checker.typesAt(library, module, text, offsets).map((type) => type ?? null),
      ).map((type) => type ?? undefined),
    checkScripts: (files) => once(["scripts", [...files]], () => checker.checkScripts(files)),
    close: checker.close,
    save: () => {
      if (!news) return;
      const older = [...before].filter(([key]) => !used.has(key)).slice(0, Math.max(0, most - used.size));
      folder.put(name, Object.fromEntries([...used, ...older]));
      news = false;
    },
  };
}
