// The order in which changes are made. Creations and updates come first, in the order in which one needs the other;
// removals come last, the other way round.

import { isCopy, retryStream } from "../schema/address.ts";
import type { Change, Kind } from "../schema/plan.ts";

const order: readonly Kind[] = ["account", "bucket", "stream", "consumer", "deployment"];

/**
 * Sorting by it is stable: within a phase the order of the topology stays. Copies of other tenants' streams come after
 * the durables from which they are filled: a copy that finds none asks again after some seconds, later and later.
 */
export function phase({ action, kind, name }: Change): number {
  if (action === "delete" && kind === "consumer") return leaving(name);
  const copied = (kind === "stream" || kind === "consumer") && isCopy(name);
  const step = order.indexOf(kind) + (copied ? (kind === "stream" ? 1.3 : 0.6) : 0);
  return action === "delete" ? 2 * order.length - step : step;
}

/**
 * Before the deployment that knows the target no more: until then its worker reads on, and what was accepted for it is
 * delivered. What fails meanwhile is parked, so the retries are looked at when the intake has been read.
 */
const leaving = (consumer: string): number =>
  order.indexOf("deployment") - (consumer.startsWith(retryStream("")) ? 0.1 : 0.2);
