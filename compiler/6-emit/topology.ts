// The NATS side of a workspace: for each tenant the account, its streams, consumers, buckets and the worker's user
// with exactly the permissions that its integrations need.

import * as address from "../../schema/address.ts";
import type { Bundle } from "../../schema/bundle.ts";
import { canonical, sha256 } from "../../schema/canonical.ts";
import type { Bucket, Consumer, StreamConfig, TenantTopology, Topology } from "../../schema/topology.ts";
import { owned } from "../../schema/topology.ts";
import { intakeSize, storageDefault } from "../3-resolve/defaults.ts";
import type { Integration, Tenant, Workspace } from "../integration.ts";
import { workerPermissions } from "./permissions.ts";
import { type Readers, readersIn, tenantStreams } from "./streams.ts";

const nanoseconds = 1_000_000;
const kibibyte = 1024;

export function emitTopology(workspace: Workspace, bundles: readonly Bundle[]): Topology {
  const readers = readersIn(workspace);
  const tenants = workspace.tenants
    .filter(({ integrations, streams }) => integrations.length > 0 || streams.length > 0)
    .map((tenant) => emitTenant(workspace.name, tenant, readers, bundles));
  return { workspace: workspace.name, tenants };
}

function emitTenant(workspace: string, tenant: Tenant, readers: Readers, bundles: readonly Bundle[]): TenantTopology {
  const storage = tenant.storage ?? storageDefault;
  const own = owner(workspace);
  const intake = intakeSize(storage, tenant.integrations.length);
  const streams = tenant.integrations.flatMap((integration) => integrationStreams(integration.name, intake, own));
  const shared = [deadStream(own), stateStream(own), retriesView(own)];
  const declared = tenantStreams(tenant, readers, storage, plainStream, own);
  return {
    tenant: tenant.name,
    account: {
      name: tenant.name,
      limits: { connections: 1000, payload: 1024 * kibibyte, disk: storage, memory: 0, streams: -1, consumers: -1 },
      exports: declared.exports,
      imports: declared.imports,
    },
    declared: declared.declared,
    users: [{ name: `${tenant.name}-worker`, role: "worker", permissions: workerPermissions(tenant) }],
    streams: [...streams, ...shared.map((config) => ({ config })), ...declared.streams],
    consumers: [...tenant.integrations.flatMap((integration) => consumersOf(integration, own)), ...declared.consumers],
    buckets: bucketsOf(own),
    deployments: bundles
      .filter((bundle) => bundle.tenant === tenant.name)
      .map((bundle) => ({ integration: bundle.integration, bundle: bundle.hash })),
  };
}

type Owner = (integration: string, config: object) => Readonly<Record<string, string>>;

/** Metadata that says whose a thing is, and the hash of what was wanted of it. */
function owner(workspace: string): Owner {
  return (integration, config) => ({
    [owned.by]: "vrsky",
    [owned.workspace]: workspace,
    [owned.integration]: integration,
    [owned.hash]: sha256(canonical(config)).slice(0, 16),
  });
}

const plainStream: Omit<StreamConfig, "name" | "subjects" | "metadata"> = {
  retention: "limits",
  discard: "new",
  storage: "file",
  num_replicas: 1,
  max_bytes: -1,
  max_msgs: -1,
  max_age: 0,
  max_msg_size: -1,
  max_msgs_per_subject: -1,
  // Ids are kept by subject and compare-and-set, so the server's own window is as short as it may be.
  duplicate_window: 100 * nanoseconds,
  allow_rollup_hdrs: false,
  allow_direct: true,
  allow_atomic: false,
  allow_msg_ttl: false,
  allow_msg_schedules: false,
  deny_delete: false,
  deny_purge: false,
};

function integrationStreams(name: string, intake: number, own: Owner) {
  const intakeConfig = {
    ...plainStream,
    name: address.intakeStream(name),
    subjects: [`in.${name}.>`],
    max_bytes: intake,
    allow_atomic: true,
  };
  const retryConfig = {
    ...plainStream,
    name: address.retryStream(name),
    subjects: address.retrySubjects(name),
    retention: "workqueue" as const,
    discard: "old" as const,
    allow_rollup_hdrs: true,
    allow_atomic: true,
    allow_msg_ttl: true,
    allow_msg_schedules: true,
  };
  return [intakeConfig, retryConfig].map((config) => ({
    integration: name,
    config: { ...config, metadata: own(name, config) },
  }));
}

function deadStream(own: Owner): StreamConfig {
  const config = { ...plainStream, name: address.deadStream, subjects: ["dlq.>"], discard: "old" as const };
  return { ...config, metadata: own("", config) };
}

function stateStream(own: Owner): StreamConfig {
  const config = {
    ...plainStream,
    name: address.sourceStateStream,
    subjects: ["state.>"],
    discard: "old" as const,
    max_msgs_per_subject: 1,
  };
  return { ...config, metadata: own("", config) };
}

/** Read as a KV bucket, written by all workers of the tenant: a stream without roll-ups. */
function retriesView(own: Owner): StreamConfig {
  const config = {
    ...plainStream,
    name: address.bucketStream(address.retriesBucket),
    subjects: [`$KV.${address.retriesBucket}.>`],
    discard: "old" as const,
    max_msgs_per_subject: 1,
    allow_msg_ttl: true,
  };
  return { ...config, metadata: own("", config) };
}

function consumersOf(integration: Integration, own: Owner): readonly Consumer[] {
  return integration.targets.flatMap((target) =>
    [
      { stream: address.intakeStream(integration.name), filter: address.intakeFilter(integration.name) },
      { stream: address.retryStream(integration.name), filter: address.dueFilter(integration.name, target.name) },
    ].map(({ stream, filter }) => {
      const config = {
        durable_name: address.targetConsumer(target.name),
        filter_subject: filter,
        ack_policy: "explicit" as const,
        ack_wait: 60_000 * nanoseconds,
        max_deliver: -1 as const,
        max_ack_pending: 1000,
      };
      const metadata = own(integration.name, config);
      return { stream, integration: integration.name, target: target.name, config: { ...config, metadata } };
    }),
  );
}

function bucketsOf(own: Owner): readonly Bucket[] {
  const republish = address.deployRepublish;
  const deploy = { name: address.deployBucket, history: 10, markerTtl: 0, max_bytes: -1, republish };
  return [deploy].map((bucket) => ({ ...bucket, metadata: own("", bucket) }));
}
