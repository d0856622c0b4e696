// Deployment records: what tells workers which bundle of an integration runs. Kept in the tenant's bucket, written with
// compare-and-set.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import * as address from "../schema/address.ts";
import { isJsonObject } from "../schema/json.ts";
import { directMessages } from "./direct.ts";
import { publish } from "./jetstream-api.ts";

/** Value of the key `deploy.<integration>`. */
export interface DeploymentRecord {
  /** Counts the changes of this integration, from 1. */
  readonly revision: number;
  /** Hash of the bundle. */
  readonly bundle: string;
  /** When it was applied: ISO 8601, UTC. */
  readonly at?: string;
}

export interface LiveDeployment {
  readonly integration: string;
  /** Undefined after a removal. */
  readonly record?: DeploymentRecord;
  /** Sequence in the bucket's stream, for compare-and-set. */
  readonly sequence: number;
}

const stream = address.bucketStream(address.deployBucket);
const subjectOf = (integration: string): string => `$KV.${address.deployBucket}.${address.deployKey(integration)}`;
const prefix = subjectOf("");

/** The last record of each integration; the bucket must exist. The history is short, so it is read whole. */
export async function readDeployments(connection: NatsConnection): Promise<readonly LiveDeployment[]> {
  const live = new Map<string, LiveDeployment>();
  for await (const message of directMessages(connection, { stream, filter: `${prefix}>` })) {
    const integration = message.subject.slice(prefix.length);
    const record = message.headers.has("KV-Operation") ? undefined : parse(message.body);
    live.set(integration, { integration, sequence: message.sequence, ...(record === undefined ? {} : { record }) });
  }
  return [...live.values()];
}

/** Refused by the server when somebody else has written since `previous` (0 = never written). */
export async function writeDeployment(
  connection: NatsConnection,
  integration: string,
  record: DeploymentRecord,
  previous: number,
): Promise<void> {
  const expected = headers();
  expected.set("Nats-Expected-Last-Subject-Sequence", `${previous}`);
  await publish(connection, subjectOf(integration), JSON.stringify(record), expected);
}

export async function deleteDeployment(
  connection: NatsConnection,
  integration: string,
  previous: number,
): Promise<void> {
  const marker = headers();
  marker.set("KV-Operation", "DEL");
  marker.set("Nats-Expected-Last-Subject-Sequence", `${previous}`);
  await publish(connection, subjectOf(integration), "", marker);
}

/** What is not a record counts as none: the next apply writes it anew. */
function parse(body: Uint8Array): DeploymentRecord | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (!isJsonObject(value)) return undefined;
    const { revision, bundle, at } = value;
    if (typeof revision !== "number" || typeof bundle !== "string") return undefined;
    return { revision, bundle, ...(typeof at === "string" ? { at } : {}) };
  } catch {
    return undefined;
  }
}
