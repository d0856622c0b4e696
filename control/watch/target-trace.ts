// What is known of one message at one target. A record of its retries or a dead letter says it; without one the
// durable's counts do, and where those leave it open, so does this.

import { readState } from "../../runtime/retry-state.ts";
import * as address from "../../schema/address.ts";
import type { Failure, ItemsState, Redrive, RetryState } from "../../schema/outcome.ts";
import type { DeadLetterEntry } from "../dead-letters.ts";
import type { Stored } from "../direct.ts";
import type { LiveConsumer } from "./consumers.ts";
import type { Recomputed } from "./recompute.ts";

export interface TargetTrace {
  readonly target: string;
  /** Of a split: `.3`. */
  readonly item?: string;
  /** It comes from there by `on-error: { to }`. */
  readonly from?: string;
  readonly state:
    | "waiting"
    | "in-flight"
    /** Handed out; whether it has an outcome by now is not known. */
    | "handed-out"
    /** Run alone, since its workers died. */
    | "suspect"
    | "parked"
    /** Its time has come: it waits for a worker, or is in hand. */
    | "due"
    | "delivered"
    | "dropped"
    | "dead"
    /** It has an outcome, of which nothing was recorded: `recomputed` tells which. */
    | "done"
    | "unknown";
  /** Why it is not known. */
  readonly why?: string;
  /** Attempts made, where that was recorded. */
  readonly attempts?: number;
  readonly dueAt?: string;
  readonly firstFailureAt?: string;
  /** With `order-by`: it waits at the head of its partition, and those behind it wait for it. */
  readonly held?: true;
  /** When it was recorded. */
  readonly at?: string;
  readonly failure?: Failure;
  readonly possiblyDelivered?: boolean;
  /** That made the last attempt. */
  readonly bundle?: string;
  readonly recomputed?: Recomputed;
  /** What became of the items of a split so far, where it was not the same for all. */
  readonly items?: ItemsState;
  /** The last time that somebody gave it another try. */
  readonly redriven?: Redrive;
}

/** From what was recorded; undefined where nothing was. */
export function recordedTrace(
  target: string,
  record: RetryState | undefined,
  letter: DeadLetterEntry | undefined,
  now: number,
): TargetTrace | undefined {
  const trace = traceOf(target, record, letter, now);
  const { redriven } = (record?.state === "dead" ? record.letter : (record ?? letter?.letter)) ?? {};
  const last = redriven?.at(-1);
  const { letters: _, ...items } = record?.items ?? {};
  return (
    trace && {
      ...trace,
      ...(record?.items === undefined ? {} : { items }),
      ...(last === undefined ? {} : { redriven: last }),
    }
  );
}

function traceOf(
  target: string,
  record: RetryState | undefined,
  letter: DeadLetterEntry | undefined,
  now: number,
): TargetTrace | undefined {
  switch (record?.state) {
    case "parked": {
      const { dueAt, firstFailureAt, failure, possiblyDelivered, bundle } = record;
      const state = Date.parse(dueAt) > now ? "parked" : "due";
      return {
        target,
        state,
        attempts: record.attempt - 1,
        dueAt,
        firstFailureAt,
        failure,
        possiblyDelivered,
        bundle,
        ...(record.held === undefined ? {} : { held: true }),
      };
    }
    case "started":
      return { target, state: "suspect", attempts: record.attempt - 1, bundle: record.bundle };
    case "delivered":
    case "dropped":
      return { target, state: record.state, at: record.at };
    case "dead":
    case undefined:
      return deadTrace(target, record, letter);
    default:
      return record satisfies never;
  }
}

function deadTrace(
  target: string,
  record: Extract<RetryState, { state: "dead" }> | undefined,
  entry: DeadLetterEntry | undefined,
): TargetTrace | undefined {
  if (record === undefined && entry === undefined) return undefined;
  const letter = record?.letter ?? entry?.letter;
  if (letter === undefined) return { target, state: "dead", ...(entry === undefined ? {} : { at: entry.storedAt }) };
  const { attempts, firstFailureAt, diedAt, failure, possiblyDelivered, bundle } = letter;
  return { target, state: "dead", attempts, firstFailureAt, at: diedAt, failure, possiblyDelivered, bundle };
}

/** From the durable that has the message's subject. `handedOut`: stored messages of it from its ack floor on. */
export function countedTrace(
  target: string,
  sequence: number,
  durable: LiveConsumer | undefined,
  handedOut: () => Promise<number>,
): TargetTrace | Promise<TargetTrace> {
  if (durable === undefined) return { target, state: "unknown", why: "its consumer is missing" };
  const start = Number(durable.config.opt_start_seq ?? 0);
  if (sequence < start) return { target, state: "unknown", why: "it was stored before the target's consumer begins" };
  if (sequence <= durable.ack_floor.stream_seq) return { target, state: "done" };
  if (sequence > durable.delivered.stream_seq) return { target, state: "waiting" };
  return betweenTrace(target, durable, handedOut);
}

/** In flight for certain when all that was handed out behind the ack floor still is. */
async function betweenTrace(
  target: string,
  { num_ack_pending }: LiveConsumer,
  handedOut: () => Promise<number>,
): Promise<TargetTrace> {
  const all = (await handedOut()) <= num_ack_pending;
  return all ? { target, state: "in-flight" } : { target, state: "handed-out" };
}

/** By target. Only workers write there, so its kind is proof enough. */
export function recordsIn(messages: readonly Stored[]): ReadonlyMap<string, RetryState> {
  return new Map(
    messages.flatMap(({ subject, body }) => {
      const record = readState(body);
      return record === undefined ? [] : [[subject.split(".")[2] ?? "", record] as const];
    }),
  );
}

/** The durable of a target that has this subject of the intake. */
export function durableFor(
  durables: readonly LiveConsumer[],
  target: string,
  subject: string,
): LiveConsumer | undefined {
  const tokens = subject.split(".");
  const wanted =
    tokens.length === 5 ? address.partitionConsumer(target, Number(tokens[3])) : address.targetConsumer(target);
  // Without `order-by` one durable has them all.
  const reads = ({ name, config }: LiveConsumer): boolean =>
    name === address.targetConsumer(target) && String(config.filter_subject ?? ">").endsWith(">");
  return durables.find(({ name }) => name === wanted) ?? durables.find(reads);
}
