// One entry of the dead letters: what names it, whether it is still the one that was listed, and its end.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { type DeadLetterEntry, entryOf } from "../dead-letters.ts";
import { nextMessage } from "../direct.ts";
import { call, isApiError } from "../jetstream-api.ts";
import { chunkSequences } from "./content.ts";

/** A stream that was made anew gives its sequences to others: so the rest is asked for as well. */
export interface LetterKey {
  readonly integration: string;
  readonly target: string;
  readonly idHash: string;
  readonly sequence: number;
  readonly diedAt?: string;
}

export function keyOf({ integration, target, idHash, sequence, letter }: DeadLetterEntry): LetterKey {
  return { integration, target, idHash, sequence, ...(letter === undefined ? {} : { diedAt: letter.diedAt }) };
}

/** The entry as it is now; undefined when it is gone. */
export async function stillThere(connection: NatsConnection, key: LetterKey): Promise<DeadLetterEntry | undefined> {
  const subject = address.deadSubject(key.integration, key.target, key.idHash);
  const message = await nextMessage(connection, address.deadStream, subject, key.sequence);
  if (message?.sequence !== key.sequence) return undefined;
  const entry = entryOf(message);
  return entry.letter?.diedAt === key.diedAt ? entry : undefined;
}

/**
 * False when it was gone already; whether it is still the one that is meant, `stillThere` has said. What lies beside it
 * goes first: whoever is killed in between finds the letter, and does it again.
 */
export async function removeLetter(
  connection: NatsConnection,
  entry: DeadLetterEntry,
  erase = false,
): Promise<boolean> {
  const chunks = await chunkSequences(connection, entry);
  for (let at = 0; at < chunks.length; at += atOnce) {
    const some = chunks.slice(at, at + atOnce);
    await Promise.all(some.map((sequence) => removeMessage(connection, sequence, erase)));
  }
  return await removeMessage(connection, entry.sequence, erase);
}

const atOnce = 16;

async function removeMessage(connection: NatsConnection, sequence: number, erase: boolean): Promise<boolean> {
  try {
    await call(connection, `STREAM.MSG.DELETE.${address.deadStream}`, { seq: sequence, no_erase: !erase });
    return true;
  } catch (error) {
    if (isApiError(error) && gone.has(error.errCode)) return false;
    throw error;
  }
}

/** Gone for good, its bytes written over. False when it was gone already, or another has its sequence now. */
export async function purgeLetter(connection: NatsConnection, key: LetterKey): Promise<boolean> {
  const entry = await stillThere(connection, key);
  return entry !== undefined && (await removeLetter(connection, entry, true));
}

/** No message found, in the words of several versions. */
const gone: ReadonlySet<number> = new Set([10037, 10043, 10057]);
