// The servers of a fault run: one, or three in a cluster, with the compiled rights of the worker's user. They are killed
// and started again one by one.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { startNatsServer } from "../../control/nats-server/embed.ts";
import { findServer } from "../../control/nats-server/find.ts";
import type { Permissions, Topology } from "../../schema/topology.ts";
import { natsCluster } from "../rig/nats-cluster.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

export interface LabServers extends AsyncDisposable {
  readonly ports: readonly number[];
  /** The worker's login. */
  readonly worker: { readonly user: string; readonly password: string };
  /** As the unrestricted user of the account; it reconnects for ever, and the lab closes it. */
  readonly admin: NatsConnection;
  kill(index: number, signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  restart(index: number): Promise<void>;
}

export interface ServerOptions {
  readonly topology: Topology;
  readonly copies: 1 | 3;
  /** A place for the files that is there already. */
  readonly dir?: string;
  readonly syncAlways: boolean;
}

export const openServers = (options: ServerOptions): Promise<LabServers> =>
  options.copies === 1 ? one(options) : three(options);

function workerOf(topology: Topology): { readonly name: string; readonly permissions: Permissions } {
  const user = topology.tenants[0]?.users[0];
  if (user === undefined) throw new Error("the workspace has no worker");
  return user;
}

const forEver = { maxReconnectAttempts: -1, reconnectTimeWait: 100, reconnectJitter: 50, noAsyncTraces: true };

async function one({ topology, dir: given, syncAlways }: ServerOptions): Promise<LabServers> {
  const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
  if (!found.ok) throw new Error(`${found.message}; ${found.help}`);
  const dir = given ?? (await mkdtemp(join(tmpdir(), "vrsky-lab-nats-")));
  const { name, permissions } = workerOf(topology);
  const server = await startNatsServer({
    binary: found.server.path,
    dir,
    accounts: { acme: { users: { [name]: permissions } } },
    syncAlways,
  });
  const { user = "", password: pass = "" } = server.credentials.acme ?? {};
  const admin = await connect({ ...forEver, servers: server.url, user, pass });
  const worker = server.users[name];
  if (worker === undefined) throw new Error("the server knows no worker");
  return {
    ports: [server.port],
    worker,
    admin,
    kill: async (_index, signal) => {
      const { exited } = server;
      server.kill(signal);
      await exited;
    },
    restart: () => server.restart(),
    [Symbol.asyncDispose]: async () => {
      await admin.close();
      server.kill("SIGKILL");
      await server.stop();
      if (given === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}

async function three({ topology, syncAlways }: ServerOptions): Promise<LabServers> {
  const { name, permissions } = workerOf(topology);
  const cluster = await natsCluster({ acme: "enabled" }, [{ account: "acme", name, permissions }], syncAlways);
  const servers = cluster.ports.map((port) => `127.0.0.1:${port}`);
  const login = { ...forEver, servers, user: "acme", pass: "acme" };
  const admin = await until("the cluster answers", () => connect(login).catch(() => undefined), 60_000);
  await until("it has a leader", () => api(admin, "INFO").catch(() => undefined), 60_000);
  return {
    ports: cluster.ports,
    worker: { user: name, password: name },
    admin,
    kill: cluster.kill,
    restart: cluster.restart,
    [Symbol.asyncDispose]: async () => {
      await admin.close();
      await cluster[Symbol.asyncDispose]();
    },
  };
}
