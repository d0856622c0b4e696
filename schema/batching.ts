// What a target with `batch` has in hand: known to the compiler, which grants as much, and to the worker, which asks for it.

import type { BundleTarget } from "./bundle.ts";

/** Of all members together, as JSON, unless told. */
export const batchBytes = 8 * 1024 * 1024;

/** Batches that are sent at the same time, unless `limit.concurrency` says. */
const lanesDefault = 4;

/** More are held only where one batch is larger. */
const mostHeld = 20_000;

export const batchLanes = ({ limit }: Pick<BundleTarget, "limit">): number => limit?.concurrency ?? lanesDefault;

/** Messages in hand at once: one batch that collects beside those that are being sent. */
export function batchHeld(count: number, lanes: number): number {
  return Math.max(count, Math.min(count * (lanes + 1), mostHeld));
}
