// A worker as an operator starts it, `vrsky run`, in a process of its own and of some version.

import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { until } from "../rig/wait.ts";
import type { Build } from "./build.ts";

export interface FleetWorker {
  /** First segment of its requests to the targets. */
  readonly name: string;
  readonly build: string;
  readonly pid: number;
  /** Port of its webhooks. */
  readonly port: number;
  /** SIGTERM. Gives how it ended and after how many milliseconds. */
  stop(): Promise<Drained>;
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  wake(): void;
  running(): boolean;
}

export interface Drained {
  /** 0 when it ended in order. */
  readonly code: number | null;
  readonly ms: number;
}

export interface WorkerOptions {
  readonly name: string;
  readonly build: Build;
  /** Arguments behind `run`. */
  readonly args: readonly string[];
  /** What it says goes there, too. */
  readonly log: string;
  /** False: none of its sources is a webhook. */
  readonly webhooks?: boolean;
}

const living = new Set<ChildProcess>();
// One that is stopped would stay for ever.
process.once("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/** Resolves once it runs what is deployed and takes webhooks. */
export async function startWorker({ name, build, args, log, webhooks = true }: WorkerOptions): Promise<FleetWorker> {
  const where = ["--http-port", "0", "--host", "127.0.0.1", "--allow-network", "loopback"];
  const child = spawn(process.execPath, [...build.command, "run", ...args, ...where], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  living.add(child);
  let said = "";
  let port: number | undefined;
  child.stderr.on("data", (chunk: Buffer) => {
    appendFileSync(log, `${name} ${chunk.toString()}`);
    if (port === undefined) said += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      living.delete(child);
      resolve(code);
    });
  });
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  port = await until(`worker ${name} runs`, () => {
    if (!running()) throw new Error(`worker ${name} of ${build.name} ended at once:\n${said}`);
    const [, found] = (webhooks ? /^running: [1-9].*, webhooks on port (\d+)/m : /^running: ([1-9])/m).exec(said) ?? [];
    return found === undefined ? undefined : Number(found);
  });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  return {
    name,
    build: build.name,
    pid: child.pid ?? 0,
    port,
    running,
    kill,
    pause: () => void child.kill("SIGSTOP"),
    wake: () => void child.kill("SIGCONT"),
    stop: async () => {
      const began = performance.now();
      child.kill("SIGTERM");
      const impatient = setTimeout(() => void kill(), 60_000);
      const code = await ended;
      clearTimeout(impatient);
      return { code, ms: performance.now() - began };
    },
  };
}
