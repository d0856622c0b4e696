// Where this machine's nats-server comes from: the first of a chain of places that has a supported one. The chain is
// kept as a trace, so that `vrsky doctor` can show why it ended where it did.

import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { supportedServer } from "../../schema/server-version.ts";
import { cacheDir, cached, serverVersion } from "./cache.ts";
import { debianPins, fromDebian, type Pin } from "./debian.ts";
import { type Download, download } from "./download.ts";
import { fromRelease, releasesUrl } from "./release.ts";

export type ServerOrigin = "VRSKY_NATS_SERVER" | "cache" | "PATH" | "release" | "debian";

export interface FoundServer {
  readonly path: string;
  readonly version: string;
  readonly origin: ServerOrigin;
  /** False when the binary is the newest of a package index, checked against that index only. */
  readonly pinned: boolean;
}

export interface FindStep {
  readonly origin: ServerOrigin;
  readonly outcome: "found" | "absent" | "failed";
  readonly detail: string;
}

export type FindResult =
  | { readonly ok: true; readonly server: FoundServer; readonly trace: readonly FindStep[] }
  | { readonly ok: false; readonly message: string; readonly help: string; readonly trace: readonly FindStep[] };

export interface FindOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Progress, one line at a time; downloads only. */
  readonly say?: (line: string) => void;
  /** False looks at what is on the machine and fetches nothing. */
  readonly fetch?: boolean;
  readonly home?: string;
  readonly aptDir?: string;
  readonly releasesUrl?: string;
  readonly pins?: Readonly<Record<string, Pin>>;
  readonly platform?: string;
  /** As Go and Debian name it: amd64, arm64. */
  readonly arch?: string;
  readonly stallMs?: number;
  readonly download?: Download;
}

type Found = Omit<FoundServer, "origin"> | undefined;

const help =
  "install it (`apt install nats-server`, `brew install nats-server`, `go install github.com/nats-io/nats-server/v2@latest`), " +
  "set VRSKY_NATS_SERVER=/path/to/nats-server, or VRSKY_NATS_URL=nats://host:4222 for a running one";

export async function findServer(options: FindOptions = {}): Promise<FindResult> {
  const env = options.env ?? process.env;
  const trace: FindStep[] = [];
  for (const [origin, look] of chain(env, options)) {
    try {
      const found = await look();
      if (found !== undefined) {
        trace.push({
          origin,
          outcome: "found",
          detail: `${found.path} ${found.version}${found.pinned ? "" : " (unpinned)"}`,
        });
        return { ok: true, server: { ...found, origin }, trace };
      }
      trace.push({ origin, outcome: "absent", detail: absent[origin] });
    } catch (error) {
      const detail = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
      trace.push({ origin, outcome: "failed", detail });
      // What the user has named explicitly is not replaced behind their back.
      if (origin === "VRSKY_NATS_SERVER") {
        return {
          ok: false,
          message: `VRSKY_NATS_SERVER: ${detail}`,
          help: "name a supported nats-server or unset it",
          trace,
        };
      }
    }
  }
  const failed = trace
    .filter(({ outcome }) => outcome === "failed")
    .map(({ origin, detail }) => `${origin}: ${detail}`);
  const message = ["no supported nats-server on this machine", ...failed].join("; ");
  return { ok: false, message, help, trace };
}

const absent: Readonly<Record<ServerOrigin, string>> = {
  VRSKY_NATS_SERVER: "not set",
  cache: "holds none yet",
  PATH: "has none",
  release: "not asked",
  debian: "not asked",
};

function chain(
  env: Readonly<Record<string, string | undefined>>,
  options: FindOptions,
): readonly (readonly [ServerOrigin, () => Promise<Found>])[] {
  const cache = cacheDir(env, options.home ?? homedir());
  const mayFetch = options.fetch ?? true;
  const shared = {
    arch: options.arch ?? goArch(process.arch),
    cacheDir: cache,
    stallMs: options.stallMs ?? 3_000,
    download: options.download ?? download,
    say: options.say ?? (() => {}),
  };
  const platform = options.platform ?? process.platform;
  return [
    ["VRSKY_NATS_SERVER", () => named(env.VRSKY_NATS_SERVER)],
    ["cache", () => cached(cache)],
    ["PATH", () => onPath(env.PATH)],
    [
      "release",
      async () =>
        mayFetch ? fromRelease({ ...shared, platform, releasesUrl: options.releasesUrl ?? releasesUrl }) : undefined,
    ],
    [
      "debian",
      async () =>
        mayFetch && platform === "linux"
          ? fromDebian({ ...shared, aptDir: options.aptDir ?? "/etc/apt", pins: options.pins ?? debianPins })
          : undefined,
    ],
  ];
}

async function named(path: string | undefined): Promise<Found> {
  if (path === undefined || path === "") return undefined;
  const version = await serverVersion(path).catch(() => undefined);
  if (version === undefined) throw new Error(`${path} does not run as a nats-server`);
  const supported = supportedServer(version);
  if (!supported.ok) throw new Error(supported.reason);
  return { path, version, pinned: true };
}

/** Distributions keep servers in sbin, which a user's PATH often lacks. */
async function onPath(path: string | undefined): Promise<Found> {
  const refused: string[] = [];
  for (const dir of new Set([...(path ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin"])) {
    if (dir === "") continue;
    const candidate = join(dir, "nats-server");
    const version = await serverVersion(candidate).catch(() => undefined);
    if (version === undefined) continue;
    const supported = supportedServer(version);
    if (supported.ok) return { path: candidate, version, pinned: true };
    refused.push(`${candidate}: ${supported.reason}`);
  }
  if (refused.length > 0) throw new Error(refused.join("; "));
  return undefined;
}

function goArch(arch: string): string {
  return arch === "x64" ? "amd64" : arch;
}
