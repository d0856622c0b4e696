// One target of one integration: its two durable consumers, for messages that come in and for those that fall due,
// and the path of a message from being pulled to being settled. It outlives bundles: which one runs a message is
// looked up per message.

import * as address from "../schema/address.ts";
import type { Envelope } from "../schema/envelope.ts";
import { type Attempted, attempt, type ItemsAttempted, sumOf } from "./attempt.ts";
import { type Batches, createBatches } from "./batch.ts";
import type { BreakerState } from "./breaker.ts";
import { isInPieces } from "./content/assemble.ts";
import type { Context } from "./context.ts";
import { readMessage } from "./envelope.ts";
import { deliverFirst, type FirstSpot, tellOutcome } from "./first-delivery.ts";
import { createLane, type Lane } from "./gate.ts";
import { finishLetters } from "./item-letters.ts";
import { settledItems } from "./items-state.ts";
import { createLanes } from "./lanes.ts";
import { comesAgain } from "./lost-schedule.ts";
import { asRecorded, isReplay, notDueFor, underClaim, unexplained, verdictOn } from "./order-turn.ts";
import { pullInOrder } from "./ordered-pull.ts";
import type { Lease } from "./program.ts";
import { type Puller, startPulling } from "./pull.ts";
import { isBuried, nothingKnown, recall, showState } from "./retry-state.ts";
import { ackCleared, bury, type Job, pauseMs, type Settled } from "./settle.ts";
import { settleAttempted } from "./settle-items.ts";
import { shared } from "./shared.ts";
import { streamFacts } from "./stream-api.ts";
import { isSuspect, runSuspect } from "./suspect.ts";
import { createThrottle, type Limit, type Origin, type Throttle, type Turn } from "./throttle.ts";

export interface TargetLine {
  readonly transport?: "ephemeral";
  readonly partitions: number;
  readonly inFlight: number;
  held(): number;
  pulling(): boolean;
  breaker(): BreakerState;
  /** The author's limits, when another bundle brings others; what was collected for the one before leaves. */
  limit(limit: Limit | undefined): void;
  stop(): Promise<void>;
  idle(): Promise<void>;
  handBack(): void;
}

/** A suspect that is slow holds up the next one of its target so long. */
const lanePatienceMs = 1_000;

export interface TargetOptions {
  readonly name: string;
  /** Messages in hand at once where the author gives no limit; retries have a quarter of it for themselves. */
  readonly inFlight: number;
  /** Messages that may lie ready beside them. */
  readonly ahead: number;
  /** With `order-by`: how many partitions the intake has. */
  readonly partitions?: number;
  readonly limit: Limit | undefined;
  readonly lease: (envelope: Envelope) => Lease | undefined;
}

interface Target extends TargetOptions {
  readonly lane: Lane;
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
  const { name, inFlight, limit, partitions = 0 } = options;
  const throttle = createThrottle(context, { target: name, inFlight: inFlight + dueInFlight(inFlight), limit });
  // Retries are few, and may be held back by their budget: that none of them may come fills no batch.
  const full = (): boolean => pullers.some((puller, index) => index !== 1 && puller.full());
  const batches = createBatches(context, { target: name, full });
  const target: Target = { ...options, lane: createLane(context.clock, lanePatienceMs), batches, throttle };
  const pullers: readonly Puller[] = [
    pullFrom(context, target, "intake"),
    pullFrom(context, target, "due"),
    ...(partitions > 0 ? [pullPartitions(context, target, partitions)] : []),
  ];
  return {
    partitions,
    inFlight,
    held: () => pullers.reduce((sum, puller) => sum + puller.held(), 0),
    pulling: () => pullers.every((puller) => puller.pulling()),
    breaker: throttle.breaker,
    limit: (given) => {
      throttle.limit(given);
      batches.urge()();
    },
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
    ahead: origin === "intake" ? target.ahead : 0,
    more: (held) => target.throttle.more(origin, held),
    inFlightBytes: limits.inFlightBytes,
    begin: async ({ delivered }) => {
      const repeat = Math.max(delivered, highest);
      // Every message that falls due is checked anyway.
      const facts = origin === "intake" ? await streamFacts(link.requests, intake) : undefined;
      watermark = { check: facts?.lastSequence ?? Number.POSITIVE_INFINITY, repeat };
      return origin === "due" || facts !== undefined;
    },
    handle: (pulled, message, data) => {
      highest = Math.max(highest, pulled.sequence);
      // Read before the first await: the library's message with its headers is garbage then.
      const hash = message.subject.slice(message.subject.lastIndexOf(".") + 1);
      const fallback = { id: hash, sequence: pulled.sequence };
      const envelope = readMessage(message, fallback, origin === "intake", data);
      const spot = { target: target.name, hash, message: pulled, envelope };
      const isNew =
        origin === "intake" &&
        pulled.deliveryCount === 1 &&
        pulled.sequence > Math.max(watermark.check, watermark.repeat);
      if (isNew && context.crash === undefined && !isInPieces(envelope) && takeNew(context, target, spot))
        return undefined;
      return take(context, target, origin, watermark, spot);
    },
  });
  target.throttle.onRoom(puller.refill);
  return puller;
}

/** One after the other of each partition, and of all partitions no more at once than the target takes. */
function pullPartitions(context: Context, target: Target, partitions: number): Puller {
  const { integration, link, clock, log } = context;
  const stream = address.intakeStream(integration);
  const lanes = target.inFlight < partitions ? createLanes(target.inFlight) : undefined;
  const facts = shared(() => streamFacts(link.requests, stream));
  const watermarks = new Map<number, Watermark>();
  const highest = new Map<number, number>();
  const puller = pullInOrder({
    link,
    clock,
    log,
    stream,
    consumers: address.intakeConsumers(target.name, { partitions }).slice(1),
    more: (held) => target.throttle.more("intake", held),
    begin: async (partition, { delivered }) => {
      const known = await facts();
      const check = known?.lastSequence ?? Number.POSITIVE_INFINITY;
      watermarks.set(partition, { check, repeat: Math.max(delivered, highest.get(partition) ?? 0) });
      return known !== undefined;
    },
    handle: (partition, pulled, message) => {
      highest.set(partition, Math.max(highest.get(partition) ?? 0, pulled.sequence));
      const hash = message.subject.slice(message.subject.lastIndexOf(".") + 1);
      const envelope = readMessage(message, { id: hash, sequence: pulled.sequence }, true);
      const spot = { target: target.name, hash, message: pulled, envelope };
      const run = (): Promise<void> => take(context, target, "intake", watermarks.get(partition) ?? allNew, spot);
      return lanes === undefined ? run() : lanes(run);
    },
  });
  target.throttle.onRoom(puller.refill);
  return puller;
}

/** Never used: a partition is begun before anything of it is handed out. */
const allNew: Watermark = { check: Number.POSITIVE_INFINITY, repeat: 0 };

/** False: it has to wait. */
function takeNew(context: Context, target: Target, spot: FirstSpot): boolean {
  const { throttle } = target;
  const gate = context.suspects;
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
  const { hash, message } = spot;
  if (context.crash) await context.crash("pulled");
  const repeat = message.sequence <= watermark.repeat;
  const check = repeat || message.deliveryCount > 1 || origin === "due" || message.sequence <= watermark.check;
  const prior = check ? await recall(context, spot) : nothingKnown;
  if (prior === undefined) return message.nak(pauseMs(context));
  const early = notDueFor(prior.state, context.clock.now());
  if (early > 0) return message.nak(early);
  const envelope = asRecorded(spot.envelope, prior.state);
  const forgotten = prior.revision === 0 && (origin === "due" || message.deliveryCount > 1);
  if (forgotten && (await isBuried(context, spot, envelope.sequence))) return ackCleared(context, { ...spot, prior });
  // With `order-by` what failed is handed out again, and its record says how those attempts ended.
  const uncertain = repeat || unexplained(message, prior.state) > 1;
  if (context.crash) await context.crash("recalled");

  const lease = target.lease(envelope);
  if (lease === undefined) return message.nak(pauseMs(context));
  const job: Job = { target: target.name, hash, message, envelope, bundle: lease.program.bundle, prior, uncertain };
  try {
    const entered = target.throttle.enter();
    const turn = entered instanceof Promise ? await entered : entered;
    if (turn === undefined) return message.nak();
    try {
      if (isSuspect(job)) await tryAgain(context, target, job, lease, turn);
      else await runBeside(context, target, job, collects(target, lease) ? target.batches.joining(lease) : lease, turn);
    } finally {
      target.throttle.leave(turn);
    }
  } finally {
    lease.done();
  }
}

const collects = ({ name }: Target, { program }: Lease): boolean => program.bundle.targets[name]?.batch !== undefined;

/** A call that waits only where the process stands still for a suspect. */
async function runBeside(context: Context, target: Target, job: Job, lease: Lease, turn: Turn): Promise<void> {
  const wait = context.suspects.enter();
  if (wait !== undefined) await wait;
  try {
    if (verdictOn(job).kind !== "run") return await obey(context, job);
    const startedAt = context.clock.now();
    const attempted = await attemptInTurn(context, target, job, lease, turn);
    tellSettled(context, job, startedAt, await settleOurs(context, job, attempted));
  } finally {
    context.suspects.leave();
  }
}

function tryAgain(context: Context, target: Target, job: Job, given: Lease, turn: Turn): Promise<void> {
  const lease = collects(target, given) ? target.batches.alone(given) : given;
  return runSuspect(context, job, {
    lane: target.lane,
    attempt: (started) => attemptInTurn(context, target, started, lease, turn),
    obey: (known) => obey(context, known),
    settle: async (started, startedAt, attempted) =>
      tellSettled(context, started, startedAt, await settleOurs(context, started, attempted)),
    ended: (known, startedAt, outcome) => tellSettled(context, known, startedAt, outcome),
  });
}

/** Somebody else has decided. */
async function obey(context: Context, job: Job): Promise<void> {
  const { state } = job.prior;
  const verdict = verdictOn(job);
  // Whoever wrote it may have died before it could be seen.
  if (state !== undefined) showState(context, job, state);
  if (!(await finishLetters(context, job, state?.items))) return job.message.nak(pauseMs(context));
  if (verdict.kind === "settled" && !(await comesAgain(context, job))) return job.message.nak(pauseMs(context));
  if (verdict.kind === "settled") return ackCleared(context, job);
  if (verdict.kind !== "dead") return;
  const startedAt = context.clock.now();
  tellSettled(context, job, startedAt, await bury(context, job, verdict.letter));
}

async function attemptInTurn(
  context: Context,
  { throttle }: Target,
  job: Job,
  lease: Lease,
  turn: Turn,
): Promise<Attempted | ItemsAttempted> {
  const { target, envelope, prior } = job;
  const { claim } = job.message;
  const ours = claim === undefined ? lease : underClaim(lease, claim);
  const paced = turn.reserved ? { ...ours, open: throttle.paced(ours.open, turn) } : ours;
  const ended = settledItems(envelope, prior.state?.items, isReplay(job.message, prior.state));
  const attempted = await attempt(context, paced, target, envelope, ended);
  if (claim?.lasts() !== false && !lease.canary) {
    throttle.told(turn, envelope, attempted.kind === "items" ? sumOf(attempted) : attempted);
  }
  return attempted;
}

/** When somebody else may have it by now, that one has to find out what becomes of it. */
function settleOurs(context: Context, job: Job, attempted: Attempted | ItemsAttempted): Settled | Promise<Settled> {
  return job.message.claim?.lasts() === false ? undefined : settleAttempted(context, job, attempted);
}

function tellSettled(context: Context, job: Job, startedAt: number, outcome: Settled): void {
  if (outcome !== undefined) tellOutcome(context, job, startedAt, outcome);
}
