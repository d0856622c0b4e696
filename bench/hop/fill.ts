// Messages on the intake as a source leaves them, many to a batch.

import type { NatsConnection } from "@nats-io/nats-core";
import { systemClock } from "../../runtime/clock.ts";
import { envelopeHeaders } from "../../runtime/envelope.ts";
import { partitionOf } from "../../runtime/order-key.ts";
import { type Outgoing, publishBatch } from "../../runtime/publish.ts";
import { createRequests } from "../../runtime/request.ts";
import * as address from "../../schema/address.ts";
import type { Bundle } from "../../schema/bundle.ts";
import type { JsonObject } from "../../schema/json.ts";

const batchSize = 500;

/** Ids are `<prefix>-<number>`. */
export async function fill(
  connection: NatsConnection,
  bundle: Bundle,
  make: (id: string) => JsonObject,
  prefix: string,
  count: number,
): Promise<void> {
  const requests = createRequests(connection, "_INBOX", systemClock);
  for (let first = 0; first < count; first += batchSize) {
    const ids = Array.from({ length: Math.min(batchSize, count - first) }, (_, index) => `${prefix}-${first + index}`);
    const stored = await publishBatch(
      requests,
      ids.map((id) => intakeMessage(bundle, make, id)),
    );
    if (stored.kind !== "stored") throw new Error(`the intake could not be filled: ${JSON.stringify(stored)}`);
  }
  requests.close();
}

export function intakeMessage(bundle: Bundle, make: (id: string) => JsonObject, id: string): Outgoing {
  const [[source, described] = ["", undefined]] = Object.entries(bundle.sources);
  return {
    // The benchmark orders by the id.
    subject: address.intakeSubject(bundle.integration, address.idHash(id), partitionIn(bundle, id)),
    data: JSON.stringify(make(id)),
    headers: envelopeHeaders({
      id,
      source,
      receivedAt: "2026-03-01T12:30:01.000Z",
      contract: bundle.contracts[described?.contract ?? ""]?.hash ?? "",
      bundle: bundle.hash,
      meta: {},
      headers: { "content-type": "application/json", "user-agent": "bench" },
    }),
  };
}

const partitionIn = ({ order }: Bundle, key: string): number | undefined =>
  order === undefined ? undefined : partitionOf(key, order.partitions);
