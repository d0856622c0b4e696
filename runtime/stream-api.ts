// The few JetStream calls that a worker may make: direct gets of its own subjects, and what is known of its streams
// and consumers.

import type { MsgHdrs } from "@nats-io/nats-core";
import { isJsonObject, type JsonObject } from "../schema/json.ts";
import { owned } from "../schema/topology.ts";
import { parseJson } from "./parse-json.ts";
import type { Requests } from "./request.ts";

export type Stored =
  | {
      readonly kind: "found";
      readonly data: Uint8Array;
      readonly headers: MsgHdrs | undefined;
      readonly sequence: number;
    }
  | { readonly kind: "none" }
  | { readonly kind: "unavailable"; readonly reason: string };

/** The last message of a subject. */
export async function lastOf(requests: Requests, stream: string, subject: string): Promise<Stored> {
  return directGet(requests, `$JS.API.DIRECT.GET.${stream}.${subject}`, "");
}

/** The first message that was stored at that time or later. */
export async function firstSince(requests: Requests, stream: string, time: string): Promise<Stored> {
  return query(requests, stream, { start_time: time });
}

/** The message that a direct get of the whole stream finds. */
export function query(requests: Requests, stream: string, request: JsonObject): Promise<Stored> {
  return directGet(requests, `$JS.API.DIRECT.GET.${stream}`, JSON.stringify(request));
}

async function directGet(requests: Requests, subject: string, query: string): Promise<Stored> {
  const answer = await requests.send(subject, query);
  if (answer.kind === "none") return { kind: "unavailable", reason: answer.reason };
  const { headers, data } = answer.message;
  if (headers?.code === 404) return { kind: "none" };
  const sequence = Number(headers?.get("Nats-Sequence"));
  if (headers === undefined || !Number.isInteger(sequence) || sequence < 1) {
    return { kind: "unavailable", reason: headers?.description ?? "the stream cannot be read" };
  }
  return { kind: "found", data, headers, sequence };
}

export interface StreamFacts {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly messages: number;
  readonly bytes: number;
  readonly consumers: number;
  /** -1: no limit. */
  readonly maxBytes: number;
  /** 0: messages get as old as they like. */
  readonly maxAgeMs: number;
  /** When it was made: another time means another stream of that name. */
  readonly created: string;
  /** Its messages are being moved, from here or to here: what is not there may be elsewhere. */
  readonly moving: boolean;
}

/** Undefined: there is none, or NATS does not answer. */
export async function streamFacts(requests: Requests, stream: string): Promise<StreamFacts | undefined> {
  const info = await ask(requests, `$JS.API.STREAM.INFO.${stream}`);
  const state = info?.state;
  const config = info?.config;
  if (!isJsonObject(state) || !isJsonObject(config)) return undefined;
  return {
    firstSequence: numberIn(state, "first_seq"),
    lastSequence: numberIn(state, "last_seq"),
    messages: numberIn(state, "messages"),
    bytes: numberIn(state, "bytes"),
    consumers: numberIn(state, "consumer_count"),
    maxBytes: numberIn(config, "max_bytes"),
    maxAgeMs: numberIn(config, "max_age") / 1_000_000,
    created: String(info?.created),
    moving: isMoving(config),
  };
}

export function isMoving({ mirror, metadata }: JsonObject): boolean {
  const marks = isJsonObject(metadata) ? metadata : {};
  return isJsonObject(mirror) || marks[owned.copyOf] !== undefined || marks[owned.took] !== undefined;
}

export interface ConsumerFacts {
  /** Everything up to here is acknowledged. */
  readonly ackFloor: number;
  /** Highest sequence of the stream that was handed out. */
  readonly delivered: number;
  readonly ackWaitMs: number;
  /** When it was made: another time means another consumer of that name. */
  readonly created: string;
}

/** Undefined: there is none, or NATS does not answer. */
export async function consumerFacts(
  requests: Requests,
  stream: string,
  consumer: string,
): Promise<ConsumerFacts | undefined> {
  const info = await ask(requests, `$JS.API.CONSUMER.INFO.${stream}.${consumer}`);
  const floor = info?.ack_floor;
  const delivered = info?.delivered;
  const config = info?.config;
  if (!isJsonObject(floor) || !isJsonObject(delivered) || !isJsonObject(config)) return undefined;
  return {
    ackFloor: numberIn(floor, "stream_seq"),
    delivered: numberIn(delivered, "stream_seq"),
    ackWaitMs: numberIn(config, "ack_wait") / 1_000_000,
    created: String(info?.created),
  };
}

/**
 * How many messages of a stream match; undefined when it cannot be told. The server says how many are left with the
 * first message of a page of two; what comes behind that answer is not waited for.
 */
export async function countOf(requests: Requests, stream: string, filter: string): Promise<number | undefined> {
  const first = await query(requests, stream, { seq: 1, next_by_subj: filter, batch: 2, max_bytes: 1 });
  if (first.kind === "none") return 0;
  const pending = first.kind === "found" ? Number(first.headers?.get("Nats-Num-Pending") || Number.NaN) : Number.NaN;
  return Number.isInteger(pending) ? pending + 1 : undefined;
}

export interface Backlog {
  readonly ackFloor: number;
  /** Not handed out, or handed out and not acknowledged. */
  readonly unfinished: number;
  readonly filter: string;
}

/** Undefined: there is none, or NATS does not answer. */
export async function backlogOf(requests: Requests, stream: string, consumer: string): Promise<Backlog | undefined> {
  const info = await ask(requests, `$JS.API.CONSUMER.INFO.${stream}.${consumer}`);
  const floor = info?.ack_floor;
  const config = info?.config;
  if (info === undefined || !isJsonObject(floor) || !isJsonObject(config)) return undefined;
  return {
    ackFloor: numberIn(floor, "stream_seq"),
    unfinished: numberIn(info, "num_pending") + numberIn(info, "num_ack_pending"),
    filter: typeof config.filter_subject === "string" ? config.filter_subject : ">",
  };
}

/** Removes everything before `sequence`; false when it could not be done. */
export async function purgeBefore(requests: Requests, stream: string, sequence: number): Promise<boolean> {
  const done = await ask(requests, `$JS.API.STREAM.PURGE.${stream}`, { seq: sequence });
  return done?.success === true;
}

/** Answer of an API call; undefined when there is none or it is an error. */
export async function ask(requests: Requests, subject: string, body?: JsonObject): Promise<JsonObject | undefined> {
  const answer = await requests.send(subject, body === undefined ? "" : JSON.stringify(body));
  if (answer.kind === "none" || answer.message.headers?.code === 503) return undefined;
  const value = parseJson(answer.message.string());
  return isJsonObject(value) && value.error === undefined ? value : undefined;
}

const numberIn = (from: JsonObject, key: string): number => {
  const value = from[key];
  return typeof value === "number" ? value : 0;
};
