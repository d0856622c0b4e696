// The command line as some version of this repository has it: any git ref, unpacked and built in a folder of its own.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Build extends Disposable {
  /** As it was asked for: `69353f0`, or "here" for the files as they lie. */
  readonly name: string;
  /** What Node is given before a verb. */
  readonly command: readonly string[];
}

const root = new URL("../..", import.meta.url).pathname;

/** What lies here now, in a folder of its own: whoever builds again meanwhile would pull it away from under the workers. */
export function buildHere(): Build {
  const dir = mkdtempSync(join(tmpdir(), "vrsky-version-"));
  execFileSync(process.execPath, [join(root, ".ci/build.mjs")], { stdio: ["ignore", 2, 2] });
  cpSync(join(root, "dist"), join(dir, "dist"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  cpSync(join(root, "package.json"), join(dir, "package.json"));
  return { name: "here", command: [join(dir, "dist/vrsky.mjs")], [Symbol.dispose]: () => gone(dir) };
}

/** With the packages that are installed here. Throws when there is no such ref: a shallow clone may not have it. */
export function buildRef(ref: string): Build {
  const dir = mkdtempSync(join(tmpdir(), "vrsky-version-"));
  const tar = join(dir, "files.tar");
  try {
    const commit = execFileSync("git", ["rev-parse", "--verify", "--short", `${ref}^{commit}`], { cwd: root });
    execFileSync("git", ["archive", "--output", tar, commit.toString().trim()], { cwd: root });
    const home = join(dir, "files");
    mkdirSync(home);
    execFileSync("tar", ["-xf", tar, "-C", home]);
    rmSync(tar);
    symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
    execFileSync(process.execPath, [join(home, ".ci/build.mjs")], { stdio: ["ignore", 2, 2] });
    const built = join(home, "dist/vrsky.mjs");
    if (!existsSync(built)) throw new Error(`${ref} builds no command line`);
    return { name: commit.toString().trim(), command: [built], [Symbol.dispose]: () => gone(dir) };
  } catch (error) {
    gone(dir);
    throw error;
  }
}

const gone = (dir: string): void => rmSync(dir, { recursive: true, force: true });
