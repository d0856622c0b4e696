// The NATS side of a workspace as plain data, in JetStream's own field names, so that what is wanted can be compared
// with what the server reports field by field.

/** JetStream stream configuration: the fields that we set; durations in nanoseconds, sizes in bytes. */
export interface StreamConfig {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: "limits" | "workqueue";
  readonly discard: "new" | "old";
  readonly storage: "file";
  readonly num_replicas: number;
  readonly max_bytes: number;
  readonly max_msgs: number;
  readonly max_age: number;
  readonly max_msg_size: number;
  readonly max_msgs_per_subject: number;
  readonly duplicate_window: number;
  readonly allow_rollup_hdrs: boolean;
  readonly allow_direct: boolean;
  readonly allow_atomic: boolean;
  readonly allow_msg_ttl: boolean;
  readonly allow_msg_schedules: boolean;
  readonly deny_delete: boolean;
  readonly deny_purge: boolean;
  readonly republish?: { readonly src: string; readonly dest: string };
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ConsumerConfig {
  readonly durable_name: string;
  readonly filter_subject: string;
  readonly ack_policy: "explicit";
  /** Nanoseconds. */
  readonly ack_wait: number;
  readonly max_deliver: -1;
  readonly max_ack_pending: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Consumer {
  readonly stream: string;
  /** The integration and target that it serves: what a plan calls it. */
  readonly integration: string;
  readonly target: string;
  readonly config: ConsumerConfig;
}

export interface Bucket {
  readonly name: string;
  readonly history: number;
  /** Nanoseconds; > 0 allows markers with a TTL (`limit_marker_ttl`). */
  readonly markerTtl: number;
  readonly max_bytes: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a worker's user may publish and subscribe: literal subjects and wildcards. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export interface User {
  readonly name: string;
  readonly permissions: Permissions;
}

/** Account limits; -1 = unlimited, 0 = none. Always all of them. */
export interface AccountLimits {
  readonly connections: number;
  /** Bytes. */
  readonly payload: number;
  readonly disk: number;
  readonly memory: number;
  readonly streams: number;
  readonly consumers: number;
}

/** The record that tells workers what runs: key `deploy.<integration>` of bucket `vrsky`. */
export interface Deployment {
  readonly integration: string;
  readonly bundle: string;
}

export interface TenantTopology {
  readonly tenant: string;
  readonly account: { readonly name: string; readonly limits: AccountLimits };
  readonly users: readonly User[];
  readonly streams: readonly {
    readonly integration?: string;
    readonly config: StreamConfig;
  }[];
  readonly consumers: readonly Consumer[];
  readonly buckets: readonly Bucket[];
  readonly deployments: readonly Deployment[];
}

export interface Topology {
  readonly workspace: string;
  readonly tenants: readonly TenantTopology[];
}

/** Keys of the metadata that every stream, consumer and bucket of ours carries; apply touches only what it owns. */
export const owned = {
  /** Always "vrsky". */
  by: "vrsky.owner",
  workspace: "vrsky.workspace",
  /** Integration, or "" for what a tenant's integrations share. */
  integration: "vrsky.integration",
  /** Hash of the wanted configuration. */
  hash: "vrsky.hash",
} as const;
