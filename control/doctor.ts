// What a NATS server can promise: its version, JetStream, and whether "stored" means written to the disk.

import type { NatsConnection } from "@nats-io/transport-node";
import { supportedServer } from "../schema/server-version.ts";
import { minimumApiLevel } from "./connect.ts";
import { failureOf } from "./failure.ts";
import { type AccountInfo, call, isApiError } from "./jetstream-api.ts";

export interface ServerReport {
  /** As the server prints it. */
  readonly version: string;
  readonly versionFits: { readonly ok: true } | { readonly ok: false; readonly reason: string };
  readonly jetStream: "on" | "off" | "not for this account" | "no answer";
  /** JetStream API level; 0 when JetStream is off or does not tell. */
  readonly apiLevel: number;
  readonly apiLevelFits: boolean;
  /** Whether a stored message is on the disk before it is acknowledged. */
  readonly syncAlways: boolean | "unknown";
  /** What follows for messages, one sentence. */
  readonly promise: string;
}

export interface InspectOptions {
  /** A connection to the system account, which may ask for the server's configuration. */
  readonly system?: NatsConnection;
  /** The server's monitoring port: `http://host:8222`. */
  readonly monitor?: string;
  readonly fetch?: typeof fetch;
}

const waitMs = 3_000;

export async function inspectServer(connection: NatsConnection, options: InspectOptions = {}): Promise<ServerReport> {
  const version = connection.info?.version ?? "unknown";
  const [jetStream, syncAlways] = await Promise.all([askJetStream(connection), askSync(connection, options)]);
  return {
    version,
    versionFits: supportedServer(version),
    ...jetStream,
    apiLevelFits: jetStream.apiLevel >= minimumApiLevel,
    syncAlways,
    promise: promiseOf(jetStream.jetStream === "on" ? syncAlways : undefined),
  };
}

type JetStreamReport = Pick<ServerReport, "jetStream" | "apiLevel">;

async function askJetStream(connection: NatsConnection): Promise<JetStreamReport> {
  try {
    const { api } = await call<AccountInfo>(connection, "INFO");
    return { jetStream: "on", apiLevel: api?.level ?? 0 };
  } catch (error) {
    const { kind } = failureOf(error, "asking JetStream");
    if (kind === "unsupported") return { jetStream: isApiError(error) ? "not for this account" : "off", apiLevel: 0 };
    return { jetStream: "no answer", apiLevel: 0 };
  }
}

async function askSync(connection: NatsConnection, options: InspectOptions): Promise<boolean | "unknown"> {
  const varz = (await varzBySystem(connection, options)) ?? (await varzByMonitor(options));
  return varz === undefined ? "unknown" : (varz.jetstream?.config?.sync_always ?? false);
}

interface Varz {
  readonly jetstream?: { readonly config?: { readonly sync_always?: boolean } };
}

async function varzBySystem(connection: NatsConnection, { system }: InspectOptions): Promise<Varz | undefined> {
  if (system === undefined) return undefined;
  try {
    const subject = `$SYS.REQ.SERVER.${connection.info?.server_id}.VARZ`;
    const answer = await system.request(subject, "{}", { timeout: waitMs });
    const { data }: { data?: Varz } = answer.json();
    return data;
  } catch {
    return undefined;
  }
}

async function varzByMonitor({ monitor, fetch: get = fetch }: InspectOptions): Promise<Varz | undefined> {
  if (monitor === undefined) return undefined;
  try {
    const answer = await get(new URL("/varz", monitor), { signal: AbortSignal.timeout(waitMs) });
    if (!answer.ok) return undefined;
    const varz: Varz = JSON.parse(await answer.text());
    return varz;
  } catch {
    return undefined;
  }
}

function promiseOf(syncAlways: boolean | "unknown" | undefined): string {
  switch (syncAlways) {
    case undefined:
      return "Without JetStream nothing can be accepted.";
    case true:
      return "An accepted message is on the disk: it survives a crash of the worker, of the server and a power cut.";
    case false:
      return "An accepted message survives a crash of the worker and of the server, but a power cut may take the last two minutes; set `sync_interval: always` in the server's `jetstream` block.";
    case "unknown":
      return "An accepted message survives a crash of the worker and of the server; whether it survives a power cut depends on `sync_interval: always`, which only the system account or the monitoring port can tell.";
    default:
      return syncAlways satisfies never;
  }
}
