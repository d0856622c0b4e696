// A worker with everything around it: connections, connectors, values of the context, metrics. `run`, `dev` and the
// demo start it alike.

import { type Authenticator, connect, type NatsConnection } from "@nats-io/transport-node";
import { createConnectors } from "../connectors/create.ts";
import type { NatsDoor } from "../connectors/nats/door.ts";
import { connectFailure } from "../control/connect.ts";
import { contextTopology } from "../control/context-topology.ts";
import { readCredentials } from "../control/credentials.ts";
import { systemClock } from "../runtime/clock.ts";
import { connectOptions } from "../runtime/connect-options.ts";
import { createLibrary } from "../runtime/expression/library.ts";
import { createLink } from "../runtime/link.ts";
import { createLog } from "../runtime/log.ts";
import { createMetrics } from "../runtime/metrics.ts";
import { startMonitor } from "../runtime/monitor.ts";
import { startPulling } from "../runtime/pull.ts";
import { run, type TenantBundles, type TenantRun, type Worker } from "../runtime/run.ts";
import { isStartFailure } from "../runtime/start-failure.ts";
import { inboxPrefix } from "../schema/address.ts";
import type { JsonObject } from "../schema/json.ts";
import type { RunEvent } from "../schema/outcome.ts";
import type { Env } from "../schema/worker.ts";
import { type Cluster, fromControl, tenantsOf } from "./cluster.ts";
import type { Ready } from "./compile-workspace.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "./exit.ts";
import type { Io } from "./io.ts";
import { readSecrets } from "./secrets.ts";

export interface HouseOptions {
  readonly ready: Ready;
  readonly cluster: Cluster;
  readonly httpPort: number;
  /** Address that the webhooks and the metrics listen on; loopback unless told. */
  readonly host?: string;
  readonly dataDir: string;
  readonly metricsPort?: number;
  /** Instead of the context's own values: what a demo or test must point elsewhere. */
  readonly settings?: JsonObject;
  readonly quiet?: boolean;
  readonly onEvent?: (event: RunEvent) => void;
  readonly io: Io;
}

export interface House {
  readonly worker: Worker;
  /** Undefined when no integration listens. */
  readonly httpPort: number | undefined;
  readonly metricsPort: number | undefined;
  swap(ready: Ready): Promise<Result<void>>;
  close(): Promise<void>;
}

export async function startHouse(options: HouseOptions): Promise<Result<House>> {
  const { ready, cluster } = options;
  const logins = readCredentials(cluster.credentials, tenantsOf(ready));
  if (!logins.ok) return fromControl(logins.failure);
  const bundles = tenantBundles(ready, options);
  if (!bundles.ok) return bundles;
  const connections = new Map<string, NatsConnection>();
  const doors = new Map<string, NatsDoor>();
  const close = async (): Promise<void> =>
    void (await Promise.all([...connections.values()].map((connection) => connection.close())));
  const host = options.host ?? "127.0.0.1";
  let httpPort: number | undefined;
  let worker: Worker | undefined;
  try {
    for (const [tenant, authenticator] of logins.value) {
      const opened = await openConnection(tenant, cluster.url, authenticator);
      if (!opened.ok) {
        await close();
        return opened;
      }
      const connection = opened.value;
      connections.set(tenant, connection);
      doors.set(tenant, natsDoor(connection, tenant));
    }
    const metrics = createMetrics();
    const started = await run({
      tenants: bundles.value.flatMap((each): TenantRun[] => {
        const connection = connections.get(each.tenant);
        const prefix = inboxPrefix(`${each.tenant}-worker`);
        return connection === undefined ? [] : [{ ...each, connection, inboxPrefix: prefix }];
      }),
      connectors: createConnectors({
        httpPort: options.httpPort,
        httpHost: host,
        dataDir: options.dataDir,
        onListening: (port) => {
          httpPort = port;
        },
        natsFor: (tenant) => {
          const door = doors.get(tenant);
          if (door === undefined) throw new Error(`tenant ${tenant} is not connected`);
          return door;
        },
      }),
      library: () => createLibrary(),
      log: createLog({ level: options.quiet === true ? "silent" : "info" }),
      onEvent: (event) => {
        metrics.observe(event);
        options.onEvent?.(event);
      },
    });
    worker = started;
    const monitor =
      options.metricsPort === undefined
        ? undefined
        : await startMonitor({ port: options.metricsPort, host, metrics, health: started.health });
    return ok({
      worker: started,
      httpPort,
      metricsPort: monitor?.port,
      swap: async (next) => {
        const fresh = tenantBundles(next, { ...options, ready: next });
        if (!fresh.ok) return fresh;
        return started.swap(fresh.value).then(() => ok(undefined), startRefusal);
      },
      close: async () => {
        await started.drain();
        await monitor?.close();
        await close();
      },
    });
  } catch (error) {
    await worker?.stop();
    await close();
    return startRefusal(error);
  }
}

async function openConnection(
  tenant: string,
  url: string,
  authenticator: Authenticator | undefined,
): Promise<Result<NatsConnection>> {
  const servers = url.split(",").map((server) => server.trim());
  const options = { ...connectOptions(`${tenant}-worker`), servers };
  try {
    return ok(await connect(authenticator === undefined ? options : { ...options, authenticator }));
  } catch (error) {
    return fromControl(connectFailure(error, tenant, url));
  }
}

/** The targets' own requests beside the worker's; what the link has to say, the worker's says already. */
function natsDoor(connection: NatsConnection, tenant: string): NatsDoor {
  const silent = { info: () => undefined, warn: () => undefined };
  const link = createLink(connection, inboxPrefix(`${tenant}-worker`), systemClock, silent);
  return {
    requests: link.requests,
    connected: link.connected,
    flush: () => connection.flush(),
    pull: (options) => startPulling({ ...options, link, begin: () => Promise.resolve(true) }),
  };
}

function startRefusal(error: unknown): Result<never> {
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  if (isStartFailure(error)) return refuse(startExit(error.startFailure), message);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "EADDRINUSE")
    return refuse(
      exit.refused,
      "The port is in use by another process.",
      "Choose another with --http-port or --metrics-port.",
    );
  return refuse(exit.unreachable, message);
}

function startExit(kind: string): ExitCode {
  if (kind === "unreachable" || kind === "unsupported") return exit.unreachable;
  return kind === "incomplete" ? exit.refused : exit.findings;
}

/** Each tenant's bundles with the values that its context gives them; paused integrations stay out. */
function tenantBundles(
  ready: Ready,
  options: HouseOptions,
): Result<readonly (TenantBundles & { readonly env: Env })[]> {
  const { context } = options.cluster;
  const values = ready.manifest.contexts[options.cluster.name] ?? context;
  const all: (TenantBundles & { readonly env: Env })[] = [];
  for (const { tenant, messagesPerSecond } of contextTopology(ready.topology, values).tenants) {
    const bundles = ready.bundles.filter(({ bundle }) => bundle.tenant === tenant && bundle.paused !== true);
    const names = [...new Set(bundles.flatMap(({ bundle }) => bundle.secrets))].sort();
    const secrets = readSecrets(values.secrets, tenant, names, { folder: ready.folder, env: options.io.env });
    if (!secrets.ok) return secrets;
    all.push({
      tenant,
      bundles,
      ...(messagesPerSecond === undefined ? {} : { messagesPerSecond }),
      env: { settings: { ...values.settings, ...options.settings }, secrets: secrets.value },
    });
  }
  return ok(all);
}
