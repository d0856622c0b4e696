// A message that is parked and has no schedule any more. A server that was killed while a schedule fired fires it again,
// and with the second firing goes whatever is scheduled for the message by then: that may be its next attempt. Who is
// handed the copy that was too much puts the schedule back.

import * as address from "../schema/address.ts";
import { header } from "../schema/envelope.ts";
import type { Context } from "./context.ts";
import { scheduleMessage, stateMessage } from "./retry-state.ts";
import type { Job } from "./settle.ts";

/** False: nobody can say now whether its next attempt will come. */
export async function comesAgain(context: Context, job: Job): Promise<boolean> {
  const { integration, records } = context;
  const { target, hash, prior } = job;
  const { state } = prior;
  if (state?.state !== "parked" || state.held !== undefined) return true;
  // Asked in one request: it is scheduled, or has fallen due and waits, or is in somebody's hand.
  const [scheduled, due] = await Promise.all([
    records.last(address.scheduleSubject(integration, target, hash)),
    records.last(address.dueSubject(integration, target, hash)),
  ]);
  if (scheduled.kind === "unavailable" || due.kind === "unavailable") return false;
  if (scheduled.kind === "found") return true;
  if (due.kind === "found" && due.headers?.get(header.attempt) === String(state.attempt)) return true;
  const written = await context.failures.write([
    stateMessage(context, job, prior, state),
    scheduleMessage(context, job, state.attempt, state.dueAt),
  ]);
  // A record that has moved on is somebody's who brings it to its end.
  return written.kind !== "unavailable";
}
