// One server process that cannot outlive its parent. A pipe from the parent is its lifeline: a shell forks a watcher
// that reads it and then becomes the server, so a parent that dies, even by SIGKILL, takes the server along.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type ServerFailure, serverFailure } from "./failure.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerChild {
  readonly pid: number;
  /** The port that it listens on, which the system may have chosen. */
  readonly port: number;
  readonly exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
  /** Ends it in order; one that does not end within the grace is killed. */
  stop(): Promise<void>;
  /** Resolves with the first log line that matches, from now on; undefined when the server ends before. */
  logged(pattern: RegExp): Promise<string | undefined>;
}

export interface SpawnOptions {
  readonly binary: string;
  readonly dir: string;
  readonly configPath: string;
  /** Created exclusively by the process itself, with its id. */
  readonly pidPath: string;
}

const locked = 97;
const graceMs = 10_000;

// $$ stays the shell's id in the watcher and is the server's id after exec. A line on the pipe means that the server
// has ended and its id may belong to another; the end of the pipe means that the parent has.
const script = `
set -C
echo $$ 2>/dev/null >"$3" || exit ${locked}
exec 3<&0 </dev/null
( read -r _ <&3 || kill -KILL $$ ) >/dev/null 2>&1 &
exec "$1" -c "$2" 3<&-
`;

export async function spawnServer(options: SpawnOptions): Promise<ServerChild> {
  const { binary, configPath, dir, pidPath } = options;
  // In a group of its own: Ctrl-C in a terminal must reach the parent, which stops the server in order.
  const child = spawn("/bin/sh", ["-c", script, "vrsky", binary, configPath, pidPath], {
    cwd: dir,
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  child.stdin.on("error", () => {});
  const log = serverLog(child);
  const exited = new Promise<Exit>((resolve) => {
    child.once("error", () => resolve({ code: 127, signal: null }));
    // "close" rather than "exit": the last lines, which say why, have been read by then.
    child.once("close", (code, signal) => resolve({ code, signal }));
  }).then(async (exit) => {
    if (exit.code !== locked) await rm(pidPath, { force: true });
    return exit;
  });
  child.once("exit", () => child.stdin.end("ended\n"));
  const ready = log.next(/Server is ready/);
  const listening = log.next(/Listening for client connections on/);
  if ((await ready) === undefined) throw startFailure(options, await exited, log.last());
  const port = Number(/:(\d+)\s*$/.exec((await listening) ?? "")?.[1]);
  const kill = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  return {
    pid: child.pid ?? 0,
    port,
    exited,
    kill,
    logged: log.next,
    stop: async () => {
      kill("SIGTERM");
      kill("SIGCONT");
      const impatient = setTimeout(() => kill("SIGKILL"), graceMs);
      await exited;
      clearTimeout(impatient);
    },
  };
}

interface ServerLog {
  next(pattern: RegExp): Promise<string | undefined>;
  last(): readonly string[];
}

function serverLog(child: ChildProcess): ServerLog {
  const last: string[] = [];
  const waiting = new Set<{ pattern: RegExp; resolve(line: string | undefined): void }>();
  if (child.stderr !== null) {
    const lines = createInterface({ input: child.stderr });
    lines.on("line", (line) => {
      last.push(line);
      if (last.length > 50) last.shift();
      for (const waiter of waiting) {
        if (!waiter.pattern.test(line)) continue;
        waiting.delete(waiter);
        waiter.resolve(line);
      }
    });
  }
  const end = (): void => {
    for (const waiter of waiting) waiter.resolve(undefined);
    waiting.clear();
  };
  void once(child, "close").then(end, end);
  return {
    last: () => last,
    next: (pattern) => {
      if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(undefined);
      return new Promise((resolve) => void waiting.add({ pattern, resolve }));
    },
  };
}

function startFailure({ binary, dir }: SpawnOptions, exit: Exit, log: readonly string[]): ServerFailure {
  if (exit.code === locked) return lockedFailure(dir);
  const errors = log.map((line) => /\[(?:FTL|ERR)\] (.*)$/.exec(line)?.[1]).filter((line) => line !== undefined);
  const reason = errors.at(-1) ?? log.at(-1) ?? `exit ${exit.code ?? exit.signal}`;
  const port = /listening on port: (\S+?),.*in use/i.exec(reason)?.[1];
  if (port !== undefined) {
    return serverFailure(
      "port-in-use",
      `nats-server cannot listen on ${port}: the port is in use`,
      "choose another port or stop the process that holds it",
    );
  }
  const help = `run \`${binary} -c ${dir}/nats-server.conf\` to see all that it says`;
  return serverFailure("died", `nats-server ended at its start in ${dir}: ${reason}`, help);
}

export function lockedFailure(dir: string): ServerFailure {
  return serverFailure(
    "locked",
    `another nats-server is already running in ${dir}`,
    "stop that one or use another directory",
  );
}
