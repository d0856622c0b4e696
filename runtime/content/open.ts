// From what a message's header says to bytes that a target reads: one resolver for each place where they may lie.
// Whatever they are read for, they are checked against their size and hash to the last.

import { createHash } from "node:crypto";
import * as address from "../../schema/address.ts";
import type { Delivery } from "../../schema/connector.ts";
import { type Content, type ContentReference, contentError, contentFaultOf } from "../../schema/content.ts";
import type { Envelope, StoredContent } from "../../schema/envelope.ts";
import type { Context } from "../context.ts";
import { noteFault } from "./blame.ts";
import { type ChunkPlace, readChunks } from "./chunks.ts";

/** Where a message lies whose content is wanted. */
export interface ContentSpot {
  readonly target: string;
  /** Of its head in the intake. */
  readonly sequence: number;
  readonly stored: StoredContent;
}

type At = ContentReference["at"];

type Resolver<A extends At> = (
  context: Context,
  spot: ContentSpot,
  reference: Extract<ContentReference, { at: A }>,
  signal: AbortSignal,
) => AsyncIterable<Uint8Array>;

const resolvers: { readonly [A in At]: Resolver<A> } = {
  chunks: ({ link, clock, integration }, spot, { count }, signal) =>
    readChunks(link, clock, placeOf(integration, spot, count), signal),
  object: ({ objects }, _spot, { store, name }, signal) => {
    const there = objects.named(store);
    if (there !== undefined) return there.read(name, signal);
    throw contentError("unavailable", `its content lies in the store ${store}, which this worker does not know`);
  },
};

function placeOf(integration: string, { target, sequence, stored }: ContentSpot, count: number): ChunkPlace {
  const { lies, hash } = stored;
  return lies === "intake"
    ? {
        stream: address.intakeStream(integration),
        subject: address.intakeChunks(integration, hash),
        from: sequence - count,
        upTo: sequence - 1,
        count,
      }
    : {
        stream: address.retryStream(integration),
        subject: address.retryChunks(integration, target, hash),
        from: 1,
        upTo: Number.MAX_SAFE_INTEGER,
        count,
      };
}

/** With what lies beside the message as its target reads it, if that is not its body. */
export function withContent(
  context: Context,
  target: string,
  { content: stored, sequence }: Envelope,
  delivery: Omit<Delivery, "signal">,
): Omit<Delivery, "signal"> {
  if (stored?.reference.role !== "blob") return delivery;
  return { ...delivery, content: openContent(context, { target, sequence, stored }) };
}

/** What goes wrong when it is read is noted: a target may tell it in other words, or not at all. */
export function openContent(context: Context, spot: ContentSpot): Content {
  const { reference } = spot.stored;
  const { size, sha256 } = reference;
  const content: Content = {
    size,
    sha256,
    read: (signal) =>
      noting(
        checked(() => resolve(context, spot, reference, signal), size, sha256),
        (fault) => noteFault(content, fault),
      ),
  };
  return content;
}

function resolve(
  context: Context,
  spot: ContentSpot,
  reference: ContentReference,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  return reference.at === "chunks"
    ? resolvers.chunks(context, spot, reference, signal)
    : resolvers.object(context, spot, reference, signal);
}

async function* noting(
  bytes: AsyncIterable<Uint8Array>,
  note: (error: Error) => void,
): AsyncGenerator<Uint8Array, undefined> {
  try {
    yield* bytes;
  } catch (error) {
    if (error instanceof Error && contentFaultOf(error) !== undefined) note(error);
    throw error;
  }
}

async function* checked(open: () => AsyncIterable<Uint8Array>, size: number, sha256: string) {
  const hash = createHash("sha256");
  let read = 0;
  for await (const some of open()) {
    read += some.length;
    if (read > size) break;
    hash.update(some);
    // The last of it is not given away before it is known to be right.
    if (read < size) yield some;
    else if (hash.digest("hex") === sha256) return void (yield some);
    else throw contentError("missing", "its content is not what was stored: its hash differs");
  }
  if (read === size && size === 0) return;
  throw contentError("missing", `its content is not what was stored: ${read} of ${size} bytes are there`);
}
