// Where files lie: the local disk, an SFTP server, a bucket. Source and target of the file connector know this and no
// more, so that what they promise is one promise wherever the files are.

import type { Readable } from "node:stream";

export interface Found {
  /** As people call it, and as the other methods take it. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Changes when the file changes. */
  readonly version: string;
  /** When it was made, in milliseconds since 1970, where the place knows. */
  readonly made?: number;
}

/** Every method rejects with a `placeError`. */
export interface Place {
  /** Files that match, sorted by path. Folders that are not there hold none. */
  list(pattern: string): Promise<readonly Found[]>;
  /** Undefined when there is no file of this name. */
  find(path: string): Promise<Found | undefined>;
  /** Bytes from an offset on. Whatever the stream fails with, it may be read again later. */
  read(path: string, from?: number): Promise<Readable>;
  /**
   * A whole new file: it appears complete or not at all, and is on disk once this resolves. `replace: false` never
   * overwrites: resolves false when something has the name. When the signal is aborted it rejects and leaves nothing.
   */
  create(
    path: string,
    bytes: Readable | Uint8Array,
    options: { readonly replace: boolean; readonly signal?: AbortSignal },
  ): Promise<boolean>;
  /** On disk once this resolves; when it rejects, nothing of it stands in the file. Absent where files cannot grow. */
  append?(path: string, addition: Addition): Promise<void>;
  /** Never overwrites: resolves false when something has the new name. The same again, after a crash, is done. */
  move(from: string, to: string): Promise<boolean>;
  /** What is not there is removed already. */
  remove(path: string): Promise<void>;
  /** Calls when something may have changed: a hint, on which nothing is built. The function it gives ends that. */
  watch?(pattern: string, changed: () => void): () => void;
  close(): Promise<void>;
}

/** Whole lines for the end of a file. Half a line that a crash left there is ended first. */
export interface Addition {
  readonly lines: Uint8Array;
  /** Comes first in a file that is new or empty. */
  readonly header: Uint8Array;
}

export interface PlaceFailure {
  /**
   * `disconnected` the place cannot be reached · `unavailable` it can, and may do it later (disk full, no right) ·
   * `rejected` this path will never do.
   */
  readonly kind: "disconnected" | "unavailable" | "rejected";
  /** One line without secrets and without what the files hold. */
  readonly message: string;
}

const failures = new WeakMap<Error, PlaceFailure>();

export function placeError(kind: PlaceFailure["kind"], message: string): Error {
  const error = new Error(message);
  failures.set(error, { kind, message });
  return error;
}

/** What went wrong at a place; undefined for an error of another kind. */
export const placeFailureOf = (error: unknown): PlaceFailure | undefined =>
  error instanceof Error ? failures.get(error) : undefined;

/** Beyond this many files for one pattern, memory would be the other side's to fill. */
export const mostFound = 100_000;

export const tooMany = (what: string): Error =>
  placeError("unavailable", `${what} are there for \`path\`: move or delete what is done, or narrow the pattern`);

/**
 * The listing of a place elsewhere, sorted. Without one nothing goes on there, so whatever is wrong with it is wrong with
 * the connection.
 */
export async function listing(found: () => Promise<readonly Found[]>): Promise<readonly Found[]> {
  try {
    return [...(await found())].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  } catch (error) {
    const failure = placeFailureOf(error);
    throw failure === undefined ? error : placeError("disconnected", failure.message);
  }
}
