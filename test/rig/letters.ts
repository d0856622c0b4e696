// Dead letters for tests of what is done with them: written as a worker writes them, listed, and redriven one by one.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import { type DeadLetterEntry, listDeadLetters } from "../../control/dead-letters.ts";
import type { LetterKey } from "../../control/letters/entry.ts";
import { type RedriveOptions, redriveLetters } from "../../control/letters/redrive.ts";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import type { DeadLetter } from "../../schema/outcome.ts";

export const byAnn: RedriveOptions = { by: "ann@laptop", now: () => new Date() };

export async function listed(connection: NatsConnection): Promise<readonly DeadLetterEntry[]> {
  const result = await listDeadLetters(connection, { limit: 10_000 });
  if (!result.ok) throw new Error(result.failure.message);
  return result.value.letters;
}

export async function only(connection: NatsConnection): Promise<DeadLetterEntry> {
  const [entry, ...others] = await listed(connection);
  if (entry === undefined || others.length > 0) throw new Error(`${others.length + (entry ? 1 : 0)} dead letters`);
  return entry;
}

export async function redriveLetter(connection: NatsConnection, key: LetterKey, given: RedriveOptions) {
  const [result] = await redriveLetters(connection, [key], given);
  if (result === undefined) throw new Error("no result");
  return result;
}

/** As a worker writes it. */
export function buryByHand(connection: NatsConnection, id: string, integration = "orders"): void {
  const letter: DeadLetter = {
    id,
    tenant: "acme",
    integration,
    target: "crm",
    failure: { class: "unavailable", message: "down" },
    attempts: 3,
    firstFailureAt: "2026-01-01T00:00:00.000Z",
    diedAt: "2026-01-02T00:00:00.000Z",
    bundle: "b1",
    sequence: 7,
    possiblyDelivered: false,
  };
  const fields = headers();
  fields.set(header.id, id);
  fields.set(header.envelope, JSON.stringify({ source: "door", contract: "" }));
  fields.set(header.sequence, "7");
  fields.set(header.dead, JSON.stringify(letter));
  connection.publish(address.deadSubject(integration, "crm", address.idHash(id)), `{"id":"${id}"}`, {
    headers: fields,
  });
}
