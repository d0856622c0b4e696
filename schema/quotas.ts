// What a quota comes to: the limits of an account, the size of its intakes, and what its streams and consumers use of
// it. Compiler and control plane reckon alike, since a context may grant another quota than the workspace.

import { largestBundle } from "./deployment.ts";
import type { Quotas } from "./manifest.ts";
import type { AccountLimits, TenantTopology } from "./topology.ts";

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** Storage of a tenant's account when `quotas.storage` is silent. */
export const storageDefault = 10 * 1024 * mebibyte;

/** Upper limit of one intake stream. */
const intakeBytes = 1024 * mebibyte;

/** Two messages of the greatest size, so that one can come in while another is worked on. */
export const leastIntake = 2 * mebibyte;

/** Half of the quota is for intakes, shared evenly; the rest for streams, retries, dead letters and state. */
export function intakeSize(storage: number, integrations: number): number {
  return Math.min(intakeBytes, Math.floor(storage / 2 / Math.max(1, integrations)));
}

/** What a message is taken to need in an intake, its headers included, where nobody has said how large they are. */
export const assumedMessage = kibibyte;

/**
 * Messages per second, of the assumed size, at which an intake has room for all ids of `dedupe` milliseconds twice over:
 * what is about to go lies beside what has come since.
 */
export function intakeRate(bytes: number, dedupe: number): number {
  return (1000 * bytes) / (2 * dedupe * assumedMessage);
}

/** A quarter of the quota is for declared streams and copies of other tenants', shared evenly. */
export function streamSize(storage: number, streams: number): number {
  return Math.min(intakeBytes, Math.floor(storage / 4 / Math.max(1, streams)));
}

/** An eighth of the quota is for archives, shared evenly by those that do not say their size. */
export function archiveSize(storage: number, archives: number): number {
  return Math.floor(storage / 8 / Math.max(1, archives));
}

/**
 * Half of what intakes and the streams that the tenant declares or reads leave is for object buckets, shared evenly among
 * those integrations that take contents which chunks do not carry; the rest for retries, dead letters and state.
 */
export function bucketSize(
  storage: number,
  counts: Readonly<Record<"integrations" | "streams" | "buckets", number>>,
): number {
  const { integrations, streams, buckets } = counts;
  const taken = intakeSize(storage, integrations) * integrations + streamSize(storage, streams) * streams;
  return Math.floor((storage - taken) / 2 / Math.max(1, buckets));
}

/** Times the largest content that an intake or a bucket must have room for: one comes in while another is worked on. */
export const leastContents = 2;

/** One worker, and the control plane beside it. */
export const leastConnections = 2;

/** A bundle travels as one message, with its headers. */
export const leastPayload = largestBundle + 16 * kibibyte;

/** At most; sizes in bytes, each message counted once. */
export interface Use {
  /** What the streams reserve: the sum of their max_bytes. */
  readonly storage: number;
  /** Those of buckets included. */
  readonly streams: number;
  readonly consumers: number;
}

export function useOf({ streams, consumers, buckets }: Pick<TenantTopology, "streams" | "consumers" | "buckets">): Use {
  const sizes = [...streams.map(({ config }) => config.max_bytes), ...buckets.map(({ max_bytes }) => max_bytes)];
  return {
    storage: sizes.reduce((sum, size) => sum + Math.max(0, size), 0),
    streams: streams.length + buckets.length,
    consumers: consumers.length,
  };
}

/** Limits are always set: where no quota says so, there is room to grow, and an end to it. */
export function accountLimits(quotas: Quotas, use: Use, replicas = 1): AccountLimits {
  return {
    connections: quotas.connections ?? 1000,
    payload: quotas.payload ?? mebibyte,
    // The server counts every copy of a message.
    disk: (quotas.storage ?? storageDefault) * replicas,
    memory: 0,
    streams: quotas.streams ?? roomFor(use.streams),
    consumers: quotas.consumers ?? roomFor(use.consumers),
  };
}

/** Grows in large steps, so that one more integration seldom changes the account. */
const roomFor = (used: number): number => Math.max(1024, 2 ** Math.ceil(Math.log2(2 * Math.max(1, used))));
