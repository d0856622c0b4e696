// The defaults of the language in one table; docs/language.md prints it.

import type { RetryPolicy } from "../../schema/bundle.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

export const retryDefaults: RetryPolicy = { for: 24 * hour, initial: second, max: 10 * minute, multiplier: 2 };

/** How long a source knows a message's id at least. */
export const dedupeDefault = 24 * hour;

/** How long a stream keeps its messages when `keep` is silent. */
export const keepDefault = 7 * 24 * hour;

/** Storage of a tenant's account when `quotas.storage` is silent. */
export const storageDefault = 10 * 1024 ** 3;

const mebibyte = 1024 ** 2;

/** Upper limit of one intake stream. */
const intakeBytes = 1024 * mebibyte;

/** Two messages of the greatest size, so that one can come in while another is worked on. */
export const leastIntake = 2 * mebibyte;

/** A quarter of the quota is for declared streams and copies of other tenants', shared evenly. */
export function streamSize(storage: number, streams: number): number {
  return Math.min(intakeBytes, Math.floor(storage / 4 / Math.max(1, streams)));
}

/** Half of the quota is for intakes, shared evenly; the rest for streams, retries, dead letters and state. */
export function intakeSize(storage: number, integrations: number): number {
  return Math.min(intakeBytes, Math.floor(storage / 2 / Math.max(1, integrations)));
}
