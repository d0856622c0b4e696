// A new snapshot of a postgres source, asked for by a person: a request beside what the source remembers, which it obeys
// at its next start, or within ten seconds where it runs.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import { type Place, placeKey, readPlace, requestKey } from "../connectors/postgres/place.ts";
import * as address from "../schema/address.ts";
import { isJsonObject, type Json } from "../schema/json.ts";
import { lastMessage } from "./direct.ts";
import { publish } from "./jetstream-api.ts";

export interface SnapshotRequest {
  /** Told from those before it. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly by: string;
}

/** Where the source is; undefined when it has never run. Throws what `failureOf` reads. */
export async function sourcePlace(
  connection: NatsConnection,
  integration: string,
  source: string,
): Promise<Place | undefined> {
  const subject = address.sourceStateSubject(integration, source, placeKey);
  const stored = await lastMessage(connection, address.sourceStateStream, subject);
  if (stored === undefined) return undefined;
  const record: Json = JSON.parse(Buffer.from(stored.body).toString("utf8"));
  return isJsonObject(record) ? readPlace(record.value) : undefined;
}

/** Resolves once the request is stored. */
export async function askForSnapshot(
  connection: NatsConnection,
  integration: string,
  source: string,
  request: SnapshotRequest,
): Promise<void> {
  const subject = address.sourceStateSubject(integration, source, requestKey);
  await publish(connection, subject, JSON.stringify({ key: requestKey, value: request }), headers());
}
