// Reading stored messages by direct get, in pages, without a consumer. Needs `allow_direct` on the stream.

import { errors, type Msg, type MsgHdrs } from "@nats-io/transport-node";
import type { Requests } from "./jetstream-api.ts";

export interface Stored {
  readonly subject: string;
  readonly sequence: number;
  /** ISO 8601, as the server stored it. */
  readonly storedAt: string;
  readonly headers: MsgHdrs;
  readonly body: Uint8Array;
  /** Messages that match the filter and come after this one. */
  readonly pending: number;
}

export interface DirectQuery {
  readonly stream: string;
  readonly filter: string;
  /** First sequence to look at. */
  readonly from?: number;
  /** At most so many; all when not said. */
  readonly limit?: number;
}

const waitMs = 10_000;
const page = 256;
/** Dead letters can be large: a page ends at whichever comes first. */
const pageBytes = 8 * 1024 * 1024;

/** Messages that match, oldest first. */
export async function* directMessages(connection: Requests, query: DirectQuery): AsyncGenerator<Stored> {
  const { limit = Number.POSITIVE_INFINITY } = query;
  let { from = 1 } = query;
  for (let read = 0, pending = 1; pending > 0 && read < limit; ) {
    pending = 0;
    // The server answers a batch of one without saying how many are pending.
    const batch = Math.min(page, Math.max(2, limit - read));
    for await (const message of pageOf(connection, query, from, batch)) {
      from = message.sequence + 1;
      pending = message.pending;
      yield message;
      if (++read >= limit) return;
    }
  }
}

/** The last message of a subject, which may have wildcards; undefined when there is none. */
export async function lastMessage(connection: Requests, stream: string, subject: string): Promise<Stored | undefined> {
  return oneMessage(connection, stream, JSON.stringify({ last_by_subj: subject }));
}

async function oneMessage(connection: Requests, stream: string, query: string): Promise<Stored | undefined> {
  const answer = await connection.request(`$JS.API.DIRECT.GET.${stream}`, query, { timeout: waitMs });
  const code = answer.headers?.code ?? 0;
  if (code === 503) throw new errors.NoRespondersError(`$JS.API.DIRECT.GET.${stream}`);
  return code === 0 ? stored(answer) : undefined;
}

/** The first message at `from` or behind it that matches; undefined when there is none. */
export async function nextMessage(
  connection: Requests,
  stream: string,
  filter: string,
  from: number,
): Promise<Stored | undefined> {
  const query = JSON.stringify({ seq: Math.max(1, from), next_by_subj: filter });
  return oneMessage(connection, stream, query);
}

/** Sequence of the first message that was stored at that time, in milliseconds since 1970, or later. */
export async function firstSince(connection: Requests, stream: string, time: number): Promise<number | undefined> {
  const query = JSON.stringify({ start_time: new Date(Math.max(0, time)).toISOString() });
  return (await oneMessage(connection, stream, query))?.sequence;
}

/** How many messages of a stream, from a sequence on, match a subject filter. */
export async function countMatching(connection: Requests, stream: string, filter: string, from = 1): Promise<number> {
  for await (const first of directMessages(connection, { stream, filter, from, limit: 1 })) return first.pending + 1;
  return 0;
}

/** The server takes so many subjects at once. */
const mostSubjects = 1_000;

/** The last message of each subject that has one. */
export async function lastMessages(
  connection: Requests,
  stream: string,
  subjects: readonly string[],
): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  for (let from = 0; from < subjects.length; from += mostSubjects) {
    const query = JSON.stringify({ multi_last: subjects.slice(from, from + mostSubjects) });
    for await (const message of answersTo(connection, stream, query)) found.push(message);
  }
  return found;
}

function pageOf(
  connection: Requests,
  { stream, filter }: DirectQuery,
  seq: number,
  batch: number,
): AsyncGenerator<Stored> {
  return answersTo(connection, stream, JSON.stringify({ seq, next_by_subj: filter, batch, max_bytes: pageBytes }));
}

async function* answersTo(connection: Requests, stream: string, query: string): AsyncGenerator<Stored> {
  const answers = await connection.requestMany(`$JS.API.DIRECT.GET.${stream}`, query, {
    strategy: "sentinel",
    maxWait: waitMs,
  });
  let ended = false;
  for await (const answer of answers) {
    // An empty answer is the end of the page, or a message without a body: then the next page goes on behind it.
    ended = answer.data.length === 0;
    const code = answer.headers?.code ?? 0;
    if (code === 503) throw new errors.NoRespondersError(`$JS.API.DIRECT.GET.${stream}`);
    const message = code === 0 ? stored(answer) : undefined;
    if (message !== undefined) yield message;
  }
  if (!ended) throw new errors.TimeoutError();
}

function stored(message: Msg): Stored | undefined {
  const { headers, data } = message;
  if (headers === undefined || !headers.has("Nats-Sequence")) return undefined;
  return {
    subject: headers.last("Nats-Subject"),
    sequence: Number(headers.last("Nats-Sequence")),
    storedAt: headers.last("Nats-Time-Stamp"),
    headers,
    body: data,
    pending: Number(headers.last("Nats-Num-Pending")),
  };
}
