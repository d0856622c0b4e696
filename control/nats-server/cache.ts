// Unpacked servers by version. A binary appears under its name only when it is whole and runs here.

import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { newestFirst, supportedServer, testedServer } from "../../schema/server-version.ts";

export interface CachedServer {
  readonly path: string;
  readonly version: string;
  readonly pinned: boolean;
}

export function cacheDir(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const base = env.XDG_CACHE_HOME;
  return join(base === undefined || base === "" ? join(home, ".cache") : base, "vrsky", "nats-server");
}

/** What the binary says of itself; an Error when it does not run on this machine. */
export async function serverVersion(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)(path, ["--version"], { timeout: 10_000 });
  const version = /v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${path} is not a nats-server`);
  return version;
}

/** The tested version if it is there, else the newest supported one. */
export async function cached(dir: string): Promise<CachedServer | undefined> {
  const versions = (await readdir(dir).catch(() => []))
    .filter((name) => supportedServer(name).ok)
    .sort((left, right) => Number(right === testedServer) - Number(left === testedServer) || newestFirst(left, right));
  for (const version of versions) {
    const path = join(dir, version, "nats-server");
    const runs = await serverVersion(path).catch(() => undefined);
    if (runs === version) return { path, version, pinned: await isPinned(path) };
  }
  return undefined;
}

/** Puts an unpacked binary into the cache under the version that it reports. */
export async function store(dir: string, unpacked: string, pinned: boolean): Promise<CachedServer> {
  await mkdir(dir, { recursive: true });
  const whole = join(dir, `.${randomUUID()}`);
  try {
    await copyFile(unpacked, whole);
    await chmod(whole, 0o755);
    const version = await serverVersion(whole);
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

const note = (path: string): string => `${path}.unpinned`;

async function isPinned(path: string): Promise<boolean> {
  return readFile(note(path)).then(
    () => false,
    () => true,
  );
}
