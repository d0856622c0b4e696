// The last messages that an integration took in, oldest first, as its archive or its intake holds them; what of it can be
// walked, and why the rest cannot. A body in chunks is put together from where its head was read.

import type { NatsConnection } from "@nats-io/transport-node";
import { eachOfLast, type Kept, type KeptMessage, keptBy } from "../../control/archive/read.ts";
import { directMessages } from "../../control/direct.ts";
import * as address from "../../schema/address.ts";
import { sha256 } from "../../schema/canonical.ts";
import type { Json } from "../../schema/json.ts";
import type { Replayed } from "./side.ts";

export type Read =
  | { readonly kind: "message"; readonly message: Replayed; readonly at: string }
  /** It is there and cannot be compared. */
  | { readonly kind: "unread"; readonly reason: string };

/** At most `count`. Throws what `failureOf` reads. */
export async function* lastRead(connection: NatsConnection, integration: string, count: number): AsyncGenerator<Read> {
  const kept = await keptBy(connection, integration);
  if (kept === undefined) return;
  for await (const message of eachOfLast(connection, kept, count)) yield await read(connection, kept, message);
}

async function read(connection: NatsConnection, kept: Kept, message: KeptMessage): Promise<Read> {
  const { envelope, at } = message;
  const body = await bodyOf(connection, kept, message);
  if (typeof body === "string") return { kind: "unread", reason: body };
  const parsed = parsedBody(body);
  if (parsed === undefined) return { kind: "unread", reason: "its body is not JSON" };
  const { content: _, ...bare } = envelope;
  return { kind: "message", message: { envelope: { ...bare, body }, value: parsed.value }, at };
}

/** Or why there is none. What stands before a blob tells about it, and is all that steps see of it. */
async function bodyOf(
  connection: NatsConnection,
  { stream, integration }: Kept,
  { sequence, envelope }: KeptMessage,
): Promise<Uint8Array | string> {
  const { content } = envelope;
  if (content?.reference.role !== "body") return envelope.body;
  const { reference, hash } = content;
  if (reference.at !== "chunks") return "its body lies in an object store, which is not read here";
  const chunks: Uint8Array[] = [];
  const query = {
    stream,
    filter: address.intakeChunks(integration, hash),
    from: Math.max(1, sequence - reference.count),
    limit: reference.count,
  };
  for await (const chunk of directMessages(connection, query)) chunks.push(chunk.body);
  const whole = Buffer.concat(chunks);
  return whole.length === reference.size && sha256(whole) === reference.sha256 ? whole : "its body is gone in part";
}

function parsedBody(bytes: Uint8Array): { readonly value: Json } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}
