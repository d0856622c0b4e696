// Group commit at the door: while one write is under way, what comes collects, so that a server which syncs every write
// syncs once for many senders. A message that comes alone leaves at once. One id is stored once: who sends it while it
// is under way, or within a minute after, is told of the first.

import { steadyNow } from "../schema/connector.ts";
import { createCommitChoice } from "./commit-choice.ts";
import type { Context } from "./context.ts";
import { expectsUnder, type Outgoing, sizeOf } from "./publish.ts";
import { createRecent } from "./recent.ts";
import { reasonOf } from "./start-failure.ts";
import { type Course, createStore } from "./store.ts";

export type Committed =
  /** `duplicate`: it was there before; the sequence is that of the first. */
  | { readonly kind: "stored"; readonly sequence: number; readonly duplicate: boolean }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface Committer {
  /** Resolves when the server has said that it is stored, or why it is not known to be. Never rejects. */
  commit(message: Outgoing, size: number): Promise<Committed>;
  /** By one write, in order: where one is not stored, none after it is. Never rejects. */
  commitAll(messages: readonly Sized[]): Promise<readonly Committed[]>;
  close(): void;
}

export interface Sized {
  readonly message: Outgoing;
  /** In bytes. */
  readonly size: number;
}

export interface Waiting extends Sized {
  settle(committed: Committed): void;
}

interface Sent extends Waiting {
  /** Those that sent the same id meanwhile. */
  readonly others: ((committed: Committed) => void)[];
}

/** Of one write: what is larger keeps the first of its senders waiting. */
export const mostBytes = 1024 * 1024;

export function createCommitter(context: Context, stored: (bytes: number) => void): Committer {
  const { link, clock, limits, log } = context;
  const store = createStore(context);
  const choice = createCommitChoice(clock);
  const recent = createRecent(clock);
  const forget = link.onReconnect(recent.clear);
  const underWay = new Map<string, Sent>();
  let collecting: Waiting[] = [];
  let working = false;

  const take = (): readonly Waiting[] => {
    const count = fitting(collecting, limits.commitMessages);
    const taken = collecting;
    collecting = taken.splice(count);
    return taken;
  };
  const write = async (taken: readonly Waiting[]): Promise<Course> => {
    const large = taken.some(({ message }) => message.chunks !== undefined);
    const together = !large && choice.together(taken.length);
    const since = steadyNow(clock);
    const course = together ? await store.together(taken) : await store.singly(taken);
    if (course === "smooth" && !large) choice.took(taken.length, together, since);
    return course;
  };
  const safely = async (taken: readonly Waiting[]): Promise<Course> => {
    try {
      return await write(taken);
    } catch (error) {
      log.warn({ error: reasonOf(error) }, "messages could not be stored");
      for (const each of taken) each.settle(broken);
      return "detour";
    }
  };
  const work = async (): Promise<void> => {
    working = true;
    while (collecting.length > 0) {
      const course = await safely(take());
      if (course !== "silent") continue;
      // They have waited for as long as the others, and would wait for as long again.
      const waited = collecting;
      collecting = [];
      for (const each of waited) each.settle(silence);
    }
    working = false;
  };

  return {
    commit: (message, size) => {
      const subject = expectsUnder(message);
      const sequence = recent.get(subject);
      if (sequence !== undefined) return Promise.resolve({ kind: "stored", sequence, duplicate: true });
      if (!link.connected()) return Promise.resolve(away);
      return new Promise((resolve) => {
        const same = underWay.get(subject);
        if (same !== undefined) return void same.others.push(resolve);
        const others: Sent["others"] = [];
        const settle = (committed: Committed): void => {
          // Told once: by then the id may be under way again.
          if (underWay.get(subject) === sent) underWay.delete(subject);
          if (committed.kind === "stored") {
            recent.add(subject, committed.sequence);
            if (!committed.duplicate) stored(bytesOf(message, size));
          }
          resolve(committed);
          const again = committed.kind === "stored" ? { ...committed, duplicate: true } : committed;
          for (const tell of others) tell(again);
        };
        const sent: Sent = { message, size, settle, others };
        underWay.set(subject, sent);
        // What is large holds up nobody who waits for the others.
        if (limits.commitMessages === 1 || message.chunks !== undefined) return void safely([sent]);
        collecting.push(sent);
        if (!working) void work();
      });
    },
    commitAll: async (messages) => {
      if (!link.connected()) return messages.map(() => away);
      try {
        const committed = await store.inOrder(messages.map(({ message }) => message));
        for (const [index, { message, size }] of messages.entries()) {
          const each = committed[index];
          if (each?.kind !== "stored") continue;
          recent.add(expectsUnder(message), each.sequence);
          if (!each.duplicate) stored(bytesOf(message, size));
        }
        return committed;
      } catch (error) {
        log.warn({ error: reasonOf(error) }, "messages could not be stored");
        return messages.map(() => broken);
      }
    },
    close: forget,
  };
}

const away: Committed = { kind: "unavailable", reason: "NATS is not connected" };
const silence: Committed = { kind: "unavailable", reason: "NATS does not answer" };
const broken: Committed = { kind: "unavailable", reason: "an error in the worker; its log says more" };

/** In the stream. */
const bytesOf = (message: Outgoing, size: number): number =>
  message.chunks === undefined ? size : sizeOf(message) + message.chunks.bytes;

/** How many of the first go into one write: one at least. */
function fitting(waiting: readonly Waiting[], most: number): number {
  let bytes = 0;
  let count = 0;
  for (const { size } of waiting) {
    bytes += size;
    if (count > 0 && (count >= most || bytes > mostBytes)) break;
    count += 1;
  }
  return count;
}
