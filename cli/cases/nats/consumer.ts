// A durable pull consumer in memory: hands out, waits for acks, hands out again what is not acked in time or given back.

import type { Clock } from "../../../schema/connector.ts";
import type { ConsumerConfig } from "../../../schema/topology.ts";
import type { MemoryStream, Stored } from "./stream.ts";

export interface PullRequest {
  readonly batch: number;
  /** Milliseconds. */
  readonly expires: number;
}

/** Where a consumer's messages and words go. */
export interface Outlet {
  message(inbox: string, stored: Stored, reply: string): void;
  status(inbox: string, code: number, description: string, headers: Readonly<Record<string, string>>): void;
}

export interface MemoryConsumer {
  readonly config: ConsumerConfig;
  pull(inbox: string, request: PullRequest): void;
  /** The answer to a message; the token stands in its reply subject. */
  answer(sequence: number, text: string): void;
  /** Tells those who wait that it is there, and those who have waited long enough that there is nothing. */
  beat(): void;
  /** Messages that were handed out and not acked; those that were given back for later count no more. */
  inHand(): number;
  /** Not handed out yet. */
  waiting(): number;
  /** Of `inHand` and of those that were given back. */
  unacked(): number;
  facts(): { readonly delivered: number; readonly ackFloor: number };
}

interface Pending {
  readonly sequence: number;
  count: number;
  cancel: () => void;
  /** Given back: comes again later. */
  resting: boolean;
}

interface Waiting {
  readonly inbox: string;
  left: number;
  readonly until: number;
}

const nanoseconds = 1_000_000;

export function createConsumer(
  clock: Clock,
  stream: MemoryStream,
  config: ConsumerConfig,
  outlet: Outlet,
): MemoryConsumer {
  const pending = new Map<number, Pending>();
  const pulls: Waiting[] = [];
  let again: number[] = [];
  let delivered = 0;
  let handedOut = 0;
  const name = config.durable_name;
  const ackWait = config.ack_wait / nanoseconds;

  const comesBack = (entry: Pending, ms: number): void => {
    entry.cancel();
    entry.cancel = clock.after(ms, () => {
      again.push(entry.sequence);
      handOut();
    });
  };
  const forget = (entry: Pending): void => {
    entry.cancel();
    pending.delete(entry.sequence);
    again = again.filter((sequence) => sequence !== entry.sequence);
  };
  const takeNext = (): Stored | undefined => {
    for (let sequence = again.shift(); sequence !== undefined; sequence = again.shift()) {
      const stored = stream.get(sequence);
      if (stored !== undefined) return stored;
      const entry = pending.get(sequence);
      if (entry !== undefined) forget(entry);
    }
    if (pending.size >= config.max_ack_pending) return undefined;
    const stored = stream.next(config.filter_subject, delivered + 1);
    if (stored !== undefined) delivered = stored.sequence;
    return stored;
  };
  const hand = (stored: Stored, pull: Waiting): void => {
    const { sequence } = stored;
    const entry = pending.get(sequence) ?? { sequence, count: 0, cancel: () => undefined, resting: false };
    pending.set(sequence, entry);
    entry.count += 1;
    entry.resting = false;
    handedOut += 1;
    comesBack(entry, ackWait);
    pull.left -= 1;
    const time = `${stored.time}000000`;
    outlet.message(
      pull.inbox,
      stored,
      `$JS.ACK.${stream.config.name}.${name}.${entry.count}.${sequence}.${handedOut}.${time}.0`,
    );
  };
  const handOut = (): void => {
    for (;;) {
      while (pulls[0] !== undefined && pulls[0].left <= 0) pulls.shift();
      const [pull] = pulls;
      if (pull === undefined) return;
      const stored = takeNext();
      if (stored === undefined) return;
      hand(stored, pull);
    }
  };
  stream.onStored(handOut);

  return {
    config,
    pull: (inbox, { batch, expires }) => {
      pulls.push({ inbox, left: batch, until: expires > 0 ? clock.now() + expires : Number.POSITIVE_INFINITY });
      handOut();
    },
    answer: (sequence, text) => {
      const entry = pending.get(sequence);
      if (entry === undefined) return;
      if (text.startsWith("+WPI")) return comesBack(entry, ackWait);
      if (text.startsWith("-NAK")) {
        const delay = Number(/"delay": *(\d+)/.exec(text)?.[1] ?? 0) / nanoseconds;
        entry.resting = true;
        comesBack(entry, delay);
        return;
      }
      forget(entry);
      if (stream.config.retention === "workqueue") stream.remove(sequence);
      handOut();
    },
    beat: () => {
      const now = clock.now();
      for (const pull of pulls.splice(0)) {
        if (pull.left <= 0) continue;
        if (pull.until <= now) {
          outlet.status(pull.inbox, 408, "Request Timeout", { "Nats-Pending-Messages": String(pull.left) });
          continue;
        }
        pulls.push(pull);
        outlet.status(pull.inbox, 100, "Idle Heartbeat", {});
      }
    },
    inHand: () => [...pending.values()].filter(({ resting }) => !resting).length,
    waiting: () => stream.count(config.filter_subject, delivered + 1),
    unacked: () => pending.size,
    facts: () => ({ delivered, ackFloor: Math.min(delivered, ...[...pending.keys()].map((each) => each - 1)) }),
  };
}
