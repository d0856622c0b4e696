// Whether messages that wait together are stored by one atomic batch or by a write each. A batch costs the server some
// milliseconds whatever its size (measured on 2.15.1: 3.6 ms and 9 µs a message), a write of its own costs a sync where
// every write is synced and next to nothing where none is. What the server does is not told to us, so it is measured.

import { type Clock, steadyNow } from "../schema/connector.ts";

export interface CommitChoice {
  together(messages: number): boolean;
  /** How long that took; `since` as `steadyNow` gave it. */
  took(messages: number, together: boolean, since: number): void;
}

/** Fewer are never worth a batch. */
const fewest = 16;
/** So often the other way is tried, so that what was true once need not be true for ever. */
const tryEvery = 64;
/** Weight of the newest measurement. */
const weight = 1 / 8;

export function createCommitChoice(clock: Pick<Clock, "now" | "steady">): CommitChoice {
  let perMessage: number | undefined;
  let perBatch: number | undefined;
  let rounds = 0;
  const mean = (before: number | undefined, now: number): number =>
    before === undefined ? now : before + (now - before) * weight;
  return {
    together: (messages) => {
      if (messages < fewest) return false;
      rounds += 1;
      const better = perMessage === undefined || perBatch === undefined || messages * perMessage > perBatch;
      return rounds % tryEvery === 0 ? !better : better;
    },
    took: (messages, together, since) => {
      const ms = steadyNow(clock) - since;
      if (together) perBatch = mean(perBatch, ms);
      else if (messages >= fewest / 4) perMessage = mean(perMessage, ms / messages);
    },
  };
}
