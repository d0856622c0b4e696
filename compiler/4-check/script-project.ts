// The type checker's project for scripts: unlike expressions they see JavaScript's own library, which TypeScript brings
// along as files beside its binary.

import { existsSync, readFileSync } from "node:fs";
import { API } from "typescript/unstable/sync";
import { endChecker } from "./end-checker.ts";
import type { TypeFinding } from "./type-checker.ts";
import { toFinding } from "./type-project.ts";

const root = "/vrsky";
const project = `${root}/tsconfig.json`;

const compilerOptions = {
  strict: true,
  noEmit: true,
  target: "ES2023",
  lib: ["es2023"],
  module: "ESNext",
  moduleResolution: "bundler",
  allowImportingTsExtensions: true,
  isolatedModules: true,
  types: [],
};

const isLibrary = (path: string): boolean => /\/lib\.[\w.]+\.d\.ts$/.test(path);

/** Opens a project of its own and ends it: most workspaces have no script, and those that have, have few. */
export function checkScriptFiles(scripts: ReadonlyMap<string, string>): readonly TypeFinding[] {
  const files = new Map([...scripts].map(([path, text]) => [`${root}/${path}`, text]));
  const listed = [...files.keys()];
  files.set(project, JSON.stringify({ compilerOptions, files: listed }));
  const api = new API({
    cwd: root,
    fs: {
      readFile: (path) => files.get(path) ?? (isLibrary(path) ? readFileSync(path, "utf8") : null),
      fileExists: (path) => files.has(path) || (isLibrary(path) && existsSync(path)),
      directoryExists: (path) =>
        path === "/" || path === root || [...files.keys()].some((file) => file.startsWith(`${path}/`)),
      getAccessibleEntries: () => ({ files: [], directories: [] }),
      realpath: (path) => path,
    },
  });
  try {
    using snapshot = api.updateSnapshot({ openProjects: [project] });
    const program = snapshot.getProject(project)?.program;
    if (program === undefined) throw new Error("the type checker did not open its project");
    return listed.flatMap((path) =>
      [...program.getSyntacticDiagnostics(path), ...program.getSemanticDiagnostics(path)].map((found) =>
        toFinding(path, found),
      ),
    );
  } finally {
    endChecker(api);
  }
}
