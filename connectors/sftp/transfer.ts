// The bytes of a file, there and back. Many requests are under way at once, so that a distant server is not waited for
// after each 32 KiB.

import { Readable } from "node:stream";
import { placeFailureOf } from "../file/place.ts";
import { refused, status, statusOf } from "./failure.ts";
import type { Channel } from "./session.ts";

/** What every server takes in one request. */
const piece = 32 * 1024;

/** Requests under way for one file: 1 MiB. */
const ahead = 32;

export async function readFile(channel: Channel, path: string, from: number): Promise<Readable> {
  const handle = await channel
    .ask<Buffer>((sftp, done) => sftp.open(path, "r", done))
    .catch((error: unknown) => fail("reading the file", error));
  const stream = Readable.from(pieces(channel, handle, from), { objectMode: false, highWaterMark: piece });
  // One that nobody begins to read never comes to the end of its pieces.
  stream.once("close", () => void closeHandle(channel, handle).catch(() => undefined));
  return stream;
}

async function* pieces(channel: Channel, handle: Buffer, from: number): AsyncGenerator<Buffer> {
  const coming: Promise<Buffer>[] = [];
  let next = from;
  const order = (): void => {
    const asked = readPiece(channel, handle, next);
    // Its failure is met in its turn, or never.
    asked.catch(() => undefined);
    coming.push(asked);
    next += piece;
  };
  // A short file is not asked for what lies far beyond its end.
  for (let window = 2; ; window = Math.min(window * 2, ahead)) {
    while (coming.length < window) order();
    const bytes = await coming.shift();
    if (bytes === undefined || bytes.length === 0) return;
    yield bytes;
    if (bytes.length < piece) return;
  }
}

/** Shorter than a piece only at the end of the file. */
async function readPiece(channel: Channel, handle: Buffer, at: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(piece);
  let got = 0;
  while (got < piece) {
    const start = got;
    const count = await channel
      .ask<number>((sftp, done) => sftp.read(handle, bytes, start, piece - start, at + start, done))
      .catch((error: unknown) => (statusOf(error) === status.endOfFile ? 0 : fail("reading the file", error)));
    if (count === 0) break;
    got += count;
  }
  return bytes.subarray(0, got);
}

/** Writes from `at` on; resolves with how many bytes once the server has them all. */
export async function writeAll(
  channel: Channel,
  handle: Buffer,
  bytes: Readable | Uint8Array,
  at: number,
  signal?: AbortSignal,
): Promise<number> {
  const underway = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let written = 0;
  const write = async (part: Buffer): Promise<void> => {
    const position = at + written;
    written += part.length;
    const task: Promise<void> = channel
      .ask((sftp, done) => sftp.write(handle, part, 0, part.length, position, (error) => done(error, undefined)))
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underway.delete(task));
    underway.add(task);
    if (underway.size >= ahead) await Promise.race(underway);
  };
  for await (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) {
    const part = Buffer.from(chunk);
    for (let start = 0; start < part.length && failures.length === 0; start += piece) {
      signal?.throwIfAborted();
      await write(part.subarray(start, start + piece));
    }
    if (failures.length > 0) break;
  }
  await Promise.all(underway);
  if (failures.length > 0) fail("writing the file", failures[0]);
  signal?.throwIfAborted();
  return written;
}

/** For the end of a file: what comes later must not be there without what came before. */
export async function writeInTurn(
  channel: Channel,
  handle: Buffer,
  bytes: Buffer,
  at: number,
  written: { bytes: number },
): Promise<void> {
  while (written.bytes < bytes.length) {
    const part = bytes.subarray(written.bytes, written.bytes + piece);
    const position = at + written.bytes;
    await channel.ask((sftp, done) =>
      sftp.write(handle, part, 0, part.length, position, (error) => done(error, undefined)),
    );
    written.bytes += part.length;
  }
}

/** Has the server put the file on its disk, where it can be asked to. */
export async function flush(channel: Channel, handle: Buffer): Promise<void> {
  await channel
    .ask((sftp, done) => sftp.ext_openssh_fsync(handle, done))
    .catch((error: unknown) => {
      if (statusOf(error) !== status.unsupported) fail("writing the file to disk", error);
    });
}

export const closeHandle = (channel: Channel, handle: Buffer): Promise<void> =>
  channel.ask((sftp, done) => sftp.close(handle, (error) => done(error, undefined)));

/** The failure of a place as it is; a server's answer in words. */
export function fail(doing: string, error: unknown): never {
  throw placeFailureOf(error) === undefined && statusOf(error) !== undefined ? refused(doing, error) : error;
}
