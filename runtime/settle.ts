// What an attempt's result is worth: records, schedules and acks, in the order that survives a crash after each of
// them. A first delivery that succeeds writes nothing. A failure is one atomic batch of state and schedule. Whoever
// finds the record changed obeys it.

import * as address from "../schema/address.ts";
import type { Bundle, RetryPolicy } from "../schema/bundle.ts";
import { type Envelope, header } from "../schema/envelope.ts";
import type { DeadLetter, Failure, Outcome, RetryState } from "../schema/outcome.ts";
import type { Attempted, FailedAttempt } from "./attempt.ts";
import { nextAttempt } from "./backoff.ts";
import { isoTime } from "./clock.ts";
import type { Context } from "./context.ts";
import type { CrashHook } from "./crash-point.ts";
import { publishDeadLetter } from "./dead-letter.ts";
import { travelling } from "./envelope.ts";
import { heldBy, isReplay } from "./order-turn.ts";
import { type Outgoing, publish, publishBatch } from "./publish.ts";
import type { Pulled } from "./pull.ts";
import {
  attemptsBefore,
  firstFailureOf,
  judge,
  type Prior,
  recall,
  redrivenIn,
  type Spot,
  showState,
  stateMessage,
  writeState,
} from "./retry-state.ts";

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

function finish(context: Context, job: Job, outcome: Finished): Settled | Promise<Settled> {
  return job.prior.revision === 0 ? acked(context, job, outcome) : record(context, job, outcome);
}

async function record(context: Context, job: Job, outcome: Finished): Promise<Settled> {
  let { prior } = job;
  // Only another's "started" record can come between; it says nothing of an outcome, ours does.
  while (prior.revision > 0) {
    const at = isoTime(context.clock.now());
    const state = { state: outcome.kind, id: job.envelope.id, at, ...redrivenIn(prior.state) } as const;
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
  const possiblyDelivered =
    wasPossiblyDelivered(prior.state) || (failed.reached && (job.uncertain || failed.certainty === "unknown"));
  const made = { firstFailureAt, possiblyDelivered, failure: failed.failure };
  const due = failed.certainty === "permanent" ? undefined : dueOf(context, job, failed, firstFailureAt, now);
  if (due === undefined) return die(context, job, made);

  const attempt = envelope.attempt + 1;
  const dueAt = isoTime(due);
  const { id, sequence } = envelope;
  const held = heldBy(job.message);
  const redriven = redrivenIn(prior.state);
  const state = {
    state: "parked",
    id,
    attempt,
    dueAt,
    ...made,
    bundle: job.bundle.hash,
    sequence,
    ...held,
    ...redriven,
  } as const;
  const record = stateMessage(context, job, prior, state);
  const written = await (held === undefined
    ? publishBatch(context.link.requests, [record, scheduleMessage(context, job, attempt, dueAt)])
    : publish(context.link.requests, record));
  if (context.crash) await context.crash("after-failure-batch");
  switch (written.kind) {
    case "stored":
      showState(context, job, state);
      // What stands behind it in its partition waits with it.
      if (held !== undefined) job.message.nak(due - now);
      else job.message.ack();
      return answered(context, { kind: "retry", attempt, dueAt, failure: failed.failure });
    case "conflict":
      return obey(context, job, await recall(context, job));
    case "unavailable":
      return handBack(context, job);
    default:
      return written satisfies never;
  }
}

export interface Ending {
  readonly failure: Failure;
  readonly firstFailureAt: string;
  readonly possiblyDelivered: boolean;
}

/** The message's end at this target, as its author wants it: a dead letter, or dropped. */
export async function die(context: Context, job: Job, ending: Ending): Promise<Settled> {
  const { envelope, bundle, prior, target } = job;
  const { place } = ending.failure;
  const reaction = bundle.targets[target]?.onError[ending.failure.class] ?? "dead";
  if (reaction === "drop") {
    return finish(context, job, { kind: "dropped", reason: "on-error", ...(place === undefined ? {} : { place }) });
  }
  if (reaction === "continue") {
    const detail = `counts as done: ${ending.failure.message}`;
    return finish(context, job, { kind: "delivered", detail });
  }
  const at = isoTime(context.clock.now());
  const letter: DeadLetter = {
    id: envelope.id,
    tenant: context.tenant,
    integration: context.integration,
    target,
    ...ending,
    attempts: envelope.attempt,
    diedAt: at,
    bundle: bundle.hash,
    sequence: envelope.sequence,
    ...redrivenIn(prior.state),
  };
  const written = await writeState(context, job, prior, { state: "dead", id: envelope.id, at, letter });
  if (context.crash) await context.crash("after-dead-record");
  switch (written.kind) {
    case "stored":
      return bury(context, job, letter);
    case "conflict":
      return obey(context, job, await recall(context, job));
    case "unavailable":
      return handBack(context, job);
    default:
      return written satisfies never;
  }
}

/** The record says dead; now the letter, once, and then the ack. */
export async function bury(context: Context, job: Job, letter: DeadLetter): Promise<Settled> {
  const written = await publishDeadLetter(context, job, job.envelope, letter);
  if (context.crash) await context.crash("after-dead-letter");
  return written.kind === "unavailable" ? handBack(context, job) : acked(context, job, { kind: "dead", letter });
}

/**
 * Somebody was faster. What the record says is done, is done; a dead letter that its writer may not have got to is
 * written; anything else is left alone, neither acked nor handed back: if the other one dies, it comes again.
 */
async function obey(context: Context, job: Job, found: Prior | undefined): Promise<Settled> {
  const verdict = judge(found?.state, job.envelope.attempt);
  if (found?.state !== undefined) showState(context, job, found.state);
  // As it stands in its partition, it is delivered again with what stood before it.
  if (isReplay(job.message, found?.state)) job.message.nak();
  else if (verdict.kind === "settled") job.message.ack();
  if (verdict.kind === "dead") await bury(context, job, verdict.letter);
  return undefined;
}

function acked(context: Context, { message }: Job, outcome: Outcome): Outcome | Promise<Outcome> {
  message.ack();
  return answered(context, outcome);
}

function answered({ crash }: Context, outcome: Outcome): Outcome | Promise<Outcome> {
  return crash === undefined ? outcome : afterAck(crash, outcome);
}

async function afterAck(crash: CrashHook, outcome: Outcome): Promise<Outcome> {
  await crash("after-ack");
  return outcome;
}

/** Nothing could be written down: the server hands the message out again. */
function handBack(context: Context, { message }: Job): undefined {
  message.nak(pauseMs(context));
}

/** Long enough for a hiccup of NATS to pass. */
export const pauseMs = ({ random }: Context): number => 1_000 + random() * 1_000;

function dueOf(
  context: Context,
  { bundle, target, envelope, prior }: Job,
  { retryAfterMs }: FailedAttempt,
  firstFailureAt: string,
  now: number,
): number | undefined {
  const policy: RetryPolicy | undefined = bundle.targets[target]?.retry;
  if (policy === undefined) return undefined;
  const attempt = envelope.attempt - attemptsBefore(prior.state);
  const failed = { attempt, firstFailureAt: Date.parse(firstFailureAt), now };
  return nextAttempt(policy, retryAfterMs === undefined ? failed : { ...failed, retryAfterMs }, context.random);
}

function scheduleMessage({ integration }: Context, job: Job, attempt: number, dueAt: string): Outgoing {
  const { target, hash, envelope } = job;
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

/** A suspect was started before without an outcome. */
function wasPossiblyDelivered(state: RetryState | undefined): boolean {
  return state?.state === "parked" && state.possiblyDelivered;
}
