// Where bytes wait until their message is stored: a file of the worker, bounded over all that it keeps, hashed while it
// is written. The file has no name from the start, so that whatever ends the process ends it too. What is longer than
// chunks may be goes on into the integration's object store, what is spooled first.

import { createHash, type Hash } from "node:crypto";
import { type FileHandle, mkdir, mkdtemp, open as openFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nuid } from "@nats-io/nats-core";
import { chunkBytes, contentError, contentFaultOf, type KeptContent, type ObjectStore } from "../../schema/content.ts";
import { reasonOf } from "../start-failure.ts";

/** Of an integration, and what a message calls it that refers to it. */
export interface Objects {
  readonly name: string;
  readonly store: ObjectStore;
}

export interface Spool {
  keep(bytes: AsyncIterable<Uint8Array>, options: KeepOptions): Promise<KeptContent>;
  /** Bytes on disk now. */
  used(): number;
  close(): Promise<void>;
}

export interface KeepOptions {
  readonly most: number;
  readonly signal: AbortSignal;
  /** So many bytes stay here; what is longer goes into `objects`. */
  readonly chunked: number;
  readonly objects?: Objects | undefined;
}

export type Kept =
  | { readonly kind: "spooled"; read(size: number): AsyncIterable<Uint8Array> }
  /** `taken`: a message refers to it, `discard` leaves it alone from then on. */
  | { readonly kind: "object"; readonly store: string; readonly name: string; taken(): void };

const known = new WeakMap<KeptContent, Kept>();

/** Throws when it was not put aside by a spool. */
export function keptOf(content: KeptContent): Kept {
  const kept = known.get(content);
  if (kept === undefined) throw new Error("the source hands over bytes that nobody has put aside");
  return kept;
}

export interface SpoolOptions {
  /** One of the system's temporary folders unless told. */
  readonly folder?: string | undefined;
  /** Bytes that all together may take on disk. */
  readonly most: number;
}

export function createSpool({ folder, most }: SpoolOptions): Spool {
  let used = 0;
  let made: Promise<string> | undefined;
  const open = new Set<SpoolFile>();
  const place = (): Promise<string> => {
    made ??= folderFor(folder);
    return made;
  };
  const opened = async (): Promise<FileHandle> => {
    try {
      return await nameless(join(await place(), nuid.next()));
    } catch {
      // Whoever tidies up temporary folders takes one in which nothing is ever seen.
      made = undefined;
      return await nameless(join(await place(), nuid.next()));
    }
  };
  const begin = async (): Promise<SpoolFile> => {
    const file = await opened();
    let size = 0;
    const spooled: SpoolFile = {
      write: async (bytes) => {
        if (used + bytes.length > most) throw contentError("full", "too many bytes are being taken in at once");
        used += bytes.length;
        size += bytes.length;
        await written(file, bytes, size - bytes.length);
      },
      read: (from, upTo) => readFrom(file, from, upTo),
      end: async () => {
        used -= size;
        size = 0;
        open.delete(spooled);
        await file.close().catch(() => undefined);
      },
    };
    open.add(spooled);
    return spooled;
  };
  return {
    keep: async (bytes, options) => {
      const file = await begin().catch((error: unknown) => {
        throw diskError(error);
      });
      try {
        return await fill(file, bytes, options);
      } catch (error) {
        await file.end();
        throw error;
      }
    },
    used: () => used,
    close: async () => {
      await Promise.all([...open].map((file) => file.end()));
      // One that was handed in may be used by others.
      if (folder === undefined && made !== undefined) await rm(await made, { recursive: true, force: true });
    },
  };
}

interface SpoolFile {
  write(bytes: Uint8Array): Promise<void>;
  read(from: number, upTo: number): AsyncIterable<Uint8Array>;
  end(): Promise<void>;
}

async function folderFor(folder: string | undefined): Promise<string> {
  if (folder === undefined) return await mkdtemp(join(tmpdir(), "vrsky-spool-"));
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Its name goes at once where the system lets go of names of open files; else it goes with the folder. */
async function nameless(path: string): Promise<FileHandle> {
  const file = await openFile(path, "wx+", 0o600);
  await rm(path).catch(() => undefined);
  return file;
}

async function written(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  } catch (error) {
    throw diskError(error);
  }
}

/** The system's own messages hold paths. */
function diskError(error: unknown): Error {
  if (contentFaultOf(error) !== undefined && error instanceof Error) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : reasonOf(error);
  return contentError("full", `the worker cannot put bytes aside (${code})`);
}

async function* readFrom(file: FileHandle, from: number, upTo: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < upTo; ) {
    const wanted = Math.min(chunkBytes, upTo - at);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
    if (bytesRead === 0) throw contentError("unavailable", "what was put aside is shorter than it was");
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function fill(
  file: SpoolFile,
  bytes: AsyncIterable<Uint8Array>,
  { most, signal, chunked, objects }: KeepOptions,
): Promise<KeptContent> {
  const hash = createHash("sha256");
  const source = bytes[Symbol.asyncIterator]();
  let size = 0;
  const next = async (): Promise<Uint8Array | undefined> => {
    signal.throwIfAborted();
    const { done, value } = await source.next();
    if (done === true) return undefined;
    size += value.length;
    if (size > most) throw contentError("too-large", `it is larger than ${most} bytes`);
    hash.update(value);
    return value;
  };
  try {
    for (let some = await next(); some !== undefined; some = await next()) {
      if (size > chunked) {
        if (objects === undefined) throw contentError("too-large", `it is larger than ${chunked} bytes`);
        const live = rest(some, next);
        return await intoStore({ file, spooled: size - some.length, live, objects, signal }, () => size, hash);
      }
      await file.write(some);
    }
  } catch (error) {
    // Whoever sends shall not go on.
    void source.return?.().catch(() => undefined);
    throw error;
  }
  const read = (upTo: number): AsyncIterable<Uint8Array> => file.read(0, upTo);
  return remember({ kind: "spooled", read }, size, hash, () => file.end());
}

async function* rest(
  first: Uint8Array,
  next: () => Promise<Uint8Array | undefined>,
): AsyncGenerator<Uint8Array, undefined> {
  for (let some: Uint8Array | undefined = first; some !== undefined; some = await next()) yield some;
}

interface Moving {
  readonly file: SpoolFile;
  /** Bytes there. */
  readonly spooled: number;
  /** What comes behind them. */
  readonly live: AsyncIterable<Uint8Array>;
  readonly objects: Objects;
  readonly signal: AbortSignal;
}

async function intoStore(
  { file, spooled, live, objects, signal }: Moving,
  size: () => number,
  hash: Hash,
): Promise<KeptContent> {
  const { name: store, store: into } = objects;
  const name = nuid.next();
  await into.put(name, all(file.read(0, spooled), live), signal);
  await file.end();
  let taken = false;
  const take = (): void => {
    taken = true;
  };
  return remember({ kind: "object", store, name, taken: take }, size(), hash, async () => {
    if (!taken) await into.remove(name).catch(() => undefined);
  });
}

async function* all(...parts: readonly AsyncIterable<Uint8Array>[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield* part;
}

/** For who keeps bytes elsewhere. */
export function keptInMemory(bytes: Uint8Array): KeptContent {
  const hash = createHash("sha256").update(bytes);
  const read = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  return remember({ kind: "spooled", read }, bytes.length, hash, async () => undefined);
}

function remember(kept: Kept, size: number, hash: Hash, discard: () => Promise<void>): KeptContent {
  const content: KeptContent = { size, sha256: hash.digest("hex"), discard };
  known.set(content, kept);
  return content;
}
