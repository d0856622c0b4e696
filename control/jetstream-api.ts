// JetStream's own request-reply API in the fields that we use. Configurations stay the server's JSON, so that fields
// which this version does not know survive an update.

import { setTimeout } from "node:timers/promises";
import { type Msg, type MsgHdrs, type NatsConnection, nuid } from "@nats-io/transport-node";
import { type Chunks, conflictCodes } from "../runtime/publish.ts";
import { isJsonObject, type JsonObject } from "../schema/json.ts";
import { natsHeaders } from "../schema/nats-headers.ts";

/** All that is done to an account is a request: what a connection is used for here, and what stands in for one. */
export type Requests = Pick<NatsConnection, "request" | "requestMany">;

/** Batches as well. */
export type Publishes = Requests & Pick<NatsConnection, "publish" | "flush">;

export interface StreamInfo {
  readonly config: JsonObject & { readonly name: string };
  readonly state: {
    readonly messages: number;
    readonly bytes: number;
    readonly first_seq: number;
    readonly last_seq: number;
    readonly num_deleted?: number;
  };
}

export interface ConsumerInfo {
  readonly stream_name: string;
  readonly name: string;
  readonly config: JsonObject;
  readonly ack_floor: { readonly stream_seq: number };
  readonly delivered: { readonly stream_seq: number };
  readonly num_ack_pending: number;
  readonly paused?: boolean;
  readonly num_pending: number;
}

export interface AccountInfo {
  /** Absent before 2.11. */
  readonly api?: { readonly level?: number };
}

/** The server's refusal. `errCode` is JetStream's own number; 10059 no such stream, 10014 no such consumer. */
export interface ApiError extends Error {
  readonly errCode: number;
}

const notFound: ReadonlySet<number> = new Set([10014, 10037, 10059]);

const timeoutMs = 10_000;

/** Throws an ApiError, or what the client library throws; `failureOf` reads both. */
export async function call<T>(connection: Requests, subject: string, body?: object): Promise<T> {
  const payload = body === undefined ? "" : JSON.stringify(body);
  return checked(await connection.request(`$JS.API.${subject}`, payload, { timeout: timeoutMs }));
}

/** A stream whose store the server could not make. It says no more than that. */
export const storeFailed = 10049;

/** Milliseconds, two and a half seconds together. */
const createPauses = [20, 40, 80, 160, 320, 640, 1_280];

/**
 * Makes a stream. The server clears up behind a deleted one after it has answered, and what it is about to make can go
 * with that: then it is asked again.
 */
export async function createStream(
  connection: Requests,
  name: string,
  config: JsonObject,
  pause: (ms: number) => Promise<unknown> = setTimeout,
): Promise<StreamInfo> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await call<StreamInfo>(connection, `STREAM.CREATE.${name}`, config);
    } catch (error) {
      const ms = createPauses[tries];
      if (!isApiError(error) || error.errCode !== storeFailed || ms === undefined) throw error;
      await pause(ms);
    }
  }
}

/** Publishes into a stream, waits until it is stored and gives its sequence. */
export async function publish(
  connection: Pick<Requests, "request">,
  subject: string,
  body: string | Uint8Array,
  headers: MsgHdrs,
  timeout = timeoutMs,
): Promise<number> {
  const { seq } = checked<{ readonly seq: number }>(await connection.request(subject, body, { timeout, headers }));
  return seq;
}

export interface Outgoing {
  readonly subject: string;
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes that lie right before it. */
  readonly chunks?: Chunks;
}

/** Publishes all or nothing, in this order, and gives the sequence of the last one; the stream must allow it. */
export async function publishBatch(
  connection: Omit<Publishes, "requestMany">,
  messages: readonly Outgoing[],
): Promise<number> {
  const id = nuid.next();
  let number = 0;
  const fieldsOf = (headers: Readonly<Record<string, string>>, last: boolean): MsgHdrs => {
    number += 1;
    const commit = last ? "1" : undefined;
    return natsHeaders({
      ...headers,
      "Nats-Batch-Id": id,
      "Nats-Batch-Sequence": String(number),
      "Nats-Batch-Commit": commit,
    });
  };
  for (const [index, { subject, body, headers, chunks }] of messages.entries()) {
    if (chunks !== undefined) await publishChunks(connection, chunks, (own) => fieldsOf(own, false));
    const last = index === messages.length - 1;
    const fields = fieldsOf(headers, last);
    const large = number > messages.length;
    if (last) return await publish(connection, subject, body, fields, large ? largeMs : timeoutMs);
    connection.publish(subject, body, { headers: fields });
  }
  throw new Error("a batch of nothing");
}

/** A server that syncs every write writes a large batch in one go. */
const largeMs = 60_000;
/** So much is on its way at once. */
const onTheWay = 2 * 1024 * 1024;

async function publishChunks(
  connection: Pick<NatsConnection, "publish" | "flush">,
  { subject, headers, read }: Chunks,
  fieldsOf: (headers: Readonly<Record<string, string>>) => MsgHdrs,
): Promise<void> {
  let unheard = 0;
  let first = true;
  for await (const chunk of read()) {
    connection.publish(subject, chunk, { headers: fieldsOf(first ? headers : {}) });
    first = false;
    unheard += chunk.length;
    if (unheard < onTheWay) continue;
    await connection.flush();
    unheard = 0;
  }
}

/** A compare-and-set that somebody else was quicker for: with and without the sequence in the server's text. */
export const isConflict = (error: unknown): boolean => isApiError(error) && conflictCodes.has(error.errCode);

function checked<T>(answer: Msg): T {
  const value: T & { error?: RawError } = answer.json();
  if (value.error !== undefined) throw apiError(value.error);
  return value;
}

/** The same, undefined for what does not exist. */
export async function callIfThere<T>(connection: Requests, subject: string, body?: object): Promise<T | undefined> {
  try {
    return await call<T>(connection, subject, body);
  } catch (error) {
    if (isApiError(error) && notFound.has(error.errCode)) return undefined;
    throw error;
  }
}

/** Milliseconds; half a minute together, which is longer than servers need to choose a leader. */
const lookMs = 250;
const looks = 120;

/**
 * All entries of a paged list; the server sets the size of its pages. In a cluster it lists what answers in time, and
 * names the others: then it is asked again, since what is there must not be taken for what is not.
 */
export async function list<T>(connection: Requests, subject: string, entries: string): Promise<readonly T[]> {
  for (let looked = 1; ; looked += 1) {
    const { all, missing } = await listOnce<T>(connection, subject, entries);
    if (missing.length === 0) return all;
    if (looked === looks) throw silentError(subject, missing);
    await setTimeout(lookMs);
  }
}

async function listOnce<T>(
  connection: Requests,
  subject: string,
  entries: string,
): Promise<{ readonly all: readonly T[]; readonly missing: readonly unknown[] }> {
  const all: T[] = [];
  for (;;) {
    const page = await call<{ total: number } & Record<string, unknown>>(connection, subject, { offset: all.length });
    const part = page[entries];
    if (Array.isArray(page.missing) && page.missing.length > 0) return { all, missing: page.missing };
    if (!Array.isArray(part) || part.length === 0) return { all, missing: [] };
    all.push(...part);
    if (all.length >= page.total) return { all, missing: [] };
  }
}

function silentError(subject: string, missing: readonly unknown[]): ApiError {
  const some = missing.slice(0, 5).map(String).join(", ");
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : "";
  const message = `${some}${more} of ${subject} do not answer: their copies have no leader; are enough of the servers up?`;
  return Object.assign(new Error(message), { name: "JetStreamApiError", errCode: leaderless });
}

/** The server's own code for what has no leader. */
export const leaderless = 10008;

export function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && error.name === "JetStreamApiError" && "errCode" in error;
}

export function metadataOf(config: JsonObject): JsonObject {
  return isJsonObject(config.metadata) ? config.metadata : {};
}

interface RawError {
  readonly description?: string;
  readonly err_code?: number;
  readonly code?: number;
}

function apiError({ description, err_code, code }: RawError): ApiError {
  const error = new Error(description ?? "refused without a reason");
  return Object.assign(error, { name: "JetStreamApiError", errCode: err_code ?? code ?? 0 });
}
