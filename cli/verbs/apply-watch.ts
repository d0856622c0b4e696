// vrsky apply --watch: GitOps by pull. The workspace lies in a git checkout; what is pushed upstream is applied here.

import { realpathSync } from "node:fs";
import { relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseDuration } from "../../schema/units.ts";
import { shown } from "../compile-workspace.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../exit.ts";
import { rootOf } from "../gitops/checkout.ts";
import { gitIn } from "../gitops/git.ts";
import { loop } from "../gitops/loop.ts";
import { type Memory, playRound } from "../gitops/round.ts";
import { type Io, say } from "../io.ts";
import { stopSignal } from "../stop-signal.ts";
import type { ApplyOptions } from "./plan.ts";

export interface ApplyWatchOptions extends ApplyOptions {
  readonly every: string;
  readonly once: boolean;
  readonly statusFile?: string;
}

export async function applyWatch(path: string, options: ApplyWatchOptions, io: Io): Promise<ExitCode> {
  const given = understood(options);
  if (!given.ok) return say(io, given.refusal);
  const folder = folderOf(resolve(io.cwd, path));
  const stopping = new AbortController();
  const stopped = stopSignal().then((code) => {
    stopping.abort();
    return code;
  });
  const stop = stopping.signal;
  const root = folder === undefined ? undefined : await rootOf(gitIn(folder, io.env, stop));
  if (folder === undefined || root === undefined) {
    const where = shown(resolve(io.cwd, path), io);
    return say(io, refuse(exit.usage, `${where} is in no git checkout.`, "`git clone` one, and name it.").refusal);
  }
  const statusFile = options.statusFile === undefined ? undefined : resolve(io.cwd, options.statusFile);
  if (statusFile !== undefined && !relative(root, statusFile).startsWith("..")) {
    const message = `${options.statusFile} lies in the checkout, which would no longer be what its commit says.`;
    return say(io, refuse(exit.usage, message, "Name a file outside of it.").refusal);
  }
  const memory: Memory = {};
  const watched = { ...options, root, workspace: folder };
  const code = await loop(
    () => playRound(watched, memory, gitIn(root, io.env, stop), io),
    {
      everyMs: given.value,
      once: options.once,
      json: options.json,
      ...(statusFile === undefined ? {} : { statusFile }),
      stop,
      now: () => new Date(),
      wait: (ms) => sleep(ms, undefined, { signal: stop }).catch(() => undefined),
    },
    io,
  );
  return stop.aborted ? await stopped : code;
}

/** Milliseconds between rounds. */
function understood({ every, ...options }: ApplyWatchOptions): Result<number> {
  const once: readonly (readonly [string, boolean])[] = [
    ["--plan", options.plan !== undefined],
    ["--force", options.force],
    ["--allow-data-loss", options.allowDataLoss.length > 0],
    ["--at-once", (options.atOnce ?? []).length > 0],
    ["--retry-rollout", (options.retryRollout ?? []).length > 0],
  ];
  const [flag] = once.find(([, given]) => given) ?? [];
  if (flag !== undefined) {
    return refuse(exit.usage, `${flag} is for one apply, not for each.`, "Run `vrsky apply` once with it.");
  }
  const ms = parseDuration(every);
  if (ms !== undefined && ms >= 100) return ok(ms);
  return refuse(exit.usage, `\`--every ${every}\` is no time to wait.`, "Such as 30s, 5m; 100ms at least.");
}

/** As git names it, links followed; undefined when it is not there. */
function folderOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
