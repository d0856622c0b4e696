// `on-error: { to: … }`: what ended at one target goes on to others, with the error and the body that failed. It becomes
// a message of its own at each of them, with a record and a schedule like one that falls due; its id says where it comes
// from, so that it is sent once.

import * as address from "../schema/address.ts";
import { type Envelope, header } from "../schema/envelope.ts";
import type { Json } from "../schema/json.ts";
import type { Failure, RetryState } from "../schema/outcome.ts";
import { headroom } from "./accept.ts";
import type { FailedAttempt } from "./attempt.ts";
import { isoTime } from "./clock.ts";
import { isInPieces } from "./content/assemble.ts";
import { beside, rollUp, toAnother } from "./content/carry.ts";
import { bodyInChunks, chunkSize } from "./content/pack.ts";
import type { Context } from "./context.ts";
import { spotId } from "./envelope.ts";
import { defaultLimits } from "./expression/budget.ts";
import { createOutput } from "./expression/output.ts";
import { countInBatch, mostInBatch, type Outgoing, sizeOf } from "./publish.ts";
import { nothingKnown, recall, type Spot, scheduleMessage, stateMessage } from "./retry-state.ts";
import type { Job } from "./settle.ts";

/** What a failure says of where it goes. */
export interface Ended extends Pick<FailedAttempt, "body" | "to" | "step"> {
  readonly failure: Failure;
  /** Of a split message: the item that failed. */
  readonly item?: string;
}

export interface SentOn {
  readonly to: readonly string[];
  /** In pairs: the record, fenced, and the schedule. */
  readonly messages: readonly Outgoing[];
  /** What the records hold, for the view. */
  readonly shown: readonly { readonly spot: Spot; readonly state: RetryState }[];
}

/** Undefined: the author wants something else, or it was at all of those targets; then it dies. */
export function sendOn(context: Context, job: Job, ended: Ended): SentOn | undefined {
  const going = onward(job, ended);
  if (going === undefined) return undefined;
  const { to, envelope } = going;
  const dueAt = isoTime(context.clock.now());
  const hash = address.idHash(envelope.id);
  const state = {
    state: "parked",
    id: envelope.id,
    attempt: 1,
    dueAt,
    firstFailureAt: dueAt,
    failure: withoutRead(ended.failure),
    possiblyDelivered: false,
    bundle: job.bundle.hash,
    sequence: envelope.sequence,
  } as const;
  const messages = to.flatMap((target) => [
    stateMessage(context, { target, hash }, nothingKnown, state),
    scheduledWith(context, job, { target, hash, envelope }, dueAt),
  ]);
  // It may have grown in the steps, and needs some room for retries as all messages do.
  const largest = context.link.largest() - headroom / 2;
  // With its own record and schedule it has to be one batch: what can never be stored would be tried without end.
  if (messages.some((message) => sizeOf(message) > largest) || countInBatch(messages) > mostInBatch - 2)
    return undefined;
  return {
    to,
    messages,
    shown: to.map((target) => ({ spot: { target, hash }, state })),
  };
}

/** With what lies beside it: a body that is too long for one message, or what lay beside the one that failed. */
function scheduledWith(
  context: Context,
  job: Job,
  spot: Spot & { readonly envelope: Envelope },
  dueAt: string,
): Outgoing {
  const { target, hash, envelope } = spot;
  if (envelope.content !== undefined || envelope.body.length <= context.limits.inlineBytes) {
    const chunks = envelope.content && toAnother(context, job, spot);
    return { ...scheduleMessage(context, spot, 1, dueAt), ...beside(chunks) };
  }
  const subject = address.retryChunks(context.integration, target, hash);
  const { reference, chunks } = bodyInChunks(envelope.body, subject, chunkSize(context.link.largest()));
  const content = { reference, lies: "retry", hash } as const;
  const head = { target, hash, envelope: { ...envelope, content, body: new Uint8Array() } };
  return { ...scheduleMessage(context, head, 1, dueAt), chunks: { ...chunks, headers: rollUp } };
}

/** The message that it becomes, and at which targets. */
export interface Onward {
  readonly to: readonly string[];
  readonly envelope: Envelope;
}

type Failing = Pick<Job, "envelope" | "bundle" | "target">;

/** Undefined: the author wants something else, or it was at all of those targets. */
export function onward(job: Failing, ended: Ended): Onward | undefined {
  const wanted = ended.to ?? reactionTo(job, ended.failure);
  if (wanted === undefined) return undefined;
  const from = [...(job.envelope.error?.from ?? []), ...(ended.step === undefined ? [job.target] : [])];
  const to = [...new Set(wanted)].filter((name) => !from.includes(name) && Object.hasOwn(job.bundle.targets, name));
  return to.length === 0 ? undefined : { to, envelope: failedEnvelope(job, ended, to, from) };
}

/** Those that are not there yet, by their records. Undefined: nobody can say now. */
export async function notYetThere(context: Context, sent: readonly SentOn[]): Promise<readonly SentOn[] | undefined> {
  const left: SentOn[] = [];
  for (const { to, messages, shown } of sent) {
    const known = await Promise.all(shown.map(({ spot }) => recall(context, spot)));
    if (known.some((prior) => prior === undefined)) return undefined;
    const isLeft = (index: number): boolean => known[index]?.revision === 0;
    if (!known.some((_, index) => isLeft(index))) continue;
    left.push({
      to,
      messages: messages.filter((_, index) => isLeft(Math.floor(index / 2))),
      shown: shown.filter((_, index) => isLeft(index)),
    });
  }
  return left;
}

function reactionTo({ bundle, target }: Failing, failure: Failure): readonly string[] | undefined {
  const reaction = bundle.targets[target]?.onError[failure.class];
  return typeof reaction === "object" ? reaction.to : undefined;
}

function failedEnvelope(job: Failing, ended: Ended, to: readonly string[], from: readonly string[]): Envelope {
  const { item: own, ended: others, ...envelope } = job.envelope;
  const { class: kind, message } = ended.failure;
  const body = bytesOf(ended.body);
  // The redrives that it had were those of another message.
  const kept = Object.entries(envelope.others ?? {}).filter(([name]) => name !== header.redriven);
  const origin = ended.step === undefined ? job.target : `step:${ended.step}`;
  return {
    ...envelope,
    id: `${ended.item === undefined ? spotId(job.envelope) : envelope.id + ended.item}/error/${origin}`,
    contract: "",
    bundle: job.bundle.hash,
    error: { class: kind, message, to, from },
    others: Object.fromEntries(kept),
    attempt: 1,
    body: body ?? envelope.body,
    // What failed may be another body than the one that lies there.
    content: body !== undefined && isInPieces(envelope) ? undefined : envelope.content,
  };
}

/** Undefined: it is none, or it cannot be written down; the message as it came is the next best. */
function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined) return undefined;
  try {
    const value: Json = createOutput(defaultLimits)(body) as Json;
    return Buffer.from(JSON.stringify(value));
  } catch {
    return undefined;
  }
}

/** What a failing expression read is for dead letters alone. */
export function withoutRead({ read, ...failure }: Failure): Failure {
  return failure;
}
