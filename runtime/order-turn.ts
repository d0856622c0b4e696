// A message of an ordered integration: it alone of its partition is handed out, and as long as it is not
// done it is handed out again and again, so that what stands behind it waits. Its record says which attempt comes next
// and when; how often it was handed out says little.

import type { OpenTarget } from "../schema/connector.ts";
import type { Envelope } from "../schema/envelope.ts";
import type { DeliveryResult, Held, RetryState } from "../schema/outcome.ts";
import type { Lease } from "./program.ts";
import type { Claim, Pulled } from "./pull.ts";
import { judge, type Verdict } from "./retry-state.ts";
import type { Job } from "./settle.ts";

/** What a record says of a message that is not scheduled but handed out again. */
export function heldBy({ claim, deliveryCount }: Pulled, state?: RetryState): { readonly held: Held } | undefined {
  if (claim === undefined) return undefined;
  return { held: heldIn(state) ?? { deliveries: deliveryCount } };
}

/** The attempt that its record says is next. */
export function asRecorded(envelope: Envelope, state: RetryState | undefined): Envelope {
  if (heldIn(state) === undefined || !isOpen(state)) return envelope;
  return { ...envelope, attempt: Math.max(envelope.attempt, state.attempt) };
}

/** Milliseconds until it is due: a server that was killed hands it out at once. */
export function notDueFor(state: RetryState | undefined, now: number): number {
  if (state?.state !== "parked" || state.held === undefined) return 0;
  return Math.max(0, Date.parse(state.dueAt) - now);
}

/** How often it was handed out since anybody wrote down what came of it; the server forgets the count when it is killed. */
export function unexplained({ deliveryCount, claim }: Pulled, state: RetryState | undefined): number {
  const explained = Math.max(heldIn(state)?.deliveries ?? 0, claim?.explained ?? 0);
  return deliveryCount > explained ? deliveryCount - explained : deliveryCount;
}

/**
 * Done before, and done again when it comes again: a server that was killed hands out a partition's last messages anew,
 * and of those the newest must be the last that the target sees. One that was redriven came late anyhow: it is done.
 */
export function isReplay({ claim }: Pulled, state: RetryState | undefined): boolean {
  return claim !== undefined && state?.state === "delivered" && state.redriven === undefined;
}

export function verdictOn({ message, prior, envelope }: Pick<Job, "message" | "prior" | "envelope">): Verdict {
  return isReplay(message, prior.state) ? { kind: "run" } : judge(prior.state, envelope.attempt);
}

/** Begins nothing at the target when it is not ours any more. */
export function underClaim(lease: Lease, claim: Claim): Lease {
  const open: OpenTarget = {
    deliver: (delivery) => (claim.lasts() ? lease.open.deliver(delivery) : Promise.resolve(over)),
    close: () => lease.open.close(),
  };
  const { send } = lease;
  if (send === undefined) return { ...lease, open };
  // From then on it waits with others; what it joins is not taken apart again.
  return { ...lease, open, send: (sent) => (claim.lasts() ? send(sent) : Promise.resolve(over)) };
}

/** Nobody is told: what becomes of it is decided where it is now. */
const over: DeliveryResult = {
  kind: "transient",
  failure: { class: "unavailable", message: "it was handed to somebody else meanwhile" },
};

const isOpen = (state: RetryState | undefined): state is Extract<RetryState, { state: "parked" | "started" }> =>
  state?.state === "parked" || state?.state === "started";

const heldIn = (state: RetryState | undefined): Held | undefined => (isOpen(state) ? state.held : undefined);
