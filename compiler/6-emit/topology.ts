// The NATS side of a workspace: for each tenant the account, its streams, consumers, buckets and the worker's user
// with exactly the permissions that its integrations need.

import * as address from "../../schema/address.ts";
import { batchHeld, batchLanes } from "../../schema/batching.ts";
import type { Bundle } from "../../schema/bundle.ts";
import { type Ownership, ownership } from "../../schema/owned.ts";
import {
  accountLimits,
  archiveSize,
  bucketSize,
  intakeSize,
  storageDefault,
  type Use,
  useOf,
} from "../../schema/quotas.ts";
import type { Bucket, Consumer, StreamConfig, TenantTopology, Topology } from "../../schema/topology.ts";
import type { Contracts } from "../3-resolve/contracts.ts";
import type { Archive, Integration, Target, Tenant, Workspace } from "../integration.ts";
import { natsReadersOf } from "./nats-readers.ts";
import { workerPermissions } from "./permissions.ts";
import { declaredBy, type Readers, readersIn, readersOf, sharedBy, sharedStreams, streamsOf } from "./streams.ts";

const nanoseconds = 1_000_000;
const day = 86_400_000 * nanoseconds;

export function emitTopology(workspace: Workspace, bundles: readonly Bundle[], contracts: Contracts): Topology {
  const readers = readersIn(workspace);
  const tenants = workspace.tenants
    .filter(({ integrations, streams }) => integrations.length > 0 || streams.length > 0)
    .map((tenant) => emitTenant(workspace.name, tenant, { readers, bundles, contracts }));
  return { workspace: workspace.name, tenants };
}

interface Around {
  readonly readers: Readers;
  readonly bundles: readonly Bundle[];
  readonly contracts: Contracts;
}

function emitTenant(workspace: string, tenant: Tenant, { readers, bundles, contracts }: Around): TenantTopology {
  const own: Owner = (integration, config) => ownership(workspace, integration, config);
  const objects = tenantObjects(tenant, readers, own);
  const { quotas } = tenant;
  const shared = sharedBy(tenant, readers);
  return {
    tenant: tenant.name,
    account: { name: tenant.name, limits: accountLimits(quotas, useOf(objects)), ...shared },
    ...(quotas.messages === undefined ? {} : { messagesPerSecond: quotas.messages }),
    declared: declaredBy(tenant, readers, contracts),
    users: [{ name: `${tenant.name}-worker`, role: "worker", permissions: workerPermissions(tenant) }],
    ...objects,
    deployments: bundles
      .filter((bundle) => bundle.tenant === tenant.name)
      .map(({ integration, hash, sources }) => {
        const { movedFrom, rollout } = tenant.integrations.find(({ name }) => name === integration) ?? {};
        const dedupe = Math.max(0, ...Object.values(sources).map((source) => source.dedupe));
        return {
          integration,
          bundle: hash,
          ...(movedFrom === undefined ? {} : { movedFrom }),
          ...(dedupe === 0 ? {} : { dedupe }),
          ...(rollout === undefined ? {} : { rollout }),
        };
      }),
  };
}

/** Metadata that says whose a thing is, and the hash of what was wanted of it. */
type Owner = (integration: string, config: object) => Ownership;

/** What a tenant may use at most, as `useOf` says of its objects: integrations that did not change are not made anew. */
export function tenantUse(tenant: Tenant, readers: Readers): Use {
  const own: Owner = () => ({});
  const rest = useOf(tenantObjects({ ...tenant, integrations: [] }, readers, own));
  const sizes = sizesOf(tenant, readers);
  const counts = tenant.integrations.map((integration) => {
    const known = counted.get(integration);
    if (known !== undefined) return known;
    const streams = integration.ephemeral ? 0 : integrationStreams(integration, sizes, own).length;
    const made = { streams, consumers: consumersOf(integration, own).length };
    counted.set(integration, made);
    return made;
  });
  const sum = (key: "streams" | "consumers"): number => counts.reduce((total, count) => total + count[key], rest[key]);
  const archives = archivesOf(tenant).reduce((total, { size = sizes.archive }) => total + size, 0);
  return {
    storage: rest.storage + sizes.intake * durableIn(tenant).length + sizes.bucket * sizes.buckets + archives,
    streams: sum("streams"),
    consumers: sum("consumers"),
  };
}

/** Those that store what they take in. */
const durableIn = ({ integrations }: Tenant): readonly Integration[] =>
  integrations.filter(({ ephemeral }) => !ephemeral);

const counted = new WeakMap<Integration, Pick<Use, "streams" | "consumers">>();

const archivesOf = ({ integrations }: Tenant): readonly Archive[] =>
  integrations.flatMap(({ archive }) => (archive === undefined ? [] : [archive]));

/** What a tenant's account holds. */
function tenantObjects(
  tenant: Tenant,
  readers: Readers,
  own: Owner,
): Pick<TenantTopology, "streams" | "consumers" | "buckets"> {
  const storage = tenant.quotas.storage ?? storageDefault;
  const sizes = sizesOf(tenant, readers);
  const streams = durableIn(tenant).flatMap((integration) => integrationStreams(integration, sizes, own));
  const shared = [deadStream(tenant, own), stateStream(own), retriesView(own)];
  return {
    streams: [
      ...streams,
      ...[...shared, ...streamsOf(tenant, readers, storage, plainStream, own)].map((config) => ({ config })),
    ],
    consumers: [
      ...tenant.integrations.flatMap((integration) => consumersOf(integration, own)),
      ...readersOf(tenant, readers, own),
    ],
    buckets: bucketsOf(own),
  };
}

/** Its large contents lie in a bucket of NATS. */
const hasBucket = ({ objects }: Integration): boolean => objects !== undefined && objects.use === undefined;

interface Sizes {
  readonly intake: number;
  readonly bucket: number;
  readonly buckets: number;
  /** Of one that does not say its own. */
  readonly archive: number;
}

/** Of its intakes, object buckets and archives, in bytes. */
export function sizesOf({ quotas, integrations, ...tenant }: Tenant, readers: Readers): Sizes {
  const stored = integrations.filter(({ ephemeral }) => !ephemeral).length;
  const storage = quotas.storage ?? storageDefault;
  const buckets = integrations.filter(hasBucket).length;
  const streams = sharedStreams({ quotas, integrations, ...tenant }, readers);
  const counts = { integrations: stored, streams, buckets };
  return {
    intake: intakeSize(storage, stored),
    bucket: bucketSize(storage, counts),
    buckets,
    archive: archiveSize(storage, integrations.filter(({ archive }) => archive !== undefined).length),
  };
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

function integrationStreams(integration: Integration, { intake, bucket, archive }: Sizes, own: Owner) {
  const { name } = integration;
  const intakeConfig = {
    ...plainStream,
    name: address.intakeStream(name),
    subjects: [address.allOfIntake(name)],
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
  const objectsConfig = {
    ...plainStream,
    name: address.objectStream(name),
    subjects: address.objectSubjects(name),
    max_bytes: bucket,
    allow_rollup_hdrs: true,
  };
  const all = [
    intakeConfig,
    retryConfig,
    ...(hasBucket(integration) ? [objectsConfig] : []),
    ...(integration.archive === undefined ? [] : [archiveConfig(name, integration.archive, archive)]),
  ];
  return all.map((config) => ({
    integration: name,
    config: { ...config, metadata: own(name, config) },
  }));
}

/** Filled from the intake by the server. When it is full the oldest go: what comes in is not held up by what was. */
const archiveConfig = (name: string, { keep, size }: Archive, room: number): Omit<StreamConfig, "metadata"> => ({
  ...plainStream,
  name: address.archiveStream(name),
  subjects: [],
  discard: "old",
  max_bytes: size ?? room,
  max_age: keep * nanoseconds,
  compression: "s2",
  sources: [{ name: address.intakeStream(name) }],
});

function deadStream({ retention }: Tenant, own: Owner): StreamConfig {
  const config = {
    ...plainStream,
    name: address.deadStream,
    subjects: address.deadSubjects,
    discard: "old" as const,
    // A letter and the chunks beside it.
    allow_atomic: true,
    // Else they stay until somebody redrives or purges them.
    ...(retention === "short" ? { max_age: 7 * day } : {}),
  };
  return { ...config, metadata: own("", config) };
}

function stateStream(own: Owner): StreamConfig {
  const config = {
    ...plainStream,
    name: address.sourceStateStream,
    subjects: ["state.>"],
    discard: "old" as const,
    max_msgs_per_subject: 1,
    // For leases, and what is written under one.
    allow_msg_ttl: true,
    allow_atomic: true,
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
  const { name, targets, orderBy, ephemeral } = integration;
  if (ephemeral) return natsReadersOf(integration, own);
  const [intake, retry] = [address.intakeStream(name), address.retryStream(name)];
  const filter = orderBy === undefined ? address.intakeFilter(name) : address.unorderedFilter(name);
  const ofTargets = targets.flatMap((each) => {
    const { name: target } = each;
    const durable = address.targetConsumer(target);
    const together = { ackWaitMs: 60_000, atOnce: pendingOf(each) };
    return [
      { stream: intake, durable, filter, ...together },
      { stream: retry, durable, filter: address.dueFilter(name, target), ...together },
      ...(orderBy === undefined ? [] : partitionsOf(name, target)),
    ].map(({ stream, durable: durable_name, filter: filter_subject, ackWaitMs, atOnce }) => {
      const config = {
        durable_name,
        filter_subject,
        ack_policy: "explicit" as const,
        ack_wait: ackWaitMs * nanoseconds,
        max_deliver: -1 as const,
        max_ack_pending: atOnce,
      };
      const backfill = each.backfill === true && stream === intake ? { backfill: true as const } : {};
      return { stream, integration: name, target, ...backfill, config: { ...config, metadata: own(name, config) } };
    });
  });
  return [...ofTargets, ...natsReadersOf(integration, own)];
}

/** One after the other; what a worker has in hand when it dies holds up its partition for that long. */
const oneByOne = { ackWaitMs: 30_000, atOnce: 1 };

const partitionsOf = (integration: string, target: string) =>
  Array.from({ length: address.orderPartitions }, (_, partition) => ({
    stream: address.intakeStream(integration),
    durable: address.partitionConsumer(target, partition),
    filter: address.partitionFilter(integration, partition),
    ...oneByOne,
  }));

/** Several workers may each collect a batch. */
function pendingOf({ batch, limit }: Target): number {
  const held = batch === undefined ? 0 : batchHeld(batch.count, batchLanes(limit === undefined ? {} : { limit }));
  return Math.max(1000, 4 * held);
}

function bucketsOf(own: Owner): readonly Bucket[] {
  const republish = address.deployRepublish;
  const deploy = { name: address.deployBucket, history: 10, markerTtl: 0, max_bytes: -1, republish };
  return [deploy].map((bucket) => ({ ...bucket, metadata: own("", bucket) }));
}
