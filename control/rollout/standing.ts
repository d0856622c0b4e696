// How a rollout stands, as its workers have written it down, and what a person decides over it.

import { headers } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import {
  type Canary,
  type Decision,
  nothingCounted,
  type RolloutRecord,
  readRolloutRecord,
  sameRollout,
} from "../../schema/rollout.ts";
import { lastMessage } from "../direct.ts";
import { isConflict, publish, type Requests } from "../jetstream-api.ts";

export interface StoredRollout {
  readonly record: RolloutRecord;
  readonly sequence: number;
}

/** Undefined before a worker has written one. */
export async function readRollout(connection: Requests, integration: string): Promise<StoredRollout | undefined> {
  const there = await lastMessage(connection, address.sourceStateStream, address.rolloutSubject(integration));
  const record = there === undefined ? undefined : readRolloutRecord(parsed(there.body));
  return there === undefined || record === undefined ? undefined : { record, sequence: there.sequence };
}

export type Decided =
  | { readonly kind: "decided"; readonly record: RolloutRecord }
  /** Somebody was faster: a person, or the figures. */
  | { readonly kind: "over"; readonly decision: Decision };

/** The workers obey it as if the figures had said it. */
export async function decideRollout(
  connection: Requests,
  integration: string,
  canary: Canary,
  decision: Decision,
): Promise<Decided> {
  for (;;) {
    const there = await readRollout(connection, integration);
    const ours = there !== undefined && sameRollout(there.record, canary);
    if (ours && there.record.decision !== undefined) return { kind: "over", decision: there.record.decision };
    const record: RolloutRecord = { ...(ours ? there.record : fresh(canary)), decision };
    const expected = headers();
    expected.set("Nats-Expected-Last-Subject-Sequence", `${there?.sequence ?? 0}`);
    try {
      await publish(connection, address.rolloutSubject(integration), JSON.stringify(record), expected);
      return { kind: "decided", record };
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

const fresh = ({ bundle, revision, at }: Canary): RolloutRecord => ({
  bundle,
  revision,
  at,
  ageMs: 0,
  workers: {},
  others: nothingCounted,
});

function parsed(body: Uint8Array): Json | undefined {
  try {
    const value: Json = JSON.parse(new TextDecoder().decode(body));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
