// Worker processes, one of them always started ahead: a kill costs a message over IPC, not the start of Node. Whoever
// opens the pool ends every process that it has started, by its id.

import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Order, Ready } from "./worker.ts";

export interface LabWorker {
  readonly pid: number;
  /** First segment of its requests to the target. */
  readonly name: string;
  /** Port of its webhooks. */
  readonly port: number;
  /** Resolves with the signal that ended it, or "" when it ended by itself. */
  readonly ended: Promise<string>;
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  wake(): void;
  /** SIGTERM, and SIGKILL when that takes long. */
  stop(): Promise<void>;
  /** The crash point at which it died. */
  reached(): Promise<string>;
}

export interface Pool extends AsyncDisposable {
  /** `target`: where the target is; the worker's name is put behind it. */
  take(order: Ordered): Promise<LabWorker>;
  /** What the workers said on stderr. */
  readonly log: string;
}

export type Ordered = Omit<Order, "note"> & { readonly target: string };

interface Spare {
  readonly child: ChildProcess;
  readonly ended: Promise<string>;
}

/** `log`: where their stderr goes. */
export async function openPool(log: string): Promise<Pool> {
  const dir = await mkdtemp(join(tmpdir(), "vrsky-pool-"));
  const script = join(dir, "worker.mjs");
  await bundle(script);
  const out = openSync(log, "a");
  const living = new Set<ChildProcess>();
  let number = 0;

  const start = (): Spare => {
    const child = fork(script, { stdio: ["ignore", "ignore", out, "ipc"], execArgv: [] });
    living.add(child);
    const ended = new Promise<string>((resolve) => {
      child.once("exit", (_code, signal) => {
        living.delete(child);
        resolve(signal ?? "");
      });
    });
    return { child, ended };
  };
  let spare = start();
  // Also when the lab is interrupted: one that is stopped would stay for ever.
  const endAll = (): void => {
    for (const child of living) child.kill("SIGKILL");
  };
  process.once("exit", endAll);

  const take = async ({ target, ...order }: Ordered): Promise<LabWorker> => {
    const { child, ended } = spare;
    spare = start();
    number += 1;
    const name = `w${number}`;
    const note = join(dir, name);
    const ready = new Promise<Ready>((resolve) => child.once("message", (message: Ready) => resolve(message)));
    child.send({ ...order, note, settings: { ...order.settings, receiver: `${target}/${name}` } } satisfies Order);
    const first = await Promise.race([ready, ended]);
    if (typeof first === "string") throw new Error(`a worker did not start (${first}); see ${log}`);
    const end = async (): Promise<void> => {
      child.kill("SIGKILL");
      await ended;
    };
    return {
      pid: child.pid ?? 0,
      name,
      port: first.port,
      ended,
      kill: end,
      pause: () => void child.kill("SIGSTOP"),
      wake: () => void child.kill("SIGCONT"),
      stop: async () => {
        child.kill("SIGCONT");
        child.kill("SIGTERM");
        const impatient = setTimeout(() => void end(), 15_000);
        await ended;
        clearTimeout(impatient);
      },
      reached: () => readFile(note, "utf8").catch(() => ""),
    };
  };
  return {
    take,
    log,
    [Symbol.asyncDispose]: async () => {
      const all = [...living];
      const gone = all.map((child) => new Promise((resolve) => child.once("exit", resolve)));
      endAll();
      await Promise.all(gone);
      process.off("exit", endAll);
      closeSync(out);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** One file, so that a process is there in a fifth of a second. */
async function bundle(outfile: string): Promise<void> {
  await build({
    entryPoints: [new URL("worker.ts", import.meta.url).pathname],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["typescript", "esbuild", "*.node"],
    banner: {
      js: 'import { createRequire as labRequire } from "node:module"; const require = labRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
}
