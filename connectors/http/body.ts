// A request's body, bounded: per request, and over all requests that are in hand.

import type { IncomingMessage } from "node:http";

/** Bytes that all bodies in hand may take together. */
export interface Budget {
  readonly limit: number;
  used: number;
}

export type ReadBody =
  | { readonly kind: "read"; readonly bytes: Uint8Array; release(): void }
  | { readonly kind: "too-large" }
  /** Other requests hold the memory. */
  | { readonly kind: "busy" }
  /** The sender hung up or was cut. */
  | { readonly kind: "gone" };

export async function readBody(request: IncomingMessage, limit: number, budget: Budget): Promise<ReadBody> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const release = (): void => {
    budget.used -= size;
    size = 0;
  };
  const failed = (kind: "too-large" | "busy" | "gone"): ReadBody => {
    release();
    return { kind };
  };
  return await new Promise<ReadBody>((resolve) => {
    const stop = (kind: "too-large" | "busy" | "gone"): void => {
      request.off("data", take);
      resolve(failed(kind));
    };
    const take = (chunk: Uint8Array): void => {
      size += chunk.length;
      budget.used += chunk.length;
      if (size > limit) stop("too-large");
      else if (budget.used > budget.limit) stop("busy");
      else chunks.push(chunk);
    };
    const cut = (): void => stop("gone");
    request.on("data", take);
    request.once("error", cut);
    request.once("close", cut);
    request.once("end", () => {
      request.off("close", cut);
      resolve({ kind: "read", bytes: oneOf(chunks, size), release });
    });
  });
}

function oneOf(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size);
}
