// Pulls the partitions of one ordered target: one message of each at a time, over one inbox and one timer for all of
// them. What is in hand is ours only for as long as the server cannot have handed it to another worker: after that
// nothing is done with it and nothing said of it, since whoever has it now decides.

import { type Msg, nuid } from "@nats-io/nats-core";
import { type Clock, type Log, steadyNow } from "../schema/connector.ts";
import { type Stamp, since, stamp } from "./deadline.ts";
import type { Link } from "./link.ts";
import { type Claim, type DeliveryInfo, deliveryOf, type Pulled, type Puller } from "./pull.ts";
import { reasonOf } from "./start-failure.ts";
import { type ConsumerFacts, consumerFacts } from "./stream-api.ts";

export interface OrderedPullOptions {
  readonly link: Link;
  readonly stream: string;
  /** One for each partition. */
  readonly consumers: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** How many more than are in hand may be asked for; see throttle.ts. */
  readonly more: (held: number) => number;
  /** As in pull.ts, for the partition. */
  readonly begin: (partition: number, facts: ConsumerFacts) => Promise<boolean>;
  readonly handle: (partition: number, pulled: Pulled, message: Msg) => Promise<void>;
}

interface Partition {
  readonly index: number;
  readonly consumer: string;
  /** `off`: its consumer must be asked for first; `ready`: the target takes nothing more for now. */
  state: "off" | "beginning" | "ready" | "asked" | "held";
  /** Counts the beginnings. */
  round: number;
  ackWaitMs: number;
  askedAt: Stamp;
  entry: InHand | undefined;
  /** The message that was given back last, and how often it had been handed out by then. */
  givenBack: { readonly sequence: number; readonly deliveries: number };
  missing: boolean;
  retryAt: number;
}

const tickMs = 500;
const pauseMs = 500;
const longestAskMs = 10_000;
/** A request that is not answered so long after its end never will be. */
const graceMs = 3_000;
const nanoseconds = 1_000_000;
const noResponders = 503;

/** Answers are sent only while the message is ours. */
class InHand implements Pulled {
  readonly sequence: number;
  readonly deliveryCount: number;
  readonly time: number;
  readonly claim: Claim;
  readonly reply: string;
  readonly #answer: (entry: InHand, answer: string) => void;
  /** The server has not handed it to anybody else before this moment and ack_wait. */
  since: Stamp;
  touching = false;
  /** It is somebody else's by now, whatever the time. */
  gone = false;
  #settled = false;

  constructor(
    { sequence, deliveryCount, time }: DeliveryInfo,
    reply: string,
    askedAt: Stamp,
    own: {
      readonly lasts: (entry: InHand) => boolean;
      readonly answer: (entry: InHand, answer: string) => void;
      readonly explained: number;
    },
  ) {
    this.sequence = sequence;
    this.deliveryCount = deliveryCount;
    this.time = time;
    this.reply = reply;
    this.since = askedAt;
    this.#answer = own.answer;
    this.claim = { lasts: () => own.lasts(this), explained: own.explained };
  }

  get settled(): boolean {
    return this.#settled;
  }

  lost(): boolean {
    return !this.claim.lasts();
  }

  ack(): void {
    this.#settle("+ACK");
  }

  nak(delayMs = 0): void {
    this.#settle(delayMs > 0 ? `-NAK {"delay": ${Math.round(delayMs * nanoseconds)}}` : "-NAK");
  }

  term(reason: string): void {
    this.#settle(`+TERM ${reason}`);
  }

  /** Those that are handled by a promise are in hand until it resolves. */
  release(): void {}

  #settle(answer: string): void {
    if (this.#settled) return;
    this.#settled = true;
    if (this.claim.lasts()) this.#answer(this, answer);
  }
}

export function pullInOrder(options: OrderedPullOptions): Puller {
  const { link, clock, log, stream } = options;
  const partitions: readonly Partition[] = options.consumers.map((consumer, index) => ({
    index,
    consumer,
    state: "off",
    round: 0,
    ackWaitMs: 0,
    askedAt: stamp(clock),
    entry: undefined,
    givenBack: { sequence: 0, deliveries: 0 },
    missing: false,
    retryAt: 0,
  }));
  const waitingForIdle: (() => void)[] = [];
  let inbox: Inbox | undefined;
  let closing = false;
  let stopping = false;
  let cancelTick: () => void = () => undefined;

  const held = (): number => partitions.reduce((sum, { entry }) => sum + (entry === undefined ? 0 : 1), 0);
  const askFor = ({ ackWaitMs }: Partition): number => Math.min(longestAskMs, Math.floor(ackWaitMs / 4));
  const rest = ({ ackWaitMs }: Partition): number => ackWaitMs - Math.min(1_000, ackWaitMs / 10);

  const lasts = (partition: Partition, entry: InHand): boolean =>
    !entry.gone && link.connected() && since(clock, entry.since) < rest(partition);
  const send = (subject: string, data: string, reply?: string): boolean => {
    try {
      link.connection.publish(subject, data, reply === undefined ? {} : { reply });
      return true;
    } catch {
      // The connection is closed: the server hands the message out again.
      return false;
    }
  };

  const off = (partition: Partition, pause = pauseMs): void => {
    if (partition.entry !== undefined) partition.entry.gone = true;
    else partition.state = "off";
    partition.retryAt = steadyNow(clock) + pause;
  };
  const ask = (partition: Partition): void => {
    if (inbox === undefined || stopping) {
      off(partition, 0);
      return;
    }
    // Of all that may be empty: so each is asked, and what comes too much waits in hand.
    if (options.more(held()) <= 0) {
      partition.state = "ready";
      return;
    }
    partition.state = "asked";
    partition.askedAt = stamp(clock);
    const request = JSON.stringify({ batch: 1, expires: askFor(partition) * nanoseconds });
    const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${partition.consumer}`;
    if (!send(next, request, inbox.replyOf(partition.index))) off(partition);
  };
  const refill = (): void => {
    for (const partition of partitions) if (partition.state === "ready") ask(partition);
  };
  const begin = async (partition: Partition): Promise<void> => {
    partition.state = "beginning";
    partition.round += 1;
    const { round } = partition;
    const facts = await consumerFacts(link.requests, stream, partition.consumer);
    const ready = facts !== undefined && !stopping && (await options.begin(partition.index, facts));
    if (partition.state !== "beginning" || partition.round !== round) return;
    if (facts === undefined || !ready || stopping) {
      if (!partition.missing && facts === undefined && link.connected() && !stopping) {
        log.warn({ stream, consumer: partition.consumer }, "the consumer is not there yet");
        partition.missing = true;
      }
      return off(partition);
    }
    partition.missing = false;
    partition.ackWaitMs = facts.ackWaitMs;
    ask(partition);
  };

  const release = (partition: Partition, entry: InHand): void => {
    partition.entry = undefined;
    if (entry.gone) off(partition);
    else ask(partition);
    if (held() > 0) return;
    for (const resolve of waitingForIdle.splice(0)) resolve();
    if (stopping) end();
  };
  const receive = (message: Msg): void => {
    const reply = message.reply ?? "";
    const info = deliveryOf(reply);
    // `in.<integration>.m.<partition>.<id>`
    const partition = partitions[Number(message.subject.split(".")[3])];
    // One more than was asked for: it comes again.
    if (info === undefined || partition === undefined || partition.entry !== undefined) return;
    const entry = new InHand(info, reply, partition.askedAt, {
      lasts: (each) => lasts(partition, each),
      answer: (each, answer) => {
        if (answer.startsWith("-NAK"))
          partition.givenBack = { sequence: each.sequence, deliveries: each.deliveryCount };
        send(each.reply, answer);
      },
      explained: partition.givenBack.sequence === info.sequence ? partition.givenBack.deliveries : 0,
    });
    partition.entry = entry;
    partition.state = "held";
    options.handle(partition.index, entry, message).then(
      () => release(partition, entry),
      (error: unknown) => {
        log.warn({ error: reasonOf(error) }, "a message could not be handled");
        release(partition, entry);
      },
    );
  };
  const onStatus = (index: number, message: Msg): void => {
    const partition = partitions[index];
    const code = message.headers?.code;
    if (partition === undefined || code === 100) return;
    const over = code === 404 || code === 408 || message.headers?.description === "Batch Completed";
    if (!over) off(partition);
    else if (partition.state === "asked") ask(partition);
  };

  /** What is in hand longer stays in hand: once the server has said so, in time, it is ours for as long again. */
  const touch = async (partition: Partition, entry: InHand): Promise<void> => {
    const sentAt = stamp(clock);
    entry.touching = true;
    const answer = await link.requests.send(entry.reply, "+WPI");
    entry.touching = false;
    const heard = answer.kind === "answer" && answer.message.headers?.code !== noResponders;
    if (heard && lasts(partition, entry)) entry.since = sentAt;
  };
  /** All that is in hand may be somebody else's, all that was asked for is gone. */
  const breakOff = async (): Promise<void> => {
    const before = inbox;
    inbox = undefined;
    for (const partition of partitions) off(partition, 0);
    if (before === undefined) return;
    // What the old one still brings must not be taken for an answer to a new request.
    closing = true;
    await before.close();
    closing = false;
  };
  const tick = (): void => {
    cancelTick = clock.after(tickMs, tick, "tick");
    if (!link.connected() || link.connection.isClosed()) return;
    if (inbox === undefined && closing) return;
    if (inbox === undefined && !stopping) inbox = openInbox(link, receive, onStatus, () => void breakOff());
    const now = steadyNow(clock);
    for (const partition of partitions) {
      const { entry, state } = partition;
      if (entry !== undefined) {
        const touches = since(clock, entry.since) > partition.ackWaitMs / 3;
        if (touches && !entry.touching && !entry.settled && lasts(partition, entry)) void touch(partition, entry);
      } else if (stopping) continue;
      else if (state === "ready") ask(partition);
      else if (state === "off" && now >= partition.retryAt) void begin(partition);
      else if (state === "asked" && since(clock, partition.askedAt) > askFor(partition) + graceMs) {
        log.info({ stream, consumer: partition.consumer, reason: "no answer" }, "pulling begins anew");
        void breakOff();
        return;
      }
    }
  };
  let ended = false;
  const tickNow = (): void => {
    cancelTick();
    if (!ended) tick();
  };
  const forgetReconnect = link.onReconnect(() => void breakOff().then(tickNow));
  const end = (): void => {
    ended = true;
    cancelTick();
    forgetReconnect();
  };
  tickNow();

  return {
    held,
    full: () => partitions.every(({ entry }) => entry !== undefined),
    pulling: () => !stopping && partitions.every(({ state }) => state !== "off" && state !== "beginning"),
    refill,
    stop: async () => {
      stopping = true;
      const before = inbox;
      inbox = undefined;
      await before?.close();
      if (held() === 0) end();
    },
    idle: () => (held() === 0 ? Promise.resolve() : new Promise((resolve) => waitingForIdle.push(resolve))),
    handBack: () => {
      for (const { entry } of partitions) entry?.nak();
      if (stopping) end();
    },
  };
}

interface Inbox {
  replyOf(partition: number): string;
  close(): Promise<void>;
}

function openInbox(
  { connection, inboxPrefix }: Link,
  receive: (message: Msg) => void,
  onStatus: (partition: number, message: Msg) => void,
  onError: () => void,
): Inbox {
  const prefix = `${inboxPrefix}.${nuid.next()}.`;
  const subscription = connection.subscribe(`${prefix}*`, {
    callback: (error, message) => {
      if (error !== null) onError();
      else if (message.subject.startsWith(prefix)) onStatus(Number(message.subject.slice(prefix.length)), message);
      else receive(message);
    },
  });
  return {
    replyOf: (partition) => `${prefix}${partition}`,
    // Resolves when all that the server had sent before has been handed over.
    close: async () => {
      try {
        await subscription.drain();
      } catch {
        subscription.unsubscribe();
      }
    },
  };
}
