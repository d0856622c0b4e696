// Compiles a workspace that is held in memory, with the connectors that exist and a type checker that is handed in.

import { scriptTools } from "../../cli/script-tools.ts";
import type { TypeChecker } from "../../compiler/4-check/type-checker.ts";
import { type Compiled, compile } from "../../compiler/compile.ts";
import { manifests } from "../../connectors/all.ts";

/** `files` by path below the workspace; `vrsky.yaml` is there unless given. */
export function compileWith(checker: TypeChecker, files: Readonly<Record<string, string>>): Compiled {
  const all: Readonly<Record<string, string>> = { "vrsky.yaml": "workspace: test\nlanguage: 1\n", ...files };
  const paths = Object.keys(all).map((path) => `/w/${path}`);
  return compile({
    root: "/w",
    manifests,
    scripts: scriptTools(),
    checker,
    files: {
      list: (folder) => {
        const below = paths
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1));
        if (below.length === 0) return undefined;
        const names = new Map(below.map((path) => [path.split("/")[0] ?? "", path.includes("/")]));
        return [...names].map(([name, isFolder]) => ({ name, folder: isFolder }));
      },
      read: (path) => {
        const text = all[path.slice("/w/".length)];
        return text === undefined ? { error: "no such file" } : new TextEncoder().encode(text);
      },
    },
  });
}
