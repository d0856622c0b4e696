// One file: its records are stored in their order, what cannot be taken is set aside, and only then the file is deleted,
// moved or remembered. A record's id is made of path, time, size and line, so that what is read again after a crash has
// the same ids, and the intake knows them.

import { posix } from "node:path";
import type { SourceContext } from "../../schema/connector.ts";
import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import { type Found, type Place, placeError, placeFailureOf } from "./place.ts";
import { createProgress } from "./progress.ts";
import { type Bytes, type RecordOptions, readRecords } from "./records.ts";
import { storeSome } from "./store-some.ts";
import { unpacked } from "./unpack.ts";

export interface Reading {
  readonly context: SourceContext;
  readonly place: Place;
  /** Undefined: the file is one message, its bytes lie beside it. */
  readonly options: RecordOptions | undefined;
  /** Left out: by the name's end. */
  readonly compress: "gzip" | "none" | undefined;
  readonly stopped: () => boolean;
}

/** `later`: it is not done, because it has changed meanwhile, or the source stops. */
export type Taken = "done" | "later";

/** Rejects when the file cannot be read or a record cannot be set aside: it is tried again at a later look. */
export async function takeFile(file: Found, reading: Reading): Promise<Taken> {
  const { state } = reading.context;
  const known = await state.get(file.path);
  if (known === file.version) return "done";
  const stored = isJsonObject(known) && known.stored === file.version;
  const end = stored ? "whole" : await store(file, reading);
  if (end === "later") return "later";
  if (end === "stuck") await state.put(file.path, file.version);
  else await finish(file, reading, stored);
  return "done";
}

export type End = "whole" | "later" | "stuck";

const store = async (file: Found, { options, ...reading }: Reading): Promise<End> =>
  options === undefined
    ? (await import("./take-blob.ts")).storeBlob(file, { ...reading, options })
    : storeAll(file, { ...reading, options });

/** One whose bytes hold records. */
export type ReadingRecords = Reading & { readonly options: RecordOptions };

async function storeAll(file: Found, reading: ReadingRecords): Promise<End> {
  const { context, options, place, stopped } = reading;
  const progress = await createProgress(file, context);
  const records = readRecords((from) => bytesOf(file, reading, from), options, progress.from());
  try {
    let next = ahead(records);
    for (;;) {
      const some = await next();
      if (some === undefined) break;
      // Read while these are stored.
      next = ahead(records);
      // Of a file that somebody writes, the last record may be half of one.
      if ((await place.find(file.path))?.version !== file.version) return "later";
      const settled = await storeSome(some, file, reading, progress);
      if (settled === "stopped" || stopped()) {
        await progress.save();
        return "later";
      }
      await progress.saveNowAndThen();
    }
  } catch (error) {
    const failure = placeFailureOf(error);
    if (failure?.kind !== "rejected") throw error;
    stays(file, context, failure.message);
    return "stuck";
  } finally {
    await records.return(undefined).catch(() => undefined);
  }
  return progress.stuck() ? "stuck" : "whole";
}

export function stays({ path }: Found, { refuse, log }: SourceContext, why: string): void {
  refuse(`${path}: ${why}; the file stays where it is`, "invalid");
  log.warn({ file: path, error: why }, "a file could not be taken whole and stays where it is");
}

/** Begins to read; what comes of it, or goes wrong, is told to whoever asks. */
function ahead<T>(values: AsyncGenerator<T>): () => Promise<T | undefined> {
  const asked = values.next().then(
    ({ done, value }) =>
      () =>
        done === true ? undefined : value,
    (error: unknown) => () => {
      throw error;
    },
  );
  return async () => (await asked)();
}

async function bytesOf(file: Found, { place, compress }: Reading, from: number): Promise<Bytes> {
  const packed = compress === undefined ? /\.gz$/i.test(file.path) : compress === "gzip";
  if (!packed && file.size <= from) return upTo([], 0);
  // What is written behind it meanwhile is another version.
  if (packed) return unpacked(upTo(await place.read(file.path), file.size), from);
  return upTo(await place.read(file.path, from), file.size - from);
}

async function* upTo(bytes: Bytes | readonly Uint8Array[], most: number): AsyncGenerator<Uint8Array> {
  let left = most;
  for await (const chunk of bytes) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** `again`: its records are known to be stored, but it could not be put away. */
async function finish(file: Found, { context, place }: Reading, again: boolean): Promise<void> {
  const after = context.settings.after ?? "keep";
  if (after === "keep") return await context.state.put(file.path, file.version);
  try {
    // Whoever has written on in the meantime is read again.
    if ((await place.find(file.path))?.version !== file.version) return;
    if (after === "delete") await place.remove(file.path);
    else if (isJsonObject(after)) await move(file.path, after, place);
  } catch (error) {
    // Not read once more, however long it takes: the intake forgets ids.
    if (!again) await context.state.put(file.path, { stored: file.version });
    throw error;
  }
}

/** Nothing is overwritten: a name that is taken gets a number. */
async function move(path: string, { move: folder }: JsonObject, place: Place): Promise<void> {
  const extension = posix.extname(path);
  const stem = posix.basename(path, extension);
  for (let number = 0; number < 10_000; number += 1) {
    const name = number === 0 ? posix.basename(path) : `${stem}.${number}${extension}`;
    if (await place.move(path, posix.join(String(folder), name))) return;
  }
  throw placeError("unavailable", "every name for the moved file is taken");
}
