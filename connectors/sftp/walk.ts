// Which files of a server match a pattern. What a server says is not believed blindly: a name is one name, links are left
// alone, and a listing without an end has one.

import type { FileEntryWithStats, Stats } from "ssh2";
import type { Log } from "../../schema/connector.ts";
import { fixedFolder, toRegExp } from "../file/glob.ts";
import { type Found, listing, mostFound, tooMany } from "../file/place.ts";
import { status, statusOf } from "./failure.ts";
import type { Channel } from "./session.ts";
import { fail } from "./transfer.ts";

/** Beyond this, memory and time would be the server's to fill. */
const mostSeen = 1_000_000;
const deepest = 32;

interface Walk {
  readonly channel: Channel;
  readonly log: Log;
  readonly root: "" | "/";
  readonly parts: readonly string[];
  readonly matches: RegExp;
  readonly found: Found[];
  seen: number;
}

export const walk = (channel: Channel, pattern: string, log: Log): Promise<readonly Found[]> =>
  listing(async () => {
    const root = pattern.startsWith("/") ? "/" : "";
    const below = pattern.replace(/^\/+/, "");
    const state: Walk = { channel, log, root, parts: below.split("/"), matches: toRegExp(below), found: [], seen: 0 };
    await enter(state, fixedFolder(below));
    return state.found;
  });

/** `folder`: below the root, "" for the root itself. */
async function enter(state: Walk, folder: string): Promise<void> {
  const { channel, root } = state;
  const handle = await channel
    .ask<Buffer | undefined>((sftp, done) => sftp.opendir(`${root}${folder}` || ".", done))
    .catch((error: unknown) =>
      statusOf(error) === status.noSuchFile ? undefined : fail("looking through a folder", error),
    );
  if (handle === undefined) return;
  const folders: string[] = [];
  try {
    for (;;) {
      const entries = await channel
        .ask<FileEntryWithStats[] | undefined>((sftp, done) => sftp.readdir(handle, done))
        .catch((error: unknown) =>
          statusOf(error) === status.endOfFile ? undefined : fail("looking through a folder", error),
        );
      if (entries === undefined) break;
      for (const entry of entries) await look(state, folder, entry, folders);
    }
  } finally {
    await channel.ask((sftp, done) => sftp.close(handle, (error) => done(error, undefined))).catch(() => undefined);
  }
  for (const inner of folders) await enter(state, inner);
}

async function look(state: Walk, folder: string, entry: FileEntryWithStats, folders: string[]): Promise<void> {
  const { filename: name } = entry;
  state.seen += 1;
  if (state.seen > mostSeen) throw tooMany(`more than ${mostSeen} names`);
  if (!isName(name)) return state.log.warn({ name }, "a name that the server lists is none, and is left alone");
  const path = folder === "" ? name : `${folder}/${name}`;
  const isMatch = state.matches.test(path);
  const isWay = leadsOn(state, path);
  if (!isMatch && !isWay) return;
  const at = `${state.root}${path}`;
  const stats = await statsOf(state.channel, at, entry.attrs);
  if (isWay && stats?.isDirectory() === true) folders.push(path);
  if (!isMatch || stats?.isFile() !== true) return;
  if (state.found.length >= mostFound) throw tooMany(`more than ${mostFound} files`);
  state.found.push(foundOf(at, stats));
}

/** One part of a path, as we can say it again: what is not UTF-8 arrives with U+FFFD in it. */
const isName = (name: string): boolean => !/^\.{0,2}$|[/\0\uFFFD]/.test(name);

/** Whether files that match can be below a folder of this path. */
function leadsOn({ parts }: Walk, path: string): boolean {
  const names = path.split("/");
  const deep = parts.indexOf("**");
  if (names.length > deepest) return false;
  if (deep < 0 || names.length <= deep) {
    return names.length < parts.length && toRegExp(parts.slice(0, names.length).join("/")).test(path);
  }
  const before = parts.slice(0, deep);
  return toRegExp([...before, "**"].join("/")).test(path);
}

/** Some servers list names only. */
async function statsOf(channel: Channel, path: string, attrs: Stats): Promise<Stats | undefined> {
  if (typeof attrs.mode === "number" && typeof attrs.size === "number" && typeof attrs.mtime === "number") return attrs;
  return await channel
    .ask<Stats>((sftp, done) => sftp.lstat(path, done))
    .catch((error: unknown) => (statusOf(error) === undefined ? fail("looking at a file", error) : undefined));
}

export const foundOf = (path: string, { size, mtime }: Pick<Stats, "size" | "mtime">): Found => ({
  path,
  size,
  version: `${mtime}:${size}`,
});
