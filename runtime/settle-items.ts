// A split message after an attempt: each item has an end of its own, or waits for the next attempt with those that have
// none. When all went well at the first try nothing is written. Else one record remembers whose end is known; the dead
// letters stand in it until they are written, and what an `on-error` sends on is stored with it or not at all.

import type { DeadLetter, Failure, ItemCounts, ItemsState, Outcome, RetryState } from "../schema/outcome.ts";
import type { Attempted, DropReason, FailedAttempt, ItemsAttempted } from "./attempt.ts";
import { isoTime } from "./clock.ts";
import { beside, toRetry } from "./content/carry.ts";
import type { Context } from "./context.ts";
import { spotId } from "./envelope.ts";
import { finishLetters, writeLetters } from "./item-letters.ts";
import { fromRanges, toRanges } from "./item-ranges.ts";
import { heldBy } from "./order-turn.ts";
import { countInBatch, isGone, mostInBatch, type Outgoing } from "./publish.ts";
import { firstFailureOf, recall, redrivenIn, scheduleMessage, showState, stateMessage } from "./retry-state.ts";
import { notYetThere, type SentOn, sendOn, withoutRead } from "./send-on.ts";
import {
  acked,
  answered,
  bury,
  die,
  dueOf,
  finish,
  goneFailure,
  handBack,
  type Job,
  letterOf,
  mayHaveReached,
  obey,
  type Settled,
  settle,
  wasPossiblyDelivered,
} from "./settle.ts";

/** Letters that one message may fill with its items, each with all its bytes; what dies beyond ends in one letter. */
const mostLetters = 16;
/** Where the bytes beside it are many, fewer. */
const mostLetterBytes = 16 * 1024 * 1024;
const lettersOf = ({ envelope: { content } }: Job): number =>
  Math.max(1, Math.min(mostLetters, Math.floor(mostLetterBytes / Math.max(1, content?.reference.size ?? 0))));

/** Messages that are sent on in one atomic batch, of which the server takes a thousand, and their bytes. */
const mostSent = 300;
const mostSentBytes = 4 * 1024 * 1024;

/** The ends that are known, by item. */
interface Ends {
  readonly delivered: Set<string>;
  readonly dropped: Set<string>;
  readonly dead: Set<string>;
  readonly lost: Set<string>;
  readonly unsure: Set<string>;
  readonly letters: DeadLetter[];
  readonly sent: SentOn[];
  /** Dropped by a step: the next walk drops it again. */
  passed: number;
  reason: DropReason;
  lostBy: Failure | undefined;
}

interface Waiting {
  readonly item: string;
  /** Undefined: it was not its turn. */
  readonly failed?: FailedAttempt;
}

export function settleAttempted(
  context: Context,
  job: Job,
  attempted: Attempted | ItemsAttempted,
): Settled | Promise<Settled> {
  if (isMoot(job, attempted)) return undefined;
  if (job.prior.state?.items?.letters !== undefined) return afterLetters(context, job, attempted);
  return attempted.kind === "items" ? settleItems(context, job, attempted) : settle(context, job, attempted);
}

/**
 * A failure of which nobody wants to know: the message may be in other hands by now, and may have been delivered by them
 * without a word, since success writes nothing. A record of ours would have it delivered again. It is neither acknowledged
 * nor handed back: if nobody brought it to its end, it comes again. With a record, the compare-and-set decides.
 */
function isMoot({ prior, message }: Job, attempted: Attempted | ItemsAttempted): boolean {
  return prior.revision === 0 && !isDone(attempted) && message.lost();
}

function isDone(attempted: Attempted | ItemsAttempted | { readonly kind: "untried" }): boolean {
  if (attempted.kind === "items") return attempted.items.every((item) => isDone(item.attempted));
  return attempted.kind === "delivered" || attempted.kind === "dropped";
}

/** Of the attempt before: the record that holds them is about to be replaced. */
async function afterLetters(context: Context, job: Job, attempted: Attempted | ItemsAttempted): Promise<Settled> {
  if (!(await finishLetters(context, job, job.prior.state?.items))) return handBack(context, job);
  return attempted.kind === "items" ? settleItems(context, job, attempted) : settle(context, job, attempted);
}

async function settleItems(context: Context, job: Job, { items }: ItemsAttempted): Promise<Settled> {
  const { state } = job.prior;
  const ends = endsBefore(state?.items);
  const firstFailureAt = firstFailureOf(state) ?? isoTime(context.clock.now());
  const waiting: Waiting[] = [];
  /** What is more than one batch takes, has its turn at once. */
  const left: Waiting[] = [];
  const end = (item: string, failed: FailedAttempt): void => {
    if (!endItem(context, job, ends, item, failed, firstFailureAt)) left.push({ item, failed });
  };
  for (const { item, attempted } of items) {
    switch (attempted.kind) {
      case "delivered":
        ends.delivered.add(item);
        break;
      case "dropped":
        ends.passed += 1;
        ends.reason = attempted.reason;
        break;
      case "untried":
        waiting.push({ item });
        break;
      case "failed":
        if (mayBeThere(job, ends, item, attempted)) ends.unsure.add(item);
        if (attempted.certainty === "permanent") end(item, attempted);
        else waiting.push({ item, failed: attempted });
        break;
      default:
        attempted satisfies never;
    }
  }
  const worst = worstOf(waiting);
  const now = context.clock.now();
  const due = waiting.length === 0 ? undefined : dueOf(context, job, worst, firstFailureAt, now);
  if (due === undefined) for (const { item, failed } of waiting.splice(0)) end(item, failed ?? worst);
  const open = [...waiting, ...left];
  if (open.length === 0 && ends.letters.length === 0 && ends.sent.length === 0 && ends.lost.size === 0) {
    return finish(context, job, finishedBy(ends, countsOf(ends, 0)));
  }
  return write(context, job, ends, { waiting: open, worst, due: left.length > 0 ? now : due, firstFailureAt });
}

function endsBefore(items: ItemsState | undefined): Ends {
  return {
    delivered: new Set(fromRanges(items?.delivered)),
    dropped: new Set(fromRanges(items?.dropped)),
    dead: new Set(fromRanges(items?.dead)),
    lost: new Set(fromRanges(items?.lost)),
    unsure: new Set(fromRanges(items?.unsure)),
    letters: [],
    sent: [],
    passed: 0,
    reason: "filter",
    lostBy: items?.lostBy,
  };
}

const mayBeThere = (job: Job, { unsure }: Ends, item: string, failed: FailedAttempt): boolean =>
  unsure.has(item) || mayHaveReached(job, failed);

/** As the target's `on-error` wants it; false: not now, the batch is full. */
function endItem(
  context: Context,
  job: Job,
  ends: Ends,
  item: string,
  failed: FailedAttempt,
  firstFailureAt: string,
): boolean {
  const { failure } = failed;
  const reaction = job.bundle.targets[job.target]?.onError[failure.class] ?? "dead";
  const sent = sendOn(context, job, { ...failed, item });
  if (sent !== undefined) {
    if (isFull(context, job, [...ends.sent, sent])) return false;
    ends.sent.push(sent);
  }
  if (sent !== undefined || reaction === "drop") {
    ends.dropped.add(item);
    ends.reason = "on-error";
  } else if (reaction === "continue") ends.delivered.add(item);
  else if (ends.dead.size < lettersOf(job)) {
    ends.dead.add(item);
    const possiblyDelivered = ends.unsure.has(item);
    ends.letters.push(letterOf(context, job, { failure, firstFailureAt, possiblyDelivered, item }));
  } else {
    ends.lost.add(item);
    ends.lostBy ??= failure;
  }
  return true;
}

const countSent = (sent: readonly SentOn[]): number => sent.reduce((sum, { messages }) => sum + messages.length, 0);

/** With the record, and with the schedule and what lies beside it where others wait. */
function isFull(context: Context, job: Job, sent: readonly SentOn[]): boolean {
  const messages = sent.flatMap((each) => each.messages);
  const bytes = messages.reduce((sum, { data, chunks }) => sum + data.length + (chunks?.bytes ?? 0), 0);
  const own = heldBy(job.message) === undefined ? (toRetry(context, job)?.count ?? 0) : 0;
  return (
    messages.length > mostSent ||
    countInBatch(messages) > mostInBatch - 2 - own ||
    (bytes > mostSentBytes && sent.length > 1)
  );
}

/** Whose words the record has, and the longest time that the target asked for. */
function worstOf(waiting: readonly Waiting[]): FailedAttempt {
  const failed = waiting.flatMap((each) => each.failed ?? []);
  const worst = failed.reduce<FailedAttempt | undefined>(
    (most, each) => (most === undefined || (each.retryAfterMs ?? 0) > (most.retryAfterMs ?? 0) ? each : most),
    undefined,
  );
  return worst ?? stopped;
}

const stopped: FailedAttempt = {
  kind: "failed",
  certainty: "transient",
  reached: false,
  failure: { class: "unavailable", message: "the worker stopped before it was their turn" },
};

function countsOf({ delivered, dropped, dead, lost, passed }: Ends, retry: number): ItemCounts {
  return { delivered: delivered.size, dropped: dropped.size + passed, dead: dead.size + lost.size, retry };
}

function finishedBy({ reason, dead }: Ends, items: ItemCounts): Extract<Outcome, { kind: "delivered" | "dropped" }> {
  return items.delivered > 0
    ? { kind: "delivered", detail: `${items.delivered} items`, items }
    : { kind: "dropped", reason: dead.size > 0 ? "items" : reason, items };
}

interface Next {
  readonly waiting: readonly Waiting[];
  readonly worst: FailedAttempt;
  readonly due: number | undefined;
  readonly firstFailureAt: string;
}

async function write(context: Context, job: Job, ends: Ends, next: Next): Promise<Settled> {
  const { due } = next;
  const { outcome, state, schedule } = lastWord(context, job, ends, next);
  const sent = ends.sent.flatMap(({ messages }) => messages);
  const batch = [stateMessage(context, job, job.prior, state), ...sent, ...schedule];
  const written = await context.failures.write(batch);
  if (context.crash) await context.crash("after-items-batch");
  switch (written.kind) {
    case "stored":
      break;
    case "conflict": {
      const found = await recall(context, job);
      if (found?.revision !== job.prior.revision || sent.length === 0) return obey(context, job, found);
      // The record is as it was: some were sent on before, by a run that is forgotten or by another target's. Without
      // them it can be written.
      const left = await notYetThere(context, ends.sent);
      if (left === undefined || countSent(left) === sent.length) return handBack(context, job);
      return write(context, job, { ...ends, sent: [...left] }, next);
    }
    case "unavailable":
      if (!isGone(written)) return handBack(context, job);
      return die(context, job, {
        failure: goneFailure(written),
        firstFailureAt: next.firstFailureAt,
        possiblyDelivered: true,
      });
    default:
      return written satisfies never;
  }
  for (const { spot, state: shown } of ends.sent.flatMap((each) => each.shown)) showState(context, spot, shown);
  showState(context, job, state);
  if (!(await writeLetters(context, job, ends.letters))) return handBack(context, job);
  if (due !== undefined && heldBy(job.message) !== undefined) {
    job.message.nak(Math.max(0, due - context.clock.now()));
    return answered(context, outcome);
  }
  if (state.state !== "dead") return acked(context, job, outcome);
  return (await bury(context, job, state.letter)) === undefined ? undefined : outcome;
}

function lastWord(context: Context, job: Job, ends: Ends, { waiting, worst, due, firstFailureAt }: Next) {
  const { envelope, prior } = job;
  const id = spotId(envelope);
  const counts = countsOf(ends, waiting.length);
  const items = itemsState(ends);
  const redriven = redrivenIn(prior.state);
  const at = isoTime(context.clock.now());
  const none: readonly Outgoing[] = [];
  if (due !== undefined) {
    const dueAt = isoTime(due);
    const attempt = envelope.attempt + 1;
    const state = parked(job, ends, { attempt, dueAt, firstFailureAt, failure: partly(worst.failure, counts), items });
    const outcome: Outcome = { kind: "retry", attempt, dueAt, failure: state.failure, items: counts };
    // What stands behind it in its partition waits with it.
    const schedule =
      heldBy(job.message) === undefined
        ? [{ ...scheduleMessage(context, job, attempt, dueAt), ...beside(toRetry(context, job)) }]
        : none;
    return { outcome, state, schedule };
  }
  if (ends.lost.size > 0) {
    const failure = partly(ends.lostBy ?? worst.failure, counts);
    const possiblyDelivered = [...ends.lost].some((item) => ends.unsure.has(item));
    const letter = letterOf(context, job, { failure, firstFailureAt, possiblyDelivered }, items);
    const state: RetryState = { state: "dead", id, at, letter, items, ...redriven };
    return { outcome: { kind: "dead", letter, items: counts } satisfies Outcome, state, schedule: none };
  }
  const outcome = finishedBy(ends, counts);
  const state: RetryState = { state: outcome.kind, id, at, items, ...redriven };
  return { outcome, state, schedule: none };
}

/** `down (2 of 3 items are done)` */
function partly(failure: Failure, { delivered, dropped, dead, retry }: ItemCounts): Failure {
  const all = delivered + dropped + dead + retry;
  return { ...withoutRead(failure), message: `${failure.message} (${delivered} of ${all} items are done)` };
}

function itemsState(ends: Pick<Ends, "delivered" | "dropped" | "dead" | "lost" | "unsure" | "letters" | "lostBy">) {
  const { letters, lostBy } = ends;
  const lists = (["delivered", "dropped", "dead", "lost", "unsure"] as const)
    .map((name) => [name, toRanges(ends[name])] as const)
    .filter(([, ranges]) => ranges.length > 0);
  return {
    ...Object.fromEntries(lists),
    ...(letters.length === 0 ? {} : { letters }),
    ...(lostBy === undefined ? {} : { lostBy }),
  } satisfies ItemsState;
}

type Parked = Extract<RetryState, { state: "parked" }>;

function parked(
  { envelope, bundle, prior, message }: Job,
  { unsure }: Pick<Ends, "unsure">,
  given: Pick<Parked, "attempt" | "dueAt" | "firstFailureAt" | "failure" | "items">,
): Parked {
  return {
    state: "parked",
    id: spotId(envelope),
    ...given,
    possiblyDelivered: wasPossiblyDelivered(prior.state) || unsure.size > 0,
    bundle: bundle.hash,
    sequence: envelope.sequence,
    ...heldBy(message),
    ...redrivenIn(prior.state),
  };
}
