// What of an incoming message becomes its head, and what lies beside it: a body that is too long for one message, or the
// bytes that its source has put aside.

import { createHash } from "node:crypto";
import * as address from "../../schema/address.ts";
import type { Incoming } from "../../schema/connector.ts";
import { type ContentReference, chunkBytes, mostChunkedBytes } from "../../schema/content.ts";
import type { Context } from "../context.ts";
import type { Chunks } from "../publish.ts";
import { keptOf } from "./spool.ts";

export type Packed =
  | {
      readonly kind: "packed";
      readonly data: Uint8Array;
      readonly reference?: ContentReference;
      readonly chunks?: Chunks;
    }
  | { readonly kind: "too-large"; readonly most: number };

/** Messages of one atomic batch, of which the server takes a thousand. */
const mostChunks = 900;

/** Room for what the headers of a chunk say. */
const chunkHeadroom = 4 * 1024;

export function pack({ integration, link, limits }: Context, hash: string, { body, content }: Incoming): Packed {
  const subject = address.intakeChunks(integration, hash);
  const each = chunkSize(link.largest());
  if (content === undefined) return body.length <= limits.inlineBytes ? inline(body) : packBody(body, subject, each);
  const { size, sha256 } = content;
  const kept = keptOf(content);
  const told = { role: "blob", size, sha256 } as const;
  if (kept.kind === "object") {
    return { kind: "packed", data: body, reference: { ...told, at: "object", store: kept.store, name: kept.name } };
  }
  const count = Math.ceil(size / each);
  if (count > mostChunks) return { kind: "too-large", most: mostChunks * each };
  return {
    kind: "packed",
    data: body,
    reference: { ...told, at: "chunks", count },
    chunks: { subject, headers: {}, count, bytes: size, read: () => inPieces(kept.read(size), each) },
  };
}

/** Of what is stored nowhere nothing can lie beside it: it is one message, and the server says how large. */
export const packAlone = ({ limits }: Pick<Context, "limits">, { body, content }: Incoming): Packed =>
  content === undefined ? inline(body) : { kind: "too-large", most: limits.inlineBytes };

const inline = (body: Uint8Array): Packed => ({ kind: "packed", data: body });

/** Where a server takes less than it usually does, chunks are smaller. */
export const chunkSize = (largest: number): number => Math.min(chunkBytes, largest - chunkHeadroom);

function packBody(body: Uint8Array, subject: string, each: number): Packed {
  const most = Math.min(mostChunkedBytes, mostChunks * each);
  if (body.length > most) return { kind: "too-large", most };
  const { reference, chunks } = bodyInChunks(body, subject, each);
  return { kind: "packed", data: nothing, reference, chunks };
}

/** A body that lies beside its own head. */
export function bodyInChunks(
  body: Uint8Array,
  subject: string,
  each: number,
): { readonly reference: ContentReference; readonly chunks: Chunks } {
  const size = body.length;
  const count = Math.ceil(size / each);
  const sha256 = createHash("sha256").update(body).digest("hex");
  return {
    reference: { role: "body", size, sha256, at: "chunks", count },
    chunks: { subject, headers: {}, count, bytes: size, read: () => inPieces([body], each) },
  };
}

const nothing = new Uint8Array();

/** All of that size but the last. */
async function* inPieces(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  each: number,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const some of bytes) {
    let left = some;
    while (size + left.length >= each) {
      const end = each - size;
      yield joined([...held, left.subarray(0, end)]);
      left = left.subarray(end);
      held = [];
      size = 0;
    }
    if (left.length === 0) continue;
    held.push(left);
    size += left.length;
  }
  if (size > 0) yield joined(held);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}
