// Files below the worker's data folder. Nothing outside it is reached, a file that is made is on disk before anybody is
// told so, and an error names its code only.

import { watch } from "node:fs";
import { copyFile, type FileHandle, link, mkdir, open, rename, stat, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fixedFolder, matchingFiles } from "./glob.ts";
import { type Addition, type Found, type Place, placeError } from "./place.ts";
import { inside, syncFolder } from "./root.ts";

/** Makes the root when it is missing. One whose disk is away is no reason not to start: it is asked for at each use. */
export async function localPlace(root: string): Promise<Place> {
  await mkdir(root, { recursive: true }).catch(() => undefined);
  const at = async (path: string, create = false): Promise<string> => {
    const found = await inside(root, path, create);
    if (!found.ok) throw placeError("rejected", found.message);
    return found.path;
  };
  return {
    list: (pattern) => told(() => list(root, pattern)),
    find: (path) => told(async () => await foundAt(await at(path), path)),
    read: (path, from = 0) =>
      told(async () => (await open(await at(path))).createReadStream({ start: from, highWaterMark: 256 * 1024 })),
    create: (path, bytes, { replace, signal }) =>
      told(async () => await create(await at(path, true), bytes, replace, signal)),
    append: (path, addition) => told(async () => await append(await at(path, true), addition)),
    move: (from, to) => told(async () => await move(await at(from), await at(to, true))),
    remove: (path) =>
      told(async () => {
        const place = await at(path);
        await unlink(place).catch(ignore("ENOENT"));
        await syncFolder(dirname(place));
      }),
    watch: (pattern, changed) => watchFolder(join(root, fixedFolder(pattern)), changed),
    close: async () => undefined,
  };
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

function ignore(code: string): (error: unknown) => void {
  return (error) => {
    if (codeOf(error) !== code) throw error;
  };
}

async function told<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw translated(error);
  }
}

const forGood = new Set(["EISDIR", "ENOTDIR", "ENAMETOOLONG", "EINVAL", "ELOOP"]);

/** The system's own messages hold whole paths. */
function translated(error: unknown): Error {
  const code = codeOf(error);
  if (code === "") return error instanceof Error ? error : placeError("unavailable", "unexpected error");
  return placeError(forGood.has(code) ? "rejected" : "unavailable", code);
}

/** How many files are asked about at once. */
const atOnce = 64;

async function list(root: string, pattern: string): Promise<readonly Found[]> {
  const paths = await matchingFiles(root, pattern).catch((error: unknown) => {
    ignore("ENOENT")(error);
    return [];
  });
  const found: Found[] = [];
  for (let start = 0; start < paths.length; start += atOnce) {
    const some = paths.slice(start, start + atOnce);
    const asked = await Promise.all(some.map((path) => foundAt(join(root, path), path)));
    found.push(...asked.filter((one) => one !== undefined));
  }
  return found;
}

async function foundAt(place: string, path: string): Promise<Found | undefined> {
  try {
    const now = await stat(place);
    if (!now.isFile()) return undefined;
    return { path, size: now.size, version: `${now.mtimeMs}:${now.size}`, made: now.birthtimeMs };
  } catch (error) {
    ignore("ENOENT")(error);
    return undefined;
  }
}

async function create(
  path: string,
  bytes: Readable | Uint8Array,
  replace: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const [file, temporary] = await temporaryIn(dirname(path));
  try {
    try {
      await writeFile(file, bytes, signal === undefined ? {} : { signal });
      await file.datasync();
    } finally {
      await file.close();
    }
    if (replace) await rename(temporary, path);
    else if (!(await linked(temporary, path))) {
      await syncFolder(dirname(path));
      return false;
    }
    await syncFolder(dirname(path));
    return true;
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

let temporaries = 0;

/** Its name is short, since the final one may be as long as a name can be. */
async function temporaryIn(folder: string): Promise<readonly [FileHandle, string]> {
  for (;;) {
    temporaries += 1;
    const path = join(folder, `.vrsky-${process.pid}-${temporaries}.tmp`);
    const file = await open(path, "wx").catch(ignore("EEXIST"));
    if (file !== undefined) return [file, path];
  }
}

/** Gives a file a second name; false when something has it. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    ignore("EEXIST")(error);
    return false;
  }
}

async function append(path: string, { lines, header }: Addition): Promise<void> {
  const file = await open(path, "a+");
  try {
    const { size } = await file.stat();
    const start = size === 0 ? header : (await tornAt(file, size)) ? Buffer.from("\n") : Buffer.alloc(0);
    const written = { bytes: 0 };
    try {
      await writeAll(file, Buffer.concat([start, lines]), written);
      await file.datasync();
    } catch (error) {
      // Half a line is worse than none; where others have written in between, it stays, and is ended the next time.
      if ((await file.stat()).size === size + written.bytes) await file.truncate(size);
      throw error;
    }
    if (size === 0) await syncFolder(dirname(path));
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, written: { bytes: number }): Promise<void> {
  while (written.bytes < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written.bytes, bytes.length - written.bytes);
    written.bytes += bytesWritten;
  }
}

async function tornAt(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}

/** Two names, then one: a crash in between leaves both, and the next attempt sees that they are one file. */
async function move(from: string, to: string): Promise<boolean> {
  try {
    if (!(await linked(from, to)) && !(await same(from, to))) return false;
  } catch (error) {
    if (!unlinkable.has(codeOf(error))) throw error;
    if (!(await copied(from, to))) return false;
  }
  await syncFolder(dirname(to));
  await unlink(from);
  await syncFolder(dirname(from));
  return true;
}

/** Another file system, or one without links. */
const unlinkable = new Set(["EXDEV", "EPERM", "ENOTSUP", "EMLINK"]);

async function copied(from: string, to: string): Promise<boolean> {
  const [file, temporary] = await temporaryIn(dirname(to));
  try {
    await copyFile(from, temporary);
    await file.datasync();
    if ((await stat(to).catch(ignore("ENOENT"))) !== undefined) return false;
    await rename(temporary, to);
    return true;
  } finally {
    await file.close();
    await unlink(temporary).catch(() => undefined);
  }
}

async function same(from: string, to: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(from), stat(to)]);
  return one.ino === other.ino && one.dev === other.dev;
}

function watchFolder(folder: string, changed: () => void): () => void {
  try {
    const watcher = watch(folder, { persistent: false }, () => changed());
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}
