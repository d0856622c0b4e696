// Messages that may have killed their workers: handed out three times, and nobody wrote down what came of it. Each start
// is written down before it is made. The first ones run beside everything else, since most suspects only stood beside
// the killer. The start that decides is made while the process does nothing else: who dies then did it.

import type { RetryState } from "../schema/outcome.ts";
import type { Attempted, ItemsAttempted } from "./attempt.ts";
import { isoTime, within } from "./clock.ts";
import type { Context } from "./context.ts";
import { spotId } from "./envelope.ts";
import type { Lane } from "./gate.ts";
import { asRecorded, heldBy, unexplained, verdictOn } from "./order-turn.ts";
import { firstFailureOf, keepingUnknown, recall, redrivenIn, writeState } from "./retry-state.ts";
import { die, type Job, pauseMs, type Settled, wasPossiblyDelivered } from "./settle.ts";

/** From so many deliveries on, a message may be what killed its workers. */
const suspectFrom = 3;
/** So often a suspect may be started without an outcome; the last of them alone. */
const startsAllowed = 3;
/** How long the process stands still for the start that decides, and at most when it had to be made again. */
const aloneMs = 5_000;
const longestAloneMs = 120_000;

export const isSuspect = ({ message, prior }: Job): boolean =>
  unexplained(message, prior.state) >= suspectFrom || prior.state?.state === "started";

export interface Trial {
  readonly lane: Lane;
  attempt(job: Job): Promise<Attempted | ItemsAttempted>;
  /** What was decided without an attempt. */
  obey(job: Job): Promise<void>;
  settle(job: Job, startedAt: number, attempted: Attempted | ItemsAttempted): Promise<void>;
  ended(job: Job, startedAt: number, outcome: Settled): void;
}

type Started = Extract<RetryState, { state: "started" }>;

export async function runSuspect(context: Context, waiting: Job, trial: Trial): Promise<void> {
  const before = startOf(waiting);
  if (before.started >= startsAllowed - 1) return decide(context, waiting, trial);
  return trial.lane(async () => {
    const job = await anew(context, waiting);
    if (job === undefined) return;
    if (verdictOn(job).kind !== "run") return trial.obey(job);
    const wait = context.suspects.enter();
    if (wait !== undefined) await wait;
    try {
      const started = await start(context, job, { ...startOf(job), alone: false });
      if (started === undefined) return;
      const startedAt = context.clock.now();
      return await trial.settle(started, startedAt, await trial.attempt(started));
    } finally {
      context.suspects.leave();
    }
  });
}

async function decide(context: Context, waiting: Job, trial: Trial): Promise<void> {
  return context.suspects.alone(async (open) => {
    const job = await anew(context, waiting);
    if (job === undefined) return;
    if (verdictOn(job).kind !== "run") return trial.obey(job);
    const before = startOf(job);
    const startedAt = context.clock.now();
    if (before.alone && before.started >= startsAllowed) {
      return trial.ended(job, startedAt, await endKiller(context, job));
    }
    const started = await start(context, job, { ...before, alone: true });
    if (started === undefined) return;
    const attempting = trial.attempt(started);
    const aloneFor = Math.min(longestAloneMs, aloneMs * 4 ** Math.max(0, before.started - startsAllowed + 1));
    const quick = await within(context.clock, aloneFor, attempting, undefined);
    if (quick !== undefined) return trial.settle(started, startedAt, quick);
    // It is slow: others go on, and from now on a death says nothing of it.
    const acquitted = await record(context, started, { ...startOf(started), alone: false });
    open();
    return trial.settle(acquitted ?? started, startedAt, await attempting);
  });
}

/** It waited for its turn; what was known may be old. */
async function anew(context: Context, waiting: Job): Promise<Job | undefined> {
  const prior = await recall(context, waiting);
  if (prior === undefined) waiting.message.nak(pauseMs(context));
  return prior && { ...waiting, envelope: asRecorded(waiting.envelope, prior.state), prior, uncertain: true };
}

interface Start {
  readonly started: number;
  readonly alone: boolean;
}

const startOf = ({ prior: { state } }: Job): Start =>
  state?.state === "started" ? { started: state.started, alone: state.alone === true } : { started: 0, alone: false };

/** Undefined: it must not be made. */
async function start(context: Context, job: Job, before: Start): Promise<Job | undefined> {
  const started = await record(context, job, { ...before, started: before.started + 1 });
  if (context.crash) await context.crash("after-started-record");
  return started;
}

async function record(context: Context, job: Job, { started, alone }: Start): Promise<Job | undefined> {
  const { attempt, sequence } = job.envelope;
  const firstFailureAt = firstFailureOf(job.prior.state);
  const state: Started = {
    state: "started",
    id: spotId(job.envelope),
    started,
    ...(alone ? { alone } : {}),
    attempt,
    ...(firstFailureAt === undefined ? {} : { firstFailureAt }),
    ...(wasPossiblyDelivered(job.prior.state) ? { possiblyDelivered: true } : {}),
    bundle: job.bundle.hash,
    sequence,
    // Its letters are in the record until they are written.
    ...(job.prior.state?.items === undefined ? {} : { items: job.prior.state.items }),
    ...heldBy(job.message, job.prior.state),
    ...redrivenIn(job.prior.state),
  };
  const written = await writeState(context, job, job.prior, state);
  if (written.kind === "stored") {
    return { ...job, prior: { revision: written.sequence, state: keepingUnknown(job.prior.state, state) } };
  }
  // A conflict means that another worker runs it: if that one dies, it comes again.
  if (written.kind === "unavailable") job.message.nak(pauseMs(context));
  return undefined;
}

function endKiller(context: Context, job: Job): Promise<Settled> {
  return die(context, job, {
    failure: { class: "unavailable", message: `killed its worker: ${startsAllowed} times started, never an outcome` },
    firstFailureAt: firstFailureOf(job.prior.state) ?? isoTime(context.clock.now()),
    possiblyDelivered: true,
  });
}
