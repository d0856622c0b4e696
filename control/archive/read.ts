// What went through an integration, oldest first: from its archive, and else from what the intake still has. Times are
// those at which the source had a message, since the archive gets it later. Both streams hold messages in the order in
// which they were taken in, and what is read may be bounded by that.

import type { NatsConnection } from "@nats-io/transport-node";
import { readEnvelope } from "../../runtime/envelope.ts";
import * as address from "../../schema/address.ts";
import type { Envelope } from "../../schema/envelope.ts";
import { countMatching, directMessages, firstSince, nextMessage, type Stored } from "../direct.ts";
import { callIfThere, type StreamInfo } from "../jetstream-api.ts";

/** Where messages are kept, as it is now. */
export interface Kept {
  readonly integration: string;
  readonly stream: string;
  readonly kind: "archive" | "intake";
  /** Since when it keeps what was taken in: ISO 8601; absent: it keeps nothing now. */
  readonly since?: string;
  readonly lastSequence: number;
}

export interface KeptMessage {
  /** Of the stream that it was read from: where to go on. */
  readonly sequence: number;
  /** `envelope.sequence` is the one that it had in the intake. */
  readonly envelope: Envelope;
  /** When the source had it: ISO 8601. */
  readonly at: string;
}

export interface Span {
  /** Milliseconds since 1970: at that time or later, and earlier than that one. */
  readonly from?: number;
  readonly to?: number;
  /** Only those behind this sequence of the stream. */
  readonly after?: number;
}

/** Undefined: there is neither an archive nor an intake of that name. Throws what `failureOf` reads. */
export async function keptBy(connection: NatsConnection, integration: string): Promise<Kept | undefined> {
  const archive = await keptIn(connection, integration, "archive", address.archiveStream(integration));
  return archive ?? keptIn(connection, integration, "intake", address.intakeStream(integration));
}

async function keptIn(
  connection: NatsConnection,
  integration: string,
  kind: Kept["kind"],
  stream: string,
): Promise<Kept | undefined> {
  const info = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  if (info === undefined) return undefined;
  const first = await nextMessage(connection, stream, address.intakeFilter(integration), 1);
  const since = first === undefined ? {} : { since: messageOf(first).at };
  return { integration, stream, kind, ...since, lastSequence: info.state.last_seq };
}

/** Clocks of workers and servers may differ by that much, and a message may take as long to be stored. */
const slackMs = 600_000;

/** Oldest first, up to what was there when `kept` was looked up. Throws what `failureOf` reads. */
export async function* keptMessages(
  connection: NatsConnection,
  { stream, integration, lastSequence }: Kept,
  { from, to = Number.POSITIVE_INFINITY, after = 0 }: Span = {},
): AsyncGenerator<KeptMessage> {
  const begin = from === undefined ? 1 : await firstSince(connection, stream, from - slackMs);
  if (begin === undefined) return;
  const filter = address.intakeFilter(integration);
  for await (const stored of directMessages(connection, { stream, filter, from: Math.max(begin, after + 1) })) {
    if (stored.sequence > lastSequence) return;
    const message = messageOf(stored);
    const at = Date.parse(message.at);
    // Whoever stamps it may have a wrong clock, the server that stores it another: both must be past the end.
    if (Math.min(at, Date.parse(stored.storedAt)) > to + slackMs) return;
    if (at < to && (from === undefined || at >= from)) yield message;
  }
}

/** The last `count` of them, oldest first. */
export async function lastMessages(
  connection: NatsConnection,
  kept: Kept,
  count: number,
): Promise<readonly KeptMessage[]> {
  const after = await sequenceBefore(connection, kept, count);
  const last: KeptMessage[] = [];
  for await (const message of keptMessages(connection, kept, { after })) last.push(message);
  return last.slice(-count);
}

/** The same one by one, however many they are. */
export async function* eachOfLast(connection: NatsConnection, kept: Kept, count: number): AsyncGenerator<KeptMessage> {
  const { stream, integration, lastSequence } = kept;
  const behind = (sequence: number): Promise<number> =>
    countMatching(connection, stream, address.intakeFilter(integration), sequence + 1);
  const after = await sequenceBefore(connection, kept, count);
  // What came in meanwhile is none of them.
  let tooMany = (await behind(after)) - (await behind(lastSequence)) - count;
  for await (const message of keptMessages(connection, kept, { after })) {
    if (tooMany-- <= 0) yield message;
  }
}

/** Behind this sequence there are at least `count` messages, or all that there are: some sequences are no messages. */
async function sequenceBefore(
  connection: NatsConnection,
  { stream, integration, lastSequence }: Kept,
  count: number,
): Promise<number> {
  const filter = address.intakeFilter(integration);
  for (let back = count; back < lastSequence; back *= 2) {
    const after = lastSequence - back;
    if ((await countMatching(connection, stream, filter, after + 1)) >= count) return after;
  }
  return 0;
}

function messageOf({ subject, sequence, storedAt, headers, body }: Stored): KeptMessage {
  // `IN_orders 12 > > in.orders.m.…`: the archive says where it has it from.
  const source = Number(headers.get("Nats-Stream-Source").split(" ")[1]);
  const fallback = { id: subject.slice(subject.lastIndexOf(".") + 1), sequence: source > 0 ? source : sequence };
  const envelope = readEnvelope(headers, body, fallback, true);
  const stamped = !Number.isNaN(Date.parse(envelope.receivedAt));
  return { sequence, envelope, at: stamped ? envelope.receivedAt : storedAt };
}
