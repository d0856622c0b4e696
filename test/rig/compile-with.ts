// Compiles a workspace that is held in memory, with the connectors that exist and a type checker that is handed in.

import { scriptTools } from "../../cli/script-tools.ts";
import type { TypeChecker } from "../../compiler/4-check/type-checker.ts";
import { type Compiled, compile } from "../../compiler/compile.ts";
import { manifests } from "../../connectors/all.ts";
import { filesOf } from "./texts.ts";

/** `files` by path below the workspace; `vrsky.yaml` is there unless given. */
export function compileWith(checker: TypeChecker, files: Readonly<Record<string, string>>): Compiled {
  const all: Readonly<Record<string, string>> = { "vrsky.yaml": "workspace: test\nlanguage: 1\n", ...files };
  return compile({
    root: "/w",
    manifests,
    scripts: scriptTools(),
    checker,
    files: filesOf("/w", () => new Map(Object.entries(all))),
  });
}
