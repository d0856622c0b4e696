// Three real servers as one cluster, for what copies of a stream change; gone with the block that asked for it, and
// with the process.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type ServerChild, spawnServer } from "../../control/nats-server/child.ts";
import { findServer } from "../../control/nats-server/find.ts";
import type { Permissions } from "../../schema/topology.ts";
import { freePort } from "./free-port.ts";
import { api } from "./topology.ts";
import { until } from "./wait.ts";

export interface ClusterRig extends AsyncDisposable {
  /** As the unrestricted user of the account, connected to the first server; the rig closes it. */
  connect(account: string): Promise<NatsConnection>;
  readonly ports: readonly number[];
  /** Resolves when the process has ended. */
  kill(index: number, signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** The same server on its port and files; resolves when it takes connections. */
  restart(index: number): Promise<void>;
}

/** Its password is its name. */
export interface RestrictedUser {
  readonly account: string;
  readonly name: string;
  readonly permissions: Permissions;
}

/** `accounts`: the JetStream limits of each, in the words of the server's configuration. */
export async function natsCluster(
  accounts: Readonly<Record<string, string>>,
  users: readonly RestrictedUser[] = [],
  syncAlways = false,
): Promise<ClusterRig> {
  const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
  if (!found.ok) throw new Error(`${found.message}; ${found.help}`);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-cluster-"));
  const ports = await Promise.all(Array.from({ length: 6 }, freePort));
  const routes = ports.slice(3);
  const start = (index: number): Promise<ServerChild> => {
    const configPath = join(dir, `server-${index}.conf`);
    return spawnServer({ binary: found.server.path, dir, configPath, pidPath: join(dir, `server-${index}.pid`) });
  };
  for (const [index, port] of ports.slice(0, 3).entries()) {
    await writeFile(
      join(dir, `server-${index}.conf`),
      configuration(dir, index, port, routes, accounts, users, syncAlways),
    );
  }
  const servers = await Promise.all([start(0), start(1), start(2)]);
  const connections: NatsConnection[] = [];
  return {
    connect: async (account) => {
      const login = { servers: `127.0.0.1:${ports[0]}`, user: account, pass: account };
      const connection = await until("the cluster answers", () => connect(login).catch(() => undefined), 60_000);
      connections.push(connection);
      // JetStream answers once the servers have chosen a leader.
      await until("it has a leader", () => api(connection, "INFO").catch(() => undefined), 60_000);
      return connection;
    },
    ports: ports.slice(0, 3),
    kill: async (index, signal) => {
      servers[index]?.kill(signal);
      await servers[index]?.exited;
    },
    restart: async (index) => {
      servers[index] = await start(index);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      for (const server of servers) server.kill("SIGKILL");
      await Promise.all(servers.map(({ exited }) => exited));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function configuration(
  dir: string,
  index: number,
  port: number,
  routes: readonly number[],
  accounts: Readonly<Record<string, string>>,
  users: readonly RestrictedUser[],
  syncAlways: boolean,
): string {
  const own = Object.entries(accounts).map(([name, limits]) => {
    const restricted = users
      .filter(({ account }) => account === name)
      .map((user) => `, ${JSON.stringify({ user: user.name, password: user.name, permissions: user.permissions })}`);
    return `  ${name}: { jetstream: ${limits}, users: [{ user: ${name}, password: ${name} }${restricted.join("")}] }`;
  });
  return `host: 127.0.0.1
port: ${port}
server_name: server-${index}
server_tags: ["ssd", "rack-${index}"]
jetstream { store_dir: ${JSON.stringify(join(dir, `store-${index}`))}${syncAlways ? ", sync_interval: always" : ""} }
cluster {
  name: test
  listen: "127.0.0.1:${routes[index]}"
  routes: [${routes.map((route) => `"nats://127.0.0.1:${route}"`).join(", ")}]
}
accounts {
${own.join("\n")}
  SYS: { users: [{ user: sys, password: sys }] }
}
system_account: SYS
`;
}
