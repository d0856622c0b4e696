// nats-server out of the Debian archive, through the mirror that the machine's apt uses: unpacked without root, and
// from a newer suite than the machine's if need be (the binary needs nothing but a C library from 2021 or later).

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { type AptSetup, fields, readAptSetup } from "./apt-sources.ts";
import { type CachedServer, store } from "./cache.ts";
import { type Download, sha256 } from "./download.ts";

export interface Pin {
  /** Below the mirror's base URL. */
  readonly path: string;
  readonly sha256: string;
}

/** nats-server 2.15.1-1 as Debian built it. */
export const debianPins: Readonly<Record<string, Pin>> = {
  amd64: {
    path: "pool/main/n/nats-server/nats-server_2.15.1-1_amd64.deb",
    sha256: "31ef4ceaa84e8248d449e508472e3770c17c3695cb5cb0ee96e03912724ea884",
  },
  arm64: {
    path: "pool/main/n/nats-server/nats-server_2.15.1-1_arm64.deb",
    sha256: "68923b614b6b5594bbd63ffdce7258c2155ec448fb4cb7efd099bf9273eca128",
  },
};

/** Where the newest packages are listed: Debian's and Ubuntu's rolling suites. */
const newestSuites = ["dists/sid/main", "dists/devel/universe"];

export interface DebianOptions {
  readonly aptDir: string;
  readonly arch: string;
  readonly cacheDir: string;
  readonly pins: Readonly<Record<string, Pin>>;
  readonly stallMs: number;
  readonly download: Download;
  say(line: string): void;
}

/** The pinned package, else the newest that a mirror lists. Errors carry one line with every mirror's answer. */
export async function fromDebian(options: DebianOptions): Promise<CachedServer> {
  const apt = await readAptSetup(options.aptDir);
  if (apt.mirrors.length === 0) throw new Error(`apt has no mirror set up in ${options.aptDir}`);
  const failures: string[] = [];
  const pin = options.pins[options.arch];
  for (const mirror of pin === undefined ? [] : apt.mirrors) {
    const done = await attempt(failures, () => install(options, apt, mirror, pin ?? { path: "", sha256: "" }, true));
    if (done !== undefined) return done;
  }
  for (const mirror of apt.mirrors) {
    const done = await attempt(failures, async () => {
      const newest = await newestListed(options, apt, mirror);
      options.say(`The pinned nats-server package is not to be had; taking ${newest.path}, unpinned.`);
      return install(options, apt, mirror, newest, false);
    });
    if (done !== undefined) return done;
  }
  throw new Error([...new Set(failures)].join("; "));
}

async function attempt<T>(failures: string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

async function install(
  options: DebianOptions,
  apt: AptSetup,
  mirror: string,
  { path, sha256: expected }: Pin,
  pinned: boolean,
): Promise<CachedServer> {
  const url = `${mirror}/${path}`;
  options.say(`Fetching ${url}`);
  const bytes = await options.download(url, { stallMs: options.stallMs, proxy: apt.proxy });
  const actual = sha256(bytes);
  if (actual !== expected) throw new Error(`${url} has SHA-256 ${actual} instead of ${expected}: refused`);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-deb-"));
  try {
    await writeFile(join(dir, "package.deb"), bytes);
    await promisify(execFile)("dpkg-deb", ["-x", join(dir, "package.deb"), join(dir, "root")]);
    return await store(options.cacheDir, join(dir, "root", "usr", "sbin", "nats-server"), pinned);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The index is not checked against the archive's signature; that is what "unpinned" says. */
async function newestListed(options: DebianOptions, apt: AptSetup, mirror: string): Promise<Pin> {
  const failures: string[] = [];
  for (const suite of newestSuites) {
    const index = await attempt(failures, () =>
      options.download(`${mirror}/${suite}/binary-${options.arch}/Packages.gz`, {
        stallMs: options.stallMs,
        proxy: apt.proxy,
      }),
    );
    const pin = index === undefined ? undefined : listed(gunzipSync(index).toString("utf8"));
    if (pin !== undefined) return pin;
  }
  throw new Error(failures[0] ?? `${mirror} lists no nats-server`);
}

function listed(index: string): Pin | undefined {
  const start = index.search(/^Package: nats-server$/m);
  if (start === -1) return undefined;
  const stanza = fields(index.slice(start, index.indexOf("\n\n", start) + 1 || index.length));
  const path = stanza.get("filename");
  const sum = stanza.get("sha256");
  return path === undefined || sum === undefined ? undefined : { path, sha256: sum };
}
