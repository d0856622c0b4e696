// Messages of which none may be stored when one before it is not: an atomic batch of all that are not there yet, again
// and again until it is taken whole. Never one by one beside each other, as senders that know nothing of each other are.

import type { Clock } from "../schema/connector.ts";
import { sleep } from "./clock.ts";
import type { Committed } from "./commit.ts";
import { isRejection, lookUpStored, reasonFor, reconnected } from "./intake-answers.ts";
import type { Link } from "./link.ts";
import { expectsUnder, isUnanswered, type Outgoing, publishTogether } from "./publish.ts";

/** Each time another worker was quicker with one of them. */
const mostTries = 8;

/** Rejects only for a mistake of ours. */
export async function storeInOrder(
  link: Link,
  clock: Clock,
  stream: string,
  messages: readonly Outgoing[],
): Promise<readonly Committed[]> {
  const stored = new Map<string, Committed>();
  // An id that comes twice is stored once, where it came first.
  let left = [...new Map(messages.toReversed().map((message) => [expectsUnder(message), message])).values()].reverse();
  let reason = "the messages are being stored by somebody else";
  const take = async (): Promise<boolean> => {
    const found = await lookUpStored(link, clock, stream, left);
    if (found === undefined) return false;
    left = left.filter((message, index) => {
      const there = found[index];
      if (there !== undefined) stored.set(expectsUnder(message), there);
      return there === undefined;
    });
    return true;
  };

  for (let tries = 1; left.length > 0 && tries <= mostTries; tries += 1) {
    const published = await publishTogether(link.requests, left);
    if (published.kind === "stored") {
      const first = published.sequence - left.length + 1;
      for (const [index, message] of left.entries()) {
        stored.set(expectsUnder(message), { kind: "stored", sequence: first + index, duplicate: false });
      }
      left = [];
      break;
    }
    if (published.kind === "unavailable") reason = reasonFor(published);
    const doubtful = isUnanswered(published);
    if (doubtful && !link.connected()) await reconnected(link, clock);
    if (!doubtful && !isRejection(published)) break;
    if (!(await take()) || doubtful) break;
    // The same message is on its way from elsewhere and cannot be seen yet.
    if (tries > 1) await sleep(clock, 10 * tries);
  }
  return inPrefix(messages, stored, reason);
}

/** What was there from before counts only as far as all in front of it is there too. */
function inPrefix(
  messages: readonly Outgoing[],
  stored: ReadonlyMap<string, Committed>,
  reason: string,
): readonly Committed[] {
  const told = new Set<string>();
  let whole = true;
  return messages.map((message) => {
    const subject = expectsUnder(message);
    const committed = stored.get(subject);
    whole = whole && committed !== undefined;
    if (committed?.kind !== "stored" || !whole) return { kind: "unavailable", reason };
    const again = told.has(subject);
    told.add(subject);
    return again ? { ...committed, duplicate: true } : committed;
  });
}
