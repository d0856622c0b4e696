// What this process has stored within the last minute, by subject: a sender whose answer was lost asks again soon, and
// costs the server nothing then.

import { type Clock, steadyNow } from "../schema/connector.ts";

export interface Recent {
  get(subject: string): number | undefined;
  add(subject: string, sequence: number): void;
  /** The server may have lost what it had. */
  clear(): void;
}

const memoryMs = 60_000;

/** Two generations: the older one goes when the younger is a minute old, or full. */
export function createRecent(clock: Pick<Clock, "now" | "steady">, most = 1024): Recent {
  let young = new Map<string, number>();
  let old = young;
  let since = steadyNow(clock);
  const turn = (): void => {
    const now = steadyNow(clock);
    const age = now - since;
    if (age < memoryMs && young.size < most) return;
    old = age < 2 * memoryMs ? young : new Map();
    young = new Map();
    since = now;
  };
  return {
    get: (subject) => {
      turn();
      return young.get(subject) ?? old.get(subject);
    },
    add: (subject, sequence) => {
      turn();
      young.set(subject, sequence);
    },
    clear: () => {
      young = new Map();
      old = young;
    },
  };
}
