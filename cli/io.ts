// What a verb may touch of the process: data on stdout, talk on stderr, the environment.

import { createInterface } from "node:readline/promises";
import type { ExitCode, Refusal } from "./exit.ts";
import { type LiveLine, liveLine } from "./live-line.ts";
import { paint } from "./paint.ts";

export interface Io {
  /** Data: what a script reads. */
  out(text: string | Uint8Array): void;
  /** Talk: progress, hints, errors. */
  err(text: string): void;
  readonly colorOut: boolean;
  readonly colorErr: boolean;
  /** Talk goes to a terminal: progress may redraw its line. */
  readonly interactive: boolean;
  /** What comes and goes below the talk; absent where nobody sits and looks. */
  readonly line?: LiveLine;
  /** Asks who sits at the terminal; absent where nobody can answer. */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** Data goes to a terminal of this size; undefined when it does not. */
  readonly screen?: () => { readonly columns: number; readonly rows: number } | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** The real process; NO_COLOR and FORCE_COLOR respected. */
export function processIo(): Io {
  const { env } = process;
  const colorFor = (stream: NodeJS.WriteStream): boolean => {
    if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
    if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "0") return true;
    return stream.isTTY === true && env.TERM !== "dumb";
  };
  const { stderr, stdout } = process;
  const interactive = stderr.isTTY === true && env.TERM !== "dumb" && !inCi(env);
  const line = liveLine({ process, write: (text) => void stderr.write(text), columns: () => stderr.columns });
  // Whoever read it has had enough, as `head` has.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  return {
    out: (text) => {
      if (stdout.isTTY === true) line.hide();
      stdout.write(text);
    },
    err: (text) => {
      line.hide();
      stderr.write(text);
    },
    colorOut: colorFor(process.stdout),
    colorErr: colorFor(process.stderr),
    interactive,
    ...(interactive ? { line } : {}),
    screen: () => {
      const { isTTY, columns, rows } = process.stdout;
      return isTTY === true && env.TERM !== "dumb" ? { columns, rows } : undefined;
    },
    ...(process.stdin.isTTY === true && process.stderr.isTTY === true ? { confirm } : {}),
    env,
    cwd: process.cwd(),
  };
}

/** Some CIs lend their steps a terminal, and keep every line that was drawn on it. */
const inCi = ({ CI }: Io["env"]): boolean => CI !== undefined && CI !== "" && CI !== "false";

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim().toLowerCase() === "yes";
  } catch {
    // Ctrl-C or Ctrl-D.
    return false;
  } finally {
    terminal.close();
  }
}

/** Prints a refusal and gives its exit code. */
export function say(io: Io, refusal: Refusal): ExitCode {
  const color = paint(io.colorErr);
  io.err(`${color.red("error:")} ${refusal.message}\n`);
  if (refusal.help !== undefined) io.err(`${color.dim("  help:")} ${refusal.help}\n`);
  return refusal.exit;
}
