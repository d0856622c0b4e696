// Publishing with an acknowledgement: one message, or an atomic batch that is stored whole or not at all.

import { nuid } from "@nats-io/nats-core";
import { contentFaultOf } from "../schema/content.ts";
import { isJsonObject } from "../schema/json.ts";
import { natsHeaders } from "../schema/nats-headers.ts";
import { parseJson } from "./parse-json.ts";
import type { Answer, Requests } from "./request.ts";
import { reasonOf } from "./start-failure.ts";

export type Published =
  /** Stored and, as far as the server is set up to, synced. Of a batch: sequence of its last message. */
  | { readonly kind: "stored"; readonly sequence: number }
  /** The compare-and-set failed. `sequence`: the one that is there. */
  | { readonly kind: "conflict"; readonly sequence?: number }
  /** Not stored, or, without a code, not known to be. `code`: NATS's `err_code`; 503 when no stream takes the subject. */
  | { readonly kind: "unavailable"; readonly reason: string; readonly code?: number };

export interface Outgoing {
  readonly subject: string;
  readonly data: Uint8Array | string;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks?: Chunks;
}

/** Bytes that lie right before their message, stored with it or not at all. */
export interface Chunks {
  readonly subject: string;
  /** Of the first of them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly count: number;
  readonly bytes: number;
  /** As many pieces as `count` says. Throws a `contentError`. */
  read(): AsyncIterable<Uint8Array>;
}

/** Bytes that it takes, about; what lies beside it does not count. */
export function sizeOf({ subject, data, headers }: Outgoing): number {
  let size = subject.length + data.length;
  for (const [name, value] of Object.entries(headers)) size += name.length + value.length + 4;
  return size;
}

/** Messages of one atomic batch that are ours to fill; the server takes a thousand. */
export const mostInBatch = 990;

/** Messages that they are in a batch, with what lies beside them. */
export const countInBatch = (messages: readonly Outgoing[]): number =>
  messages.reduce((sum, { chunks }) => sum + 1 + (chunks?.count ?? 0), 0);

/** "Only if the last message of its subject has this sequence"; 0: only if there is none. */
export const expectSequence = (sequence: number): Readonly<Record<string, string>> => ({
  "Nats-Expected-Last-Subject-Sequence": String(sequence),
});

const expectedUnder = "Nats-Expected-Last-Subject-Sequence-Subject";

/** Where that is looked for, if not under the message's own subject. */
export const expectUnder = (filter: string): Readonly<Record<string, string>> => ({ [expectedUnder]: filter });

/** The same of all messages that these subjects match, not only of those of the message's own. */
export const expectNoneUnder = (filter: string): Readonly<Record<string, string>> => ({
  ...expectSequence(0),
  [expectedUnder]: filter,
});

/** Where what the message expects is looked for. */
export const expectsUnder = ({ subject, headers }: Outgoing): string => headers[expectedUnder] ?? subject;

export async function publish(requests: Requests, message: Outgoing): Promise<Published> {
  return toPublished(await requests.send(message.subject, message.data, natsHeaders(message.headers)));
}

/** The order of the messages is the order of their sequences. Large batches of a worker go one after the other. */
export async function publishBatch(requests: Requests, messages: readonly Outgoing[]): Promise<Published> {
  if (messages.every(({ chunks }) => chunks === undefined)) return batch(requests, messages);
  return requests.large((committing) => batch(requests, messages, committing));
}

async function batch(requests: Requests, messages: readonly Outgoing[], committing?: () => void): Promise<Published> {
  const id = nuid.next();
  let number = 0;
  const mark = (headers: Readonly<Record<string, string>>) => {
    number += 1;
    return { ...headers, "Nats-Batch-Id": id, "Nats-Batch-Sequence": String(number) };
  };
  for (const [index, message] of messages.entries()) {
    const { chunks } = message;
    const failed = chunks && (await postChunks(requests, chunks, mark));
    if (failed !== undefined) return failed;
    const headers = mark(message.headers);
    if (index === messages.length - 1) {
      const all = natsHeaders({ ...headers, "Nats-Batch-Commit": "1" });
      committing?.();
      return toPublished(await requests.send(message.subject, message.data, all, committing && largeMs));
    }
    if (!requests.post(message.subject, message.data, natsHeaders(headers))) break;
  }
  return away;
}

const away: Published = { kind: "unavailable", reason: "NATS is not connected" };

/** A server that syncs every write writes a large batch in one go. */
const largeMs = 30_000;

/** So much is on its way to the server, and in memory, before it is asked whether it has come. */
const onTheWay = 2 * 1024 * 1024;

const forbidden = 403;
const refusedThere = "NATS does not let this worker publish there";

/** Undefined: they are on their way. A batch that is not committed is forgotten by the server. */
async function postChunks(
  requests: Requests,
  { subject, headers, count, read }: Chunks,
  mark: (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Promise<Published | undefined> {
  const refusals = requests.refusals(subject);
  let posted = 0;
  let unheard = 0;
  try {
    for await (const chunk of read()) {
      if (!requests.post(subject, chunk, natsHeaders(mark(posted === 0 ? headers : {})))) return away;
      posted += 1;
      unheard += chunk.length;
      if (unheard < onTheWay) continue;
      if (!(await requests.flush())) return away;
      unheard = 0;
    }
  } catch (error) {
    const code = contentFaultOf(error) === "missing" ? { code: contentGone } : {};
    return { kind: "unavailable", reason: reasonOf(error), ...code };
  }
  // A batch that lacks some of them would be waited for in vain.
  if (posted > 0 && !(await requests.flush())) return away;
  if (requests.refusals(subject) > refusals) return { kind: "unavailable", reason: refusedThere, code: forbidden };
  return posted === count
    ? undefined
    : { kind: "unavailable", reason: `${posted} of ${count} chunks`, code: contentGone };
}

/** All of these or none: one needs no batch. */
export function publishTogether(requests: Requests, messages: readonly Outgoing[]): Promise<Published> {
  const [only, ...others] = messages;
  const alone = only !== undefined && others.length === 0 && only.chunks === undefined;
  return alone ? publish(requests, only) : publishBatch(requests, messages);
}

/** It may be stored, or come to be. */
export const isUnanswered = (published: Published): published is Extract<Published, { kind: "unavailable" }> =>
  published.kind === "unavailable" && published.code === undefined;

/** What lies beside the message is not there any more. */
export const isGone = (published: Published): published is Extract<Published, { kind: "unavailable" }> =>
  published.kind === "unavailable" && published.code === contentGone;

const mostTries = 3;

/**
 * Of what is fenced by a compare-and-set. A server that is slow reads records before it writes what came earlier: a
 * message that is handed back then is run as if nothing had been written, and the record comes behind it. So it is asked
 * again: the compare-and-set lets in one of the two, and the answer says that it did.
 */
export async function untilAnswered(write: () => Promise<Published>): Promise<Published> {
  let published = await write();
  for (let tries = 1; isUnanswered(published) && tries < mostTries; tries += 1) published = await write();
  return published;
}

export const noResponders = 503;

/** Instead of NATS's `err_code`: not stored, since what lies beside the message is not there any more. */
const contentGone = 410;

/** Error codes of a failed compare-and-set: with and without the sequence in the text. */
export const conflictCodes: ReadonlySet<unknown> = new Set([10071, 10164]);

function toPublished(answer: Answer): Published {
  if (answer.kind === "none") return { kind: "unavailable", reason: answer.reason };
  if (answer.message.headers?.code === 503) {
    return { kind: "unavailable", reason: "no stream takes the subject", code: noResponders };
  }
  const ack = parseJson(answer.message.string());
  if (!isJsonObject(ack)) return { kind: "unavailable", reason: "NATS gave an answer that cannot be read" };
  const { error, seq } = ack;
  if (isJsonObject(error)) {
    const description = String(error.description ?? "no description");
    if (!conflictCodes.has(error.err_code)) {
      return { kind: "unavailable", reason: `NATS refused it: ${description}`, code: Number(error.err_code) };
    }
    const sequence = /wrong last sequence: (\d+)/.exec(description)?.[1];
    return sequence === undefined ? { kind: "conflict" } : { kind: "conflict", sequence: Number(sequence) };
  }
  if (typeof seq !== "number") return { kind: "unavailable", reason: "NATS gave no sequence" };
  return { kind: "stored", sequence: seq };
}
