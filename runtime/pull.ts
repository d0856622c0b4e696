// The pull loop of one durable consumer. It asks for no more than it has room for, so that nothing waits in a queue
// until the server believes it lost; it begins anew whenever the consumer, the server or the connection went away.

import type { Msg } from "@nats-io/nats-core";
import { type Clock, type Log, steadyNow } from "../schema/connector.ts";
import { sleep } from "./clock.ts";
import { type Stamp, since } from "./deadline.ts";
import type { Link } from "./link.ts";
import { openSession, type Session } from "./pull-session.ts";
import { reasonOf } from "./start-failure.ts";
import { type ConsumerFacts, consumerFacts } from "./stream-api.ts";

/** On a message of a partition, which is handed to one worker at a time. */
export interface Claim {
  /** False when the server may have handed it to somebody else: no effect must be begun any more. */
  lasts(): boolean;
  /** So many of its deliveries ended with our giving it back. */
  readonly explained: number;
}

export interface Pulled {
  /** In its stream. */
  readonly sequence: number;
  /** When it was stored, in nanoseconds as near as a number tells them: with the sequence it is that message alone. */
  readonly time: number;
  /** From 1; a hint only: the server forgets it when it is killed. */
  readonly deliveryCount: number;
  /** Absent where order does not matter. */
  readonly claim?: Claim;
  /** True when the server may have handed it to somebody else. */
  lost(): boolean;
  ack(): void;
  /** Gives it back, to be handed out again after that time. */
  nak(delayMs?: number): void;
  /** It is not handed out again. */
  term(reason: string): void;
  /** It is no longer in hand; of those for which `handle` returned no promise. */
  release(): void;
}

export interface PullOptions {
  readonly link: Link;
  readonly stream: string;
  readonly consumer: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Messages that may be under way at once. */
  readonly inFlight: number;
  /**
   * Messages that may lie ready beside them; none unless told. With some, what one that is done sends and what the next
   * one sends leave in one piece.
   */
  readonly ahead?: number;
  readonly inFlightBytes: number;
  /** How many more than are in hand may be asked for, where something else bounds it as well; see throttle.ts. */
  readonly more?: (held: number) => number;
  /** Told before the first message and after every break: what the consumer has handed out may come again. False: not yet. */
  readonly begin: (facts: ConsumerFacts) => Promise<boolean>;
  /** Told when there is no consumer, or nothing is known of it, while NATS is connected. */
  readonly missing?: () => void;
  /**
   * In hand until the promise resolves, or until it is released when there is none: a promise for each message costs. One
   * that is neither acked nor naked then comes again after ack_wait.
   */
  readonly handle: (pulled: Pulled, message: Msg, data: Uint8Array) => Promise<void> | undefined;
}

export interface Puller {
  /** Messages in hand. */
  held(): number;
  /** As many messages in hand as there may be. */
  full(): boolean;
  /** True while the consumer is known and pulled from. */
  pulling(): boolean;
  /** `more` may have grown. */
  refill(): void;
  /** Asks for nothing more; resolves when nothing more can arrive. */
  stop(): Promise<void>;
  /** Resolves when nothing is in hand. */
  idle(): Promise<void>;
  /** Gives back what is still in hand. */
  handBack(): void;
}

/** Acked messages that are remembered: as many as a killed server may have forgotten. */
const remembered = 8_192;

/** A class, and the reply instead of the message: as many as are in flight live until they are settled. */
class Held implements Pulled {
  readonly sequence: number;
  readonly deliveryCount: number;
  readonly time: number;
  readonly size: number;
  readonly #puller: PullerState;
  /** Where the newest delivery is answered. */
  reply: string;
  /** Set by ack, nak and `handBack`: the message is the server's again. */
  settled = false;
  /** When the server gave it to us, or was told in time that we work on it; see deadline.ts for the second. */
  now = 0;
  steady = 0;

  constructor(puller: PullerState, info: DeliveryInfo, reply: string, size: number) {
    this.sequence = info.sequence;
    this.deliveryCount = info.deliveryCount;
    this.time = info.time;
    this.size = size;
    this.#puller = puller;
    this.reply = reply;
    puller.touched(this);
  }

  ack(): void {
    this.settle(ackBytes);
    this.#puller.acked.add(this);
  }

  nak(delayMs = 0): void {
    // Whoever has it by now shall keep it.
    if (this.lost()) this.settled = true;
    else this.settle(delayMs > 0 ? `-NAK {"delay": ${Math.round(delayMs * nanoseconds)}}` : "-NAK");
  }

  term(reason: string): void {
    this.settle(`+TERM ${reason}`);
    this.#puller.acked.add(this);
  }

  release(): void {
    this.#puller.release(this);
  }

  lost(): boolean {
    return this.#puller.age(this) > this.#puller.ackWaitMs;
  }

  settle(answer: string | Uint8Array): void {
    if (this.settled) return;
    this.settled = true;
    this.#puller.respond(this.reply, answer);
  }
}

interface Ready {
  readonly entry: Held;
  readonly message: Msg;
  readonly data: Uint8Array;
}

interface PullerState {
  acked: Memory;
  ackWaitMs: number;
  touched(entry: Held): void;
  /** Milliseconds since it was touched. */
  age(entry: Stamp): number;
  respond(reply: string, answer: string | Uint8Array): void;
  release(entry: Held): void;
}

const ackBytes = Buffer.from("+ACK");

const pauseMs = 500;
const nanoseconds = 1_000_000;

export function startPulling(options: PullOptions): Puller {
  const { link, clock, log, stream, consumer } = options;
  const held = new Map<number, Held>();
  const waitingForIdle: (() => void)[] = [];
  const most = options.inFlight + (options.ahead ?? 0);
  let ready: Ready[] = [];
  let underWay = 0;
  let starting = false;
  let heldBytes = 0;
  let stopping = false;
  let created = "";
  let session: Session | undefined;
  const forget = (entry: Held): void => {
    if (held.get(entry.sequence) === entry) held.delete(entry.sequence);
    heldBytes -= entry.size;
    if (held.size === 0) for (const resolve of waitingForIdle.splice(0)) resolve();
  };
  const release = (entry: Held): void => {
    underWay -= 1;
    forget(entry);
    startReady();
    session?.refill();
  };
  /** A loop, not one inside the other: what is dropped is released while it is started. */
  const startReady = (): void => {
    if (starting) return;
    starting = true;
    for (let next = ready[0]; next !== undefined && underWay < options.inFlight; next = ready[0]) {
      ready.shift();
      // What may be another's by now is another's.
      if (next.entry.lost()) forget(next.entry);
      else start(next.entry, next.message, next.data);
    }
    starting = false;
  };
  const giveBackReady = (): void => {
    const given = ready;
    ready = [];
    for (const { entry } of given) {
      entry.nak();
      forget(entry);
    }
  };
  const state: PullerState = {
    acked: createMemory(),
    ackWaitMs: Number.POSITIVE_INFINITY,
    touched: (entry) => {
      entry.now = clock.now();
      entry.steady = steadyNow(clock);
    },
    age: (entry) => since(clock, entry),
    release,
    respond: (reply, answer) => {
      try {
        link.connection.publish(reply, answer);
      } catch {
        // The connection is closed: the server hands the message out again.
      }
    },
  };

  const receive = (message: Msg): void => {
    const reply = message.reply ?? "";
    const info = deliveryOf(reply);
    if (info === undefined) return;
    if (state.acked.has(info)) {
      state.respond(reply, "+ACK");
      return;
    }
    const known = held.get(info.sequence);
    if (known !== undefined && known.time === info.time) {
      // It came again while we work on it: the newest delivery is the one to answer.
      known.reply = reply;
      state.touched(known);
      return;
    }
    // A view of its own each time that it is asked for.
    const { data } = message;
    const entry = new Held(state, info, reply, data.length);
    held.set(info.sequence, entry);
    heldBytes += entry.size;
    if (underWay < options.inFlight) start(entry, message, data);
    else ready.push({ entry, message, data });
  };
  const start = (entry: Held, message: Msg, data: Uint8Array): void => {
    underWay += 1;
    const handled = options.handle(entry, message, data);
    if (handled === undefined) return;
    handled.then(
      () => release(entry),
      (error: unknown) => {
        log.warn({ error: reasonOf(error) }, "a message could not be handled");
        release(entry);
      },
    );
  };

  const room = (): number => {
    if (heldBytes >= options.inFlightBytes) return 0;
    const own = most - held.size;
    return options.more === undefined ? own : Math.min(own, options.more(held.size));
  };

  /** Long attempts keep their message; one that is lost is not asked back. */
  const touch = (): void => {
    for (const entry of held.values()) {
      if (entry.settled || entry.lost() || state.age(entry) < state.ackWaitMs / 3) continue;
      state.touched(entry);
      state.respond(entry.reply, "+WPI");
    }
  };

  const live = async (): Promise<void> => {
    let missing = false;
    while (!stopping && !link.connection.isClosed()) {
      const facts = link.connected() ? await consumerFacts(link.requests, stream, consumer) : undefined;
      const begun = facts !== undefined && !stopping && (await options.begin(facts));
      if (facts === undefined || !begun || stopping) {
        if (link.connected() && !stopping && facts === undefined) {
          if (!missing) log.warn({ stream, consumer }, "the consumer is not there yet");
          options.missing?.();
        }
        missing = true;
        await sleep(clock, pauseMs);
        continue;
      }
      missing = false;
      if (facts.created !== created) state.acked = createMemory();
      created = facts.created;
      state.ackWaitMs = facts.ackWaitMs;
      session = openSession({ ...options, inFlight: most, receive, room, held: () => held.size, touch });
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
    full: () => room() <= 0,
    pulling: () => session !== undefined,
    refill: () => session?.refill(),
    stop: async () => {
      stopping = true;
      await session?.close();
      giveBackReady();
    },
    idle: () => (held.size === 0 ? Promise.resolve() : new Promise((resolve) => waitingForIdle.push(resolve))),
    handBack: () => {
      giveBackReady();
      for (const entry of held.values()) entry.nak();
    },
  };
}

type Delivered = Pick<DeliveryInfo, "sequence" | "time">;

/** Deliveries of late, by sequence and time. */
interface Memory {
  has(delivery: Delivered): boolean;
  add(delivery: Delivered): void;
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

export interface DeliveryInfo {
  readonly sequence: number;
  readonly deliveryCount: number;
  /** When it was stored: a server that lost its last messages in a power cut gives their sequences to others. */
  readonly time: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<count>.<sequence>.<n>.<time>.<pending>`; the newer form has domain and account in
 * front and a random token at the end.
 */
export function deliveryOf(reply: string): DeliveryInfo | undefined {
  if (!reply.startsWith("$JS.ACK.")) return undefined;
  let dots = 0;
  for (let at = 0; at < reply.length; at += 1) if (reply.charCodeAt(at) === dot) dots += 1;
  let at = 0;
  for (let skip = dots === 8 ? 4 : 6; skip > 0; skip -= 1) at = reply.indexOf(".", at) + 1;
  const token = (): number => {
    let value = 0;
    for (let digit = reply.charCodeAt(at) - zero; digit >= 0 && digit <= 9; digit = reply.charCodeAt(at) - zero) {
      value = value * 10 + digit;
      at += 1;
    }
    at += 1;
    return value;
  };
  const deliveryCount = token();
  const sequence = token();
  token();
  return sequence > 0 && deliveryCount > 0 ? { sequence, deliveryCount, time: token() } : undefined;
}

const dot = 0x2e;
const zero = 0x30;
