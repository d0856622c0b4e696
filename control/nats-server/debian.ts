// nats-server out of the Debian archive, through the mirror that the machine's apt uses: unpacked without root, and
// from a newer suite than the machine's if need be (the binary needs nothing but a C library from 2021 or later).

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type AptProxy, aptConfig, proxyFor } from "./apt-proxy.ts";
import { fields, readMirrors } from "./apt-sources.ts";
import { type CachedServer, type CachePlaces, store } from "./cache.ts";
import { type Download, isNoAnswer, sha256, shown } from "./download.ts";
import { oneLine } from "./failure.ts";
import { unpackDeb } from "./unpack-deb.ts";

export interface Pin {
  /** Below the mirror's base URL. */
  readonly path: string;
  readonly sha256: string;
}

const pin = (arch: string, sum: string): Pin => ({
  path: `pool/main/n/nats-server/nats-server_2.15.1-1_${arch}.deb`,
  sha256: sum,
});

/** nats-server 2.15.1-1 as Debian built it, by Debian's names of the architectures. */
export const debianPins: Readonly<Record<string, Pin>> = {
  amd64: pin("amd64", "31ef4ceaa84e8248d449e508472e3770c17c3695cb5cb0ee96e03912724ea884"),
  arm64: pin("arm64", "68923b614b6b5594bbd63ffdce7258c2155ec448fb4cb7efd099bf9273eca128"),
  armhf: pin("armhf", "03416cc64479b3841f909a98df728d1552c15e5515693dc4c647044d596e8c79"),
  ppc64el: pin("ppc64el", "c925c82d3b0e481ace5a3d96c58649d7ddbc007796e8d41be9dcee253aea7b7c"),
  riscv64: pin("riscv64", "448a8f3368e2a6d20bb3aca317ddb2c952925af51ba4e2251f29347591c4fec8"),
  s390x: pin("s390x", "d3793f5f8ff98cf6d9e648626967d91f5533a3d9f40df6810a5764f78d9bb8cc"),
};

/** Where the newest packages are listed: Debian's rolling suites and Ubuntu's. */
const newestSuites = ["dists/sid/main", "dists/testing/main", "dists/devel/universe"];

export interface DebianOptions {
  readonly aptDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As Node names it. */
  readonly arch: string;
  readonly cache: CachePlaces;
  readonly pins: Readonly<Record<string, Pin>>;
  readonly stallMs: number;
  readonly download: Download;
  say(line: string): void;
}

interface Mirror {
  readonly url: string;
  readonly proxy: AptProxy;
}

/** The pinned package, else the newest that a mirror lists. Errors carry one line with every mirror's answer. */
export async function fromDebian(options: DebianOptions): Promise<CachedServer> {
  const config = await aptConfig(options.env, options.stallMs);
  const mirrors = (await readMirrors(options.aptDir)).map((url) => ({ url, proxy: proxyFor(config, url) }));
  if (mirrors.length === 0) throw new Error(`apt has no mirror set up in ${options.aptDir}`);
  const failures = new Set<string>();
  const silent = new Set<Mirror>();
  const firstOf = async (ask: (mirror: Mirror) => Promise<CachedServer>): Promise<CachedServer | undefined> => {
    for (const mirror of mirrors.filter((candidate) => !silent.has(candidate))) {
      try {
        return await ask(mirror);
      } catch (error) {
        if (isNoAnswer(error)) silent.add(mirror);
        failures.add(oneLine(error));
      }
    }
    return undefined;
  };
  const pinned = options.pins[debianArch(options.arch)];
  const installed =
    (pinned === undefined ? undefined : await firstOf((mirror) => install(options, mirror, pinned, true))) ??
    (await firstOf(async (mirror) => {
      const newest = await newestListed(options, mirror);
      options.say(`The pinned nats-server package is not to be had; taking ${newest.path}, unpinned.`);
      return install(options, mirror, newest, false);
    }));
  if (installed === undefined) throw new Error([...failures].join("; "));
  return installed;
}

async function install(options: DebianOptions, mirror: Mirror, wanted: Pin, pinned: boolean): Promise<CachedServer> {
  const url = `${mirror.url}/${wanted.path}`;
  options.say(`Fetching ${shown(url)}`);
  const bytes = await options.download(url, { stallMs: options.stallMs, proxy: mirror.proxy });
  const actual = sha256(bytes);
  if (actual !== wanted.sha256) {
    throw new Error(`${shown(url)} has SHA-256 ${actual} instead of ${wanted.sha256}: refused`);
  }
  const dir = await mkdtemp(join(tmpdir(), "vrsky-deb-"));
  try {
    await writeFile(join(dir, "package.deb"), bytes);
    await unpackDeb(join(dir, "package.deb"), join(dir, "root"));
    return await store(options.cache, join(dir, "root", "usr", "sbin", "nats-server"), pinned, options.stallMs);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The index is not checked against the archive's signature; that is what "unpinned" says. */
async function newestListed(options: DebianOptions, mirror: Mirror): Promise<Pin> {
  const arch = debianArch(options.arch);
  for (const suite of newestSuites) {
    const url = `${mirror.url}/${suite}/binary-${arch}/Packages.gz`;
    const index = await options.download(url, { stallMs: options.stallMs, proxy: mirror.proxy }).catch((error) => {
      if (isNoAnswer(error)) throw error;
      return undefined;
    });
    const found = index === undefined ? undefined : listed(gunzipSync(index).toString("utf8"));
    if (found !== undefined) return found;
  }
  throw new Error(`${shown(mirror.url)} lists no nats-server for ${arch}`);
}

function listed(index: string): Pin | undefined {
  const start = index.search(/^Package: nats-server$/m);
  if (start === -1) return undefined;
  const stanza = fields(index.slice(start, index.indexOf("\n\n", start) + 1 || index.length));
  const path = stanza.get("filename");
  const sum = stanza.get("sha256");
  return path === undefined || sum === undefined ? undefined : { path, sha256: sum };
}

function debianArch(arch: string): string {
  const names: Readonly<Record<string, string>> = { x64: "amd64", arm: "armhf", ppc64: "ppc64el" };
  return names[arch] ?? arch;
}
