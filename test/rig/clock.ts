// A clock that stands until it is moved; what falls due on the way is called in order.

import type { Clock } from "../../schema/connector.ts";

export interface ManualClock extends Clock {
  /** Milliseconds. */
  move(ms: number): void;
  /** Moves on, timer by timer, with time for what they set off. */
  advance(ms: number): Promise<void>;
  /** Timers that are set. */
  waiting(): number;
}

/** `passes`: milliseconds that go by with each look at it. */
export function manualClock(start = 1_000_000, passes: () => number = () => 0): ManualClock {
  let now = start;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  /** False: nothing falls due by then. */
  const runNext = (end: number): boolean => {
    const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
    if (next === undefined) return false;
    timers = timers.filter((timer) => timer !== next);
    now = Math.max(now, next.at);
    next.run();
    return true;
  };
  return {
    now: () => {
      now += passes();
      return now;
    },
    after: (ms, run) => {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    move: (ms) => {
      const end = now + ms;
      while (runNext(end));
      now = end;
    },
    advance: async (ms) => {
      const end = now + ms;
      while (runNext(end)) await new Promise((resolve) => setImmediate(resolve));
      now = end;
    },
    waiting: () => timers.length,
  };
}
