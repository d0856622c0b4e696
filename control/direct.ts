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

/** How many messages of a stream match a subject filter. */
export async function countMatching(connection: Requests, stream: string, filter: string): Promise<number> {
  for await (const first of directMessages(connection, { stream, filter, limit: 1 })) return first.pending + 1;
  return 0;
}

async function* pageOf(
  connection: Requests,
  { stream, filter }: DirectQuery,
  seq: number,
  batch: number,
): AsyncGenerator<Stored> {
  const query = JSON.stringify({ seq, next_by_subj: filter, batch, max_bytes: pageBytes });
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
