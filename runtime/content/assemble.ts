// A body that lies in chunks, put together for as long as an attempt lasts.

import { contentFaultOf } from "../../schema/content.ts";
import type { Envelope } from "../../schema/envelope.ts";
import type { FailedAttempt } from "../attempt.ts";
import type { Context } from "../context.ts";
import { reasonOf } from "../start-failure.ts";
import { openContent } from "./open.ts";

export const isInPieces = ({ content }: Pick<Envelope, "content">): boolean => content?.reference.role === "body";

/** `run` is told the message with its body; what it holds in memory is bounded over all that the worker does. */
export function whole<T>(
  context: Context,
  target: string,
  envelope: Envelope,
  run: (envelope: Envelope) => Promise<T>,
): Promise<T | FailedAttempt> {
  const { content: stored, sequence } = envelope;
  if (stored === undefined) return run(envelope);
  return context.room(stored.reference.size, async () => {
    let body: Uint8Array;
    try {
      body = await allOf(openContent(context, { target, sequence, stored }).read(new AbortController().signal));
    } catch (error) {
      return unreadable(error);
    }
    return await run({ ...envelope, body });
  });
}

async function allOf(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts);
}

function unreadable(error: unknown): FailedAttempt {
  const message = reasonOf(error);
  return contentFaultOf(error) === "missing"
    ? { kind: "failed", certainty: "permanent", reached: false, failure: { class: "invalid", message } }
    : { kind: "failed", certainty: "transient", reached: false, failure: { class: "unavailable", message } };
}
