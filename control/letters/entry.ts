// One entry of the dead letters by its sequence: whether it is still the one that was listed, and its end.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { type DeadLetterEntry, entryOf } from "../dead-letters.ts";
import { directMessages } from "../direct.ts";
import { call, isApiError } from "../jetstream-api.ts";

/** The entry as it is now; undefined when it is gone, or the stream was made anew and another has its sequence. */
export async function stillThere(
  connection: NatsConnection,
  listed: DeadLetterEntry,
): Promise<DeadLetterEntry | undefined> {
  const { integration, target, idHash, sequence } = listed;
  const filter = address.deadSubject(integration, target, idHash);
  const query = { stream: address.deadStream, filter, from: sequence, limit: 1 };
  for await (const message of directMessages(connection, query)) {
    const entry = entryOf(message);
    return message.sequence === sequence && entry.letter?.diedAt === listed.letter?.diedAt ? entry : undefined;
  }
  return undefined;
}

/** False when it was gone already. */
export async function removeLetter(connection: NatsConnection, { sequence }: DeadLetterEntry): Promise<boolean> {
  try {
    await call(connection, `STREAM.MSG.DELETE.${address.deadStream}`, { seq: sequence });
    return true;
  } catch (error) {
    if (isApiError(error) && gone.has(error.errCode)) return false;
    throw error;
  }
}

const gone: ReadonlySet<number> = new Set([10037, 10043, 10057]);
