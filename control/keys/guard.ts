// Whether a folder may hold seeds: its owner's alone, and never on the way into a git repository.

import { spawnSync } from "node:child_process";
import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Why not; undefined when it may. `files`: those in it, absolute. A folder that is not there yet may. */
export function unfitFolder(folder: string, files: readonly string[]): string | undefined {
  return openToOthers(folder, files) ?? insideGit(join(folder, "operator.json"), folder);
}

function openToOthers(folder: string, files: readonly string[]): string | undefined {
  // Windows keeps rights elsewhere.
  if (process.platform === "win32") return undefined;
  for (const path of [folder, ...files]) {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode;
    if (mode === undefined || (mode & 0o077) === 0) continue;
    const wanted = path === folder ? "700" : "600";
    return `${path} may be read by others (mode ${(mode & 0o777).toString(8)}): \`chmod ${wanted} ${path}\`, and if others have read it, make new keys`;
  }
  return undefined;
}

/** Why a file with a secret must not lie there; undefined when it may. `what`: how it is called. */
export function insideGit(file: string, what = file): string | undefined {
  const real = withoutLinks(file);
  const tree = workTree(dirname(real));
  if (tree === undefined) return undefined;
  const answer = spawnSync("git", ["check-ignore", "-q", "--", real], { cwd: tree, stdio: "ignore" });
  if (answer.status === 0) return undefined;
  return `${what} lies in the git work tree ${tree} and is not ignored there: add it to ${join(tree, ".gitignore")}, or keep the keys elsewhere`;
}

/** Where it really lies; as far as there is something, for what is still to be made. */
function withoutLinks(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return dirname(path) === path ? path : join(withoutLinks(dirname(path)), basename(path));
}

/** The nearest folder above that git manages. */
function workTree(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) return undefined;
  }
}
