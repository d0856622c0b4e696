// What is known of a message that was tried before: the compare-and-set record `rx` beside its schedule. A record
// that is ahead of us decides; without one the message is as new.

import * as address from "../schema/address.ts";
import { type Envelope, header } from "../schema/envelope.ts";
import { isJsonObject, type Json } from "../schema/json.ts";
import { natsHeaders } from "../schema/nats-headers.ts";
import type { DeadLetter, Redrive, RetryState } from "../schema/outcome.ts";
import type { Context } from "./context.ts";
import { travelling } from "./envelope.ts";
import { parseJson } from "./parse-json.ts";
import { expectSequence, type Outgoing, type Published, publish, untilAnswered } from "./publish.ts";
import { lastOf } from "./stream-api.ts";

/** One message at one target. */
export interface Spot {
  readonly target: string;
  /** `idHash` of its id. */
  readonly hash: string;
}

export interface Prior {
  /** Sequence of the record; 0 when there is none. */
  readonly revision: number;
  readonly state?: RetryState;
}

export const nothingKnown: Prior = { revision: 0 };

/** Undefined: RETRY cannot be read now. */
export async function recall(
  context: Pick<Context, "records" | "integration">,
  { target, hash }: Spot,
): Promise<Prior | undefined> {
  const stored = await context.records.last(address.stateSubject(context.integration, target, hash));
  switch (stored.kind) {
    case "none":
      return nothingKnown;
    case "unavailable":
      return undefined;
    case "found": {
      const state = readState(stored.data);
      return state === undefined ? { revision: stored.sequence } : { revision: stored.sequence, state };
    }
    default:
      return stored satisfies never;
  }
}

/**
 * True when this very message is in the dead letters. Its record expires after an hour; a redelivery that comes later
 * must not run it again.
 */
export async function isBuried(context: Context, { target, hash }: Spot, sequence: number): Promise<boolean> {
  const subject = address.deadSubject(context.integration, target, hash);
  const stored = await lastOf(context.link.requests, address.deadStream, subject);
  return stored.kind === "found" && stored.headers?.get(header.sequence) === String(sequence);
}

export type Verdict =
  | { readonly kind: "run" }
  /** A later attempt is this message's own, when it is handed out again. */
  | { readonly kind: "held" }
  /** Done by somebody, or a later attempt is scheduled. */
  | { readonly kind: "settled" }
  /** Its dead letter may not have been written. */
  | { readonly kind: "dead"; readonly letter: DeadLetter };

/** What a record says to one who is about to make attempt number `mine`. */
export function judge(state: RetryState | undefined, mine: number): Verdict {
  switch (state?.state) {
    case undefined:
      return { kind: "run" };
    case "delivered":
    case "dropped":
      return { kind: "settled" };
    case "dead":
      return { kind: "dead", letter: state.letter };
    case "parked":
    case "started":
      if (state.attempt <= mine) return { kind: "run" };
      return { kind: state.held === undefined ? "settled" : "held" };
    default:
      return state satisfies never;
  }
}

/** What people did to bring it back: carried on in whatever is written next. */
export const redrivenIn = (state: RetryState | undefined): { readonly redriven?: readonly Redrive[] } =>
  state?.redriven === undefined ? {} : { redriven: state.redriven };

/** Attempts that count no more, made before it was redriven. */
export const attemptsBefore = (state: RetryState | undefined): number => state?.redriven?.at(-1)?.attempts ?? 0;

/** Of its failures so far; those from before it was redriven count no more. */
export function firstFailureOf(state: RetryState | undefined): string | undefined {
  if (state?.state !== "parked" && state?.state !== "started") return undefined;
  // It was sent here by another target's `on-error`, where it failed.
  if (state.state === "parked" && state.attempt === 1 && state.items === undefined) return undefined;
  return state.redriven !== undefined && state.attempt === attemptsBefore(state) + 1 ? undefined : state.firstFailureAt;
}

const members: ReadonlySet<string> = new Set([
  "state",
  "id",
  "at",
  "attempt",
  "dueAt",
  "firstFailureAt",
  "failure",
  "possiblyDelivered",
  "bundle",
  "sequence",
  "items",
  "held",
  "started",
  "alone",
  "to",
  "letter",
  "redriven",
]);

/** What a later version has put into the record before goes on into the next one. */
export function keepingUnknown(before: RetryState | undefined, state: RetryState): RetryState {
  if (before === undefined) return state;
  const unknown = Object.entries(before).filter(([name]) => !members.has(name));
  return unknown.length === 0 ? state : { ...Object.fromEntries(unknown), ...state };
}

/** The record as a message that replaces revision `prior.revision`. */
export function stateMessage(
  { integration }: Context,
  { target, hash }: Spot,
  prior: Prior,
  state: RetryState,
): Outgoing {
  return {
    subject: address.stateSubject(integration, target, hash),
    data: JSON.stringify(keepingUnknown(prior.state, state)),
    headers: {
      "Nats-Rollup": "sub",
      ...expectSequence(prior.revision),
      ...lifetime(state),
    },
  };
}

/** The message itself, to come back then for that attempt. */
export function scheduleMessage(
  { integration }: Context,
  { target, hash, envelope }: Spot & { readonly envelope: Envelope },
  attempt: number,
  dueAt: string,
): Outgoing {
  return {
    subject: address.scheduleSubject(integration, target, hash),
    data: envelope.body,
    headers: {
      ...travelling(envelope),
      [header.attempt]: String(attempt),
      [header.sequence]: String(envelope.sequence),
      "Nats-Schedule": `@at ${dueAt}`,
      "Nats-Schedule-Target": address.dueSubject(integration, target, hash),
      "Nats-Rollup": "sub",
    },
  };
}

export async function writeState(context: Context, spot: Spot, prior: Prior, state: RetryState): Promise<Published> {
  const record = stateMessage(context, spot, prior, state);
  const written = await untilAnswered(() => publish(context.link.requests, record));
  if (written.kind === "stored") showState(context, spot, state);
  return written;
}

/**
 * Puts the state into the KV view, without waiting. A worker that dies before leaves its message unacknowledged; who
 * gets it next reads the record and shows it.
 */
export function showState({ link, integration }: Context, { target, hash }: Spot, state: RetryState): void {
  const subject = address.retriesViewSubject(integration, target, hash);
  link.requests.post(subject, JSON.stringify(state, withoutValues), natsHeaders(lifetime(state)));
}

/** What a failing expression read stays in the dead letters. */
const withoutValues = (key: string, value: Json): Json | undefined => (key === "read" ? undefined : value);

/** Final states expire. */
function lifetime({ state }: RetryState): Readonly<Record<string, string>> {
  return state === "parked" || state === "started" ? {} : { "Nats-TTL": "1h" };
}

const states: ReadonlySet<unknown> = new Set(["parked", "started", "delivered", "dropped", "dead"]);

/** Undefined: it is none. */
export function readState(data: Uint8Array): RetryState | undefined {
  const value = parseJson(Buffer.from(data).toString("utf8"));
  return isRetryState(value) ? value : undefined;
}

/** Nobody else may write there, so its kind is proof enough. */
function isRetryState(value: Json | undefined): value is Json & RetryState {
  return isJsonObject(value) && states.has(value.state);
}
