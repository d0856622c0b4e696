// One message of an ephemeral integration at one target: walked, delivered, and tried again in memory as often as its
// author allows and only where the target has not done it. What may have been done is not done again.

import { steadyNow } from "../../schema/connector.ts";
import type { Envelope } from "../../schema/envelope.ts";
import type { ItemCounts, Outcome } from "../../schema/outcome.ts";
import { type Attempted, attempt, type FailedAttempt, type ItemsAttempted, sumOf } from "../attempt.ts";
import { nextAttempt } from "../backoff.ts";
import { isoTime, sleep } from "../clock.ts";
import type { Context } from "../context.ts";
import type { Lease } from "../program.ts";
import { withoutRead } from "../send-on.ts";
import type { Throttle, Turn } from "../throttle.ts";

export interface Given {
  readonly target: string;
  readonly throttle: Throttle;
  readonly turn: Turn;
  readonly lease: Lease;
}

/** The last attempt, and what it came to. */
export interface Ended {
  readonly outcome: Outcome;
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

export async function deliverOnce(context: Context, given: Given, envelope: Envelope): Promise<Ended> {
  const { target, throttle, turn, lease } = given;
  const { clock } = context;
  const firstFailureAt = steadyNow(clock);
  /** Of a split message. */
  const ends = new Map<string, Outcome>();
  for (let tries = 1; ; tries += 1) {
    const startedAt = clock.now();
    const paced = turn.reserved ? { ...lease, open: throttle.paced(lease.open, turn) } : lease;
    const made = { ...envelope, attempt: tries };
    const attempted = await attempt(context, paced, target, made, new Set(ends.keys()));
    throttle.told(turn, made, attempted.kind === "items" ? sumOf(attempted) : attempted);
    const again = pauseOf(context, given, attempted, tries, firstFailureAt);
    const outcome =
      attempted.kind === "items"
        ? noteItems(context, given, attempted, ends, again !== undefined)
        : outcomeOf(given, attempted, again !== undefined);
    if (outcome !== undefined) return { outcome, attempt: tries, startedAt };
    const pause = again ?? 0;
    const dueAt = isoTime(clock.now() + pause);
    const failure = failuresIn(attempted).find(mayBeTriedAgain)?.failure ?? siblings;
    context.tellOutcome(envelope.id, target, tries, startedAt, { kind: "retry", attempt: tries + 1, dueAt, failure });
    await sleep(clock, pause);
  }
}

/** Milliseconds until the next attempt; undefined: there is none. */
function pauseOf(
  context: Context,
  { lease, target }: Given,
  attempted: Attempted | ItemsAttempted,
  tries: number,
  firstFailureAt: number,
): number | undefined {
  const policy = lease.program.bundle.targets[target]?.retry;
  const failed = failuresIn(attempted).filter(mayBeTriedAgain);
  if (policy === undefined || failed.length === 0 || context.attempts.ended()) return undefined;
  const now = steadyNow(context.clock);
  const retryAfterMs = Math.max(0, ...failed.map((each) => each.retryAfterMs ?? 0));
  const due = nextAttempt(policy, { attempt: tries, firstFailureAt, now, retryAfterMs }, context.random);
  return due === undefined ? undefined : due - now;
}

function failuresIn(attempted: Attempted | ItemsAttempted): readonly FailedAttempt[] {
  const all = attempted.kind === "items" ? attempted.items.map((each) => each.attempted) : [attempted];
  return all.filter((each) => each.kind === "failed");
}

/** An unknown outcome may be a delivery: nothing is sent that may be there. */
const mayBeTriedAgain = ({ certainty }: FailedAttempt): boolean => certainty === "transient";

/** Undefined: it is tried again. */
function outcomeOf(given: Given, attempted: Attempted, again: boolean): Outcome | undefined {
  if (attempted.kind !== "failed") return attempted;
  return again && mayBeTriedAgain(attempted) ? undefined : endOf(given, attempted);
}

/** As the author wants it; there is no place where it could be kept for a person. */
function endOf({ lease, target }: Given, { failure }: FailedAttempt): Outcome {
  const reaction = lease.program.bundle.targets[target]?.onError[failure.class];
  const place = failure.place === undefined ? {} : { place: failure.place };
  if (reaction === "drop") return { kind: "dropped", reason: "on-error", ...place };
  if (reaction === "continue") {
    return { kind: "delivered", continued: true, detail: `counts as done: ${failure.message}` };
  }
  return { kind: "lost", reason: "failed", failure: withoutRead(failure) };
}

/** Undefined: some of its items are tried again. */
function noteItems(
  context: Context,
  given: Given,
  { items }: ItemsAttempted,
  ends: Map<string, Outcome>,
  again: boolean,
): Outcome | undefined {
  let open = 0;
  for (const { item, attempted } of items) {
    const untried = attempted.kind === "untried";
    const end = untried ? (again ? undefined : notTried(context)) : outcomeOf(given, attempted, again);
    if (end === undefined) open += 1;
    else ends.set(item, end);
  }
  return open > 0 ? undefined : sumOfEnds([...ends.values()]);
}

const siblings = { class: "unavailable", message: "its siblings failed one after the other" } as const;

const notTried = ({ attempts }: Context): Outcome =>
  attempts.ended() ? { kind: "lost", reason: "stopped" } : { kind: "lost", reason: "failed", failure: siblings };

function sumOfEnds(ends: readonly Outcome[]): Outcome {
  const count = (kind: Outcome["kind"]): number => ends.filter((end) => end.kind === kind).length;
  const counts = { delivered: count("delivered"), dropped: count("dropped"), dead: 0, retry: 0 };
  const lost = ends.find((end) => end.kind === "lost");
  const items: ItemCounts = lost === undefined ? counts : { ...counts, lost: count("lost") };
  if (lost !== undefined) return { ...lost, items };
  if (items.delivered > 0) return { kind: "delivered", detail: `${items.delivered} items`, items };
  const dropped = ends.find((end) => end.kind === "dropped");
  return { kind: "dropped", reason: dropped?.reason ?? "filter", items };
}
