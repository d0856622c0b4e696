// git as a program of its own: never through a shell, never asking anybody, never running what a repository brings.

import { execFile } from "node:child_process";
import { devNull } from "node:os";
import type { Io } from "../io.ts";

export interface GitAnswer {
  readonly ok: boolean;
  readonly out: string;
  /** What git said last, for one line. */
  readonly reason: string;
}

export type Git = (args: readonly string[], options?: { readonly seconds?: number }) => Promise<GitAnswer>;

/** Without programs that a repository's own configuration could make git start. */
export const careful = [
  ...["-c", `core.hooksPath=${devNull}`],
  ...["-c", "core.fsmonitor=false"],
  ...["-c", "protocol.ext.allow=never"],
  ...["-c", "submodule.recurse=false"],
  ...["-c", "merge.autoStash=false"],
  // Tidying up is waited for: nothing of ours stays behind when the command ends.
  ...["-c", "gc.autoDetach=false"],
  ...["-c", "maintenance.autoDetach=false"],
];

/** In `folder`; `stop` ends what is under way. */
export function gitIn(folder: string, env: Io["env"], stop: AbortSignal): Git {
  return (args, { seconds = 20 } = {}) =>
    new Promise((resolve) => {
      const child = execFile(
        "git",
        [...careful, "-C", folder, ...args],
        { env: gitEnv(env), timeout: seconds * 1000, maxBuffer: 16 * 1024 ** 2, signal: stop },
        (error, out, err) => {
          const timedOut = error?.killed === true && !stop.aborted;
          resolve({ ok: error === null, out, reason: timedOut ? `no end after ${seconds} s` : lastLine(err, error) });
        },
      );
      child.stdin?.end();
    });
}

/** Without the variables by which a hook's git would speak of another repository. */
export function gitEnv(env: Io["env"]): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|NAMESPACE)$/.test(name));
  return { ...Object.fromEntries(kept), GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
}

function lastLine(err: string, error: Error | null): string {
  const said = err
    .trim()
    .split("\n")
    .filter((line) => line !== "");
  const told = said.find((line) => /^(fatal|error):/.test(line)) ?? said.at(-1);
  return (told ?? error?.message.split("\n")[0] ?? "").replace(/^(fatal|error): /, "");
}
