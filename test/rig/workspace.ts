// Small wanted topologies by hand, as the compiler emits them, for tests of plan and apply.

import * as address from "../../schema/address.ts";
import { canonical, sha256 } from "../../schema/canonical.ts";
import {
  type ConsumerConfig,
  owned,
  type StreamConfig,
  type TenantTopology,
  type Topology,
} from "../../schema/topology.ts";

export interface TenantOptions {
  readonly tenant?: string;
  readonly workspace?: string;
  /** Targets by integration. */
  readonly integrations: Readonly<Record<string, readonly string[]>>;
  readonly intakeBytes?: number;
  readonly bundle?: string;
  /** Old names by integration. */
  readonly movedFrom?: Readonly<Record<string, string>>;
  /** Put over the configuration of every intake, consumer. */
  readonly intake?: Partial<StreamConfig>;
  readonly consumer?: Partial<ConsumerConfig>;
  /** With `order-by`. */
  readonly partitions?: number;
}

export const second = 1_000_000_000;

export function workspaceOf(...tenants: readonly TenantOptions[]): Topology {
  return { workspace: tenants[0]?.workspace ?? "shop", tenants: tenants.map(tenantOf) };
}

function tenantOf(options: TenantOptions): TenantTopology {
  const { tenant = "acme", workspace = "shop", integrations } = options;
  const own = ownerOf(workspace);
  return {
    tenant,
    account: {
      name: tenant,
      limits: { connections: 100, payload: 1_048_576, disk: -1, memory: 0, streams: -1, consumers: -1 },
      exports: [],
      imports: [],
    },
    declared: [],
    users: [],
    streams: [
      ...Object.keys(integrations).flatMap((name) => integrationStreams(name, options, own)),
      { config: own("", { ...plain, ...dead }) },
      { config: own("", retriesView) },
    ],
    consumers: Object.entries(integrations).flatMap(([name, targets]) =>
      targets.flatMap((target) => consumers(name, target, options, own)),
    ),
    buckets: [
      own("", {
        name: address.deployBucket,
        history: 10,
        markerTtl: 0,
        max_bytes: -1,
        republish: address.deployRepublish,
      }),
    ],
    deployments: Object.keys(integrations).map((integration) => ({
      integration,
      bundle: options.bundle ?? "b1",
      ...(options.movedFrom?.[integration] === undefined ? {} : { movedFrom: options.movedFrom[integration] }),
    })),
  };
}

type Owner = ReturnType<typeof ownerOf>;

function ownerOf(workspace: string) {
  return <T extends object>(integration: string, config: T) => ({
    ...config,
    metadata: {
      [owned.by]: "vrsky",
      [owned.workspace]: workspace,
      [owned.integration]: integration,
      [owned.hash]: sha256(canonical(config)).slice(0, 16),
    },
  });
}

const plain = {
  retention: "limits",
  discard: "new",
  storage: "file",
  num_replicas: 1,
  max_bytes: -1,
  max_msgs: -1,
  max_age: 0,
  max_msg_size: -1,
  max_msgs_per_subject: -1,
  duplicate_window: second / 10,
  allow_rollup_hdrs: false,
  allow_direct: true,
  allow_atomic: false,
  allow_msg_ttl: false,
  allow_msg_schedules: false,
  deny_delete: false,
  deny_purge: false,
} as const satisfies Partial<StreamConfig>;

const dead = { name: address.deadStream, subjects: address.deadSubjects, discard: "old", allow_atomic: true } as const;

/** A stream that is read as a bucket. */
const retriesView: Omit<StreamConfig, "metadata"> = {
  ...plain,
  name: address.bucketStream(address.retriesBucket),
  subjects: [`$KV.${address.retriesBucket}.>`],
  discard: "old",
  max_msgs_per_subject: 1,
  allow_msg_ttl: true,
};

function integrationStreams(name: string, { intakeBytes = 1024 ** 2, intake = {} }: TenantOptions, own: Owner) {
  const intakeConfig: Omit<StreamConfig, "metadata"> = {
    ...plain,
    name: address.intakeStream(name),
    subjects: [`in.${name}.>`],
    max_bytes: intakeBytes,
    allow_atomic: true,
    ...intake,
  };
  const retryConfig: Omit<StreamConfig, "metadata"> = {
    ...plain,
    name: address.retryStream(name),
    subjects: address.retrySubjects(name),
    retention: "workqueue",
    discard: "old",
    allow_rollup_hdrs: true,
    allow_atomic: true,
    allow_msg_ttl: true,
    allow_msg_schedules: true,
  };
  return [intakeConfig, retryConfig].map((config) => ({ integration: name, config: own(name, config) }));
}

function consumers(integration: string, target: string, { consumer = {}, partitions = 0 }: TenantOptions, own: Owner) {
  const intake = address.intakeStream(integration);
  const all = partitions === 0 ? address.intakeFilter(integration) : address.unorderedFilter(integration);
  const streams = [
    [intake, target, all],
    [address.retryStream(integration), target, address.dueFilter(integration, target)],
    ...Array.from(
      { length: partitions },
      (_, index) =>
        [intake, address.partitionConsumer(target, index), address.partitionFilter(integration, index)] as const,
    ),
  ] as const;
  return streams.map(([stream, durable_name, filter_subject]) => {
    const config = {
      durable_name,
      filter_subject,
      ack_policy: "explicit" as const,
      ack_wait: 60 * second,
      max_deliver: -1 as const,
      max_ack_pending: 1000,
      ...consumer,
    };
    return { stream, integration, target, config: own(integration, config) };
  });
}
