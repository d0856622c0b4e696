// The last messages that an integration took in, oldest first, as its archive or its intake holds them; what of it can be
// walked, and why the rest cannot. A body in chunks is put together from where its head was read.

import type { NatsConnection } from "@nats-io/transport-node";
import { bodyOf } from "../../control/archive/content.ts";
import { countBehind, eachOfLast, type Kept, type KeptMessage, keptBy } from "../../control/archive/read.ts";
import { isReplayed } from "../../control/replay/message.ts";
import { reasonOf } from "../../runtime/start-failure.ts";
import { contentFaultOf } from "../../schema/content.ts";
import type { Json } from "../../schema/json.ts";
import type { Replayed } from "./side.ts";

export type Read =
  | { readonly kind: "message"; readonly message: Replayed; readonly at: string }
  /** It is there and cannot be compared. */
  | { readonly kind: "unread"; readonly reason: string }
  /** So many more there would be. */
  | { readonly kind: "late"; readonly messages: number };

/** At most `count`, until it is too late. Throws what `failureOf` reads. */
export async function* lastRead(
  connection: NatsConnection,
  integration: string,
  count: number,
  late: () => boolean,
): AsyncGenerator<Read> {
  const kept = await keptBy(connection, integration);
  if (kept === undefined) return;
  for await (const message of eachOfLast(connection, kept, count)) {
    if (late()) {
      yield { kind: "late", messages: 1 + (await countBehind(connection, kept, message.sequence)) };
      return;
    }
    yield await read(connection, kept, message);
  }
}

async function read(connection: NatsConnection, kept: Kept, message: KeptMessage): Promise<Read> {
  const { envelope, at } = message;
  if (isReplayed(message)) return { kind: "unread", reason: "a copy of another that `vrsky replay` brought in" };
  const body = await bodyFor(connection, kept, message);
  if (typeof body === "string") return { kind: "unread", reason: body };
  const parsed = parsedBody(body);
  if (parsed === undefined) return { kind: "unread", reason: "its body is not JSON" };
  const { content: _, ...bare } = envelope;
  return { kind: "message", message: { envelope: { ...bare, body }, value: parsed.value }, at };
}

/** Or why there is none. What stands before a blob tells about it, and is all that steps see of it. */
async function bodyFor(connection: NatsConnection, kept: Kept, message: KeptMessage): Promise<Uint8Array | string> {
  const reference = message.envelope.content?.reference;
  if (reference?.role === "body" && reference.at === "object") {
    return "its body lies in an object store, which is not read here";
  }
  try {
    return await bodyOf(connection, kept, message);
  } catch (error) {
    if (contentFaultOf(error) === undefined) throw error;
    return reasonOf(error);
  }
}

function parsedBody(bytes: Uint8Array): { readonly value: Json } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}
