// nats-server out of the project's own releases, checked against the sums that the release publishes.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { testedServer } from "../../schema/server-version.ts";
import { type CachedServer, type CachePlaces, store } from "./cache.ts";
import { type Download, sha256 } from "./download.ts";

export const releasesUrl = "https://github.com/nats-io/nats-server/releases/download";

export interface ReleaseOptions {
  readonly releasesUrl: string;
  /** As Node names them. */
  readonly platform: string;
  readonly arch: string;
  readonly cache: CachePlaces;
  readonly stallMs: number;
  readonly download: Download;
  say(line: string): void;
}

export async function fromRelease(options: ReleaseOptions): Promise<CachedServer> {
  const base = `${options.releasesUrl}/v${testedServer}`;
  const name = `nats-server-v${testedServer}-${options.platform}-${goArch(options.arch)}`;
  const sums = Buffer.from(await options.download(`${base}/SHA256SUMS`, { stallMs: options.stallMs })).toString("utf8");
  const line = sums.split("\n").find((entry) => entry.trim().split(/\s+\*?/)[1] === `${name}.tar.gz`);
  const expected = line?.trim().split(/\s+/)[0];
  if (expected === undefined) throw new Error(`the release has no ${name}.tar.gz`);
  options.say(`Fetching ${base}/${name}.tar.gz`);
  const bytes = await options.download(`${base}/${name}.tar.gz`, { stallMs: options.stallMs });
  const actual = sha256(bytes);
  if (actual !== expected) throw new Error(`${name}.tar.gz has SHA-256 ${actual} instead of ${expected}: refused`);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-release-"));
  try {
    await writeFile(join(dir, "release.tar.gz"), bytes);
    await promisify(execFile)("tar", ["-xzf", join(dir, "release.tar.gz"), "-C", dir]);
    return await store(options.cache, join(dir, name, "nats-server"), true, options.stallMs);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function goArch(arch: string): string {
  const names: Readonly<Record<string, string>> = { x64: "amd64", arm: "arm7" };
  return names[arch] ?? arch;
}
