// What lies beside a dead letter.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import type { ContentReference } from "../../schema/content.ts";
import { type ChunkPlace, chunkBytesOf, referenceIn, storedChunks, wholeOf } from "../content.ts";
import type { DeadLetterEntry } from "../dead-letters.ts";

export const referenceOf = ({ stored }: Pick<DeadLetterEntry, "stored">): ContentReference | undefined =>
  referenceIn(stored);

function placeOf(entry: DeadLetterEntry): ChunkPlace | undefined {
  const { integration, target, idHash, sequence: head } = entry;
  const reference = referenceOf(entry);
  if (reference?.at !== "chunks") return undefined;
  return { stream: address.deadStream, subject: address.deadChunks(integration, target, idHash), head, reference };
}

/** Throws a `contentError` where they are not what was stored; nothing when nothing lies there as chunks. */
export async function* chunksOf(connection: NatsConnection, entry: DeadLetterEntry): AsyncGenerator<Uint8Array> {
  const place = placeOf(entry);
  if (place !== undefined) yield* chunkBytesOf(connection, place);
}

/** Sequences of the chunks that are there. */
export async function chunkSequences(connection: NatsConnection, entry: DeadLetterEntry): Promise<readonly number[]> {
  const place = placeOf(entry);
  const sequences: number[] = [];
  if (place === undefined) return sequences;
  for await (const { sequence } of storedChunks(connection, place)) sequences.push(sequence);
  return sequences;
}

/** The letter with its body where that lies beside it. Throws as `chunksOf` does. */
export async function withBody(connection: NatsConnection, entry: DeadLetterEntry): Promise<DeadLetterEntry> {
  const place = placeOf(entry);
  return place?.reference.role === "body" ? { ...entry, body: await wholeOf(connection, place) } : entry;
}
