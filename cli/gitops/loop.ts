// The loop of `apply --watch`: round after round until it is told to stop, a line for each that changed something or
// could not, longer waits while a server is away, and the last result in a file for whoever watches the watcher.

import { renameSync, writeFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { counted } from "../../control/units.ts";
import { type ExitCode, exit } from "../exit.ts";
import type { Io } from "../io.ts";
import { paint } from "../paint.ts";
import type { Round } from "./round.ts";

export interface LoopOptions {
  readonly everyMs: number;
  readonly once: boolean;
  readonly json: boolean;
  readonly statusFile?: string;
  readonly stop: AbortSignal;
  readonly now: () => Date;
  /** Comes back early when `stop` says so. */
  readonly wait: (ms: number) => Promise<void>;
}

/** The exit code of the last round. */
export async function loop(play: () => Promise<Round>, options: LoopOptions, io: Io): Promise<ExitCode> {
  let before: Round | undefined;
  let away = 0;
  for (let number = 1; ; number += 1) {
    const round = await play().catch(bug);
    // What was cut short by the signal says nothing.
    if (options.stop.aborted && round.changes === 0) return round.exit;
    away = round.away ? away + 1 : 0;
    const wait = waitFor(options.everyMs, away);
    const status = statusOf(round, number, options, wait);
    if (tellable(round, before)) {
      if (options.json) io.out(`${JSON.stringify(status)}\n`);
      else tell(round, away > 0 && !options.once ? wait : undefined, io);
    }
    if (options.statusFile !== undefined) keep(options.statusFile, status, io);
    if (options.once || options.stop.aborted) return round.exit;
    before = round;
    await options.wait(wait);
    if (options.stop.aborted) return exit.ok;
  }
}

const longest = 5 * 60_000;

/** Twice as long each time that nobody answered, up to five minutes. */
export const waitFor = (everyMs: number, away: number): number =>
  away === 0 ? everyMs : Math.min(everyMs * 2 ** Math.min(away - 1, 20), Math.max(everyMs, longest));

/** A round must not end the loop. */
function bug(error: unknown): Round {
  const line = error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : String(error);
  const said = `error: ${line}\n`;
  return { state: "failed", exit: exit.bug, changes: 0, putBack: [], said, fresh: false, away: true };
}

/** What went wrong is told each time, findings once for each commit; what is well, when it is new. */
function tellable(round: Round, before: Round | undefined): boolean {
  if (round.changes > 0 || before === undefined) return true;
  if (round.state === "broken") return round.fresh || before.state !== "broken";
  return round.exit !== exit.ok || before.exit !== exit.ok || round.fresh || round.said !== before.said;
}

function tell(round: Round, wait: number | undefined, io: Io): void {
  const color = paint(io.colorErr);
  if (round.said !== "") io.err(round.said);
  const { changes, revision, effective = "", putBack } = round;
  const where = `revision ${revision ?? "?"}, commit ${effective.slice(0, 12)}`;
  const back = putBack.length === 0 ? "" : ` (put back: ${putBack.join(", ")})`;
  if (changes > 0) io.err(`${color.green("applied:")} ${counted(changes, "change")}, ${where}${back}\n`);
  else if (round.exit === exit.ok) io.err(`${color.green("in sync:")} ${where}\n`);
  if (wait !== undefined) io.err(`${color.dim(`  again in ${wait / 1000} s`)}\n`);
}

function statusOf(round: Round, number: number, { now, once }: LoopOptions, wait: number) {
  const { state, exit: code, commit, effective, revision, changes, putBack, said } = round;
  const message = stripVTControlCharacters(said).trim();
  return {
    state,
    ok: code === exit.ok,
    at: now().toISOString(),
    round: number,
    ...(commit === undefined ? {} : { commit }),
    ...(effective === undefined ? {} : { effective }),
    ...(revision === undefined ? {} : { revision }),
    changes,
    ...(putBack.length === 0 ? {} : { putBack }),
    ...(message === "" ? {} : { message }),
    ...(once ? {} : { nextInMs: wait }),
  };
}

/** Whole or not at all: readers never see half of it. */
function keep(file: string, status: object, io: Io): void {
  try {
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, `${JSON.stringify(status, null, 2)}\n`);
    renameSync(temporary, file);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    io.err(`${paint(io.colorErr).yellow("warning:")} the status ${file} cannot be written (${reason})\n`);
  }
}
