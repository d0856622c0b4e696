// Keeps one source at work. What its outside system does is no reason for a worker not to start: a source that is not
// connected is tried again, one that must not go on is looked at again, and one that another worker has is waited for.
// Only a mistake in its settings refuses the start.

import { type RunningSource, type SourceFailure, sourceFailureOf, steadyNow } from "../schema/connector.ts";
import type { SourceCondition } from "../schema/outcome.ts";
import { pause, within } from "./clock.ts";
import type { Context } from "./context.ts";
import type { Held, Seat } from "./seat.ts";
import { reasonOf } from "./start-failure.ts";

export interface SourceHealth {
  /** `starting`: nothing is known yet. */
  readonly condition: SourceCondition | "starting";
  readonly reason?: string;
  /** What to do, where a person must. */
  readonly help?: string;
}

/** From one start of the source to the next. */
export interface Life {
  readonly signal: AbortSignal;
  fail(failure: SourceFailure): void;
  /** Of a source that tries again by itself; undefined: it is at work. */
  report(failure: SourceFailure | undefined): void;
  /** False once another worker may have the source. */
  mayStore(): boolean;
  readonly held: Held | undefined;
}

export interface Supervising {
  readonly name: string;
  /** Of a source that one worker at a time runs. */
  readonly seat: Seat | undefined;
  start(life: Life): Promise<RunningSource>;
}

export interface Supervised {
  health(): SourceHealth;
  /** Resolves when it has stopped, or has taken too long to. */
  stop(): Promise<void>;
}

const shortestMs = 1_000;
const longestMs = 30_000;
const haltedMs = 10_000;

/** A start that takes longer goes on beside the worker's. */
const patienceMs = 5_000;

interface First {
  readonly mistake?: unknown;
}

const noMistake: First = {};

/** Resolves when it runs, or when it is known why not yet. Rejects with what the source says of its settings. */
export async function supervise(context: Context, supervising: Supervising): Promise<Supervised> {
  const { clock, limits, log } = context;
  const { name } = supervising;
  const ending = new AbortController();
  const conditions = createConditions(context, name);
  /** Whoever started it waits, and can still be told of a mistake. */
  let asked = true;
  let settle: (first: First) => void = () => undefined;
  const first = new Promise<First>((resolve) => {
    settle = resolve;
  });
  conditions.onChange(() => settle(noMistake));

  const live = async (): Promise<void> => {
    let failures = 0;
    while (!ending.signal.aborted) {
      const since = steadyNow(clock);
      const lived = await liveOnce(context, supervising, ending.signal, conditions);
      const { mistake } = lived;
      if (mistake !== undefined && asked) return settle({ mistake });
      const failure = lived.failure ?? (mistake === undefined ? undefined : mistaken(mistake));
      if (failure === undefined || ending.signal.aborted) continue;
      failures = lived.ran && steadyNow(clock) - since > longestMs ? 1 : failures + 1;
      conditions.failed(failure);
      const wait = failure.kind === "halted" ? haltedMs : retryWait(failures, context.random);
      await pause(clock, wait, ending.signal);
    }
  };
  const done = live();
  const { mistake } = await within(clock, patienceMs, first, noMistake);
  asked = false;
  if (mistake !== undefined) throw mistake;

  return {
    health: conditions.health,
    stop: async () => {
      ending.abort();
      const stopped = await within(
        clock,
        limits.drainMs,
        done.then(() => true),
        false,
      );
      if (!stopped) log.warn({ source: name }, "a source takes too long to stop");
    },
  };
}

/** Milliseconds after so many failures in a row. */
export const retryWait = (failures: number, random: () => number): number =>
  shortestMs + random() * (Math.min(longestMs, shortestMs * 2 ** failures) - shortestMs);

const mistaken = (error: unknown): SourceFailure => ({
  kind: "halted",
  reason: `it cannot be started: ${reasonOf(error)}`,
  help: "correct its settings",
});

interface Lived {
  readonly failure?: SourceFailure | undefined;
  /** It rejected for another reason. */
  readonly mistake?: unknown;
  readonly ran: boolean;
}

/** From getting the lease, where there is one, to giving it back. */
async function liveOnce(
  { log }: Context,
  { name, seat, start }: Supervising,
  ending: AbortSignal,
  conditions: Conditions,
): Promise<Lived> {
  const held = await seat?.take(ending, conditions.waiting);
  if (ending.aborted) {
    await held?.release();
    return { ran: false };
  }
  const life = new AbortController();
  const end = (): void => life.abort();
  ending.addEventListener("abort", end);
  held?.onLost(end);
  let failure: SourceFailure | undefined;
  let ran = false;
  const over = new Promise<void>((resolve) => life.signal.addEventListener("abort", () => resolve()));
  try {
    const running = await start({
      signal: life.signal,
      fail: (why) => {
        failure ??= why;
        life.abort();
      },
      report: (why) => {
        if (life.signal.aborted) return;
        if (why === undefined) conditions.running(held !== undefined);
        else conditions.failed(why);
        held?.say(why);
      },
      mayStore: () => held?.holds() ?? true,
      held,
    });
    ran = true;
    if (!life.signal.aborted) conditions.running(held !== undefined);
    await over;
    await running.stop().catch((error: unknown) => {
      log.warn({ source: name, error: reasonOf(error) }, "a source did not stop in order");
    });
    return { failure, ran };
  } catch (error) {
    const told = failure ?? sourceFailureOf(error);
    failure = told;
    return told === undefined ? { mistake: error, ran } : { failure: told, ran };
  } finally {
    life.abort();
    ending.removeEventListener("abort", end);
    await held?.release(failure);
  }
}

interface Conditions {
  health(): SourceHealth;
  onChange(run: () => void): void;
  running(worthTelling: boolean): void;
  waiting(reason: string): void;
  failed(failure: SourceFailure): void;
}

/** Told when it changes. That a source runs from the start on is nothing to tell, unless it could be another worker. */
function createConditions({ tell, log, mask }: Context, source: string): Conditions {
  let health: SourceHealth = { condition: "starting" };
  let changed: () => void = () => undefined;
  const become = (next: SourceHealth & { readonly condition: SourceCondition }, worthTelling: boolean): void => {
    const same = next.condition === health.condition && next.reason === health.reason && next.help === health.help;
    health = next;
    if (!same && worthTelling) {
      tell({ kind: "source", source, ...next });
      say(next);
    }
    changed();
  };
  const say = ({ condition, reason, help }: SourceHealth): void => {
    const fields = { source, ...(reason === undefined ? {} : { reason }), ...(help === undefined ? {} : { help }) };
    if (condition === "running") log.info(fields, "the source runs");
    else if (condition === "waiting") log.info(fields, "the source waits: another worker runs it");
    else if (condition === "halted") log.warn(fields, "the source is halted: somebody must decide");
    else log.warn(fields, "the source is not connected; it is tried again");
  };
  return {
    health: () => health,
    onChange: (run) => {
      changed = run;
    },
    running: (worthTelling) => become({ condition: "running" }, worthTelling || health.condition !== "starting"),
    waiting: (reason) => become({ condition: "waiting", reason: mask(reason) }, true),
    failed: (failure) => {
      const reason = mask(failure.reason);
      const help = failure.kind === "halted" ? { help: mask(failure.help) } : {};
      become({ condition: failure.kind, reason, ...help }, true);
    },
  };
}
