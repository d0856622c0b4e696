// NATS in memory: what a worker asks of a server and nothing else, on the case's own clock. It is a double; that it
// answers as a server does is shown by tests that run the same cases over a real one.

import { type Msg, type MsgHdrs, headers as statusHeaders } from "@nats-io/nats-core";
import { parseJson } from "../../../runtime/parse-json.ts";
import type { Listening, Wire } from "../../../runtime/wire.ts";
import type { Clock } from "../../../schema/connector.ts";
import { isJsonObject, type JsonObject } from "../../../schema/json.ts";
import { natsHeaders } from "../../../schema/nats-headers.ts";
import type { Consumer, ConsumerConfig, StreamConfig } from "../../../schema/topology.ts";
import { createConsumer, type MemoryConsumer } from "./consumer.ts";
import { createStream, type MemoryStream, type Sent, type Stored, type Write } from "./stream.ts";
import { matches } from "./subjects.ts";

export interface MemoryServer {
  readonly wire: Wire;
  stream(name: string): MemoryStream | undefined;
  /** Time has passed: those who wait are told that it is there. */
  beat(): void;
  consumers(): readonly MemoryConsumer[];
  /** Grows with everything that is sent or received. */
  readonly traffic: number;
  close(): void;
}

export interface MemoryOptions {
  readonly clock: Clock;
  readonly streams: readonly StreamConfig[];
  readonly consumers: readonly Pick<Consumer, "stream" | "config">[];
}

interface Subscriber {
  readonly filter: string;
  tell: ((message: Msg) => void) | undefined;
}

const version = "2.15.1";
const largest = 1024 * 1024;
const beatMs = 1_000;
const nanoseconds = 1_000_000;

export function memoryServer({ clock, streams: configs, consumers: wanted }: MemoryOptions): MemoryServer {
  const streams = new Map(configs.map((config) => [config.name, createStream(clock, config)]));
  const subscribers = new Set<Subscriber>();
  const batches = new Map<string, Sent[]>();
  const arriving: (() => void)[] = [];
  let traffic = 0;
  let closed = false;

  /** Whoever publishes has gone on by then, as over a network. */
  const arrive = (run: () => void): void => {
    traffic += 1;
    if (arriving.push(run) > 1) return;
    queueMicrotask(() => {
      for (const each of arriving) each();
      arriving.length = 0;
    });
  };
  const tell = (to: string, message: Msg): void => {
    arrive(() => {
      for (const subscriber of subscribers) if (matches(subscriber.filter, to)) subscriber.tell?.(message);
    });
  };
  const status = (inbox: string, code: number, description: string, more: Readonly<Record<string, string>> = {}) => {
    const headers = statusHeaders(code, description);
    for (const [name, value] of Object.entries(more)) headers.set(name, value);
    tell(inbox, toMessage({ subject: inbox, data: empty, headers }));
  };
  const outlet = {
    message: (inbox: string, { subject, data, headers }: Stored, reply: string) =>
      tell(inbox, toMessage({ subject, data, headers }, reply)),
    status,
  };
  const answer = (inbox: string | undefined, value: JsonObject): void => {
    if (inbox === undefined) return;
    tell(inbox, toMessage({ subject: inbox, data: bytesOf(JSON.stringify(value)), headers: undefined }));
  };
  const consumers = new Map<string, MemoryConsumer>();
  for (const { stream: name, config } of wanted) {
    const stream = streams.get(name);
    if (stream !== undefined && isPulled(config)) {
      consumers.set(`${name}.${config.durable_name}`, createConsumer(clock, stream, config, outlet));
    }
  }

  const found = (inbox: string, stream: string, { subject, data, headers: own, sequence, time }: Stored, left = 0) => {
    const headers = natsHeaders({
      ...Object.fromEntries([...(own ?? [])].map(([name, [value]]) => [name, value])),
      "Nats-Stream": stream,
      "Nats-Subject": subject,
      "Nats-Sequence": String(sequence),
      "Nats-Time-Stamp": new Date(time).toISOString(),
      "Nats-Num-Pending": String(left),
    });
    tell(inbox, toMessage({ subject: inbox, data, headers }));
  };
  const page = (inbox: string, stream: MemoryStream, filter: string, first: Stored, most: number): void => {
    let pending = 0;
    let next: Stored | undefined = first;
    for (let sent = 0; next !== undefined && sent < most; sent += 1) {
      pending = stream.count(filter, next.sequence + 1);
      found(inbox, stream.config.name, next, pending);
      next = stream.next(filter, next.sequence + 1);
    }
    status(inbox, 204, "EOB", { "Nats-Num-Pending": String(pending) });
  };
  const directGet = (inbox: string, stream: MemoryStream, query: JsonObject): void => {
    const { name } = stream.config;
    const from = Number(query.seq ?? 1);
    if (Array.isArray(query.multi_last)) {
      const last = query.multi_last.flatMap((filter) => stream.lastOf(String(filter)) ?? []);
      const there = last.filter(({ sequence }) => sequence >= from);
      const inOrder = [...new Set(there)].sort((a, b) => a.sequence - b.sequence);
      for (const stored of inOrder) found(inbox, name, stored);
      if (inOrder.length === 0) status(inbox, 404, "No Results");
      else status(inbox, 204, "EOB", { "Nats-Num-Pending": "0" });
      return;
    }
    const filter = String(query.next_by_subj ?? ">");
    const stored =
      typeof query.start_time === "string" ? stream.since(Date.parse(query.start_time)) : stream.next(filter, from);
    if (stored === undefined) status(inbox, 404, "Message Not Found");
    else if (query.batch === undefined) found(inbox, name, stored, stream.count(filter, stored.sequence + 1));
    else page(inbox, stream, filter, stored, Number(query.batch));
  };
  const written = (inbox: string | undefined, stream: MemoryStream, write: Write): void => {
    const { name } = stream.config;
    if (write.ok) answer(inbox, { stream: name, seq: write.sequence });
    else answer(inbox, { error: { code: 400, err_code: write.code, description: write.description }, stream: name });
  };
  const store = (inbox: string | undefined, stream: MemoryStream, sent: Sent) => {
    const batch = sent.headers?.get("Nats-Batch-Id");
    if (!batch) return written(inbox, stream, stream.write([sent]));
    const collected = [...(batches.get(batch) ?? []), sent];
    if (sent.headers?.get("Nats-Batch-Commit") !== "1") return void batches.set(batch, collected);
    batches.delete(batch);
    written(inbox, stream, stream.write(collected));
  };
  const api = (subject: string, text: string, inbox: string | undefined) => {
    const [call = "", verb = "", name = "", ...rest] = subject.slice("$JS.API.".length).split(".");
    const parsed = parseJson(text);
    const request = isJsonObject(parsed) ? parsed : {};
    if (call === "INFO") return answer(inbox, { api: { level: 3 } });
    if (call === "DIRECT") {
      const stream = streams.get(name);
      if (inbox === undefined) return;
      if (stream === undefined) return status(inbox, 503, "No Responders");
      if (rest.length === 0) return directGet(inbox, stream, request);
      const stored = stream.lastOf(rest.join("."));
      return stored === undefined ? status(inbox, 404, "Message Not Found") : found(inbox, name, stored);
    }
    if (call === "CONSUMER" && verb === "MSG") {
      const consumer = consumers.get(rest.join("."));
      if (inbox === undefined) return;
      if (consumer === undefined) return status(inbox, 503, "No Responders");
      return consumer.pull(inbox, {
        batch: Number(request.batch),
        expires: Number(request.expires ?? 0) / nanoseconds,
      });
    }
    const stream = streams.get(name);
    if (stream === undefined) return answer(inbox, { error: { code: 404, description: "stream not found" } });
    if (call === "STREAM" && verb === "PURGE") {
      stream.purgeBefore(Number(request.seq ?? 0));
      return answer(inbox, { success: true });
    }
    if (call === "STREAM") return answer(inbox, streamInfo(stream, [...consumers.keys()]));
    const consumer = consumers.get(`${name}.${rest.join(".")}`);
    if (consumer === undefined) return answer(inbox, { error: { code: 404, description: "consumer not found" } });
    answer(inbox, consumerInfo(consumer));
  };
  const ack = (subject: string, text: string, inbox: string | undefined): void => {
    const [, , stream = "", consumer = "", , sequence] = subject.split(".");
    consumers.get(`${stream}.${consumer}`)?.answer(Number(sequence), text);
    if (inbox !== undefined) tell(inbox, toMessage({ subject: inbox, data: empty, headers: undefined }));
  };
  const receive = (sent: Sent, inbox: string | undefined) => {
    const { subject, data } = sent;
    if (subject.startsWith("$JS.API.")) return api(subject, textOf(data), inbox);
    if (subject.startsWith("$JS.ACK.")) return ack(subject, textOf(data), inbox);
    const stream = [...streams.values()].find((each) => each.takes(subject));
    if (stream !== undefined) return store(inbox, stream, sent);
    const heard = [...subscribers].some(({ filter, tell: told }) => told !== undefined && matches(filter, subject));
    if (heard) tell(subject, toMessage(sent, inbox));
    else if (inbox !== undefined) status(inbox, 503, "No Responders");
  };

  const beat = (): void => {
    for (const consumer of consumers.values()) consumer.beat();
  };
  const tick = (): void => {
    if (closed) return;
    beat();
    clock.after(beatMs, tick, "tick");
  };
  clock.after(beatMs, tick, "tick");

  return {
    wire: {
      info: { version, max_payload: largest },
      getServer: () => "memory",
      isClosed: () => closed,
      flush: () => Promise.resolve(),
      status: noStatus,
      publish: (subject, data = "", { reply, headers } = {}) => {
        const sent = { subject, data: typeof data === "string" ? bytesOf(data) : new Uint8Array(data), headers };
        arrive(() => receive(sent, reply));
      },
      subscribe: (filter, { callback }) => subscribe(subscribers, filter, (message) => callback(null, message)),
    },
    stream: (name) => streams.get(name),
    beat,
    consumers: () => [...consumers.values()],
    get traffic() {
      return traffic;
    },
    close: () => {
      closed = true;
      subscribers.clear();
    },
  };
}

const empty = new Uint8Array();
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const bytesOf = (text: string): Uint8Array => encoder.encode(text);
const textOf = (data: Uint8Array): string => decoder.decode(data);

const isPulled = (config: Consumer["config"]): config is ConsumerConfig => config.ack_policy === "explicit";

/** Nothing ever happens to this connection. */
async function* noStatus(): AsyncGenerator<never> {
  await new Promise<never>(() => undefined);
}

function subscribe(all: Set<Subscriber>, filter: string, tell: (message: Msg) => void): Listening {
  const subscriber: Subscriber = { filter, tell };
  all.add(subscriber);
  const unsubscribe = (): void => {
    subscriber.tell = undefined;
    all.delete(subscriber);
  };
  return {
    unsubscribe,
    // What is on its way has arrived by then.
    drain: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      unsubscribe();
    },
  };
}

interface Content {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
}

/** Data has a buffer of its own: nothing stands before it that could be taken for its headers. */
function toMessage({ subject, data, headers }: Content, reply?: string): Msg {
  return {
    subject,
    sid: 0,
    data: new Uint8Array(data),
    ...(headers === undefined ? {} : { headers }),
    ...(reply === undefined ? {} : { reply }),
    respond: () => false,
    json: () => JSON.parse(textOf(data)),
    string: () => textOf(data),
  };
}

function streamInfo(stream: MemoryStream, consumers: readonly string[]): JsonObject {
  const { name, max_bytes } = stream.config;
  return {
    config: { max_bytes },
    state: {
      first_seq: stream.first(),
      last_seq: stream.last(),
      messages: stream.size(),
      bytes: stream.bytes(),
      consumer_count: consumers.filter((key) => key.startsWith(`${name}.`)).length,
    },
  };
}

function consumerInfo(consumer: MemoryConsumer): JsonObject {
  const { delivered, ackFloor } = consumer.facts();
  return {
    created: "at the beginning",
    config: { ack_wait: consumer.config.ack_wait, filter_subject: consumer.config.filter_subject },
    delivered: { stream_seq: delivered },
    ack_floor: { stream_seq: ackFloor },
    num_pending: consumer.waiting(),
    num_ack_pending: consumer.unacked(),
  };
}
