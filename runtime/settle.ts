// What an attempt's result is worth: records, schedules and acks, in the order that survives a crash after each of
// them. A first delivery that succeeds writes nothing. A failure is one atomic batch of state and schedule. Whoever
// finds the record changed obeys it.

import type { Bundle, RetryPolicy } from "../schema/bundle.ts";
import type { Envelope } from "../schema/envelope.ts";
import type { DeadLetter, Failure, ItemsState, Outcome, RetryState } from "../schema/outcome.ts";
import type { Attempted, FailedAttempt } from "./attempt.ts";
import { nextAttempt } from "./backoff.ts";
import { isoTime } from "./clock.ts";
import { beside, cleared, toRetry } from "./content/carry.ts";
import type { Context } from "./context.ts";
import type { CrashHook } from "./crash-point.ts";
import { publishDeadLetter } from "./dead-letter.ts";
import { spotId } from "./envelope.ts";
import { finishLetters } from "./item-letters.ts";
import { endedItems, itemsIn, itemsOf } from "./items-state.ts";
import { heldBy, isReplay } from "./order-turn.ts";
import { isGone, type Published, publish } from "./publish.ts";
import type { Pulled } from "./pull.ts";
import {
  attemptsBefore,
  firstFailureOf,
  judge,
  type Prior,
  recall,
  redrivenIn,
  type Spot,
  scheduleMessage,
  showState,
  stateMessage,
  writeState,
} from "./retry-state.ts";
import { type Ended, notYetThere, type SentOn, sendOn, withoutRead } from "./send-on.ts";

/** One message in hand at one target. */
export interface Job extends Spot {
  readonly message: Pulled;
  readonly envelope: Envelope;
  readonly bundle: Bundle;
  readonly prior: Prior;
  /** It was handed out before and nobody wrote down what came of it. */
  readonly uncertain: boolean;
}

/** Undefined: somebody else has decided, or the message was handed back. */
export type Settled = Outcome | undefined;

export function settle(context: Context, job: Job, attempted: Attempted): Settled | Promise<Settled> {
  switch (attempted.kind) {
    case "delivered":
    case "dropped":
      return finish(context, job, attempted);
    case "failed":
      return fail(context, job, attempted);
    default:
      return attempted satisfies never;
  }
}

type Finished = Extract<Outcome, { kind: "delivered" | "dropped" }>;

export function finish(context: Context, job: Job, outcome: Finished): Settled | Promise<Settled> {
  return job.prior.revision === 0 ? acked(context, job, outcome) : record(context, job, outcome);
}

async function record(context: Context, job: Job, outcome: Finished): Promise<Settled> {
  let { prior } = job;
  // Only another's "started" record can come between; it says nothing of an outcome, ours does.
  while (prior.revision > 0) {
    const at = isoTime(context.clock.now());
    const to = outcome.kind === "dropped" && outcome.to !== undefined ? { to: outcome.to } : {};
    const state = { state: outcome.kind, id: spotId(job.envelope), at, ...to, ...redrivenIn(prior.state) } as const;
    const written = await writeState(context, job, prior, state);
    if (context.crash) await context.crash("after-finished-record");
    if (written.kind === "stored") break;
    if (written.kind === "unavailable") return handBack(context, job);
    const found = await recall(context, job);
    if (found?.state?.state !== "started") return obey(context, job, found);
    prior = found;
  }
  return acked(context, job, outcome);
}

async function fail(context: Context, job: Job, failed: FailedAttempt): Promise<Settled> {
  const { envelope, prior } = job;
  const now = context.clock.now();
  const firstFailureAt = firstFailureOf(prior.state) ?? isoTime(now);
  const possiblyDelivered = wasPossiblyDelivered(prior.state) || mayHaveReached(job, failed);
  const made = { firstFailureAt, possiblyDelivered, failure: withoutRead(failed.failure) };
  const due = failed.certainty === "permanent" ? undefined : dueOf(context, job, failed, firstFailureAt, now);
  if (due === undefined) return die(context, job, { ...failed, ...made, failure: failed.failure });

  const attempt = envelope.attempt + 1;
  const dueAt = isoTime(due);
  const { sequence } = envelope;
  const held = heldBy(job.message);
  const state = {
    state: "parked",
    id: spotId(envelope),
    attempt,
    dueAt,
    ...made,
    bundle: job.bundle.hash,
    sequence,
    ...itemsIn(prior.state),
    ...held,
    ...redrivenIn(prior.state),
  } as const;
  const record = stateMessage(context, job, prior, state);
  const written = await (held === undefined
    ? context.failures.write([
        record,
        { ...scheduleMessage(context, job, attempt, dueAt), ...beside(toRetry(context, job)) },
      ])
    : publish(context.link.requests, record));
  if (context.crash) await context.crash("after-failure-batch");
  if (isGone(written)) return die(context, job, { ...made, failure: goneFailure(written) });
  if (written.kind !== "stored") return notWritten(context, job, written);
  showState(context, job, state);
  // What stands behind it in its partition waits with it.
  if (held !== undefined) job.message.nak(due - now);
  else job.message.ack();
  return answered(context, { kind: "retry", attempt, dueAt, failure: failed.failure });
}

/** What it cannot be tried again without. */
export const goneFailure = ({ reason }: { readonly reason: string }): Failure => ({
  class: "invalid",
  message: reason,
});

/** Somebody was faster, or nobody can be asked now. */
async function notWritten(
  context: Context,
  job: Job,
  { kind }: Exclude<Published, { readonly kind: "stored" }>,
): Promise<Settled> {
  return kind === "conflict" ? obey(context, job, await recall(context, job)) : handBack(context, job);
}

export interface Ending extends Ended {
  readonly firstFailureAt: string;
  readonly possiblyDelivered: boolean;
}

/** The message's end at this target, as its author wants it: a dead letter, dropped, or sent on. */
export async function die(context: Context, job: Job, ending: Ending): Promise<Settled> {
  const { bundle, prior, target } = job;
  const { failure } = ending;
  const place = failure.place === undefined ? {} : { place: failure.place };
  const reaction = bundle.targets[target]?.onError[failure.class] ?? "dead";
  const sent = sendOn(context, job, ending);
  if (sent !== undefined)
    return passOn(context, job, sent, { kind: "dropped", reason: "on-error", ...place, to: sent.to });
  if (reaction === "drop") return finish(context, job, { kind: "dropped", reason: "on-error", ...place });
  if (reaction === "continue") {
    return finish(context, job, { kind: "delivered", continued: true, detail: `counts as done: ${failure.message}` });
  }
  if (!(await finishLetters(context, job, prior.state?.items))) return handBack(context, job);
  const letter = letterOf(context, job, ending);
  const at = letter.diedAt;
  const items = itemsIn(prior.state);
  const written = await writeState(context, job, prior, {
    state: "dead",
    id: letter.id,
    at,
    letter,
    ...items,
  });
  if (context.crash) await context.crash("after-dead-record");
  return written.kind === "stored" ? bury(context, job, letter) : notWritten(context, job, written);
}

type Dying = Pick<Ending, "failure" | "firstFailureAt" | "possiblyDelivered" | "item">;

/** Of the message, of the one item that it is about, or of an item of it. */
export function letterOf(
  context: Context,
  { envelope, bundle, prior, target }: Job,
  dying: Dying,
  items: ItemsState | undefined = itemsOf(prior.state),
): DeadLetter {
  const { failure, firstFailureAt, possiblyDelivered } = dying;
  const item = dying.item ?? envelope.item;
  const ended = item === undefined ? endedItems(envelope, items) : [];
  return {
    id: envelope.id + (item ?? ""),
    ...(item === undefined ? {} : { item }),
    ...(ended.length === 0 ? {} : { ended }),
    tenant: context.tenant,
    integration: context.integration,
    target,
    failure,
    firstFailureAt,
    possiblyDelivered,
    attempts: envelope.attempt,
    diedAt: isoTime(context.clock.now()),
    bundle: bundle.hash,
    sequence: envelope.sequence,
    ...redrivenIn(prior.state),
  };
}

/** One batch says here that it is gone, and there that it has come. */
async function passOn(context: Context, job: Job, sent: SentOn, outcome: Finished): Promise<Settled> {
  const { prior, envelope } = job;
  const at = isoTime(context.clock.now());
  const state = { state: "dropped", id: spotId(envelope), at, to: sent.to, ...redrivenIn(prior.state) } as const;
  const messages = [stateMessage(context, job, prior, state), ...sent.messages];
  const written = await context.failures.write(messages);
  if (context.crash) await context.crash("after-sent-on");
  switch (written.kind) {
    case "stored":
      for (const shown of [{ spot: job, state }, ...sent.shown]) showState(context, shown.spot, shown.state);
      return acked(context, job, outcome);
    case "conflict": {
      const found = await recall(context, job);
      if (found?.revision !== prior.revision) return obey(context, job, found);
      // The record is as it was: so it was sent there before, by a run that is forgotten or by another target's.
      const left = await notYetThere(context, [sent]);
      if (left === undefined || left[0]?.messages.length === sent.messages.length) return handBack(context, job);
      return left[0] === undefined ? finish(context, job, outcome) : passOn(context, job, left[0], outcome);
    }
    case "unavailable":
      return handBack(context, job);
    default:
      return written satisfies never;
  }
}

/** The record says dead; now the letter, once, and then the ack. */
export async function bury(context: Context, job: Job, letter: DeadLetter): Promise<Settled> {
  const written = await publishDeadLetter(context, job, job, letter);
  if (context.crash) await context.crash("after-dead-letter");
  return written.kind === "unavailable" ? handBack(context, job) : acked(context, job, { kind: "dead", letter });
}

/**
 * Somebody was faster. What the record says is done, is done; a dead letter that its writer may not have got to is
 * written; anything else is left alone, neither acked nor handed back: if the other one dies, it comes again.
 */
export async function obey(context: Context, job: Job, found: Prior | undefined): Promise<Settled> {
  const verdict = judge(found?.state, job.envelope.attempt);
  if (found?.state !== undefined) showState(context, job, found.state);
  if (verdict.kind !== "run" && !(await finishLetters(context, job, found?.state?.items))) {
    return handBack(context, job);
  }
  // As it stands in its partition, it is delivered again with what stood before it.
  if (isReplay(job.message, found?.state)) job.message.nak();
  else if (verdict.kind === "settled") await ackCleared(context, { ...job, prior: found ?? job.prior });
  if (verdict.kind === "dead") await bury(context, job, verdict.letter);
  return undefined;
}

export function acked(context: Context, job: Job, outcome: Outcome): Settled | Promise<Settled> {
  const may = cleared(context, job, job.prior.revision, outcome.kind === "dead");
  if (may !== true) return may.then((done) => (done ? ack(context, job, outcome) : handBack(context, job)));
  return ack(context, job, outcome);
}

function ack(context: Context, { message }: Job, outcome: Outcome): Outcome | Promise<Outcome> {
  message.ack();
  return answered(context, outcome);
}

/** Of what somebody else brought to its end, or on its way. */
export async function ackCleared(context: Context, job: Pick<Job, keyof Spot | "message" | "envelope" | "prior">) {
  if (await cleared(context, job, job.prior.revision, false)) job.message.ack();
  else job.message.nak(pauseMs(context));
}

export function answered({ crash }: Context, outcome: Outcome): Outcome | Promise<Outcome> {
  return crash === undefined ? outcome : afterAck(crash, outcome);
}

async function afterAck(crash: CrashHook, outcome: Outcome): Promise<Outcome> {
  await crash("after-ack");
  return outcome;
}

/** Nothing could be written down: the server hands the message out again. */
export function handBack(context: Context, { message }: Job): undefined {
  message.nak(pauseMs(context));
}

/** Long enough for a hiccup of NATS to pass. */
export const pauseMs = ({ random }: Context): number => 1_000 + random() * 1_000;

export function dueOf(
  context: Context,
  { bundle, target, envelope, prior }: Job,
  { retryAfterMs }: Pick<FailedAttempt, "retryAfterMs">,
  firstFailureAt: string,
  now: number,
): number | undefined {
  const policy: RetryPolicy | undefined = bundle.targets[target]?.retry;
  if (policy === undefined) return undefined;
  const attempt = envelope.attempt - attemptsBefore(prior.state);
  const failed = { attempt, firstFailureAt: Date.parse(firstFailureAt), now };
  return nextAttempt(policy, retryAfterMs === undefined ? failed : { ...failed, retryAfterMs }, context.random);
}

/** It may be there although nobody said so. */
export function mayHaveReached({ uncertain, envelope, bundle }: Job, failed: FailedAttempt): boolean {
  if (failed.certainty === "unknown") return true;
  // An earlier run, of which nothing is known, may have had other answers or another bundle, and have come further.
  const mayDiffer = failed.reached || bundle.asks !== undefined || envelope.bundle !== bundle.hash;
  return uncertain && mayDiffer;
}

export function wasPossiblyDelivered(state: RetryState | undefined): boolean {
  return (state?.state === "parked" || state?.state === "started") && state.possiblyDelivered === true;
}
