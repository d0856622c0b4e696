// Bytes of a message that one NATS message cannot hold, or that are no JSON: they travel beside the head, as chunks in
// the same stream or as an object in a store, and are read as a stream, never whole.

/** Of one message: what lies beside its head, and where. One line of ASCII JSON in the header `Vrsky-Content`. */
export type ContentReference = {
  /** `body`: the message's JSON text. `blob`: the body in the head tells about the bytes. */
  readonly role: "body" | "blob";
  /** Bytes. */
  readonly size: number;
  /** Of all bytes, hex. */
  readonly sha256: string;
} & (
  | { readonly at: "chunks"; readonly count: number }
  /** `store`: `nats`, or the name of the tenant's connection. */
  | { readonly at: "object"; readonly store: string; readonly name: string }
);

/** Bytes that a source has handed to the runtime and that are not part of a message yet. */
export interface KeptContent {
  readonly size: number;
  readonly sha256: string;
  /** Nobody needs them: what was put aside goes. */
  discard(): Promise<void>;
}

/** What a target reads. */
export interface Content {
  readonly size: number;
  readonly sha256: string;
  /** From the start, on each call. Throws a `contentError`. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** `missing`: they are gone for good. `unavailable`: they could not be read now. `too-large`, `full`: not kept. */
export type ContentFault = "missing" | "unavailable" | "too-large" | "full";

export function contentError(fault: ContentFault, reason: string): Error {
  return Object.assign(new Error(reason), { contentFault: fault });
}

export function contentFaultOf(error: unknown): ContentFault | undefined {
  if (!(error instanceof Error) || !("contentFault" in error)) return undefined;
  const faults: readonly ContentFault[] = ["missing", "unavailable", "too-large", "full"];
  return faults.find((fault) => fault === error.contentFault);
}

/** What contents are called, behind whatever says that one was never finished: what others have put there is not ours. */
export const isObjectName = (name: string): boolean => /^[0-9A-Za-z]{22}$/.test(name.slice(name.lastIndexOf("~") + 1));

/** Where large contents lie by name. */
export interface ObjectStore {
  /** Stores all or nothing. Throws a `contentError`: `full`, `unavailable`. */
  put(name: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /** Throws a `contentError`: `missing`, `unavailable`. */
  read(name: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Newest or oldest first. `storedAt`: milliseconds since 1970. */
  list(signal: AbortSignal): AsyncIterable<{ readonly name: string; readonly storedAt: number; readonly size: number }>;
  remove(name: string): Promise<void>;
}

/** Bytes of a chunk. */
export const chunkBytes = 512 * 1024;
/** Bodies up to here are one message. */
export const inlineBytes = 256 * 1024;
/** Up to here bytes travel as chunks, beyond in a store. */
export const mostChunkedBytes = 64 * 1024 * 1024;
