// The last messages that an integration took in, oldest first, as its intake holds them. Read by direct get, page by
// page: nothing is kept beyond the page, no consumer is made, nothing is written.

import type { NatsConnection } from "@nats-io/transport-node";
import { countMatching, directMessages, type Stored } from "../../control/direct.ts";
import { callIfThere, type StreamInfo } from "../../control/jetstream-api.ts";
import { readEnvelope } from "../../runtime/envelope.ts";
import { parseJson } from "../../runtime/parse-json.ts";
import * as address from "../../schema/address.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import type { Replayed } from "./side.ts";

export type Read =
  | { readonly kind: "message"; readonly message: Replayed; readonly storedAt: string }
  /** It is there and cannot be compared. */
  | { readonly kind: "unread"; readonly reason: string };

/** At most `count`. Throws what `failureOf` reads. */
export async function* lastMessages(
  connection: NatsConnection,
  integration: string,
  count: number,
): AsyncGenerator<Read> {
  const stream = address.intakeStream(integration);
  const info = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  if (info === undefined) return;
  const { first_seq: first, last_seq: last } = info.state;
  const filter = address.intakeFilter(integration);
  const from = await startOf(connection, { stream, filter, first, last, count });
  for await (const stored of directMessages(connection, { stream, filter, from, limit: count })) {
    if (stored.sequence > last) return;
    yield read(stored);
  }
}

interface Range {
  readonly stream: string;
  readonly filter: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** The lowest sequence from which on there are no more than `count`: some sequences are no messages, or gone. */
async function startOf(connection: NatsConnection, { stream, filter, first, last, count }: Range): Promise<number> {
  const behind = (sequence: number): Promise<number> => countMatching(connection, stream, filter, sequence);
  let high = Math.max(first, last - count + 1);
  if (high <= first || (await behind(first)) <= count) return first;
  // Where every sequence is a message, this is the place.
  if ((await behind(high)) === count) return high;
  let low = first;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if ((await behind(middle)) > count) low = middle;
    else high = middle;
  }
  return high;
}

function read({ subject, sequence, storedAt, headers, body }: Stored): Read {
  const elsewhere = largeBody(headers.get(contentHeader));
  if (elsewhere !== undefined) return { kind: "unread", reason: elsewhere };
  const fallback = { id: subject.slice(subject.lastIndexOf(".") + 1), sequence };
  const envelope = readEnvelope(headers, body, fallback, true);
  const parsed = parsedBody(body);
  if (parsed === undefined) return { kind: "unread", reason: "its body is not JSON" };
  return { kind: "message", message: { envelope, value: parsed.value }, storedAt };
}

const contentHeader = "Vrsky-Content";

/** What stands beside a blob tells about it, and is all that steps see of it. */
function largeBody(reference: string): string | undefined {
  const content = parseJson(reference);
  if (!isJsonObject(content) || content.role !== "body") return undefined;
  return "its body is larger than one NATS message";
}

function parsedBody(bytes: Uint8Array): { readonly value: Json } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}
