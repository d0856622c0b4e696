// Files on an SFTP server. What must not be there in part is written under a hidden name first; what must not be
// overwritten gets its name by a link or a rename, of which a server does only what finds the name free.

import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import ssh2, { type Stats } from "ssh2";
import type { JsonObject } from "../../schema/json.ts";
import { type Addition, type Found, type Place, placeError } from "../file/place.ts";
import { status, statusOf } from "./failure.ts";
import { type Channel, openSession, type SessionOptions } from "./session.ts";
import { readSftpSettings, type SftpSettings } from "./settings.ts";
import { closeHandle, fail, flush, readFile, writeAll, writeInTurn } from "./transfer.ts";
import { foundOf, walk } from "./walk.ts";

/** Throws an Error that names the setting when one is wrong; connects when it is first used. */
export function sftpPlace(connection: JsonObject, options: SessionOptions): Place {
  const settings = readSftpSettings(connection);
  checkKey(settings);
  const session = openSession(settings, options);
  return {
    list: async (pattern) => await walk(await session.channel(), checked(pattern), options.log),
    find: async (path) => await find(await session.channel(), checked(path)),
    read: async (path, from = 0) => await readFile(await session.channel(), checked(path), from),
    create: async (path, bytes, how) => await create(await session.channel(), checked(path), bytes, how),
    append: async (path, addition) => await append(await session.channel(), checked(path), addition),
    move: async (from, to) => await move(await session.channel(), checked(from), checked(to)),
    remove: async (path) => await remove(await session.channel(), checked(path)),
    close: () => session.close(),
  };
}

function checkKey({ key, passphrase }: SftpSettings): void {
  if (key === undefined) return;
  const parsed = ssh2.utils.parseKey(key, passphrase);
  if (parsed instanceof Error) {
    if (!/passphrase/i.test(parsed.message)) throw new Error("`key` must be a private key in OpenSSH's form or PEM");
    throw new Error(
      passphrase === undefined ? "`key` is locked: give its `passphrase`" : "`passphrase` does not open `key`",
    );
  }
  const one = Array.isArray(parsed) ? parsed[0] : parsed;
  if (one === undefined || !one.isPrivateKey()) throw new Error("`key` must be the private key, not the public one");
}

function checked(path: string): string {
  if (path === "" || path.includes("\0")) throw placeError("rejected", "the path is empty or holds a NUL");
  if (path.split("/").includes("..")) throw placeError("rejected", "`..` is no part of a path");
  return path;
}

async function statsOf(channel: Channel, path: string): Promise<Stats | undefined> {
  return await channel
    .ask<Stats | undefined>((sftp, done) => sftp.lstat(path, done))
    .catch((error: unknown) => (statusOf(error) === status.noSuchFile ? undefined : fail("looking at a file", error)));
}

async function find(channel: Channel, path: string): Promise<Found | undefined> {
  const stats = await statsOf(channel, path);
  return stats?.isFile() === true ? foundOf(path, stats) : undefined;
}

async function create(
  channel: Channel,
  path: string,
  bytes: Readable | Uint8Array,
  { replace, signal }: { readonly replace: boolean; readonly signal?: AbortSignal },
): Promise<boolean> {
  signal?.throwIfAborted();
  if (!replace && (await statsOf(channel, path)) !== undefined) return false;
  const temporary = posix.join(posix.dirname(path), `.vrsky-${randomUUID()}.tmp`);
  const handle = await openIn(channel, temporary, "wx", "making a file");
  try {
    try {
      await writeAll(channel, handle, bytes, 0, signal);
      await flush(channel, handle);
    } finally {
      await closeHandle(channel, handle).catch((error: unknown) => fail("writing the file", error));
    }
    return replace ? await replaceBy(channel, temporary, path) : await give(channel, temporary, path);
  } finally {
    await remove(channel, temporary).catch(() => undefined);
  }
}

/** Opens for writing; its folders are made when they are missing. */
async function openIn(channel: Channel, path: string, flags: "wx" | "a+", doing: string): Promise<Buffer> {
  const open = (): Promise<Buffer> => channel.ask<Buffer>((sftp, done) => sftp.open(path, flags, done));
  try {
    return await open();
  } catch (error) {
    if (statusOf(error) !== status.noSuchFile) fail(doing, error);
  }
  await makeFolder(channel, posix.dirname(path));
  return await open().catch((error: unknown) => fail(doing, error));
}

async function makeFolder(channel: Channel, folder: string): Promise<void> {
  const make = (): Promise<void> => channel.ask((sftp, done) => sftp.mkdir(folder, (error) => done(error, undefined)));
  try {
    return await make();
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    if ((await statsOf(channel, folder)) !== undefined) return;
    if (statusOf(error) !== status.noSuchFile || folder === posix.dirname(folder)) fail("making a folder", error);
  }
  await makeFolder(channel, posix.dirname(folder));
  await make().catch(async (error: unknown) => {
    // Another made it in the meantime.
    if (statusOf(error) === undefined || (await statsOf(channel, folder)) === undefined) fail("making a folder", error);
  });
}

/** Gives what was written its name where that is free. A link is tried first: it can never overwrite. */
async function give(channel: Channel, temporary: string, path: string): Promise<boolean> {
  try {
    await channel.ask((sftp, done) => sftp.ext_openssh_hardlink(temporary, path, (error) => done(error, undefined)));
    return true;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    if ((await statsOf(channel, path)) !== undefined) return false;
  }
  return await rename(channel, temporary, path);
}

/** By version 3 of the protocol a rename fails when the new name is taken; that is looked at as well. */
async function rename(channel: Channel, from: string, to: string): Promise<boolean> {
  try {
    await channel.ask((sftp, done) => sftp.rename(from, to, (error) => done(error, undefined)));
    return true;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    if ((await statsOf(channel, to)) !== undefined) return false;
    return fail("naming the file", error);
  }
}

/** In one go where the server can; else the old file goes first, and for a moment there is none. */
async function replaceBy(channel: Channel, temporary: string, path: string): Promise<true> {
  try {
    await channel.ask((sftp, done) => sftp.ext_openssh_rename(temporary, path, (error) => done(error, undefined)));
    return true;
  } catch (error) {
    if (statusOf(error) !== status.unsupported) fail("replacing the file", error);
  }
  if (await rename(channel, temporary, path)) return true;
  await remove(channel, path);
  if (await rename(channel, temporary, path)) return true;
  throw placeError("unavailable", "another file of this name appeared while it was being replaced");
}

async function append(channel: Channel, path: string, { lines, header }: Addition): Promise<void> {
  const handle = await openIn(channel, path, "a+", "opening the file");
  const sizeOf = async (): Promise<number> => (await channel.ask<Stats>((sftp, done) => sftp.fstat(handle, done))).size;
  try {
    const size = await sizeOf();
    const start = size === 0 ? header : (await isTorn(channel, handle, size)) ? Buffer.from("\n") : Buffer.alloc(0);
    const written = { bytes: 0 };
    try {
      await writeInTurn(channel, handle, Buffer.concat([start, lines]), size, written);
      await flush(channel, handle);
    } catch (error) {
      // Half a line is worse than none. After a cut connection this cannot be said: it is ended the next time.
      if ((await sizeOf()) === size + written.bytes)
        await channel.ask((sftp, done) => sftp.fsetstat(handle, { size }, (failed) => done(failed, undefined)));
      throw error;
    }
  } catch (error) {
    fail("adding to the file", error);
  } finally {
    await closeHandle(channel, handle).catch(() => undefined);
  }
}

async function isTorn(channel: Channel, handle: Buffer, size: number): Promise<boolean> {
  const last = Buffer.alloc(1);
  await channel.ask<number>((sftp, done) => sftp.read(handle, last, 0, 1, size - 1, done));
  return last[0] !== 0x0a;
}

async function move(channel: Channel, from: string, to: string): Promise<boolean> {
  if ((await statsOf(channel, to)) !== undefined) {
    // A file that is not there any more went there before, and its answer was lost.
    return (await statsOf(channel, from)) === undefined;
  }
  await makeFolder(channel, posix.dirname(to));
  return await rename(channel, from, to);
}

async function remove(channel: Channel, path: string): Promise<void> {
  await channel
    .ask((sftp, done) => sftp.unlink(path, (error) => done(error, undefined)))
    .catch((error: unknown) => {
      if (statusOf(error) !== status.noSuchFile) fail("removing the file", error);
    });
}
