// The pull loop of one durable consumer. It asks for no more than it has room for, so that nothing waits in a queue
// until the server believes it lost; it begins anew whenever the consumer, the server or the connection went away.

import { type Msg, type MsgHdrs, nuid, type Subscription } from "@nats-io/nats-core";
import type { Clock, Log } from "../schema/connector.ts";
import { sleep } from "./clock.ts";
import type { Link } from "./link.ts";
import { reasonOf } from "./start-failure.ts";
import { type ConsumerFacts, consumerFacts } from "./stream-api.ts";

export interface Pulled {
  readonly subject: string;
  readonly headers: MsgHdrs | undefined;
  readonly data: Uint8Array;
  /** In its stream. */
  readonly sequence: number;
  /** From 1; a hint only: the server forgets it when it is killed. */
  readonly deliveryCount: number;
  ack(): void;
  /** Gives it back, to be handed out again after that time. */
  nak(delayMs?: number): void;
}

export interface PullOptions {
  readonly link: Link;
  readonly stream: string;
  readonly consumer: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Messages that may be in hand at once. */
  readonly inFlight: number;
  readonly inFlightBytes: number;
  /** Told before the first message and after every break: what the consumer has handed out may come again. False: not yet. */
  readonly begin: (facts: ConsumerFacts) => Promise<boolean>;
  /** A message that is neither acked nor naked when it resolves comes again after ack_wait. */
  readonly handle: (message: Pulled) => Promise<void>;
}

export interface Puller {
  /** Messages in hand. */
  held(): number;
  /** True while the consumer is known and pulled from. */
  pulling(): boolean;
  /** Asks for nothing more; resolves when nothing more can arrive. */
  stop(): Promise<void>;
  /** Resolves when nothing is in hand. */
  idle(): Promise<void>;
  /** Gives back what is still in hand. */
  handBack(): void;
}

interface Held {
  message: Msg;
  /** Set by ack, nak and `handBack`: the message is the server's again. */
  settled: boolean;
  readonly size: number;
  touchedAt: number;
}

const expiresMs = 5_000;
const heartbeatMs = 1_000;
const silenceMs = 3 * heartbeatMs;
const pauseMs = 500;
const nanoseconds = 1_000_000;

export function startPulling(options: PullOptions): Puller {
  const { link, clock, log, stream, consumer } = options;
  const held = new Map<number, Held>();
  const waitingForIdle: (() => void)[] = [];
  let heldBytes = 0;
  let stopping = false;
  let session: Session | undefined;

  const release = (sequence: number, entry: Held): void => {
    held.delete(sequence);
    heldBytes -= entry.size;
    session?.refill();
    if (held.size === 0) for (const resolve of waitingForIdle.splice(0)) resolve();
  };

  const receive = (message: Msg): void => {
    const info = deliveryOf(message.reply ?? "");
    if (info === undefined) return;
    const known = held.get(info.sequence);
    if (known !== undefined) {
      // It came again while we work on it: the newest delivery is the one to answer.
      known.message = message;
      return;
    }
    const entry: Held = { message, settled: false, size: message.data.length, touchedAt: clock.now() };
    held.set(info.sequence, entry);
    heldBytes += entry.size;
    const answer = (text: string): void => {
      if (entry.settled) return;
      entry.settled = true;
      respond(entry.message, text);
    };
    const pulled: Pulled = {
      subject: message.subject,
      headers: message.headers,
      data: message.data,
      ...info,
      ack: () => answer("+ACK"),
      nak: (delayMs = 0) => answer(delayMs > 0 ? `-NAK {"delay": ${Math.round(delayMs * nanoseconds)}}` : "-NAK"),
    };
    void options
      .handle(pulled)
      .catch((error: unknown) => log.warn({ error: reasonOf(error) }, "a message could not be handled"))
      .then(() => release(info.sequence, entry));
  };

  const room = (): number => (heldBytes >= options.inFlightBytes ? 0 : options.inFlight - held.size);

  /** Long attempts keep their message. */
  const touch = (ackWaitMs: number): void => {
    const now = clock.now();
    for (const entry of held.values()) {
      if (entry.settled || now - entry.touchedAt < ackWaitMs / 3) continue;
      entry.touchedAt = now;
      respond(entry.message, "+WPI");
    }
  };

  const live = async (): Promise<void> => {
    let missing = false;
    while (!stopping && !link.connection.isClosed()) {
      const facts = link.connected() ? await consumerFacts(link.requests, stream, consumer) : undefined;
      const ready = facts !== undefined && !stopping && (await options.begin(facts));
      if (facts === undefined || !ready || stopping) {
        if (!missing && link.connected() && !stopping) log.warn({ stream, consumer }, "the consumer is not there yet");
        missing = true;
        await sleep(clock, pauseMs);
        continue;
      }
      missing = false;
      session = openSession({ ...options, receive, room, touch: () => touch(facts.ackWaitMs) });
      const reason = await session.ended;
      session = undefined;
      if (!stopping) {
        log.info({ stream, consumer, reason }, "pulling begins anew");
        await sleep(clock, reason === "reconnect" ? 0 : pauseMs);
      }
    }
  };
  void live().catch((error: unknown) => log.warn({ stream, consumer, error: reasonOf(error) }, "pulling has ended"));

  return {
    held: () => held.size,
    pulling: () => session !== undefined,
    stop: async () => {
      stopping = true;
      await session?.close();
    },
    idle: () => (held.size === 0 ? Promise.resolve() : new Promise((resolve) => waitingForIdle.push(resolve))),
    handBack: () => {
      for (const entry of held.values()) {
        if (entry.settled) continue;
        entry.settled = true;
        respond(entry.message, "-NAK");
      }
    },
  };
}

interface Session {
  refill(): void;
  /** Why it ended. */
  readonly ended: Promise<string>;
  /** Takes what is on its way, then ends. */
  close(): Promise<void>;
}

interface SessionOptions extends PullOptions {
  readonly receive: (message: Msg) => void;
  readonly room: () => number;
  readonly touch: () => void;
}

function openSession(options: SessionOptions): Session {
  const { link, clock, stream, consumer, room } = options;
  const inbox = `${link.inboxPrefix}.${nuid.next()}`;
  const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  let asked = 0;
  let heardAt = clock.now();
  let open = true;
  let cancelTick: () => void = () => undefined;
  let tellEnd: (reason: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    tellEnd = resolve;
  });

  const end = async (reason: string): Promise<void> => {
    if (!open) return;
    open = false;
    cancelTick();
    forgetReconnect();
    await drained(subscription);
    tellEnd(reason);
  };
  const refill = (): void => {
    const free = room() - asked;
    if (!open || free <= 0 || (asked > 0 && free < Math.max(1, options.inFlight / 4))) return;
    if (asked === 0) heardAt = clock.now();
    const request = { batch: free, expires: expiresMs * nanoseconds, idle_heartbeat: heartbeatMs * nanoseconds };
    asked += free;
    try {
      link.connection.publish(next, JSON.stringify(request), { reply: inbox });
    } catch (error) {
      void end(reasonOf(error));
    }
  };
  const onStatus = (message: Msg): void => {
    const code = message.headers?.code;
    const description = message.headers?.description ?? "";
    if (code === 100) return;
    const unserved = Number(message.headers?.get("Nats-Pending-Messages") ?? 0);
    if (code === 404 || code === 408 || (code === 409 && description === "Batch Completed")) {
      asked = Math.max(0, asked - unserved);
      refill();
      return;
    }
    void end(code === 503 ? "the consumer is gone" : `${code} ${description}`);
  };
  const subscription = link.connection.subscribe(inbox, {
    callback: (error, message) => {
      heardAt = clock.now();
      if (error !== null) void end(error.message);
      else if (message.subject === inbox) onStatus(message);
      else {
        asked = Math.max(0, asked - 1);
        options.receive(message);
        refill();
      }
    },
  });
  const tick = (): void => {
    cancelTick = clock.after(heartbeatMs, tick);
    if (!link.connected()) return;
    options.touch();
    if (asked > 0 && clock.now() - heardAt > silenceMs) void end("no heartbeat");
    else refill();
  };
  cancelTick = clock.after(heartbeatMs, tick);
  const forgetReconnect = link.onReconnect(() => void end("reconnect"));
  refill();
  return { refill, ended, close: () => end("stopped") };
}

/** Unsubscribes, and resolves when all that the server had sent before has been handed over. */
async function drained(subscription: Subscription): Promise<void> {
  try {
    await subscription.drain();
  } catch {
    subscription.unsubscribe();
  }
}

function respond(message: Msg, text: string): void {
  try {
    message.respond(text);
  } catch {
    // The connection is closed: the server hands the message out again.
  }
}

/** Reads `$JS.ACK.<stream>.<consumer>.<count>.<sequence>.…`, with or without domain and account in front. */
function deliveryOf(reply: string): { readonly sequence: number; readonly deliveryCount: number } | undefined {
  const tokens = reply.split(".");
  const offset = tokens.length === 9 ? 4 : 6;
  const deliveryCount = Number(tokens[offset]);
  const sequence = Number(tokens[offset + 1]);
  if (tokens[1] !== "ACK" || !Number.isInteger(sequence) || !Number.isInteger(deliveryCount)) return undefined;
  return { sequence, deliveryCount };
}
