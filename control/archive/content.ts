// What lies beside a kept message: the chunks right before it, in the archive as in the intake.

import * as address from "../../schema/address.ts";
import { type ChunkPlace, wholeOf } from "../content.ts";
import { nextMessage } from "../direct.ts";
import type { Requests } from "../jetstream-api.ts";
import type { Kept, KeptMessage } from "./read.ts";

/** Undefined: nothing of it lies in chunks. */
export function chunksBeside(
  { stream, integration }: Pick<Kept, "stream" | "integration">,
  { envelope: { content }, sequence: head }: KeptMessage,
): ChunkPlace | undefined {
  if (content?.reference.at !== "chunks" || content.reference.count === 0) return undefined;
  return { stream, subject: address.intakeChunks(integration, content.hash), head, reference: content.reference };
}

/** Whether its chunks are there, by the first of them: a stream loses its oldest messages first. */
export async function hasChunks(connection: Requests, kept: Kept, message: KeptMessage): Promise<boolean> {
  const place = chunksBeside(kept, message);
  if (place?.reference.at !== "chunks") return true;
  const first = place.head - place.reference.count;
  return first > 0 && (await nextMessage(connection, place.stream, place.subject, first))?.sequence === first;
}

/** The body, wherever it lies, in memory. Throws a `contentError` where it is not what was stored. */
export async function bodyOf(connection: Requests, kept: Kept, message: KeptMessage): Promise<Uint8Array> {
  const place = chunksBeside(kept, message);
  return place?.reference.role === "body" ? wholeOf(connection, place) : message.envelope.body;
}
