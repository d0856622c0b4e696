// Who applies, for the history: what CI says of itself, else the user of this machine; and the commit of the workspace.

import { spawnSync } from "node:child_process";
import { hostname, userInfo } from "node:os";
import type { Actor } from "../control/platform/lease.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** `folder`: inside a git work tree, or not. */
export function actorOf(folder: string | undefined, env: Env): Actor {
  const commit = env.VRSKY_COMMIT ?? env.GITHUB_SHA ?? env.CI_COMMIT_SHA ?? commitOf(folder);
  return { by: env.VRSKY_ACTOR ?? ciActor(env) ?? userOfMachine(), ...(commit === undefined ? {} : { commit }) };
}

function ciActor({ GITHUB_ACTOR, GITHUB_RUN_ID, GITLAB_USER_LOGIN, CI_JOB_ID }: Env): string | undefined {
  if (GITHUB_ACTOR !== undefined) return `${GITHUB_ACTOR} (GitHub run ${GITHUB_RUN_ID ?? "?"})`;
  return GITLAB_USER_LOGIN === undefined ? undefined : `${GITLAB_USER_LOGIN} (GitLab job ${CI_JOB_ID ?? "?"})`;
}

function userOfMachine(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A process of a user without an entry in the system's list.
    return `uid ${process.getuid?.() ?? "?"}@${hostname()}`;
  }
}

/** With `-dirty` where files differ from it. */
function commitOf(folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  const git = (...args: readonly string[]) =>
    spawnSync("git", ["-C", folder, ...args], {
      encoding: "utf8",
      timeout: 5_000,
      stdio: ["ignore", "pipe", "ignore"],
    });
  const head = git("rev-parse", "--verify", "HEAD");
  if (head.status !== 0) return undefined;
  const dirty = git("status", "--porcelain", "--", ".").stdout?.trim() !== "";
  return `${head.stdout.trim()}${dirty ? "-dirty" : ""}`;
}
