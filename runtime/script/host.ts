// Runs scripts one after the other in a thread of their own, with limits inside and a watchdog outside. A thread that
// does not answer in time, or that broke, is ended and another one started; whoever waited behind it is run there.

import { Worker } from "node:worker_threads";
import { isJsonObject, type Json } from "../../schema/json.ts";
import { parseJson } from "../parse-json.ts";

export interface ScriptLimits {
  readonly timeMs?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

export type ScriptResult =
  /** Undefined: the script returned nothing. */
  | { readonly kind: "value"; readonly value: Json | undefined }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "stopped"; readonly reason: "time" | "memory" | "stack" };

export interface ScriptHost {
  /** `code` sets `$script`. Never rejects. */
  run(code: string, input: Json, limits?: ScriptLimits): Promise<ScriptResult>;
  close(): Promise<void>;
}

const mebibyte = 1024 * 1024;
const defaults = { timeMs: 1_000, memoryBytes: 32 * mebibyte };
/** More than this traps WebAssembly's own stack. */
const stackBytes = 256 * 1024;
const mostBytes = mebibyte;
const longestMessage = 300;
/** What QuickJS may take to notice: one large allocation is not interrupted. */
const graceMs = 2_000;
/** What a new thread may take to come up on a busy machine, and one that is there to get its turn: no script is to blame. */
const startMs = 30_000;

interface Job {
  readonly code: string;
  readonly input: string;
  readonly timeMs: number;
  readonly memoryBytes: number;
  readonly resolve: (result: ScriptResult) => void;
}

export function createScriptHost(thread: URL = new URL("./thread.mjs", import.meta.url)): ScriptHost {
  const waiting: Job[] = [];
  let worker: Worker | undefined;
  let running: Job | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const finish = (result: ScriptResult): void => {
    clearTimeout(timer);
    const job = running;
    running = undefined;
    job?.resolve(result);
    next();
  };
  const replace = (result: ScriptResult): void => {
    const old = worker;
    worker = undefined;
    old?.removeAllListeners();
    old?.on("error", () => undefined);
    void old?.terminate();
    finish(result);
  };
  const start = (): Worker => {
    const made = new Worker(thread, { resourceLimits: { maxOldGenerationSizeMb: 256 }, stdout: true, stderr: true });
    made.unref();
    made.on("message", (answer: unknown) => {
      const result = toResult(answer);
      if (result === undefined) replace({ kind: "stopped", reason: "memory" });
      else finish(result);
    });
    made.on("error", () => replace({ kind: "stopped", reason: "memory" }));
    return made;
  };
  const next = (): void => {
    if (running !== undefined || closed) return;
    running = waiting.shift();
    if (running === undefined) return;
    const { code, input, timeMs, memoryBytes } = running;
    const before = process.cpuUsage();
    const watch = (waitMs: number, waitedMs: number): void => {
      timer = setTimeout(() => {
        if (waitedMs < startMs && !hasHad(timeMs, before)) watch(graceMs, waitedMs + graceMs);
        else replace({ kind: "stopped", reason: "time" });
      }, waitMs);
    };
    watch(timeMs + (worker === undefined ? startMs : graceMs), 0);
    worker ??= start();
    worker.postMessage({ code, input, timeMs, memoryBytes, stackBytes, outputBytes: mostBytes });
  };

  return {
    run: (code, input, limits = {}) =>
      new Promise((resolve) => {
        const text = textOf(input);
        if (closed) return resolve({ kind: "failed", message: "the worker is stopping" });
        if (text === undefined || text.length > mostBytes) {
          const message = `the message is nested too deep or longer than ${mostBytes} characters`;
          return resolve({ kind: "failed", message });
        }
        const { timeMs = defaults.timeMs, memoryBytes = defaults.memoryBytes } = limits;
        waiting.push({ code, input: text, timeMs, memoryBytes, resolve });
        next();
      }),
    close: async () => {
      closed = true;
      clearTimeout(timer);
      for (const job of [...(running === undefined ? [] : [running]), ...waiting.splice(0)]) {
        job.resolve({ kind: "failed", message: "the worker is stopping" });
      }
      running = undefined;
      await worker?.terminate();
      worker = undefined;
    },
  };
}

/** The whole process has worked for so long since then; if it has not, neither has the script. */
function hasHad(ms: number, before: NodeJS.CpuUsage): boolean {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 >= ms;
}

/** Undefined: it is nested too deep to be written. */
function textOf(input: Json): string | undefined {
  try {
    return JSON.stringify(input);
  } catch {
    return undefined;
  }
}

/** Undefined: the thread broke. What comes out of a thread is looked at, not trusted. */
function toResult(answer: unknown): ScriptResult | undefined {
  if (!isJsonObject(answer)) return undefined;
  const { kind, text, message, reason } = answer;
  if (kind === "value" && typeof text === "string") return { kind, value: text === "" ? undefined : parseJson(text) };
  if (kind === "stopped" && (reason === "time" || reason === "memory" || reason === "stack")) return { kind, reason };
  if (kind !== "failed" || typeof message !== "string") return undefined;
  const plain = message.replace(/\s+/g, " ").trim();
  const short = plain.length > longestMessage ? `${plain.slice(0, longestMessage)}…` : plain;
  return { kind, message: short };
}
