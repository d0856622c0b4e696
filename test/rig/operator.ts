// A real nats-server in operator mode, one per test: it trusts a fresh operator, and knows SYS and PLATFORM and the
// accounts that the test names. Others are brought as apply brings them.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { operatorServerConf } from "../../control/accounts/server-conf.ts";
import { userAuthenticator } from "../../control/keys/authenticator.ts";
import type { AccountFacts, Role } from "../../control/keys/claims-account.ts";
import { credsText, type UserLogin } from "../../control/keys/claims-user.ts";
import { mintUser, newKeys } from "../../control/keys/make.ts";
import { createKeyStore, type KeyStore } from "../../control/keys/store.ts";
import { type ServerChild, spawnServer } from "../../control/nats-server/child.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { connectOptions } from "../../runtime/connect-options.ts";

export interface OperatorRig extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Of its own, emptied with the rig: for files of the test. */
  readonly dir: string;
  readonly store: KeyStore;
  /** Fresh credentials of a role. */
  login(tenant: string, role: Role): UserLogin;
  /** The same as `.creds` text. */
  creds(tenant: string, role: Role): string;
  /** A connection that the rig closes; as the tenant's worker unless told. */
  connect(tenant: string, role?: Role): Promise<NatsConnection>;
  restart(): Promise<void>;
}

export interface OperatorRigOptions {
  /** They have keys from the start, but no account until it is brought or named in `accounts`. */
  readonly tenants: readonly string[];
  /** Accounts that the server has from the start. */
  readonly accounts?: (store: KeyStore) => readonly AccountFacts[];
  /** What the accounts' disk limits may come to; a petabyte unless told. */
  readonly maxFile?: number;
}

export async function operatorServer(options: OperatorRigOptions): Promise<OperatorRig> {
  const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
  if (!found.ok) throw new Error(`${found.message}; ${found.help}`);
  const { path: binary } = found.server;
  const dir = await mkdtemp(join(tmpdir(), "vrsky-operator-"));
  const made = createKeyStore(join(dir, "keys"), newKeys("rig", options.tenants, new Date()));
  if (!made.ok) throw new Error(made.failure.message);
  const store = made.value;
  const configPath = join(dir, "server.conf");
  const start = async (port: number): Promise<ServerChild> => {
    const conf = operatorServerConf({
      keys: store.keys(),
      now: new Date(),
      memory: false,
      accounts: options.accounts?.(store) ?? [],
      lines: [`listen: "127.0.0.1:${port}"`, "server_name: rig"],
      jetstream: ['store_dir: "./jetstream"', `max_file_store: ${options.maxFile ?? 2 ** 50}`],
    });
    await writeFile(configPath, conf);
    return spawnServer({ binary, dir, configPath, pidPath: join(dir, "server.pid") });
  };
  let server = await start(-1);
  const { port } = server;
  const url = `nats://127.0.0.1:${port}`;
  const connections = new Set<NatsConnection>();
  const login = (tenant: string, role: Role): UserLogin => {
    const keys = store.keys().tenants[tenant];
    const name = `${tenant}-${role}`;
    const user = keys === undefined ? undefined : mintUser(keys, { name, role, now: new Date() });
    if (user === undefined) throw new Error(`the rig's store has no keys for ${tenant}`);
    return user;
  };
  return {
    url,
    get pid() {
      return server.pid;
    },
    dir,
    store,
    login,
    creds: (tenant, role) => credsText(login(tenant, role)),
    connect: async (tenant, role = "worker") => {
      const user = login(tenant, role);
      const authenticator = userAuthenticator(() => user);
      const options = role === "worker" ? connectOptions(`${tenant}-worker`) : { noAsyncTraces: true };
      const connection = await connect({ ...options, servers: url, authenticator });
      connections.add(connection);
      return connection;
    },
    restart: async () => {
      await server.stop();
      server = await start(port);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...connections].map((connection) => connection.close()));
      server.kill("SIGKILL");
      await server.exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
