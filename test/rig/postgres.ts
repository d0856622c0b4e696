// The real PostgreSQL, made cheap: one per test file, in a directory of its own, gone with the block that asked for it.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "./free-port.ts";
import { postgresPrograms } from "./postgres-programs.ts";
import { until } from "./wait.ts";

export interface PostgresRig extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** Of the super user, to the database that is there from the start. */
  readonly url: string;
  /** Rows of one statement, on a connection of its own. */
  query(
    sql: string,
    values?: readonly unknown[],
    database?: string,
  ): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** A connection that the rig closes. */
  connect(): Promise<pg.Client>;
  /** `SIGINT` is its fast stop, `SIGQUIT` its immediate one. Resolves once the process has ended. */
  kill(signal?: "SIGINT" | "SIGQUIT" | "SIGKILL"): Promise<void>;
  /** Resolves once it takes connections. */
  start(): Promise<void>;
}

export interface PostgresRigOptions {
  /** Settings of postgresql.conf, e.g. `max_wal_size`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly port?: number;
}

export const superUser = { user: "postgres", password: "a-password" } as const;

/** Logical replication is on, and what is killed loses nothing: only the machine's own death would. */
const always: Readonly<Record<string, string>> = {
  wal_level: "logical",
  fsync: "off",
  max_wal_senders: "20",
  max_replication_slots: "20",
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  // PostgreSQL would wait for the next chance to try a slot or a connection again for a minute.
  wal_retrieve_retry_interval: "100ms",
};

export async function postgresServer(options: PostgresRigOptions = {}): Promise<PostgresRig> {
  const { programs, owner } = await postgresPrograms();
  const port = options.port ?? (await freePort());
  const dir = await mkdtemp(join(tmpdir(), "vrsky-postgres-"));
  const data = join(dir, "data");
  const passwordFile = join(dir, "password");
  await writeFile(passwordFile, `${superUser.password}\n`);
  if (owner !== undefined) await Promise.all([chown(dir, owner, owner), chown(passwordFile, owner, owner)]);
  const asOwner = owner === undefined ? {} : { uid: owner, gid: owner };
  const made = spawnSync(
    programs.initdb,
    ["-D", data, "-U", superUser.user, "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "-E", "UTF8", "--locale=C"],
    { ...asOwner, cwd: dir, encoding: "utf8", env: { ...process.env, LC_ALL: "C" } },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const settings = Object.entries({ ...always, ...options.settings, port: `${port}` });
  const url = `postgres://${superUser.user}:${superUser.password}@127.0.0.1:${port}/postgres`;
  let server: ChildProcess | undefined;
  let said = "";
  const clients = new Set<pg.Client>();

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url });
    // A server that is killed under a connection is what some tests are about.
    client.on("error", () => undefined);
    await client.connect();
    clients.add(client);
    return client;
  };
  const query: PostgresRig["query"] = async (sql, values = [], database = "postgres") => {
    const client = new pg.Client({ connectionString: new URL(database, url).href });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query(sql, [...values])).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const spawned = (): ChildProcess => {
    const args = ["-D", data, ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`])];
    const child = spawn(programs.postgres, args, { ...asOwner, cwd: dir, stdio: ["ignore", "ignore", "pipe"] });
    said = "";
    child.stderr?.on("data", (text: Buffer) => {
      said = `${said}${text.toString()}`.slice(-4_000);
    });
    return child;
  };
  const start = async (): Promise<void> => {
    server = spawned();
    await until("postgres takes connections", async () => {
      if (server === undefined || server.exitCode !== null) {
        // Children of one that was killed end a moment after it.
        if (!said.includes("pre-existing shared memory block")) throw new Error(`postgres ended: ${said}`);
        server = spawned();
      }
      return await query("select 1").then(
        () => true,
        () => false,
      );
    });
  };
  const kill: PostgresRig["kill"] = async (signal = "SIGINT") => {
    const child = server;
    server = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  // Whoever ends the process in the middle (Ctrl-C in a demo) leaves neither a server nor its data behind.
  const leave = (): void => {
    server?.kill("SIGQUIT");
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };
  process.once("exit", leave);
  await start().catch(async (error: unknown) => {
    process.off("exit", leave);
    await kill("SIGKILL");
    await remove();
    throw error;
  });
  return {
    port,
    url,
    get pid() {
      return server?.pid ?? 0;
    },
    query,
    connect,
    start,
    kill,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...clients].map((client) => client.end().catch(() => undefined)));
      process.off("exit", leave);
      // An immediate stop: children end with it, and nobody will read the files.
      await kill("SIGQUIT");
      await remove();
    },
  };
}
