// What lies beside a stored message as chunks: right before it in its stream, in pieces as they are stored, checked to the
// last byte.

import { createHash } from "node:crypto";
import { readReference } from "../runtime/content/reference.ts";
import { type ContentReference, contentError } from "../schema/content.ts";
import { header } from "../schema/envelope.ts";
import { directMessages, type Stored } from "./direct.ts";
import type { Requests } from "./jetstream-api.ts";

/** Of a message with these headers. */
export const referenceIn = (headers: Stored["headers"]): ContentReference | undefined =>
  readReference(headers.get(header.content));

export interface ChunkPlace {
  readonly stream: string;
  readonly subject: string;
  /** Sequence of the message that they belong to. */
  readonly head: number;
  readonly reference: ContentReference;
}

/** As many as are there. */
export async function* storedChunks(
  connection: Requests,
  { stream, subject, head, reference }: ChunkPlace,
): AsyncGenerator<Stored> {
  if (reference.at !== "chunks" || reference.count === 0) return;
  const { count } = reference;
  const query = { stream, filter: subject, from: Math.max(1, head - count), limit: count };
  for await (const message of directMessages(connection, query)) {
    if (message.sequence >= head) return;
    yield message;
  }
}

/** Throws a `contentError` where they are not what was stored. */
export async function* chunkBytesOf(connection: Requests, place: ChunkPlace): AsyncGenerator<Uint8Array> {
  const { size, sha256 } = place.reference;
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const { body } of storedChunks(connection, place)) {
    bytes += body.length;
    hash.update(body);
    yield body;
  }
  if (bytes === size && hash.digest("hex") === sha256) return;
  throw contentError("missing", `its content is not what was stored: ${bytes} of ${size} bytes are there`);
}

/** In memory as a whole: of a body, which the steps have in memory as well. */
export async function wholeOf(connection: Requests, place: ChunkPlace): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of chunkBytesOf(connection, place)) parts.push(part);
  return Buffer.concat(parts);
}
