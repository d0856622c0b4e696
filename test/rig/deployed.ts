// A cluster with what is deployed on it, and workers that follow: a real server with the compiled rights, real applies,
// hand-made bundles. Workers log in as the worker's user and nobody else.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { applyTopology } from "../../cli/apply-topology.ts";
import { type Embedded, startEmbedded } from "../../cli/embedded.ts";
import { openAccess } from "../../cli/with-access.ts";
import { systemClock } from "../../runtime/clock.ts";
import { connectOptions } from "../../runtime/connect-options.ts";
import type { Limits } from "../../runtime/context.ts";
import { type Following, followAll } from "../../runtime/following.ts";
import { createLink } from "../../runtime/link.ts";
import { run, type Worker } from "../../runtime/run.ts";
import * as address from "../../schema/address.ts";
import type { Bundle, CodedBundle } from "../../schema/bundle.ts";
import { type DeploymentRecord, readDeploymentRecord } from "../../schema/deployment.ts";
import type { CompiledManifest } from "../../schema/manifest.ts";
import type { Nkey } from "../../schema/nkey.ts";
import type { RunEvent } from "../../schema/outcome.ts";
import type { RolloutTerms } from "../../schema/rollout.ts";
import type { Topology } from "../../schema/topology.ts";
import type { Env } from "../../schema/worker.ts";
import { compileTexts } from "./compile.ts";
import { type FakeSystem, fakeSystem } from "./line.ts";

export interface Cluster extends AsyncDisposable {
  readonly nats: Embedded;
  /** The tenant's unrestricted user: what somebody can do who holds its credentials. */
  readonly admin: NatsConnection;
  /** Applies these bundles and no others. */
  apply(bundles: readonly CodedBundle[], options?: Applying): Promise<void>;
  record(integration: string): Promise<DeploymentRecord | undefined>;
  /** Writes under the key of an integration's record. */
  write(integration: string, record: DeploymentRecord | string): Promise<void>;
  follower(options?: FollowerOptions): Promise<FollowingWorker>;
}

interface Applying {
  readonly signer?: Nkey;
  readonly prune?: boolean;
  readonly messagesPerSecond?: number;
  /** Of every integration. */
  readonly rollout?: RolloutTerms;
  readonly retryRollouts?: readonly string[];
}

export interface FollowerOptions {
  readonly trust?: readonly string[];
  readonly env?: (bundle: Bundle) => Env;
  /** Instead of the server's own. */
  readonly url?: string;
  /** Half a second unless told. */
  readonly rereadMs?: number;
  readonly limits?: Partial<Limits>;
  /** As workers were before there were canaries: they read past them. */
  readonly withoutCanaries?: boolean;
}

export interface FollowingWorker extends AsyncDisposable {
  readonly worker: Worker;
  readonly following: Following;
  readonly system: FakeSystem;
  readonly events: RunEvent[];
  /** What it warned of, in short. */
  readonly warnings: string[];
  /** Hash of what runs of an integration. */
  bundle(integration?: string): string | undefined;
  refused(integration?: string): string | undefined;
}

const io = {
  out: () => undefined,
  err: () => undefined,
  colorOut: false,
  colorErr: false,
  interactive: false,
  env: process.env,
  cwd: tmpdir(),
};

/** `integrations` are those that may ever be deployed; each has the target `crm`. Nothing is deployed yet. */
export async function startCluster(integrations: readonly string[] = ["orders"], ordered = false): Promise<Cluster> {
  const topology = topologyOf(integrations, ordered);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-follow-"));
  const started = await startEmbedded(dir, topology, io);
  if (!started.ok) throw new Error(started.refusal.message);
  const nats = started.value;
  const login: { readonly user: string; readonly password: string } = JSON.parse(nats.admin()).acme;
  const admin = await connect({ servers: nats.url, user: login.user, pass: login.password });
  const subject = (integration: string): string => `$KV.${address.deployBucket}.${address.deployKey(integration)}`;
  return {
    nats,
    admin,
    apply: (bundles, options = {}) => applyBundles(nats, topology, bundles, options),
    record: async (integration) => {
      const stream = address.bucketStream(address.deployBucket);
      const message = await admin.request(`$JS.API.DIRECT.GET.${stream}.${subject(integration)}`);
      return readDeploymentRecord(message.string());
    },
    write: async (integration, record) => {
      await admin.request(subject(integration), typeof record === "string" ? record : JSON.stringify(record));
    },
    follower: (options) => startFollower(nats, options),
    [Symbol.asyncDispose]: async () => {
      await admin.close();
      await nats[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function topologyOf(integrations: readonly string[], ordered: boolean): Topology {
  const order = ordered ? 'order-by: "${ body.key }"\n' : "";
  const files = integrations.map((name) => [
    `tenants/acme/${name}.yaml`,
    `integration: ${name}\nrollout: { canary: 5%, for: 10m }\n${order}source: { http: { path: /${name} }, contract: { key: string } }\ntargets: { crm: { nats: { subject: ${name}.out } } }\n`,
  ]);
  const { emitted, diagnostics } = compileTexts(Object.fromEntries(files));
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return emitted.topology;
}

async function applyBundles(
  nats: Embedded,
  topology: Topology,
  bundles: readonly CodedBundle[],
  { messagesPerSecond, rollout, ...options }: Applying,
): Promise<void> {
  const names = new Set(bundles.map(({ bundle }) => bundle.integration));
  const wanted: Topology = {
    ...topology,
    tenants: topology.tenants.map((tenant) => ({
      ...tenant,
      ...(messagesPerSecond === undefined ? {} : { messagesPerSecond }),
      streams: tenant.streams.filter(({ integration }) => integration === undefined || names.has(integration)),
      consumers: tenant.consumers.filter(({ integration }) => names.has(integration)),
      deployments: bundles.map(({ bundle }) => ({
        integration: bundle.integration,
        bundle: bundle.hash,
        ...(rollout === undefined ? {} : { rollout }),
      })),
    })),
  };
  const manifest: CompiledManifest = {
    format: 1,
    workspace: topology.workspace,
    language: 1,
    contexts: {},
    integrations: [],
    files: {},
  };
  const context = { settings: {}, secrets: "env" as const };
  const ready = { folder: tmpdir(), bundles, topology: wanted, manifest };
  const opened = await openAccess(ready, { name: "dev", context, url: nats.url, credentials: nats.admin() });
  if (!opened.ok) throw new Error(opened.refusal.message);
  await using access = opened.value;
  const { signer, ...more } = options;
  const signing = signer === undefined ? access : { ...access, signer };
  const applied = await applyTopology({ topology: wanted, bundles }, signing, more);
  if (!applied.ok) throw new Error(applied.refusal.message);
}

async function startFollower(nats: Embedded, options: FollowerOptions = {}): Promise<FollowingWorker> {
  const login: { readonly user: string; readonly password: string } = JSON.parse(nats.workers()).acme;
  const connection = await connect({
    ...connectOptions("acme-worker"),
    reconnectTimeWait: 100,
    reconnectJitter: 50,
    servers: options.url ?? nats.url,
    user: login.user,
    pass: login.password,
  });
  const system = fakeSystem();
  const events: RunEvent[] = [];
  const warnings: string[] = [];
  const log = {
    info: () => undefined,
    warn: ({ integration, reason }: { readonly integration?: unknown; readonly reason?: unknown }, message: string) =>
      void warnings.push([integration, message, reason].filter((part) => part !== undefined).join(": ")),
  };
  const inboxPrefix = address.inboxPrefix("acme-worker");
  const worker = await run({
    tenants: [{ tenant: "acme", connection, inboxPrefix, env: { settings: {}, secrets: {} }, bundles: [] }],
    connectors: { fake: system.connector },
    library: () => undefined,
    log,
    onEvent: (event) => events.push(event),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const { deploy } = worker;
  const followed: Worker = options.withoutCanaries
    ? { ...worker, deploy: ({ beside: _, ...deployed }) => deploy(deployed) }
    : worker;
  const following = followAll(followed, [
    {
      workspace: "test",
      tenant: "acme",
      trust: options.trust,
      link: createLink(connection, inboxPrefix, systemClock, log),
      env: options.env ?? (() => ({ settings: {}, secrets: {} })),
      clock: systemClock,
      random: Math.random,
      log,
      rereadMs: options.rereadMs ?? 500,
    },
  ]);
  await following.started;
  return {
    worker,
    following,
    system,
    events,
    warnings,
    bundle: (integration = "orders") =>
      worker.health().integrations.find((running) => running.integration === integration)?.bundle,
    refused: (integration = "orders") =>
      following.health().refused.find((refused) => refused.integration === integration)?.reason,
    [Symbol.asyncDispose]: async () => {
      following.close();
      await worker.stop();
      await connection.close();
    },
  };
}
