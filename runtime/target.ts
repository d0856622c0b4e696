// One target of one integration: its two durable consumers, for messages that come in and for those that fall due,
// and the path of a message from being pulled to being settled. It outlives bundles: which one runs a message is
// looked up per message.

import * as address from "../schema/address.ts";
import type { Envelope } from "../schema/envelope.ts";
import type { Outcome } from "../schema/outcome.ts";
import { attempt } from "./attempt.ts";
import { isoTime } from "./clock.ts";
import type { Context } from "./context.ts";
import { readEnvelope, spotId } from "./envelope.ts";
import { createGate, type Gate } from "./gate.ts";
import { finishLetters } from "./item-letters.ts";
import { itemsIn, itemsOf, settledItems } from "./items-state.ts";
import type { Lease } from "./program.ts";
import { type Puller, startPulling } from "./pull.ts";
import {
  firstFailureOf,
  isBuried,
  judge,
  nothingKnown,
  recall,
  redrivenIn,
  showState,
  writeState,
} from "./retry-state.ts";
import { withoutRead } from "./send-on.ts";
import { bury, die, type Job, pauseMs, type Settled, settle, wasPossiblyDelivered } from "./settle.ts";
import { settleItems } from "./settle-items.ts";
import { streamFacts } from "./stream-api.ts";

export interface TargetLine {
  held(): number;
  pulling(): boolean;
  stop(): Promise<void>;
  idle(): Promise<void>;
  handBack(): void;
}

/** From so many deliveries on, a message may be what killed its workers. */
const suspectFrom = 3;
/** So often a suspect may be started without an outcome. */
const startsAllowed = 3;

export interface TargetOptions {
  readonly name: string;
  /** Messages in hand at once; retries have a quarter of it for themselves. */
  readonly inFlight: number;
  /** Items of one split message that are delivered at once. */
  readonly together: number;
  readonly lease: (envelope: Envelope) => Lease | undefined;
}

interface Target extends TargetOptions {
  readonly gate: Gate;
}

/** What may come again although the server says that it is new: it forgets deliveries when it is killed. */
interface Watermark {
  /** Up to here the record is read before anything is done. */
  readonly check: number;
  /** Up to here messages were handed out before. */
  readonly repeat: number;
}

type Origin = "intake" | "due";

export function startTarget(context: Context, options: TargetOptions): TargetLine {
  const target: Target = { ...options, gate: createGate() };
  const pullers = [pullFrom(context, target, "intake"), pullFrom(context, target, "due")];
  return {
    held: () => pullers.reduce((sum, puller) => sum + puller.held(), 0),
    pulling: () => pullers.every((puller) => puller.pulling()),
    stop: async () => void (await Promise.all(pullers.map((puller) => puller.stop()))),
    idle: async () => void (await Promise.all(pullers.map((puller) => puller.idle()))),
    handBack: () => {
      for (const puller of pullers) puller.handBack();
    },
  };
}

function pullFrom(context: Context, target: Target, origin: Origin): Puller {
  const { integration, link, clock, log, limits } = context;
  const intake = address.intakeStream(integration);
  let highest = 0;
  let watermark: Watermark = { check: Number.POSITIVE_INFINITY, repeat: 0 };
  return startPulling({
    link,
    clock,
    log,
    stream: origin === "intake" ? intake : address.retryStream(integration),
    consumer: address.targetConsumer(target.name),
    inFlight: origin === "intake" ? target.inFlight : Math.max(1, Math.floor(target.inFlight / 4)),
    inFlightBytes: limits.inFlightBytes,
    begin: async ({ delivered }) => {
      const repeat = Math.max(delivered, highest);
      // Every message that falls due is checked anyway.
      const facts = origin === "intake" ? await streamFacts(link.requests, intake) : undefined;
      watermark = { check: facts?.lastSequence ?? Number.POSITIVE_INFINITY, repeat };
      return origin === "due" || facts !== undefined;
    },
    handle: (pulled, message) => {
      highest = Math.max(highest, pulled.sequence);
      // Read before the first await: the library's message with its headers is garbage then.
      const hash = message.subject.slice(message.subject.lastIndexOf(".") + 1);
      const fallback = { id: hash, sequence: pulled.sequence };
      const envelope = readEnvelope(message.headers, message.data, fallback, origin === "intake");
      return take(context, target, origin, watermark, { target: target.name, hash, message: pulled, envelope });
    },
  });
}

async function take(
  context: Context,
  target: Target,
  origin: Origin,
  watermark: Watermark,
  spot: Pick<Job, "target" | "hash" | "message" | "envelope">,
): Promise<void> {
  const { hash, message, envelope } = spot;
  if (context.crash) await context.crash("pulled");
  const uncertain = message.deliveryCount > 1 || message.sequence <= watermark.repeat;
  const check = uncertain || origin === "due" || message.sequence <= watermark.check;
  const prior = check ? await recall(context, spot) : nothingKnown;
  if (prior === undefined) return message.nak(pauseMs(context));
  const forgotten = prior.revision === 0 && (origin === "due" || message.deliveryCount > 1);
  if (forgotten && (await isBuried(context, spot, envelope.sequence))) return message.ack();
  if (context.crash) await context.crash("recalled");

  const lease = target.lease(envelope);
  if (lease === undefined) return message.nak(pauseMs(context));
  const { together } = target;
  const { bundle } = lease.program;
  const job: Job = { target: target.name, hash, message, envelope, bundle, prior, uncertain, together };
  const suspect = message.deliveryCount >= suspectFrom || prior.state?.state === "started";
  try {
    if (suspect) await context.suspects.alone(() => target.gate.alone(() => runSuspect(context, job, lease)));
    else await runBeside(context, target.gate, job, lease);
  } finally {
    lease.done();
  }
}

async function runBeside(context: Context, gate: Gate, job: Job, lease: Lease): Promise<void> {
  const wait = gate.enter();
  if (wait !== undefined) await wait;
  try {
    await run(context, job, lease);
  } finally {
    gate.leave();
  }
}

async function run(context: Context, job: Job, lease: Lease): Promise<void> {
  const { state } = job.prior;
  const verdict = judge(state, job.envelope.attempt);
  // Whoever wrote it may have died before it could be seen.
  if (verdict.kind !== "run" && state !== undefined) showState(context, job, state);
  if (state?.items?.letters !== undefined && !(await finishLetters(context, job, state.items))) {
    return job.message.nak(pauseMs(context));
  }
  if (verdict.kind === "settled") return job.message.ack();
  const startedAt = context.clock.now();
  const outcome =
    verdict.kind === "dead" ? await bury(context, job, verdict.letter) : await tryOnce(context, job, lease);
  if (outcome !== undefined) tellOutcome(context, job, startedAt, outcome);
}

async function tryOnce(context: Context, job: Job, lease: Lease): Promise<Settled> {
  const { envelope, prior } = job;
  const bounds = { together: job.together, ended: settledItems(envelope, itemsOf(prior.state)) };
  const attempted = await attempt(context, lease, job.target, envelope, bounds);
  return attempted.kind === "items" ? settleItems(context, job, attempted) : settle(context, job, attempted);
}

/** It may kill the process: so it is written down first, and nothing else runs beside it. */
async function runSuspect(context: Context, waiting: Job, lease: Lease): Promise<void> {
  const { envelope, message } = waiting;
  // It waited for its turn; what was known may be old.
  const prior = await recall(context, waiting);
  if (prior === undefined) return message.nak(pauseMs(context));
  const job: Job = { ...waiting, prior, uncertain: true };
  if (judge(prior.state, envelope.attempt).kind !== "run") return run(context, job, lease);

  const { state } = prior;
  const firstFailureAt = firstFailureOf(state);
  const starts = state?.state === "started" ? state.started : 0;
  if (starts >= startsAllowed) return endKiller(context, job, firstFailureAt);
  const started = {
    state: "started",
    id: spotId(envelope),
    started: starts + 1,
    attempt: envelope.attempt,
    ...(firstFailureAt === undefined ? {} : { firstFailureAt }),
    ...(wasPossiblyDelivered(state) ? { possiblyDelivered: true } : {}),
    bundle: job.bundle.hash,
    sequence: envelope.sequence,
    ...itemsIn(state),
    ...redrivenIn(state),
  } as const;
  const written = await writeState(context, job, prior, started);
  if (context.crash) await context.crash("after-started-record");
  // A conflict means that another worker runs it: if that one dies, it comes again.
  if (written.kind === "conflict") return;
  if (written.kind === "unavailable") return message.nak(pauseMs(context));
  return run(context, { ...job, prior: { revision: written.sequence, state: started } }, lease);
}

async function endKiller(context: Context, job: Job, firstFailureAt: string | undefined): Promise<void> {
  const startedAt = context.clock.now();
  const outcome = await die(context, job, {
    failure: { class: "unavailable", message: `killed its worker: ${startsAllowed} times started, never an outcome` },
    firstFailureAt: firstFailureAt ?? isoTime(startedAt),
    possiblyDelivered: true,
  });
  if (outcome !== undefined) tellOutcome(context, job, startedAt, outcome);
}

function tellOutcome(context: Context, { envelope, target }: Job, startedAt: number, outcome: Outcome): void {
  const durationMs = context.clock.now() - startedAt;
  const id = spotId(envelope);
  if (outcome.kind === "dead") {
    const { class: kind, message } = outcome.letter.failure;
    context.log.warn({ id, target, class: kind, error: message }, "dead letter");
  }
  const told = withoutValues(outcome);
  context.tell({ kind: "outcome", id, target, attempt: envelope.attempt, durationMs, outcome: told });
}

/** What a failing expression read is nobody's but the dead letter's. */
function withoutValues(outcome: Outcome): Outcome {
  if (outcome.kind !== "dead" || outcome.letter.failure.read === undefined) return outcome;
  return { ...outcome, letter: { ...outcome.letter, failure: withoutRead(outcome.letter.failure) } };
}
