// The record of a rollout, as a worker reads it and adds to it. Every write expects the message that was read before it:
// figures are added to the newest ones, and who decides has seen all of them.

import * as address from "../../schema/address.ts";
import {
  type Canary,
  type EditionCounts,
  nothingCounted,
  plus,
  type RolloutRecord,
  readRolloutRecord,
  type SideBySide,
} from "../../schema/rollout.ts";
import { parseJson } from "../parse-json.ts";
import { expectSequence, type Published, publish } from "../publish.ts";
import type { Requests } from "../request.ts";
import { lastOf } from "../stream-api.ts";

export type Standing =
  /** `record` absent: nobody has written one yet, or it cannot be read. */
  | { readonly kind: "read"; readonly sequence: number; readonly record?: RolloutRecord }
  | { readonly kind: "unavailable"; readonly reason: string };

export async function readStanding(requests: Requests, integration: string): Promise<Standing> {
  const stored = await lastOf(requests, address.sourceStateStream, address.rolloutSubject(integration));
  if (stored.kind === "unavailable") return stored;
  if (stored.kind === "none") return { kind: "read", sequence: 0 };
  const record = readRolloutRecord(parseJson(Buffer.from(stored.data).toString("utf8")));
  return { kind: "read", sequence: stored.sequence, ...(record === undefined ? {} : { record }) };
}

export function writeStanding(
  requests: Requests,
  integration: string,
  record: RolloutRecord,
  previous: number,
): Promise<Published> {
  const subject = address.rolloutSubject(integration);
  return publish(requests, { subject, data: JSON.stringify(record), headers: expectSequence(previous) });
}

export const begun = ({ bundle, revision, at }: Canary): RolloutRecord => ({
  bundle,
  revision,
  at,
  ageMs: 0,
  workers: {},
  others: nothingCounted,
});

/** Workers that are told apart in a record; what others counted is kept as one sum. */
const mostWorkers = 32;

/** The record with what a worker has counted so far, which is `counts` since it was counted in `others` last. */
export function withCounts(record: RolloutRecord, worker: string, counts: SideBySide): RolloutRecord {
  const { [worker]: _, ...rest } = record.workers;
  const all = Object.entries({ ...rest, [worker]: counts });
  const folded = all.slice(0, Math.max(0, all.length - mostWorkers));
  const workers = Object.fromEntries(all.slice(folded.length));
  return { ...record, workers, others: folded.reduce((sum, [, each]) => plus(sum, each), record.others) };
}

/** What was counted after `before`. */
export const since = (counts: SideBySide, before: SideBySide): SideBySide => ({
  stable: minus(counts.stable, before.stable),
  canary: minus(counts.canary, before.canary),
});

const minus = (one: EditionCounts, other: EditionCounts): EditionCounts => ({
  messages: one.messages - other.messages,
  attempts: one.attempts - other.attempts,
  errors: one.errors - other.errors,
  dead: one.dead - other.dead,
});
