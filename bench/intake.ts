// The intake: HTTP → check → one durable write → PubAck → 202, 64 senders at once, while no target reads. A server that
// syncs every write against one that does not, both with group commit; and group commit against a publish for each.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { applyTopology } from "../cli/apply-topology.ts";
import { openAccess } from "../cli/with-access.ts";
import { httpConnector } from "../connectors/http/connector.ts";
import { natsManifest } from "../connectors/nats/manifest.ts";
import { type EmbeddedServer, startNatsServer } from "../control/nats-server/embed.ts";
import { findServer } from "../control/nats-server/find.ts";
import { connectOptions } from "../runtime/connect-options.ts";
import { createLibrary } from "../runtime/expression/library.ts";
import { run, type Worker } from "../runtime/run.ts";
import * as address from "../schema/address.ts";
import type { Connector } from "../schema/connector.ts";
import { paired, type Ratio } from "./paired.ts";
import { benchWorkspace, bundleOf, env } from "./workspace.ts";

export interface IntakeFigure {
  readonly what: string;
  readonly target: string;
  readonly ratio: Ratio;
  /** Messages per second. */
  readonly ours: number;
  readonly theirs: number;
  /** Milliseconds of one side's last round: ours. */
  readonly p50: number;
  readonly p99: number;
}

interface Measured {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

interface Bench {
  readonly server: EmbeddedServer;
  readonly admin: NatsConnection;
}

const integration = "small";
const stream = address.intakeStream(integration);
const ready = benchWorkspace();

export async function* intake(pairs = 5, count = 10_000): AsyncGenerator<IntakeFigure> {
  const dir = await mkdtemp(join(tmpdir(), "vrsky-bench-"));
  let round = 0;
  try {
    await using always = await startServer(join(dir, "always"), true);
    await using lazy = await startServer(join(dir, "lazy"), false);
    const benches = { always: await prepare(always), lazy: await prepare(lazy) };
    const side = (sync: keyof typeof benches, clients: number, most: number) => {
      let last: Measured = { rate: 0, p50: 0, p99: 0 };
      const once = async (messages = count): Promise<number> => {
        last = await measure(benches[sync], `${sync}${round++}`, { clients, most, count: messages });
        return last.rate;
      };
      return { once, last: () => last };
    };
    const compare = async (what: string, target: string, ours: ReturnType<typeof side>, theirs: typeof ours) => {
      await ours.once(count / 10);
      await theirs.once(count / 10);
      const { p50, p99 } = { p50: [] as number[], p99: [] as number[] };
      const figure = await paired(
        pairs,
        async () => {
          const rate = await ours.once();
          p50.push(ours.last().p50);
          p99.push(ours.last().p99);
          return rate;
        },
        () => theirs.once(),
      );
      return { what, target, ...figure, p50: middle(p50), p99: middle(p99) };
    };
    const grouped = 500;
    const alone = 1;
    yield await compare(
      "64 senders, every write synced : synced lazily",
      ">= 0.7",
      side("always", 64, grouped),
      side("lazy", 64, grouped),
    );
    yield await compare(
      "64 senders, every write synced, grouped : singly",
      "",
      side("always", 64, grouped),
      side("always", 64, alone),
    );
    yield await compare(
      "64 senders, synced lazily, grouped : singly",
      "",
      side("lazy", 64, grouped),
      side("lazy", 64, alone),
    );
    yield await compare(
      "1 sender, every write synced, grouped : singly",
      "",
      side("always", 1, grouped),
      side("always", 1, alone),
    );
    for (const { admin } of Object.values(benches)) await admin.close();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

export async function startServer(dir: string, syncAlways: boolean): Promise<EmbeddedServer> {
  const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
  if (!found.ok) throw new Error(found.message);
  return startNatsServer({ binary: found.server.path, dir, accounts: ["acme"], syncAlways });
}

export async function prepare(server: EmbeddedServer): Promise<Bench> {
  const cluster = {
    name: "bench",
    context: { settings: env.settings, secrets: "env" as const },
    url: server.url,
    credentials: JSON.stringify(server.credentials),
  };
  const access = await openAccess(ready, cluster);
  if (!access.ok) throw new Error(access.refusal.message);
  await using opened = access.value;
  const applied = await applyTopology(ready, opened, {});
  if (!applied.ok) throw new Error(applied.refusal.message);
  return { server, admin: await connect({ ...connectOptions("bench"), inboxPrefix: "_INBOX", ...login(server) }) };
}

export function login(server: EmbeddedServer) {
  const { user, password } = server.credentials.acme ?? { user: "", password: "" };
  return { servers: server.url, user, pass: password };
}

interface Round {
  readonly clients: number;
  readonly count: number;
  /** Messages of one batch at most. */
  readonly most: number;
}

async function measure({ server, admin }: Bench, prefix: string, { clients, count, most }: Round): Promise<Measured> {
  await admin.request(`$JS.API.STREAM.PURGE.${stream}`);
  const pause = JSON.stringify({ pause_until: "2100-01-01T00:00:00Z" });
  await admin.request(`$JS.API.CONSUMER.PAUSE.${stream}.${address.targetConsumer("out")}`, pause);
  const connection = await connect({ ...connectOptions("acme-worker"), ...login(server) });
  const { worker, port } = await startWorker(connection, most);
  const script = new URL("intake/clients.ts", import.meta.url).pathname;
  const args = ["--import", "tsx", script, String(port), String(count), String(clients), prefix];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  await worker.stop();
  await connection.close();
  const info = (await admin.request(`$JS.API.STREAM.INFO.${stream}`)).json<{ state: { messages: number } }>();
  if (info.state.messages !== count) throw new Error(`${info.state.messages} of ${count} messages are stored`);
  return JSON.parse(stdout);
}

async function startWorker(connection: NatsConnection, commitMessages: number) {
  let port = 0;
  const silent: Connector = {
    manifest: natsManifest,
    openTarget: async () => ({ deliver: async () => ({ kind: "delivered" }), close: async () => undefined }),
  };
  const onListening = (opened: number): void => {
    port = opened;
  };
  const http = httpConnector({ port: 0, host: "127.0.0.1", onListening });
  const worker: Worker = await run({
    tenants: [
      {
        tenant: "acme",
        connection,
        inboxPrefix: address.inboxPrefix("acme-worker"),
        env,
        bundles: [bundleOf(ready, integration)],
      },
    ],
    connectors: { http, nats: silent },
    library: () => createLibrary(),
    log: { info: () => undefined, warn: () => undefined },
    limits: { commitMessages },
  });
  return { worker, port };
}
