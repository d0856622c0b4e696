// The NATS side of a workspace as plain data, in JetStream's own field names, so that what is wanted can be compared
// with what the server reports field by field.

import type { JsonSchema } from "./json.ts";
import type { Placement } from "./manifest.ts";
import type { RolloutTerms } from "./rollout.ts";

/** JetStream stream configuration: the fields that we set; durations in nanoseconds, sizes in bytes. */
export interface StreamConfig {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: "limits" | "workqueue";
  readonly discard: "new" | "old";
  readonly storage: "file";
  readonly num_replicas: number;
  /** Anywhere unless told. */
  readonly placement?: Placement;
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
  /** `none` unless told. */
  readonly compression?: "s2";
  readonly republish?: { readonly src: string; readonly dest: string };
  /** Of another account: `external` names the prefix under which its API is imported. */
  readonly sources?: readonly StreamSource[];
  readonly metadata: Readonly<Record<string, string>>;
}

export interface StreamSource {
  readonly name: string;
  readonly external?: { readonly api: string; readonly deliver: string };
  /** Made by the owner beforehand (server 2.14), so that the reader needs no right to make one. */
  readonly consumer?: { readonly name: string; readonly deliver_subject: string };
  readonly filter_subject?: string;
  readonly subject_transforms?: readonly { readonly src: string; readonly dest: string }[];
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

/** Sends a declared stream to the copy of another tenant, which acknowledges by flow control. */
export interface SharingConfig {
  readonly durable_name: string;
  readonly deliver_subject: string;
  readonly ack_policy: "flow_control";
  readonly flow_control: true;
  /** Nanoseconds. */
  readonly idle_heartbeat: number;
  readonly max_deliver: -1;
  readonly max_ack_pending: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Consumer {
  readonly stream: string;
  /** The integration and its target or source that it serves, or "" and the tenant: what a plan calls it. */
  readonly integration: string;
  readonly target: string;
  /** Made, it begins with the oldest message that the stream holds; the server never lets that be changed. */
  readonly backfill?: true;
  readonly config: ConsumerConfig | SharingConfig;
}

export interface Bucket {
  readonly name: string;
  readonly history: number;
  /** Nanoseconds; > 0 allows markers with a TTL (`limit_marker_ttl`). */
  readonly markerTtl: number;
  readonly max_bytes: number;
  /** 1 unless told. */
  readonly num_replicas?: number;
  readonly placement?: Placement;
  /** What is written is sent on at once to whoever listens. */
  readonly republish?: { readonly src: string; readonly dest: string };
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a worker's user may publish and subscribe: literal subjects and wildcards. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export interface User {
  /** `acme-worker` */
  readonly name: string;
  /** What it is for; in operator mode the account's signing key of this role carries the permissions. */
  readonly role: "worker";
  readonly permissions: Permissions;
}

/** A declared stream of this tenant that others may source. */
export interface Export {
  /** Name in the language: `paid-orders`. */
  readonly stream: string;
  /** Tenants, sorted. */
  readonly to: readonly string[];
}

/** A stream of another tenant that this one sources. */
export interface Import {
  readonly tenant: string;
  readonly stream: string;
}

export interface Account {
  readonly name: string;
  readonly limits: AccountLimits;
  readonly exports: readonly Export[];
  readonly imports: readonly Import[];
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

/** What shall run: becomes the record `deploy.<integration>` of bucket `vrsky` (deployment.ts). */
export interface Deployment {
  readonly integration: string;
  readonly bundle: string;
  /** Its name before; its messages move along. */
  readonly movedFrom?: string;
  /** The longest `dedupe` that a source states, in milliseconds. */
  readonly dedupe?: number;
  /** A bundle that takes another's place runs on a share of the keys before. */
  readonly rollout?: RolloutTerms;
}

/** A stream that the tenant declares, with the contract that its readers rely on. */
export interface DeclaredStream {
  /** Name in the language: `paid-orders`. */
  readonly name: string;
  /** What people call the contract: `order@1`. Absent for `any`. */
  readonly contract?: {
    readonly name: string;
    readonly hash: string;
    readonly schema: JsonSchema;
    /** The contracts that it refers to, and those that they do, by name. */
    readonly refs?: Readonly<Record<string, JsonSchema>>;
  };
  /** Integrations that read it, as `tenant/integration`, sorted. */
  readonly readers: readonly string[];
}

export interface TenantTopology {
  readonly tenant: string;
  readonly account: Account;
  /** What its integrations may take in together, messages per second; absent: no limit. */
  readonly messagesPerSecond?: number;
  readonly declared: readonly DeclaredStream[];
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
  /** Where the control plane's own streams lie, and in how many copies; one, anywhere, unless told. */
  readonly platform?: { readonly replicas: number; readonly placement?: Placement };
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
  /** The placement was ours to give, and is ours to take away. */
  placed: "vrsky.placed",
  /** Only while messages are moved: of which stream this one is, or will be, the copy. */
  copyOf: "vrsky.copy-of",
  /** Only while messages are moved: the subjects and sources of a stream before it was closed, as JSON. */
  took: "vrsky.took",
} as const;
