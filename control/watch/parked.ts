// Messages of one target that are not in the intake's hands any more: parked for a later attempt, or dead. Counted by
// the server; of the parked ones a bounded number is looked at.

import type { NatsConnection } from "@nats-io/transport-node";
import { readState } from "../../runtime/retry-state.ts";
import * as address from "../../schema/address.ts";
import { countMatching, directMessages } from "../direct.ts";

export interface Parked {
  readonly parked: number;
  /** ISO 8601. */
  readonly nextDue?: string;
  /** Not all were looked at: one of the others may be due earlier. */
  readonly nextDueAtMost?: true;
  /** The highest attempt that one of those looked at has before it. */
  readonly highestAttempt?: number;
  /** With `order-by`: partitions whose head waits for its next attempt in the intake, and holds up those behind it. */
  readonly held: number;
  /** Started before without an outcome: they run alone. */
  readonly suspects: number;
}

export const nothingParked: Parked = { parked: 0, held: 0, suspects: 0 };

/** Records looked at for what the counts do not say. */
const mostRecords = 256;

/** The RETRY stream must exist. */
export async function parkedAt(
  connection: NatsConnection,
  integration: string,
  target: string,
  now: number,
): Promise<Parked> {
  const stream = address.retryStream(integration);
  const parked = await countMatching(connection, stream, address.scheduleSubject(integration, target, "*"));
  let next = Number.POSITIVE_INFINITY;
  let [seen, held, highest, suspects] = [0, 0, 0, 0];
  const filter = address.stateSubject(integration, target, "*");
  for await (const { body } of directMessages(connection, { stream, filter, limit: mostRecords })) {
    const record = readState(body);
    if (record?.state === "started") suspects += 1;
    if (record?.state !== "parked") continue;
    const due = Date.parse(record.dueAt);
    // What is due already waits like any other.
    if (!(due >= now)) continue;
    if (record.held === undefined) seen += 1;
    else held += 1;
    next = Math.min(next, due);
    highest = Math.max(highest, record.attempt);
  }
  return {
    parked,
    held,
    suspects,
    ...(seen + held === 0 ? {} : { nextDue: new Date(next).toISOString(), highestAttempt: highest }),
    ...(seen > 0 && seen < parked ? { nextDueAtMost: true } : {}),
  };
}

/** The stream of dead letters must exist. */
export const deadAt = (connection: NatsConnection, integration: string, target: string): Promise<number> =>
  countMatching(connection, address.deadStream, address.deadFilter(integration, target));
