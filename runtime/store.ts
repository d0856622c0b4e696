// How messages get into the intake, together or each for itself, and what becomes of them when a write is refused or
// never answered. Nobody is told of another's message: whatever went wrong with many is looked up, and tried again
// with fewer.

import * as address from "../schema/address.ts";
import type { Committed, Waiting } from "./commit.ts";
import type { Context } from "./context.ts";
import { isRejection, lookUpStored, reasonFor, reconnected } from "./intake-answers.ts";
import { isUnanswered, type Outgoing, type Published, publishBatch, publishTogether } from "./publish.ts";
import { storeInOrder } from "./store-in-order.ts";

/** `smooth`: without a detour. `silent`: the server does not answer, and of some nobody knows. */
export type Course = "smooth" | "detour" | "silent";

/** Both settle each of the messages. */
export interface Store {
  /** By one atomic batch. */
  together(messages: readonly Waiting[]): Promise<Course>;
  singly(messages: readonly Waiting[]): Promise<Course>;
  /** One answer per message; see store-in-order.ts. */
  inOrder(messages: readonly Outgoing[]): Promise<readonly Committed[]>;
}

/** So many batches after one that met a known id are looked up before they are sent. */
const wary = 16;

export function createStore(context: Context): Store {
  const { link, clock } = context;
  const stream = address.intakeStream(context.integration);
  let lookFirst = 0;

  /** Settles those that are stored; gives the others. Undefined when nobody can say, and none is settled then. */
  const lookUp = async (messages: readonly Waiting[]): Promise<readonly Waiting[] | undefined> => {
    const wanted = messages.map(({ message }) => message);
    const found = await lookUpStored(link, clock, stream, wanted);
    return (
      found &&
      messages.filter((each, index) => {
        const there = found[index];
        if (there === undefined) return true;
        if (there.duplicate) lookFirst = wary;
        each.settle(there);
        return false;
      })
    );
  };

  /** Of these nobody knows; what is found is stored. Says whether all are. */
  const doubtful = async (messages: readonly Waiting[], reason: string): Promise<boolean> => {
    if (messages.length === 0) return true;
    if (!link.connected()) await reconnected(link, clock);
    const left = (await lookUp(messages)) ?? messages;
    for (const each of left) each.settle({ kind: "unavailable", reason });
    return left.length === 0;
  };

  const singly = async (messages: readonly Waiting[]): Promise<Course> => {
    const answers = await Promise.all(messages.map(({ message }) => publishTogether(link.requests, [message])));
    const unknown: Waiting[] = [];
    let reason = "";
    let smooth = true;
    for (const [index, each] of messages.entries()) {
      const answer = answers[index];
      if (answer === undefined) continue;
      const committed = settled(answer);
      if (committed !== undefined) each.settle(committed);
      else unknown.push(each);
      if (answer.kind === "stored") continue;
      smooth = false;
      reason = answer.kind === "conflict" ? "the same message is being stored" : answer.reason;
    }
    if (!(await doubtful(unknown, reason)) && answers.some(isUnanswered)) return "silent";
    return smooth ? "smooth" : "detour";
  };

  const together = async (all: readonly Waiting[]): Promise<Course> => {
    let left = all;
    if (lookFirst > 0) {
      lookFirst -= 1;
      left = (await lookUp(left)) ?? left;
    }
    for (let attempt = 1; attempt <= 2 && left.length > 1; attempt += 1) {
      const batch = left.map(({ message }) => message);
      const published = await publishBatch(link.requests, batch);
      if (published.kind === "stored") {
        const first = published.sequence - left.length + 1;
        for (const [index, each] of left.entries()) {
          each.settle({ kind: "stored", sequence: first + index, duplicate: false });
        }
        return left === all ? "smooth" : "detour";
      }
      if (isUnanswered(published)) return (await doubtful(left, published.reason)) ? "detour" : "silent";
      // Where there is no room for all there may be for some.
      if (!isRejection(published)) break;
      left = (await lookUp(left)) ?? left;
    }
    return (await singly(left)) === "silent" ? "silent" : "detour";
  };
  return { together, singly, inOrder: (messages) => storeInOrder(link, clock, stream, messages) };
}

/** What a publish of its own came to; undefined when nobody knows. */
function settled(published: Published): Committed | undefined {
  switch (published.kind) {
    case "stored":
      return { kind: "stored", sequence: published.sequence, duplicate: false };
    case "conflict":
      if (published.sequence === undefined) return undefined;
      return { kind: "stored", sequence: published.sequence, duplicate: true };
    case "unavailable": {
      return published.code === undefined ? undefined : { kind: "unavailable", reason: reasonFor(published) };
    }
    default:
      return published satisfies never;
  }
}
