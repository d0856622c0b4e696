// Where this machine's nats-server comes from: the first of a chain of places that has a supported one. The chain is
// kept as a trace, so that `vrsky doctor` can show why it ended where it did.

import { homedir, tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { supportedServer } from "../../schema/server-version.ts";
import { cached, cachePlaces, serverVersion } from "./cache.ts";
import { debianPins, fromDebian, type Pin } from "./debian.ts";
import { type Download, download, type OnBytes } from "./download.ts";
import { oneLine } from "./failure.ts";
import { fromRelease, releasesUrl } from "./release.ts";

type ServerOrigin = "VRSKY_NATS_SERVER" | "cache" | "PATH" | "release" | "debian";

interface FoundServer {
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
  readonly onBytes?: OnBytes;
  /** False looks at what is on the machine and fetches nothing. */
  readonly fetch?: boolean;
  readonly home?: string;
  /** Where the cache goes when the home is missing or cannot be written. */
  readonly tmp?: string;
  /** Looked into after PATH: distributions keep servers in sbin, which a user's PATH often lacks. */
  readonly systemDirs?: readonly string[];
  readonly aptDir?: string;
  readonly releasesUrl?: string;
  readonly pins?: Readonly<Record<string, Pin>>;
  readonly platform?: string;
  readonly arch?: string;
  /** A step that is silent for so long is cut. */
  readonly stallMs?: number;
  readonly download?: Download;
}

type Found = Omit<FoundServer, "origin"> | undefined;

const help =
  "install nats-server 2.14.4 or newer (https://github.com/nats-io/nats-server/releases, `brew install nats-server`, " +
  "`go install github.com/nats-io/nats-server/v2@latest`, Debian sid: `apt install nats-server`), " +
  "or set VRSKY_NATS_SERVER=/path/to/nats-server, or VRSKY_NATS_URL=nats://host:4222 for a running one";

/** The running server that the user names; then none is looked for and none is started. */
export function givenServerUrl(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env.VRSKY_NATS_URL === "" ? undefined : env.VRSKY_NATS_URL;
}

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
      const detail = oneLine(error);
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
  const mayFetch = options.fetch ?? true;
  const platform = options.platform ?? process.platform;
  const stallMs = options.stallMs ?? 3_000;
  const cache = cachePlaces({ env, home: options.home ?? home(), tmp: options.tmp ?? tmpdir() });
  const systemDirs = options.systemDirs ?? ["/usr/local/sbin", "/usr/sbin"];
  const fetching = {
    arch: options.arch ?? process.arch,
    cache,
    stallMs,
    download: watched(options.download ?? download, options.onBytes),
    say: options.say ?? (() => {}),
  };
  const release = () => fromRelease({ ...fetching, platform, releasesUrl: options.releasesUrl ?? releasesUrl });
  const debian = () =>
    fromDebian({ ...fetching, env, aptDir: options.aptDir ?? "/etc/apt", pins: options.pins ?? debianPins });
  return [
    ["VRSKY_NATS_SERVER", () => named(env.VRSKY_NATS_SERVER, stallMs)],
    ["cache", () => cached(cache, stallMs)],
    ["PATH", () => onPath([...(env.PATH ?? "").split(delimiter), ...systemDirs], stallMs)],
    ["release", async () => (mayFetch ? release() : undefined)],
    ["debian", async () => (mayFetch && platform === "linux" ? debian() : undefined)],
  ];
}

const watched = (download: Download, onBytes: OnBytes | undefined): Download =>
  onBytes === undefined ? download : (url, options) => download(url, { ...options, onBytes });

async function named(path: string | undefined, timeoutMs: number): Promise<Found> {
  if (path === undefined || path === "") return undefined;
  // The server runs in a directory of its own, where a relative path would mean something else.
  const absolute = resolve(path);
  const version = await serverVersion(absolute, timeoutMs).catch(() => undefined);
  if (version === undefined) throw new Error(`${absolute} does not run as a nats-server`);
  const supported = supportedServer(version);
  if (!supported.ok) throw new Error(supported.reason);
  return { path: absolute, version, pinned: true };
}

async function onPath(dirs: readonly string[], timeoutMs: number): Promise<Found> {
  const refused: string[] = [];
  for (const dir of new Set(dirs)) {
    if (dir === "") continue;
    const candidate = resolve(join(dir, "nats-server"));
    const version = await serverVersion(candidate, timeoutMs).catch(() => undefined);
    if (version === undefined) continue;
    const supported = supportedServer(version);
    if (supported.ok) return { path: candidate, version, pinned: true };
    refused.push(`${candidate}: ${supported.reason}`);
  }
  if (refused.length > 0) throw new Error(refused.join("; "));
  return undefined;
}

/** Undefined for a user whom the system does not know, as containers have them. */
function home(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
