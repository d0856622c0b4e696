// A workspace that is held in memory. Nothing is read when this is imported: bundles of benchmarks lie elsewhere.

import type { FileSystem } from "../../compiler/1-read/read.ts";

export type Texts = ReadonlyMap<string, string>;

/** A file system over texts that may be exchanged while it is in use. */
export function filesOf(at: string, texts: () => Texts): FileSystem {
  const bytes = new Map<string, Uint8Array>();
  return {
    list: (folder) => {
      const below = [...texts().keys()]
        .map((path) => `${at}/${path}`)
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1));
      if (below.length === 0) return undefined;
      const names = new Map(below.map((path) => [path.split("/")[0] ?? "", path.includes("/")]));
      return [...names].map(([name, isFolder]) => ({ name, folder: isFolder }));
    },
    // The same bytes for the same text, as a watcher's file system gives them.
    read: (path) => {
      const text = texts().get(path.slice(at.length + 1));
      if (text === undefined) return { error: "no such file" };
      const known = bytes.get(text) ?? new TextEncoder().encode(text);
      bytes.set(text, known);
      return known;
    },
  };
}
