// A worker with everything around it: connections, connectors, values of the context, metrics. `run`, `dev` and the
// demo start it alike.

import { type Authenticator, connect, type NatsConnection } from "@nats-io/transport-node";
import { createConnectors } from "../connectors/create.ts";
import { connectFailure } from "../control/connect.ts";
import { contextTopology } from "../control/context-topology.ts";
import { readCredentials } from "../control/credentials.ts";
import { systemClock } from "../runtime/clock.ts";
import { connectOptions } from "../runtime/connect-options.ts";
import { createLibrary } from "../runtime/expression/library.ts";
import { type Following, followAll } from "../runtime/following.ts";
import { createLink, type Link } from "../runtime/link.ts";
import { createLog, scopedLog } from "../runtime/log.ts";
import { createMetrics } from "../runtime/metrics.ts";
import { startMonitor } from "../runtime/monitor.ts";
import { run, type TenantBundles, type TenantRun, type Worker } from "../runtime/run.ts";
import { isStartFailure, startFailure } from "../runtime/start-failure.ts";
import { inboxPrefix } from "../schema/address.ts";
import type { Bundle } from "../schema/bundle.ts";
import type { Log } from "../schema/connector.ts";
import type { RunEvent } from "../schema/outcome.ts";
import type { Env } from "../schema/worker.ts";
import { fromControl, tenantsOf } from "./cluster.ts";
import type { Ready } from "./compile-workspace.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "./exit.ts";
import { natsDoor } from "./nats-door.ts";
import { bundleValues, type ValuesOptions, valuesFor } from "./values.ts";

export interface HouseOptions extends ValuesOptions {
  readonly httpPort: number;
  /** Address that the webhooks and the metrics listen on; loopback unless told. */
  readonly host?: string;
  readonly dataDir: string;
  /** Networks beside the public ones that connectors may connect to; none unless told. */
  readonly allowNetwork?: readonly string[];
  readonly metricsPort?: number;
  /** Runs what the cluster's deployment records say, now and later, instead of the folder's own bundles. */
  readonly follow?: boolean;
  /** Told the port of the webhooks once it is open, which may be later than the start. */
  readonly onListening?: (port: number) => void;
  readonly quiet?: boolean;
  readonly onEvent?: (event: RunEvent) => void;
}

export interface House {
  readonly worker: Worker;
  /** Absent when the folder's own bundles run. */
  readonly following?: Following;
  /** Undefined while no integration listens. */
  readonly httpPort: number | undefined;
  readonly metricsPort: number | undefined;
  swap(ready: Ready): Promise<Result<void>>;
  close(): Promise<void>;
}

/** One tenant's connection, and what the worker adds to it a second time for the targets and the follower. */
interface Line {
  readonly connection: NatsConnection;
  readonly link: Link<NatsConnection>;
}

export async function startHouse(options: HouseOptions): Promise<Result<House>> {
  const { ready, cluster, follow = false } = options;
  const logins = readCredentials(cluster.credentials, tenantsOf(ready));
  if (!logins.ok) return fromControl(logins.failure);
  const bundles = tenantBundles(ready, options);
  if (!bundles.ok) return bundles;
  const lines = new Map<string, Line>();
  const close = async (): Promise<void> =>
    void (await Promise.all([...lines.values()].map(({ connection }) => connection.close())));
  const host = options.host ?? "127.0.0.1";
  let httpPort: number | undefined;
  let worker: Worker | undefined;
  let following: Following | undefined;
  try {
    for (const [tenant, authenticator] of logins.value) {
      const opened = await openConnection(tenant, cluster.url, authenticator);
      if (!opened.ok) {
        await close();
        return opened;
      }
      lines.set(tenant, { connection: opened.value, link: secondLink(opened.value, tenant) });
    }
    const metrics = createMetrics();
    const log = createLog({ level: options.quiet === true ? "silent" : "info" });
    const started = await run({
      tenants: bundles.value.flatMap((each): TenantRun[] => {
        const line = lines.get(each.tenant);
        const prefix = inboxPrefix(`${each.tenant}-worker`);
        return line === undefined ? [] : [{ ...each, connection: line.connection, inboxPrefix: prefix }];
      }),
      connectors: createConnectors({
        httpPort: options.httpPort,
        httpHost: host,
        dataDir: options.dataDir,
        allowNetwork: options.allowNetwork ?? [],
        onListening: (port) => {
          httpPort = port;
          options.onListening?.(port);
        },
        natsFor: (tenant) => {
          const line = lines.get(tenant);
          if (line === undefined) throw new Error(`tenant ${tenant} is not connected`);
          return natsDoor(line.link);
        },
      }),
      library: () => createLibrary(),
      log,
      ...(options.metricsPort === undefined ? {} : { steps: { now: () => performance.now(), took: metrics.steps } }),
      onEvent: (event) => {
        if (options.metricsPort !== undefined) metrics.observe(event);
        options.onEvent?.(event);
      },
    });
    worker = started;
    if (follow) following = followed(started, lines, log, options);
    const monitor =
      options.metricsPort === undefined
        ? undefined
        : await startMonitor({
            port: options.metricsPort,
            host,
            metrics,
            health: (following ?? started).health,
            figures: started.figures,
          });
    await following?.started;
    const failure = following === undefined ? undefined : nothingStarts(following);
    if (failure !== undefined) {
      await monitor?.close();
      throw failure;
    }
    return ok({
      worker: started,
      ...(following === undefined ? {} : { following }),
      get httpPort() {
        return httpPort;
      },
      metricsPort: monitor?.port,
      swap: async (next) => {
        const fresh = tenantBundles(next, { ...options, ready: next });
        if (!fresh.ok) return fresh;
        return started.swap(fresh.value).then(() => ok(undefined), startRefusal);
      },
      close: async () => {
        following?.close();
        await started.drain();
        await monitor?.close();
        await close();
      },
    });
  } catch (error) {
    following?.close();
    await worker?.stop();
    await close();
    return startRefusal(error);
  }
}

function followed(worker: Worker, lines: ReadonlyMap<string, Line>, log: Log, options: HouseOptions): Following {
  const { ready, cluster } = options;
  const { trust } = ready.manifest.contexts[cluster.name] ?? cluster.context;
  const tenants = [...lines].map(([tenant, { link }]) => ({
    workspace: ready.manifest.workspace,
    tenant,
    trust,
    link,
    env: (bundle: Bundle) => bundleValues(options, bundle),
    clock: systemClock,
    random: Math.random,
    log: scopedLog(log, { tenant }, (text) => text),
  }));
  return followAll(worker, tenants);
}

/** A worker that can start nothing of what is deployed, for reasons of its own, ends: its supervisor shall see that. */
function nothingStarts(following: Following): Error | undefined {
  const all = [...following.now().values()];
  if (all.some(({ running }) => running > 0)) return undefined;
  const refused = all.flatMap(({ refused }) => refused).find(({ kind }) => kind === "refused" || kind === "incomplete");
  return refused === undefined
    ? undefined
    : startFailure(refused.kind === "refused" ? "refused" : "incomplete", refused.reason);
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

/** What this one has to say of the connection, the worker's own says already. */
function secondLink(connection: NatsConnection, tenant: string): Link<NatsConnection> {
  const silent = { info: () => undefined, warn: () => undefined };
  return createLink(connection, inboxPrefix(`${tenant}-worker`), systemClock, silent);
}

function startRefusal(error: unknown): Result<never> {
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  if (isStartFailure(error)) {
    const inUse = /\bport \S+ is in use\b/.test(message);
    return refuse(
      startExit(error.startFailure),
      message,
      inUse ? "--http-port 8081, or 0 for any that is free" : undefined,
    );
  }
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
  const all: (TenantBundles & { readonly env: Env })[] = [];
  const context = ready.manifest.contexts[options.cluster.name] ?? options.cluster.context;
  for (const { tenant, messagesPerSecond } of contextTopology(ready.topology, context).tenants) {
    const own = ready.bundles.filter(({ bundle }) => bundle.tenant === tenant && bundle.paused !== true);
    const bundles = options.follow === true ? [] : own;
    const env = valuesFor(
      options,
      tenant,
      bundles.map(({ bundle }) => bundle),
    );
    if (!env.ok) return env;
    all.push({ tenant, bundles, env: env.value, ...(messagesPerSecond === undefined ? {} : { messagesPerSecond }) });
  }
  return ok(all);
}
