// Where hops are measured: real servers with the bench workspace applied, and one stream that takes what is delivered.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { applyTopology } from "../../cli/apply-topology.ts";
import type { Cluster } from "../../cli/cluster.ts";
import type { Ready } from "../../cli/compile-workspace.ts";
import type { Result } from "../../cli/exit.ts";
import { openAccess } from "../../cli/with-access.ts";
import { startNatsServer } from "../../control/nats-server/embed.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { natsCluster } from "../../test/rig/nats-cluster.ts";
import { api } from "../../test/rig/topology.ts";
import { until } from "../../test/rig/wait.ts";
import { benchWorkspace, env } from "../workspace.ts";

export interface LabOptions {
  readonly syncAlways: boolean;
  /** Copies of each stream, one server each. */
  readonly replicas: 1 | 3;
}

export interface Lab extends AsyncDisposable {
  readonly ready: Ready;
  readonly cluster: Cluster;
  /** Unrestricted in the tenant's account. */
  readonly admin: NatsConnection;
  /** Kills the only server and starts it again on its files. */
  restart(): Promise<void>;
}

interface Servers {
  readonly url: string;
  readonly login: { readonly user: string; readonly password: string };
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function openLab({ syncAlways, replicas }: LabOptions): Promise<Lab> {
  const servers = replicas === 1 ? await oneServer(syncAlways) : await threeServers(syncAlways);
  const { url, login } = servers;
  const ready = benchWorkspace();
  const context = { settings: env.settings, secrets: "env" as const, replicas };
  const cluster: Cluster = { name: "bench", context, url, credentials: JSON.stringify({ acme: login }) };
  {
    await using access = must(await openAccess(ready, cluster));
    must(await applyTopology(ready, access, {}));
  }
  const admin = await connect({
    servers: url,
    noAsyncTraces: true,
    user: login.user,
    pass: login.password,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
  });
  for (const target of ["out", "second", "third"]) {
    const name = takenBy(target);
    const subjects = [`bench.out.*.${target}`];
    // A stream of its own: the same ids go to each.
    await api(admin, `STREAM.CREATE.${name}`, {
      name,
      subjects,
      // What is sent again because an acknowledgement was slow counts once.
      duplicate_window: 120_000_000_000,
      num_replicas: replicas,
    });
  }
  return {
    ready,
    cluster,
    admin,
    restart: async () => {
      await servers.restart();
      await until("JetStream answers again", () => api(admin, "INFO").catch(() => undefined), 60_000);
    },
    [Symbol.asyncDispose]: async () => {
      await admin.close();
      await servers.close();
    },
  };
}

async function oneServer(syncAlways: boolean): Promise<Servers> {
  const dir = await mkdtemp(join(tmpdir(), "vrsky-bench-"));
  const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
  if (!found.ok) throw new Error(found.message);
  const server = await startNatsServer({ binary: found.server.path, dir, accounts: ["acme"], syncAlways });
  const login = server.credentials.acme;
  if (login === undefined) throw new Error("the server has no account acme");
  return {
    url: server.url,
    login,
    restart: async () => {
      server.kill("SIGKILL");
      await server.exited;
      await server.restart();
    },
    close: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function threeServers(syncAlways: boolean): Promise<Servers> {
  const cluster = await natsCluster({ acme: "enabled" }, [], syncAlways);
  const first = await cluster.connect("acme");
  const url = first.getServer();
  return {
    url,
    login: { user: "acme", password: "acme" },
    restart: () => Promise.reject(new Error("a cluster is not restarted here")),
    close: async () => cluster[Symbol.asyncDispose](),
  };
}

/** The stream that takes what a target is given. */
export const takenBy = (target: string): string => `BENCH_${target}`;

export function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.refusal.message);
}
