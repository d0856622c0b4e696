// What went through an integration, oldest first: from its archive, and else from what the intake still has. Times are
// those at which the source had a message, since the archive gets it later. Both streams hold messages in the order in
// which they were taken in, and what is read may be bounded by that.

import { setTimeout } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { readEnvelope } from "../../runtime/envelope.ts";
import * as address from "../../schema/address.ts";
import type { Envelope } from "../../schema/envelope.ts";
import { countMatching, directMessages, firstSince, lastMessage, nextMessage, type Stored } from "../direct.ts";
import { callIfThere, type StreamInfo } from "../jetstream-api.ts";

/** Where messages are kept, as it is now. */
export interface Kept {
  readonly integration: string;
  readonly stream: string;
  readonly kind: "archive" | "intake";
  /** Since when it keeps what was taken in: ISO 8601; absent: it keeps nothing now. */
  readonly since?: string;
  readonly lastSequence: number;
  /** It has the first message that was ever taken in: none came before what it keeps. */
  readonly whole: boolean;
  /** Messages that the archive has not copied yet, though it was waited for: they are not among what is read. */
  readonly behind?: number;
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

/** The server copies within milliseconds, behind a restart within seconds. */
const patience = { tries: 50, everyMs: 100 };

/** Undefined: there is neither an archive nor an intake of that name. Throws what `failureOf` reads. */
export async function keptBy(
  connection: NatsConnection,
  integration: string,
  pause: (ms: number) => Promise<unknown> = setTimeout,
): Promise<Kept | undefined> {
  const intake = await infoOf(connection, address.intakeStream(integration));
  const name = address.archiveStream(integration);
  for (let round = 1; ; round += 1) {
    const archive = await infoOf(connection, name);
    if (archive === undefined) break;
    const behind = intake === undefined ? 0 : intake.state.last_seq - (await copiedUpTo(connection, name));
    const all = intake === undefined || intake.state.messages === 0 || behind <= 0;
    if (all || round > patience.tries) {
      const kept = await keptIn(connection, integration, "archive", archive);
      return all ? kept : { ...kept, behind };
    }
    await pause(patience.everyMs);
  }
  return intake === undefined ? undefined : keptIn(connection, integration, "intake", intake);
}

const infoOf = (connection: NatsConnection, stream: string): Promise<StreamInfo | undefined> =>
  callIfThere<StreamInfo>(connection, `STREAM.INFO.${stream}`);

async function keptIn(
  connection: NatsConnection,
  integration: string,
  kind: Kept["kind"],
  { config: { name: stream }, state }: StreamInfo,
): Promise<Kept> {
  const first = await nextMessage(connection, stream, address.intakeFilter(integration), 1);
  const lastSequence = state.last_seq;
  if (first === undefined) return { integration, stream, kind, lastSequence, whole: lastSequence === 0 };
  const { at, envelope } = messageOf(first);
  return { integration, stream, kind, since: at, lastSequence, whole: envelope.sequence === 1 };
}

/** Sequence of the intake up to which the archive has everything; 0 while it is empty. */
async function copiedUpTo(connection: NatsConnection, archive: string): Promise<number> {
  const last = await lastMessage(connection, archive, ">");
  return last === undefined ? 0 : sourceSequence(last);
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
  const after = await sequenceBefore(connection, kept, count);
  let tooMany = (await countBehind(connection, kept, after)) - count;
  for await (const message of keptMessages(connection, kept, { after })) {
    if (tooMany-- <= 0) yield message;
  }
}

/** How many there are behind this sequence; what came in meanwhile is none of them. */
export async function countBehind(
  connection: NatsConnection,
  { stream, integration, lastSequence }: Kept,
  sequence: number,
): Promise<number> {
  const filter = address.intakeFilter(integration);
  const all = await countMatching(connection, stream, filter, sequence + 1);
  return all - (await countMatching(connection, stream, filter, lastSequence + 1));
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
  const source = sourceSequence({ headers });
  const fallback = { id: subject.slice(subject.lastIndexOf(".") + 1), sequence: source > 0 ? source : sequence };
  const envelope = readEnvelope(headers, body, fallback, true);
  const stamped = !Number.isNaN(Date.parse(envelope.receivedAt));
  return { sequence, envelope, at: stamped ? envelope.receivedAt : storedAt };
}

/** `IN_orders 12 > > in.orders.m.…`: the archive says where it has a message from. */
const sourceSequence = ({ headers }: Pick<Stored, "headers">): number =>
  Number(headers.get("Nats-Stream-Source").split(" ")[1] ?? 0);
