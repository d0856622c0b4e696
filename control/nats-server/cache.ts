// Unpacked servers by version. A binary appears under its name only when it is whole and runs here.

import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, copyFile, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { newestFirst, supportedServer, testedServer } from "../../schema/server-version.ts";

export interface CachedServer {
  readonly path: string;
  readonly version: string;
  readonly pinned: boolean;
}

/** Folders for the cache, best first. */
export interface CachePlaces {
  /** Under the user's home; absent where there is none. */
  readonly own?: string;
  /** Among everybody's temporary files: trusted only when it is ours and nobody else can write there. */
  readonly temporary: string;
}

export interface CacheSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string | undefined;
  readonly tmp: string;
}

export function cachePlaces({ env, home, tmp }: CacheSurroundings): CachePlaces {
  const temporary = join(tmp, `vrsky-${process.getuid?.() ?? "user"}-nats-server`);
  const base = [env.XDG_CACHE_HOME, home === undefined || home === "" ? undefined : join(home, ".cache")].find(
    (dir) => dir !== undefined && isAbsolute(dir),
  );
  return base === undefined ? { temporary } : { own: join(base, "vrsky", "nats-server"), temporary };
}

/** What the binary says of itself; an Error when it does not run on this machine or says nothing in time. */
export async function serverVersion(path: string, timeoutMs: number): Promise<string> {
  const { stdout } = await promisify(execFile)(path, ["--version"], { timeout: timeoutMs, killSignal: "SIGKILL" });
  const version = /v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${path} is not a nats-server`);
  return version;
}

/** The tested version if it is there, else the newest supported one. */
export async function cached(places: CachePlaces, timeoutMs: number): Promise<CachedServer | undefined> {
  const own = places.own === undefined ? undefined : await cachedIn(places.own, timeoutMs);
  return own ?? ((await isOurs(places.temporary)) ? cachedIn(places.temporary, timeoutMs) : undefined);
}

async function cachedIn(dir: string, timeoutMs: number): Promise<CachedServer | undefined> {
  const versions = (await readdir(dir).catch(() => []))
    .filter((name) => supportedServer(name).ok)
    .sort((left, right) => Number(right === testedServer) - Number(left === testedServer) || newestFirst(left, right));
  for (const version of versions) {
    const path = join(dir, version, "nats-server");
    const runs = await serverVersion(path, timeoutMs).catch(() => undefined);
    if (runs === version) return { path, version, pinned: await isPinned(path) };
  }
  return undefined;
}

/** Puts an unpacked binary into the cache under the version that it reports. */
export async function store(
  places: CachePlaces,
  unpacked: string,
  pinned: boolean,
  timeoutMs: number,
): Promise<CachedServer> {
  const dir = await writable(places);
  const whole = join(dir, `.${randomUUID()}`);
  try {
    await copyFile(unpacked, whole);
    await chmod(whole, 0o755);
    const version = await serverVersion(whole, timeoutMs);
    const supported = supportedServer(version);
    if (!supported.ok) throw new Error(supported.reason);
    const path = join(dir, version, "nats-server");
    await mkdir(dirname(path), { recursive: true });
    if (pinned) await rm(note(path), { force: true });
    else await writeFile(note(path), "newest of the package index, not checked against a known sum\n");
    await rename(whole, path);
    return { path, version, pinned };
  } finally {
    await rm(whole, { force: true });
  }
}

async function writable({ own, temporary }: CachePlaces): Promise<string> {
  if (own !== undefined && (await isMade(own))) return own;
  await mkdir(temporary, { mode: 0o700 }).catch(() => {});
  if (await isOurs(temporary)) return temporary;
  throw new Error(`neither ${own ?? "a home"} nor ${temporary} can be written`);
}

async function isMade(dir: string): Promise<boolean> {
  try {
    await mkdir(dir, { recursive: true });
    await access(dir, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function isOurs(dir: string): Promise<boolean> {
  const found = await lstat(dir).catch(() => undefined);
  if (found === undefined || !found.isDirectory()) return false;
  const uid = process.getuid?.();
  return uid === undefined || (found.uid === uid && (found.mode & 0o022) === 0);
}

const note = (path: string): string => `${path}.unpinned`;

async function isPinned(path: string): Promise<boolean> {
  return readFile(note(path)).then(
    () => false,
    () => true,
  );
}
