// The dead letters of a tenant, for people: what died where and why, and the bytes as they came.

import type { MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import * as address from "../schema/address.ts";
import { header } from "../schema/envelope.ts";
import { isJsonObject, type JsonObject } from "../schema/json.ts";
import type { DeadLetter } from "../schema/outcome.ts";
import { countMatching, directMessages, firstSince, type Stored } from "./direct.ts";
import { failed, failureOf, type Result, success } from "./failure.ts";
import { callIfThere, type StreamInfo } from "./jetstream-api.ts";
import { isMeant, type LetterFilter, subjectsOf } from "./letters/filter.ts";

export interface DeadLetterEntry {
  readonly integration: string;
  readonly target: string;
  /** Subject token of the message: 16 characters that name it in commands as well as its id does. */
  readonly idHash: string;
  /** Sequence in the DLQ stream; `after` of the next page. */
  readonly sequence: number;
  /** ISO 8601, when it was stored. */
  readonly storedAt: string;
  /** Undefined when somebody else wrote the entry or its record is damaged. */
  readonly letter?: DeadLetter;
  /** Headers of the message as the source received it, lower case. */
  readonly headers: JsonObject;
  /** The connector's own: file, subject. */
  readonly meta: JsonObject;
  /** Original bytes. */
  readonly body: Uint8Array;
  /** The entry's own headers, as they are stored. */
  readonly stored: MsgHdrs;
}

export interface DeadLetterPage {
  /** Oldest first. */
  readonly letters: readonly DeadLetterEntry[];
  /** How many there are in all with this integration and target. */
  readonly total: number;
  /** Present when there may be more: `after` of the next page. */
  readonly next?: number;
}

export interface DeadLetterQuery extends LetterFilter {
  /** At most so many. */
  readonly limit: number;
  /** Only those behind this sequence. */
  readonly after?: number;
}

export async function listDeadLetters(
  connection: NatsConnection,
  { limit, after = 0, ...filter }: DeadLetterQuery,
): Promise<Result<DeadLetterPage>> {
  return reading(connection, { letters: [], total: 0 }, async () => {
    const letters: DeadLetterEntry[] = [];
    let next: number | undefined;
    for await (const entry of deadLetters(connection, filter, { after })) {
      if (letters.length >= limit) {
        next = letters.at(-1)?.sequence;
        break;
      }
      letters.push(entry);
    }
    const { integration, target } = filter;
    const [subject] = subjectsOf({
      ...(integration === undefined ? {} : { integration }),
      ...(target === undefined ? {} : { target }),
    });
    const total = subject === undefined ? 0 : await countMatching(connection, address.deadStream, subject);
    return { letters, total, ...(next === undefined ? {} : { next }) };
  });
}

/** All dead letters of one message, which may have died at several targets; `id` is its id or its `idHash`. */
export function showDeadLetter(connection: NatsConnection, id: string): Promise<Result<readonly DeadLetterEntry[]>> {
  return reading(connection, [], async () => {
    const found: DeadLetterEntry[] = [];
    for await (const entry of deadLetters(connection, { ids: [id] })) found.push(entry);
    return found;
  });
}

export interface Stretch {
  /** Only those behind this sequence. */
  readonly after?: number;
  /** And none behind this one: what dies while one reads is not read. */
  readonly upTo?: number;
}

/** As they are stored, oldest first for each subject asked for; the stream must exist. Throws what `failureOf` reads. */
export async function* deadLetters(
  connection: NatsConnection,
  filter: LetterFilter,
  { after = 0, upTo = Number.POSITIVE_INFINITY }: Stretch = {},
): AsyncGenerator<DeadLetterEntry> {
  const since = filter.since === undefined ? 1 : await firstSince(connection, address.deadStream, filter.since);
  if (since === undefined) return;
  const from = Math.max(after + 1, since);
  for (const subject of subjectsOf(filter)) {
    for await (const message of directMessages(connection, { stream: address.deadStream, filter: subject, from })) {
      if (message.sequence > upTo) break;
      const entry = entryOf(message);
      if (isMeant(filter, entry)) yield entry;
    }
  }
}

/** The last sequence of the stream now; undefined when the tenant has no dead letters yet. */
export async function lastLetter(connection: NatsConnection): Promise<number | undefined> {
  const stream = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${address.deadStream}`);
  return stream?.state.last_seq;
}

/** A tenant that nothing was applied for has no stream of dead letters: that is `none`, not an error. */
async function reading<T>(connection: NatsConnection, none: T, read: () => Promise<T>): Promise<Result<T>> {
  try {
    return success((await lastLetter(connection)) === undefined ? none : await read());
  } catch (error) {
    return failed(failureOf(error, "reading the dead letters"));
  }
}

export function entryOf({ subject, sequence, storedAt, headers, body }: Stored): DeadLetterEntry {
  const [, integration = "", target = "", idHash = ""] = subject.split(".");
  const letter = readLetter(record(headers.get(header.dead)));
  const known = record(headers.get(header.envelope));
  return {
    integration,
    target,
    idHash,
    sequence,
    storedAt,
    ...(letter === undefined ? {} : { letter }),
    headers: member(known, "headers"),
    meta: member(known, "meta"),
    body,
    stored: headers,
  };
}

function member(of: JsonObject | undefined, name: "headers" | "meta"): JsonObject {
  const value = of?.[name];
  return isJsonObject(value) ? value : {};
}

function record(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Written by a runtime of this house; what is shown of it is checked all the same. */
function readLetter(value: JsonObject | undefined): DeadLetter | undefined {
  return value !== undefined && isDeadLetter(value) ? value : undefined;
}

function isDeadLetter(value: object): value is DeadLetter {
  const letter: Partial<Record<keyof DeadLetter, unknown>> = value;
  const texts = [letter.id, letter.tenant, letter.integration, letter.target, letter.firstFailureAt, letter.diedAt];
  return (
    texts.every((text) => typeof text === "string") &&
    typeof letter.attempts === "number" &&
    isJsonObject(letter.failure) &&
    typeof letter.failure.message === "string"
  );
}
