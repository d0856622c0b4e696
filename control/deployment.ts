// Deployment records: what tells workers which bundle of an integration runs. Kept in the tenant's bucket, signed where
// the workspace has a key, written with compare-and-set.

import { headers } from "@nats-io/transport-node";
import * as address from "../schema/address.ts";
import { type DeploymentRecord, readDeploymentRecord, signedText } from "../schema/deployment.ts";
import { type Nkey, signText } from "../schema/nkey.ts";
import { type RolloutRecord, sameRollout } from "../schema/rollout.ts";
import { directMessages } from "./direct.ts";
import { publish, type Requests } from "./jetstream-api.ts";
import { readRollout } from "./rollout/standing.ts";

export interface LiveDeployment {
  readonly integration: string;
  /** Undefined after a removal, and for what is no record: the next apply writes it anew. */
  readonly record?: DeploymentRecord;
  /** The highest that its history knows, removals included; 0 when there was none. */
  readonly revision: number;
  /** Sequence in the bucket's stream, for compare-and-set. */
  readonly sequence: number;
  /** How the rollout stands that the record speaks of. */
  readonly rollout?: RolloutRecord;
  /** Why its stable bundle and the one that is wanted cannot run side by side, where that was asked. */
  readonly unlike?: string;
  /** One of the two rests: there is nothing to compare. */
  readonly rests?: boolean;
  /** Its bundle is gone, or somebody has written something else over it: workers that start refuse it. */
  readonly spoiled?: boolean;
}

const stream = address.bucketStream(address.deployBucket);
const subjectOf = (integration: string): string => `$KV.${address.deployBucket}.${address.deployKey(integration)}`;
const prefix = subjectOf("");

/** The last record of each integration; the bucket must exist. The history is short, so it is read whole. */
export async function readDeployments(connection: Requests): Promise<readonly LiveDeployment[]> {
  const live = new Map<string, LiveDeployment>();
  for await (const message of directMessages(connection, { stream, filter: `${prefix}>` })) {
    const integration = message.subject.slice(prefix.length);
    const removed = message.headers.has("KV-Operation");
    const written = removed ? undefined : readDeploymentRecord(new TextDecoder().decode(message.body));
    // Another integration's, copied over, is as good as none.
    const record = written?.integration === integration ? written : undefined;
    const revision = Math.max(live.get(integration)?.revision ?? 0, record?.revision ?? 0);
    const { sequence } = message;
    live.set(integration, { integration, sequence, revision, ...(record === undefined ? {} : { record }) });
  }
  return Promise.all([...live.values()].map((each) => withRollout(connection, each)));
}

/** As its workers have decided by now. */
export async function withRollout(connection: Requests, live: LiveDeployment): Promise<LiveDeployment> {
  const canary = live.record?.canary;
  if (canary === undefined) return live;
  const rollout = (await readRollout(connection, live.integration))?.record;
  return rollout === undefined || !sameRollout(rollout, canary) ? live : { ...live, rollout };
}

/** The bundle that runs everything, but for a canary's share: what an apply will write down. */
export function stableOf({ record, rollout }: LiveDeployment): string | undefined {
  return rollout?.decision?.kind === "promoted" ? rollout.bundle : record?.bundle;
}

/** Refused by the server when somebody else has written since `previous` (0 = never written). */
export async function writeDeployment(
  connection: Requests,
  record: Omit<DeploymentRecord, "signature">,
  previous: number,
  signer?: Nkey,
): Promise<void> {
  const signed: DeploymentRecord =
    signer === undefined ? record : { ...record, signature: signText(signer, signedText(record)) };
  const expected = headers();
  expected.set("Nats-Expected-Last-Subject-Sequence", `${previous}`);
  await publish(connection, subjectOf(record.integration), JSON.stringify(signed), expected);
}

export async function deleteDeployment(connection: Requests, integration: string, previous: number): Promise<void> {
  const marker = headers();
  marker.set("KV-Operation", "DEL");
  marker.set("Nats-Expected-Last-Subject-Sequence", `${previous}`);
  await publish(connection, subjectOf(integration), "", marker);
}
