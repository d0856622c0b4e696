// One target of one integration: its two durable consumers, for messages that come in and for those that fall due,
// and the path of a message from being pulled to being settled. It outlives bundles: which one runs a message is
// looked up per message.

import * as address from "../schema/address.ts";
import type { Envelope } from "../schema/envelope.ts";
import { type Attempted, attempt, type ItemsAttempted, sumOf } from "./attempt.ts";
import { type Batches, createBatches } from "./batch.ts";
import type { BreakerState } from "./breaker.ts";
import { isoTime } from "./clock.ts";
import type { Context } from "./context.ts";
import { readEnvelope, spotId } from "./envelope.ts";
import { deliverFirst, type FirstSpot, tellOutcome } from "./first-delivery.ts";
import { createGate, type Gate } from "./gate.ts";
import { headerBlock } from "./header-block.ts";
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
import { bury, die, type Job, pauseMs, wasPossiblyDelivered } from "./settle.ts";
import { settleAttempted } from "./settle-items.ts";
import { streamFacts } from "./stream-api.ts";
import { createThrottle, type Limit, type Origin, type Throttle, type Turn } from "./throttle.ts";

export interface TargetLine {
  held(): number;
  pulling(): boolean;
  breaker(): BreakerState;
  /** The author's limits, when another bundle brings others. */
  limit(limit: Limit | undefined): void;
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
  /** Messages in hand at once where the author gives no limit; retries have a quarter of it for themselves. */
  readonly inFlight: number;
  readonly limit: Limit | undefined;
  readonly lease: (envelope: Envelope) => Lease | undefined;
}

interface Target extends TargetOptions {
  readonly gate: Gate;
  readonly batches: Batches;
  readonly throttle: Throttle;
}

/** What may come again although the server says that it is new: it forgets deliveries when it is killed. */
interface Watermark {
  /** Up to here the record is read before anything is done. */
  readonly check: number;
  /** Up to here messages were handed out before. */
  readonly repeat: number;
}

export function startTarget(context: Context, options: TargetOptions): TargetLine {
  const { name, inFlight, limit } = options;
  const throttle = createThrottle(context, { target: name, inFlight: inFlight + dueInFlight(inFlight), limit });
  const batches = createBatches(context, { target: name, full: () => pullers[0]?.full() ?? false });
  const target: Target = { ...options, gate: createGate(), batches, throttle };
  const pullers: readonly Puller[] = [pullFrom(context, target, "intake"), pullFrom(context, target, "due")];
  return {
    held: () => pullers.reduce((sum, puller) => sum + puller.held(), 0),
    pulling: () => pullers.every((puller) => puller.pulling()),
    breaker: throttle.breaker,
    limit: throttle.limit,
    stop: async () => {
      await Promise.all(pullers.map((puller) => puller.stop()));
      throttle.stop();
      batches.urge();
    },
    idle: async () => void (await Promise.all(pullers.map((puller) => puller.idle()))),
    handBack: () => {
      for (const puller of pullers) puller.handBack();
    },
  };
}

/** Retries have this for themselves. */
const dueInFlight = (inFlight: number): number => Math.max(1, Math.floor(inFlight / 4));

function pullFrom(context: Context, target: Target, origin: Origin): Puller {
  const { integration, link, clock, log, limits } = context;
  const intake = address.intakeStream(integration);
  let highest = 0;
  let watermark: Watermark = { check: Number.POSITIVE_INFINITY, repeat: 0 };
  const puller = startPulling({
    link,
    clock,
    log,
    stream: origin === "intake" ? intake : address.retryStream(integration),
    consumer: address.targetConsumer(target.name),
    inFlight: origin === "intake" ? target.inFlight : dueInFlight(target.inFlight),
    more: (held) => target.throttle.more(origin, held),
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
      const envelope = readEnvelope(headerBlock(message), message.data, fallback, origin === "intake");
      const spot = { target: target.name, hash, message: pulled, envelope };
      const isNew =
        origin === "intake" &&
        pulled.deliveryCount === 1 &&
        pulled.sequence > Math.max(watermark.check, watermark.repeat);
      if (isNew && context.crash === undefined && takeNew(context, target, spot)) return undefined;
      return take(context, target, origin, watermark, spot);
    },
  });
  target.throttle.onRoom(puller.refill);
  return puller;
}

/** False: it has to wait. */
function takeNew(context: Context, target: Target, spot: FirstSpot): boolean {
  const { gate, throttle } = target;
  if (!gate.free()) return false;
  const turn = throttle.enterNow();
  if (turn === undefined) return false;
  const given = target.lease(spot.envelope);
  if (given === undefined) {
    throttle.leave(turn);
    return false;
  }
  void gate.enter();
  const lease = collects(target, given) ? target.batches.joining(given) : given;
  deliverFirst(context, { gate, throttle, turn, lease }, spot);
  return true;
}

async function take(
  context: Context,
  target: Target,
  origin: Origin,
  watermark: Watermark,
  spot: FirstSpot,
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
  const job: Job = { target: target.name, hash, message, envelope, bundle: lease.program.bundle, prior, uncertain };
  const suspect = message.deliveryCount >= suspectFrom || prior.state?.state === "started";
  try {
    const entered = target.throttle.enter();
    const turn = entered instanceof Promise ? await entered : entered;
    if (turn === undefined) return message.nak();
    try {
      if (suspect) await runAlone(context, target, job, lease, turn);
      else await runBeside(context, target, job, collects(target, lease) ? target.batches.joining(lease) : lease, turn);
    } finally {
      target.throttle.leave(turn);
    }
  } finally {
    lease.done();
  }
}

const collects = ({ name }: Target, { program }: Lease): boolean => program.bundle.targets[name]?.batch !== undefined;

async function runAlone(context: Context, target: Target, job: Job, lease: Lease, turn: Turn): Promise<void> {
  const { gate, batches } = target;
  // What is collected would keep it waiting.
  const enough = batches.urge();
  try {
    const own = collects(target, lease) ? batches.alone(lease) : lease;
    await context.suspects.alone(() => gate.alone(() => runSuspect(context, target, job, own, turn)));
  } finally {
    enough();
  }
}

async function runBeside(context: Context, target: Target, job: Job, lease: Lease, turn: Turn): Promise<void> {
  const { gate } = target;
  const wait = gate.enter();
  if (wait !== undefined) await wait;
  try {
    await run(context, target, job, lease, turn);
  } finally {
    gate.leave();
  }
}

async function run(context: Context, target: Target, job: Job, lease: Lease, turn: Turn): Promise<void> {
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
    verdict.kind === "dead"
      ? await bury(context, job, verdict.letter)
      : await settleAttempted(context, job, await attemptInTurn(context, target, job, lease, turn));
  if (outcome !== undefined) tellOutcome(context, job, startedAt, outcome);
}

async function attemptInTurn(
  context: Context,
  { throttle }: Target,
  { target, envelope, prior }: Job,
  lease: Lease,
  turn: Turn,
): Promise<Attempted | ItemsAttempted> {
  const paced = turn.reserved ? { ...lease, open: throttle.paced(lease.open, turn) } : lease;
  const attempted = await attempt(context, paced, target, envelope, settledItems(envelope, itemsOf(prior.state)));
  throttle.told(turn, envelope, attempted.kind === "items" ? sumOf(attempted) : attempted);
  return attempted;
}

/** It may kill the process: so it is written down first, and nothing else runs beside it. */
async function runSuspect(context: Context, target: Target, waiting: Job, lease: Lease, turn: Turn): Promise<void> {
  const { envelope, message } = waiting;
  // It waited for its turn; what was known may be old.
  const prior = await recall(context, waiting);
  if (prior === undefined) return message.nak(pauseMs(context));
  const job: Job = { ...waiting, prior, uncertain: true };
  if (judge(prior.state, envelope.attempt).kind !== "run") return run(context, target, job, lease, turn);

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
  const known = { ...job, prior: { revision: written.sequence, state: started } };
  return run(context, target, known, lease, turn);
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
