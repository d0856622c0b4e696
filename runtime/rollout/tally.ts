// Counts of a rollout in one worker: how often each of the two editions was asked, and how that ended.

import type { Outcome } from "../../schema/outcome.ts";
import type { EditionCounts, SideBySide } from "../../schema/rollout.ts";

export interface Tally {
  /** Of every attempt that has its end. */
  count(bundle: string, attempt: number, outcome: Outcome): void;
  /** Of every caller that waited for a reply. */
  answered(bundle: string, failed: boolean): void;
  /** From now on, from 0; `trouble`: the canary has failed. */
  watch(canary: string, trouble: () => void): Watched;
}

export interface Watched {
  counts(): SideBySide;
  /** Another may have begun since: that one goes on. */
  end(): void;
}

type Mutable = { -readonly [Key in keyof EditionCounts]: number };

interface Watching {
  readonly canary: string;
  readonly trouble: () => void;
  readonly both: { readonly stable: Mutable; readonly canary: Mutable };
}

export function createTally(): Tally {
  let watching: Watching | undefined;
  const add = (bundle: string, first: boolean, error: boolean, dead: boolean): void => {
    if (watching === undefined) return;
    const isCanary = bundle === watching.canary;
    const counts = isCanary ? watching.both.canary : watching.both.stable;
    counts.attempts += 1;
    if (first) counts.messages += 1;
    if (!error) return;
    counts.errors += 1;
    if (dead) counts.dead += 1;
    if (isCanary) watching.trouble();
  };
  return {
    count: (bundle, attempt, outcome) => {
      if (watching !== undefined) add(bundle, attempt === 1, isError(outcome), isDeath(outcome));
    },
    answered: (bundle, failed) => add(bundle, true, failed, false),
    watch: (canary, trouble) => {
      const mine: Watching = { canary, trouble, both: { stable: none(), canary: none() } };
      watching = mine;
      return {
        counts: () => ({ stable: { ...mine.both.stable }, canary: { ...mine.both.canary } }),
        end: () => {
          if (watching === mine) watching = undefined;
        },
      };
    },
  };
}

const none = (): Mutable => ({ messages: 0, attempts: 0, errors: 0, dead: 0 });

/** Whatever the author makes of it. */
function isError(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "retry":
    case "dead":
    case "lost":
      return true;
    case "dropped":
      return outcome.reason === "on-error" || outcome.reason === "items";
    case "delivered":
      return outcome.continued === true || (outcome.items?.dead ?? 0) > 0;
    default:
      return outcome satisfies never;
  }
}

const isDeath = (outcome: Outcome): boolean => outcome.kind === "dead" || (outcome.items?.dead ?? 0) > 0;
