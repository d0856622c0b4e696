// A workspace applied to a real server, and its worker as users start it, in a process of its own that can be killed for
// real.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Compiled } from "../../compiler/compile.ts";
import type { TenantConnection } from "../../control/connect.ts";
import { startNatsServer } from "../../control/nats-server/embed.ts";
import { findServer } from "../../control/nats-server/find.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import { sharing } from "../../schema/sharing.ts";
import type { Topology } from "../../schema/topology.ts";
import { applyTo } from "./apply.ts";
import { command } from "./command.ts";

export interface Killable extends AsyncDisposable {
  readonly nats: Awaited<ReturnType<typeof startNatsServer>>;
  readonly dataDir: string;
  /** Of the tenant's unrestricted user. */
  connection(tenant: string): NatsConnection;
  /** One more worker; what it says is on `stderr`. `httpPort`: any free one unless told. */
  start(httpPort?: string): ChildProcess;
  /** One more that runs what is deployed, as workers do without `--local`. */
  follow(httpPort?: string): ChildProcess;
  /** Another version of the workspace. */
  apply(next: Compiled): Promise<void>;
}

const root = new URL("../..", import.meta.url).pathname;

/** `env`: what the worker has beside this process's own, such as its secrets. */
export async function killable(
  { emitted, diagnostics }: Compiled,
  env: Readonly<Record<string, string>> = {},
): Promise<Killable> {
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  const topology = impatient(emitted.topology);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-killable-"));
  await writeAll(join(dir, "out"), emitted.files);
  const nats = await serverFor(topology, join(dir, "nats"));
  const logins = topology.tenants.map(({ tenant }) => [tenant, nats.users[`${tenant}-worker`]]);
  await writeFile(join(dir, "worker.json"), JSON.stringify(Object.fromEntries(logins)));
  const connections: TenantConnection[] = [];
  const workers: ChildProcess[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => ended(worker)));
    await Promise.all(connections.map(({ connection }) => connection.close()));
    await nats.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    for (const { tenant } of topology.tenants) {
      const { user = "", password: pass = "" } = nats.credentials[tenant] ?? {};
      connections.push({ tenant, connection: await connect({ servers: nats.url, user, pass, noAsyncTraces: true }) });
    }
    await deploy(topology, emitted.bundles, connections);
  } catch (error) {
    await end();
    throw error;
  }
  const started = (how: readonly string[], httpPort: string): ChildProcess => {
    const worker = startWorker(dir, nats.url, how, httpPort, env);
    workers.push(worker);
    return worker;
  };
  return {
    nats,
    dataDir: join(dir, "data"),
    connection: (tenant) => {
      const found = connections.find((each) => each.tenant === tenant);
      if (found === undefined) throw new Error(`there is no tenant ${tenant}`);
      return found.connection;
    },
    start: (httpPort = "0") => started(["--local"], httpPort),
    follow: (httpPort = "0") => started([], httpPort),
    apply: async (next) => {
      if (next.emitted === undefined) throw new Error(JSON.stringify(next.diagnostics));
      await deploy(impatient(next.emitted.topology), next.emitted.bundles, connections);
    },
    [Symbol.asyncDispose]: end,
  };
}

async function deploy(
  topology: Topology,
  coded: readonly CodedBundle[],
  connections: readonly TenantConnection[],
): Promise<void> {
  const bundles = new Map(coded.map((each) => [each.bundle.hash, each]));
  const applied = await applyTo(topology, connections, { bundles: (hash) => bundles.get(hash) });
  if (!applied.ok) throw new Error(applied.failure.message);
}

async function writeAll(folder: string, files: Iterable<readonly [path: string, text: string]>): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

function startWorker(
  dir: string,
  url: string,
  how: readonly string[],
  httpPort: string,
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const where = ["--nats", url, "--creds", join(dir, "worker.json"), "--data-dir", join(dir, "data")];
  const network = ["--http-port", httpPort, "--host", "127.0.0.1", "--allow-network", "loopback"];
  const child = spawn(process.execPath, [...command, "run", join(dir, "out"), ...how, ...where, ...network], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  // Nobody need listen, and a pipe that nobody reads would stop the worker once it is full.
  child.stderr.resume();
  return child;
}

/** What a killed worker had in hand comes again soon. */
const impatient = (topology: Topology): Topology => ({
  ...topology,
  tenants: topology.tenants.map((tenant) => ({
    ...tenant,
    consumers: tenant.consumers.map((consumer) =>
      "ack_wait" in consumer.config ? { ...consumer, config: { ...consumer.config, ack_wait: 1e9 } } : consumer,
    ),
  })),
});

async function serverFor(topology: Topology, dir: string): ReturnType<typeof startNatsServer> {
  const found = await findServer({ say: () => undefined });
  if (!found.ok) throw new Error(found.message);
  const shared = sharing(topology);
  const accounts = topology.tenants.map(({ tenant, users }) => {
    const given = shared.get(tenant);
    const permissions = Object.fromEntries(users.map((user) => [user.name, user.permissions]));
    return [tenant, { users: permissions, ...(given === undefined ? {} : { sharing: given }) }] as const;
  });
  return await startNatsServer({
    binary: found.server.path,
    dir,
    accounts: Object.fromEntries(accounts),
    syncAlways: false,
  });
}

/** Resolves once the process has ended; at once when it has already. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}
