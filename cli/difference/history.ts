// The last messages that an integration took in, oldest first, as its archive or its intake holds them; what of it can be
// walked, and why the rest cannot.

import type { NatsConnection } from "@nats-io/transport-node";
import { eachOfLast, keptBy } from "../../control/archive/read.ts";
import { parseJson } from "../../runtime/parse-json.ts";
import type { Envelope } from "../../schema/envelope.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import type { Replayed } from "./side.ts";

export type Read =
  | { readonly kind: "message"; readonly message: Replayed; readonly at: string }
  /** It is there and cannot be compared. */
  | { readonly kind: "unread"; readonly reason: string };

/** At most `count`. Throws what `failureOf` reads. */
export async function* lastRead(connection: NatsConnection, integration: string, count: number): AsyncGenerator<Read> {
  const kept = await keptBy(connection, integration);
  if (kept === undefined) return;
  for await (const { envelope, at } of eachOfLast(connection, kept, count)) yield read(envelope, at);
}

function read(envelope: Envelope, at: string): Read {
  const large = largeBody(envelope);
  if (large !== undefined) return { kind: "unread", reason: large };
  const parsed = parsedBody(envelope.body);
  if (parsed === undefined) return { kind: "unread", reason: "its body is not JSON" };
  return { kind: "message", message: { envelope, value: parsed.value }, at };
}

const contentHeader = "Vrsky-Content";

/** What stands beside a blob tells about it, and is all that steps see of it. */
function largeBody({ others }: Envelope): string | undefined {
  const content = parseJson(others?.[contentHeader] ?? "");
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
