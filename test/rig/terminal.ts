// A real terminal for a process under test, and what a person would see on it in the end.

import { type ChildProcess, spawn } from "node:child_process";
import { hasProgram } from "./debian.ts";

/** `script`, of util-linux, lends a process a terminal. */
export const hasTerminal = process.platform === "linux" && hasProgram("script");

export interface OnTerminal {
  readonly child: ChildProcess;
  /** Everything that was written to it, with its control sequences. */
  readonly written: () => string;
  readonly ended: Promise<void>;
  /** Keys; the terminal itself makes a signal of Ctrl-C. */
  type(keys: string): void;
}

/** `command`: for a shell. */
export function onTerminal(command: string, env: NodeJS.ProcessEnv = {}): OnTerminal {
  const { CI: _, ...own } = process.env;
  const child = spawn("script", ["-qefc", command, "/dev/null"], {
    env: { ...own, TERM: "xterm", SHELL: "/bin/sh", ...env },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  return {
    child,
    written: () => Buffer.concat(chunks).toString("utf8"),
    ended: new Promise((resolve) => child.on("close", () => resolve())),
    type: (keys) => void child.stdin.write(keys),
  };
}

const tokens = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]|[\\s\\S]`, "gu");

/** The lines of the screen after all that: what was overwritten is gone. Colours are left out. */
export function screen(written: string): readonly string[] {
  const lines: string[][] = [[]];
  let column = 0;
  for (const [token] of written.matchAll(tokens)) {
    const line = lines.at(-1) ?? [];
    if (token === "\n") lines.push([]);
    else if (token === "\r") column = 0;
    else if (token === "\u001b[K") line.length = column;
    else if (!token.startsWith("\u001b")) line[column++] = token;
  }
  return lines.map((line) => line.join("")).filter((line, at) => line !== "" || at < lines.length - 1);
}
