// Real git repositories in a temporary folder: a bare one as the remote, clones of it, commits that are pushed.

import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface GitRig extends AsyncDisposable {
  readonly folder: string;
  /** Without the settings of whoever runs the tests. */
  readonly env: NodeJS.ProcessEnv;
  git(clone: string, ...args: readonly string[]): string;
  /** A clone of the remote, on its main branch. */
  clone(name: string): Promise<string>;
  /** Writes files (undefined: removes them), commits and pushes; the commit. */
  push(clone: string, files: Readonly<Record<string, string | undefined>>, message?: string): Promise<string>;
}

export async function gitRig(first: Readonly<Record<string, string>>): Promise<GitRig> {
  const folder = await mkdtemp(join(tmpdir(), "vrsky-git-"));
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    ...Object.fromEntries(
      ["AUTHOR", "COMMITTER"].flatMap((who) => [
        [`GIT_${who}_NAME`, "Ada"],
        [`GIT_${who}_EMAIL`, "ada@example.com"],
      ]),
    ),
  };
  const git = (cwd: string, ...args: readonly string[]): string => {
    const ran = spawnSync("git", args, { cwd, env, encoding: "utf8" });
    if (ran.status !== 0) throw new Error(`git ${args.join(" ")}: ${ran.stderr}`);
    return ran.stdout.trim();
  };
  const rig: GitRig = {
    folder,
    env,
    git,
    clone: async (name) => {
      git(folder, "clone", "--quiet", "remote.git", name);
      return join(folder, name);
    },
    push: async (clone, files, message = "change") => {
      for (const [path, text] of Object.entries(files)) {
        if (text === undefined) {
          await rm(join(clone, path), { recursive: true });
          continue;
        }
        await mkdir(dirname(join(clone, path)), { recursive: true });
        await writeFile(join(clone, path), text);
      }
      git(clone, "add", "--all");
      git(clone, "commit", "--quiet", "-m", message);
      git(clone, "push", "--quiet", "--set-upstream", "origin", "HEAD");
      return git(clone, "rev-parse", "HEAD");
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
  git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git");
  git(folder, "clone", "--quiet", "remote.git", "author");
  git(join(folder, "author"), "switch", "--quiet", "-c", "main");
  await rig.push(join(folder, "author"), first, "first");
  return rig;
}
