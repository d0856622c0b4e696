// The pull loop of one durable consumer. It asks for no more than it has room for, so that nothing waits in a queue
// until the server believes it lost; it begins anew whenever the consumer, the server or the connection went away.

import type { Msg, MsgHdrs } from "@nats-io/nats-core";
import type { Clock, Log } from "../schema/connector.ts";
import { sleep } from "./clock.ts";
import type { Link } from "./link.ts";
import { openSession, type Session } from "./pull-session.ts";
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

/** Acked messages that are remembered: as many as a killed server may have forgotten. */
const remembered = 8_192;

interface Held {
  readonly sequence: number;
  readonly time: number;
  message: Msg;
  /** Set by ack, nak and `handBack`: the message is the server's again. */
  settled: boolean;
  readonly size: number;
  touchedAt: number;
}

const pauseMs = 500;
const nanoseconds = 1_000_000;

export function startPulling(options: PullOptions): Puller {
  const { link, clock, log, stream, consumer } = options;
  const held = new Map<number, Held>();
  const waitingForIdle: (() => void)[] = [];
  let heldBytes = 0;
  let stopping = false;
  let acked = createMemory();
  let created = "";
  let session: Session | undefined;

  const release = (entry: Held): void => {
    if (held.get(entry.sequence) === entry) held.delete(entry.sequence);
    heldBytes -= entry.size;
    session?.refill();
    if (held.size === 0) for (const resolve of waitingForIdle.splice(0)) resolve();
  };

  const receive = (message: Msg): void => {
    const info = deliveryOf(message.reply ?? "");
    if (info === undefined) return;
    if (acked.has(info)) {
      respond(message, "+ACK");
      return;
    }
    const known = held.get(info.sequence);
    if (known !== undefined && known.time === info.time) {
      // It came again while we work on it: the newest delivery is the one to answer.
      known.message = message;
      return;
    }
    const { sequence, deliveryCount, time } = info;
    const entry: Held = { sequence, time, message, settled: false, size: message.data.length, touchedAt: clock.now() };
    held.set(sequence, entry);
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
      sequence,
      deliveryCount,
      ack: () => {
        answer("+ACK");
        acked.add(info);
      },
      nak: (delayMs = 0) => answer(delayMs > 0 ? `-NAK {"delay": ${Math.round(delayMs * nanoseconds)}}` : "-NAK"),
    };
    const done = (): void => release(entry);
    options.handle(pulled).then(done, (error: unknown) => {
      log.warn({ error: reasonOf(error) }, "a message could not be handled");
      release(entry);
    });
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
      if (facts.created !== created) acked = createMemory();
      created = facts.created;
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

/** Deliveries of late, by sequence and time. */
interface Memory {
  has(delivery: DeliveryInfo): boolean;
  add(delivery: DeliveryInfo): void;
}

/** Flat arrays: objects that live as long as this would keep the garbage collector busy. */
function createMemory(): Memory {
  const sequences = new Float64Array(remembered);
  const times = new Float64Array(remembered);
  return {
    has: ({ sequence, time }) => {
      const slot = sequence % remembered;
      return sequences[slot] === sequence && times[slot] === time;
    },
    add: ({ sequence, time }) => {
      const slot = sequence % remembered;
      sequences[slot] = sequence;
      times[slot] = time;
    },
  };
}

function respond(message: Msg, text: string): void {
  try {
    message.respond(text);
  } catch {
    // The connection is closed: the server hands the message out again.
  }
}

interface DeliveryInfo {
  readonly sequence: number;
  readonly deliveryCount: number;
  /** When it was stored: a server that lost its last messages in a power cut gives their sequences to others. */
  readonly time: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<count>.<sequence>.<n>.<time>.<pending>`, with or without domain and account in
 * front.
 */
function deliveryOf(reply: string): DeliveryInfo | undefined {
  const tokens = reply.split(".");
  const offset = tokens.length === 9 ? 4 : 6;
  const deliveryCount = Number(tokens[offset]);
  const sequence = Number(tokens[offset + 1]);
  if (tokens[1] !== "ACK" || !Number.isInteger(sequence) || !Number.isInteger(deliveryCount)) return undefined;
  return { sequence, deliveryCount, time: Number(tokens[offset + 3]) };
}
