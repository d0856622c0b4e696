// The real server, made cheap: one per test, in a directory of its own, gone with the block that asked for it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Credentials } from "../../control/nats-server/config.ts";
import { startNatsServer } from "../../control/nats-server/embed.ts";
import { findServer } from "../../control/nats-server/find.ts";
import type { AccountLimits } from "../../schema/topology.ts";

export interface NatsRig extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly systemCredentials: Credentials;
  /** The unrestricted user of the account; "acme" when not said. */
  credentials(account?: string): Credentials;
  /** A connection that the rig closes. */
  connect(account?: string): Promise<NatsConnection>;
  /** Resolves once the process has ended, for signals that end it; at once for the others. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
}

export interface NatsRigOptions {
  readonly accounts?: readonly string[];
  readonly port?: number;
  /** A directory that outlives the rig; without it a temporary one. */
  readonly dir?: string;
  readonly syncAlways?: boolean;
  /** Of each account; only the machine limits it unless told. */
  readonly limits?: AccountLimits;
}

export async function natsServer(options: NatsRigOptions = {}): Promise<NatsRig> {
  const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
  if (!found.ok) throw new Error(`${found.message}; ${found.help}`);
  const { accounts = ["acme"], limits } = options;
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "vrsky-nats-")));
  const server = await startNatsServer({
    binary: found.server.path,
    dir,
    accounts: limits === undefined ? accounts : Object.fromEntries(accounts.map((name) => [name, { limits }])),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.syncAlways === undefined ? {} : { syncAlways: options.syncAlways }),
  }).catch(async (error: unknown) => {
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    throw error;
  });
  const connections = new Set<NatsConnection>();
  const credentials = (account = accounts[0] ?? "acme"): Credentials => {
    const known = server.credentials[account];
    if (known === undefined) throw new Error(`the rig has no account ${account}`);
    return known;
  };
  return {
    url: server.url,
    port: server.port,
    get pid() {
      return server.pid;
    },
    systemCredentials: server.systemCredentials,
    credentials,
    connect: async (account) => {
      const { user, password } = credentials(account);
      const connection = await connect({ servers: server.url, user, pass: password, noAsyncTraces: true });
      connections.add(connection);
      return connection;
    },
    kill: async (signal = "SIGKILL") => {
      const { exited } = server;
      server.kill(signal);
      if (signal === "SIGKILL" || signal === "SIGTERM" || signal === "SIGINT") await exited;
    },
    restart: () => server.restart(),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...connections].map((connection) => connection.close()));
      // Files that nobody will read need no orderly end.
      if (options.dir === undefined) server.kill("SIGKILL");
      await server.stop();
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}
