// What one walk may spend. Time is counted in ticks: one for an item of a list, a few for each of its callback's parts,
// one for 32 characters that are looked at or copied. So a loop ends, and so does a loop of large copies.

import { fail } from "./failure.ts";

export interface Limits {
  /** Ticks of one walk. */
  readonly ticks: number;
  /** Characters of a text that an expression makes. */
  readonly text: number;
  /** Items of a list that an expression makes. */
  readonly items: number;
  /** Messages that the splits of one walk make. */
  readonly splits: number;
  /** Values in an output, shared ones counted each time. */
  readonly values: number;
  /** Depth of an output. */
  readonly depth: number;
  /** Characters of all texts of an output together. */
  readonly outputText: number;
}

export const defaultLimits: Limits = {
  ticks: 1_000_000,
  text: 1_048_576,
  items: 200_000,
  splits: 10_000,
  values: 100_000,
  depth: 64,
  outputText: 67_108_864,
};

export interface Budget {
  readonly limits: Limits;
  /** Starts a walk: nothing is spent. */
  begin(): void;
  tick(count: number): void;
  /** Charges for characters that are looked at or copied. */
  read(characters: number): void;
  /** Gives the text back when it is not too long. */
  bounded(text: string): string;
  /** Asks before a text of this length is made. */
  room(characters: number): void;
  /** Asks before a list of this length is made, and charges for it. */
  items(count: number): void;
  /** Asks before so many messages are made of one, and charges for them. */
  split(count: number): void;
}

export function createBudget(limits: Limits): Budget {
  let spent = 0;
  let made = 0;
  const tick = (count: number): void => {
    spent += count;
    if (spent > limits.ticks) fail(`more than ${limits.ticks} steps of work`);
  };
  const room = (characters: number): void => {
    if (!(characters <= limits.text)) fail(`text longer than ${limits.text} characters`);
  };
  return {
    limits,
    begin: () => {
      spent = 0;
      made = 0;
    },
    tick,
    read: (characters) => tick(characters >>> 5),
    bounded: (text) => {
      room(text.length);
      return text;
    },
    room,
    split: (count) => {
      made += count;
      if (made > limits.splits) fail(`\`split\` makes more than ${limits.splits} messages of one`);
      tick(count);
    },
    items: (count) => {
      if (count > limits.items) fail(`list longer than ${limits.items} items`);
      tick(count);
    },
  };
}
