// Three real servers as one cluster, for what copies of a stream change; gone with the block that asked for it.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { findServer } from "../../control/nats-server/find.ts";
import { freePort } from "./free-port.ts";
import { api } from "./topology.ts";
import { until } from "./wait.ts";

export interface ClusterRig extends AsyncDisposable {
  /** As the unrestricted user of the account, connected to the first server; the rig closes it. */
  connect(account: string): Promise<NatsConnection>;
}

/** `accounts`: the JetStream limits of each, in the words of the server's configuration. */
export async function natsCluster(accounts: Readonly<Record<string, string>>): Promise<ClusterRig> {
  const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
  if (!found.ok) throw new Error(`${found.message}; ${found.help}`);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-cluster-"));
  const ports = await Promise.all(Array.from({ length: 6 }, freePort));
  const routes = ports.slice(3);
  const servers: ChildProcess[] = [];
  for (const [index, port] of ports.slice(0, 3).entries()) {
    const file = join(dir, `server-${index}.conf`);
    await writeFile(file, configuration(dir, index, port, routes, accounts));
    servers.push(spawn(found.server.path, ["-c", file], { stdio: "ignore" }));
  }
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
    [Symbol.asyncDispose]: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      const ended = servers.map((server) => new Promise((resolve) => server.once("exit", resolve)));
      for (const server of servers) server.kill("SIGKILL");
      await Promise.all(ended);
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
): string {
  const own = Object.entries(accounts).map(
    ([name, limits]) => `  ${name}: { jetstream: ${limits}, users: [{ user: ${name}, password: ${name} }] }`,
  );
  return `host: 127.0.0.1
port: ${port}
server_name: server-${index}
jetstream { store_dir: ${JSON.stringify(join(dir, `store-${index}`))} }
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
