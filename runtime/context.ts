// What every part of one integration's line is told: where it is, and the clock, the random source and the ears that
// were handed in.

import type { Clock, Log } from "../schema/connector.ts";
import { inlineBytes, mostChunkedBytes } from "../schema/content.ts";
import type { Outcome, RunEvent } from "../schema/outcome.ts";
import type { Attempts } from "./attempts.ts";
import { isoTime } from "./clock.ts";
import type { Room } from "./content/room.ts";
import type { Spool } from "./content/spool.ts";
import type { CrashHook } from "./crash-point.ts";
import type { FailureWrites } from "./failure-writes.ts";
import type { Gate } from "./gate.ts";
import type { Link } from "./link.ts";
import type { LookUps } from "./look-ups.ts";
import type { Mask } from "./mask.ts";
import type { ObjectPlaces } from "./objects/places.ts";
import type { Pace } from "./pace.ts";
import type { Tally } from "./rollout/tally.ts";
import type { ScriptHost } from "./script/host.ts";

/** Bounds of one worker. Bytes and milliseconds. */
export interface Limits {
  /** Messages in flight per target whose connector does not say; retries have a quarter of it for themselves. */
  readonly inFlight: number;
  /** A target takes no more while what it holds is larger. */
  readonly inFlightBytes: number;
  /** An attempt that has no outcome by then is aborted. */
  readonly attemptMs: number;
  /** Messages and bytes that the sources of an integration may have in hand. */
  readonly acceptMessages: number;
  readonly acceptBytes: number;
  /** Bodies up to here are one message. */
  readonly inlineBytes: number;
  /** Bytes that all sources of the worker together may have put aside on disk. */
  readonly spoolBytes: number;
  /** Messages that are stored by one write at most; 1: each by a write of its own, beside the others. */
  readonly commitMessages: number;
  /** Bytes that travel as chunks at most; what is larger goes where the integration's objects lie. */
  readonly chunkedBytes: number;
  /** How long a drain may take. */
  readonly drainMs: number;
  /** Time between two trims of the intake. */
  readonly trimMs: number;
  /** About the time between two looks through the large contents, for those that nobody needs. */
  readonly sweepMs: number;
  /** An object that no message refers to may be on its way to one for so long. */
  readonly objectGraceMs: number;
  /** A worker that is gone for so long has lost the sources that one worker at a time runs. Whole seconds. */
  readonly leaseMs: number;
  /** Time between two looks at how a rollout stands. */
  readonly rolloutMs: number;
}

export const defaultLimits: Limits = {
  inFlight: 64,
  inFlightBytes: 32 * 1024 * 1024,
  attemptMs: 600_000,
  acceptMessages: 1024,
  acceptBytes: 64 * 1024 * 1024,
  inlineBytes,
  spoolBytes: 1024 * 1024 * 1024,
  commitMessages: 500,
  chunkedBytes: mostChunkedBytes,
  drainMs: 10_000,
  trimMs: 5_000,
  sweepMs: 600_000,
  objectGraceMs: 3_600_000,
  leaseMs: 6_000,
  rolloutMs: 1_000,
};

export interface StepTimer {
  /** Milliseconds of a clock that does not go back, with fractions. */
  now(): number;
  took(target: string, ms: number): void;
}

export interface Context {
  readonly tenant: string;
  readonly integration: string;
  readonly link: Link;
  /** Of the integration's RETRY stream. */
  readonly records: LookUps;
  /** To the same. */
  readonly failures: FailureWrites;
  readonly clock: Clock;
  /** From 0 inclusive to 1 exclusive. */
  readonly random: () => number;
  readonly log: Log;
  readonly mask: Mask;
  readonly limits: Limits;
  /** Asked only when there: an await for nothing costs on every message. */
  readonly crash: CrashHook | undefined;
  /** All work of the process passes it; the start that decides over a suspect closes it, see suspect.ts. */
  readonly suspects: Gate;
  /** Of the whole tenant. */
  readonly pace: Pace;
  /** Deliveries of this integration; a drain that runs out of time breaks them off. */
  readonly attempts: Attempts;
  /** Of the worker: where bytes wait for their messages. */
  readonly spool: Spool;
  /** Of the worker: memory for bodies that lie in chunks. */
  readonly room: Room;
  /** Where the integration's contents lie that are too large for chunks. */
  readonly objects: ObjectPlaces;
  /** Times the steps of every message, where somebody wants to know. */
  readonly steps: StepTimer | undefined;
  /** Where the integration's scripts run. */
  readonly scripts: Pick<ScriptHost, "run">;
  /** Of the rollout that is under way, if one is. */
  readonly tally: Tally;
  /** True while the bundle of this hash may still come: another worker may run it already. */
  awaits(bundle: string): boolean;
  tell(event: Telling): void;
  /** `startedAt` in milliseconds since 1970. */
  tellOutcome(id: string, target: string, attempt: number, startedAt: number, outcome: Outcome): void;
}

/** An event without what `tell` adds. */
export type Telling = RunEvent extends infer Event
  ? Event extends RunEvent
    ? Omit<Event, "at" | "tenant" | "integration">
    : never
  : never;

/** Listeners that throw must not disturb the line. */
export function teller(
  given: { readonly tenant: string; readonly integration: string; readonly clock: Clock; readonly log: Log },
  onEvent: ((event: RunEvent) => void) | undefined,
): Pick<Context, "tell" | "tellOutcome"> {
  const { tenant, integration, clock, log } = given;
  if (onEvent === undefined) return { tell: () => undefined, tellOutcome: () => undefined };
  let last = { ms: Number.NaN, text: "" };
  // Many events fall into one millisecond.
  const at = (ms: number): string => {
    if (ms !== last.ms) last = { ms, text: isoTime(ms) };
    return last.text;
  };
  const say = (event: RunEvent): void => {
    try {
      onEvent(event);
    } catch (error) {
      log.warn({ error: String(error) }, "a listener failed");
    }
  };
  return {
    tell: (event) => say({ at: at(clock.now()), tenant, integration, ...event }),
    // Of every message: written out, since a spread costs more than the rest.
    tellOutcome: (id, target, attempt, startedAt, outcome) => {
      const now = clock.now();
      const durationMs = now - startedAt;
      say({ at: at(now), tenant, integration, kind: "outcome", id, target, attempt, durationMs, outcome });
    },
  };
}
