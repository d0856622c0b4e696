// The dead letters of a tenant, for people: what died where and why, and the bytes as they came.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../schema/address.ts";
import { header } from "../schema/envelope.ts";
import { isJsonObject, type JsonObject } from "../schema/json.ts";
import type { DeadLetter } from "../schema/outcome.ts";
import { countMatching, directMessages, type Stored } from "./direct.ts";
import { failed, failureOf, type Result, success } from "./failure.ts";
import { callIfThere, type StreamInfo } from "./jetstream-api.ts";

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
}

export interface DeadLetterPage {
  /** Oldest first. */
  readonly letters: readonly DeadLetterEntry[];
  /** How many there are in all with this integration and target. */
  readonly total: number;
}

export interface DeadLetterQuery {
  readonly integration?: string;
  readonly target?: string;
  /** At most so many. */
  readonly limit: number;
  /** Only those behind this sequence. */
  readonly after?: number;
}

export async function listDeadLetters(
  connection: NatsConnection,
  { integration = "*", target = "*", limit, after = 0 }: DeadLetterQuery,
): Promise<Result<DeadLetterPage>> {
  const unknown = [integration, target].find((name) => name !== "*" && !new RegExp(address.namePattern).test(name));
  if (unknown !== undefined) return success({ letters: [], total: 0 });
  const filter = address.deadFilter(integration, target);
  return reading(connection, { letters: [], total: 0 }, async () => ({
    letters: await entries(connection, filter, limit, after),
    total: await countMatching(connection, address.deadStream, filter),
  }));
}

/** All dead letters of one message, which may have died at several targets; `id` is its id or its `idHash`. */
export async function showDeadLetter(
  connection: NatsConnection,
  id: string,
): Promise<Result<readonly DeadLetterEntry[]>> {
  const hashes = [address.idHash(id), ...(/^[A-Za-z0-9_-]{16}$/.test(id) ? [id] : [])];
  return reading(connection, [], async () => {
    const found = await Promise.all(
      hashes.map((hash) => entries(connection, address.deadSubject("*", "*", hash), Number.POSITIVE_INFINITY, 0)),
    );
    return found.flat();
  });
}

/** A tenant that nothing was applied for has no stream of dead letters: that is `none`, not an error. */
async function reading<T>(connection: NatsConnection, none: T, read: () => Promise<T>): Promise<Result<T>> {
  try {
    const stream = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${address.deadStream}`);
    return success(stream === undefined ? none : await read());
  } catch (error) {
    return failed(failureOf(error, "reading the dead letters"));
  }
}

async function entries(
  connection: NatsConnection,
  filter: string,
  limit: number,
  after: number,
): Promise<readonly DeadLetterEntry[]> {
  const found: DeadLetterEntry[] = [];
  const query = { stream: address.deadStream, filter, limit, from: after + 1 };
  for await (const message of directMessages(connection, query)) found.push(entry(message));
  return found;
}

function entry({ subject, sequence, storedAt, headers, body }: Stored): DeadLetterEntry {
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
