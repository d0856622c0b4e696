// The servers of a cluster one by one: which answer, whether each is new enough, and whether it syncs what it stores. The
// system account knows them all; without it, those are asked whose addresses are given or told by one of them.

import { connect, type NatsConnection } from "@nats-io/transport-node";
import { supportedServer } from "../schema/server-version.ts";
import { concurrently } from "./concurrently.ts";

export interface ServerFacts {
  /** What its configuration calls it. */
  readonly name: string;
  /** Undefined: it does not answer. */
  readonly version?: string;
  readonly versionFits: boolean;
  readonly cluster?: string;
  readonly tags?: readonly string[];
  readonly syncAlways: boolean | "unknown";
  /** Why it is no help at the moment. */
  readonly problem?: string;
}

interface Varz {
  readonly server_name?: string;
  readonly version?: string;
  readonly tags?: readonly string[];
  readonly cluster?: { readonly name?: string };
  readonly jetstream?: {
    readonly config?: { readonly sync_always?: boolean };
    readonly meta?: { readonly replicas?: readonly Peer[] | null };
  };
}

interface Peer {
  readonly name: string;
}

/** How long answers of all servers are waited for. */
const waitMs = 1_500;

/** By the system account: every server that is up, and those that JetStream misses. Empty when it may not ask. */
export async function serversBySystem(system: NatsConnection): Promise<readonly ServerFacts[]> {
  const answers: Varz[] = [];
  const options = { strategy: "timer", maxWait: waitMs } as const;
  for await (const message of await system.requestMany("$SYS.REQ.SERVER.PING.VARZ", "{}", options)) {
    const { data }: { readonly data?: Varz } = message.json();
    if (data !== undefined) answers.push(data);
  }
  const up = new Set(answers.map(({ server_name }) => server_name));
  // One that has gone stays a peer of the others until somebody removes it.
  const peers = answers.flatMap(({ jetstream }) => jetstream?.meta?.replicas ?? []);
  const gone = [...new Set(peers.map(({ name }) => name))].filter((name) => !up.has(name));
  return byName([...answers.map(factsOf), ...gone.map((name) => offline(name, "it does not answer the others"))]);
}

export interface Addresses {
  /** Of the connection that is open: what it was told, too. */
  readonly connection: NatsConnection;
  /** Those that were given. */
  readonly urls: readonly string[];
  /** As the connection logs in. */
  readonly login: Parameters<typeof connect>[0];
}

/** By connecting to each: one that nobody names is not among them, nor is what it syncs. */
export async function serversByAddress({ connection, urls, login }: Addresses): Promise<readonly ServerFacts[]> {
  const told = connection.info?.connect_urls ?? [];
  const asked = await concurrently([...new Set([...urls.map(hostOf), ...told])], 8, (url) => ask(url, login));
  const known = new Map<string, ServerFacts>();
  // A server may be reached at several addresses: once is enough.
  for (const facts of asked) if (known.get(facts.name)?.version === undefined) known.set(facts.name, facts);
  return byName([...known.values()]);
}

/** Without a login that it may hold. */
const hostOf = (url: string): string => url.replace(/^[a-z]+:\/\/(?:[^@/]*@)?/, "").replace(/\/+$/, "");

async function ask(url: string, login: Addresses["login"]): Promise<ServerFacts> {
  try {
    const opened = await connect({
      ...login,
      servers: url,
      ignoreClusterUpdates: true,
      reconnect: false,
      timeout: 3_000,
    });
    const { server_name: name = url, version = "unknown", cluster } = opened.info ?? {};
    await opened.close();
    return { ...judged(name, version), ...(cluster === undefined ? {} : { cluster }), syncAlways: "unknown" };
  } catch (error) {
    return offline(url, error instanceof Error ? error.message : "it does not answer");
  }
}

const offline = (name: string, problem: string): ServerFacts => ({
  name,
  versionFits: false,
  syncAlways: "unknown",
  problem,
});

function factsOf({ server_name: name = "?", version = "unknown", tags, cluster, jetstream }: Varz): ServerFacts {
  return {
    ...judged(name, version),
    ...(cluster?.name === undefined ? {} : { cluster: cluster.name }),
    ...(tags === undefined || tags === null ? {} : { tags }),
    syncAlways: jetstream?.config === undefined ? "unknown" : (jetstream.config.sync_always ?? false),
    ...(jetstream?.config === undefined ? { problem: "it runs no JetStream" } : {}),
  };
}

function judged(name: string, version: string): Pick<ServerFacts, "name" | "version" | "versionFits" | "problem"> {
  const verdict = supportedServer(version);
  return { name, version, versionFits: verdict.ok, ...(verdict.ok ? {} : { problem: verdict.reason }) };
}

const byName = (servers: readonly ServerFacts[]): readonly ServerFacts[] =>
  [...servers].sort((a, b) => (a.name < b.name ? -1 : 1));
