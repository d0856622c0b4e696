// `limit.rate` of one target: never more starts than that in any stretch of that length, the first included. A rate of
// up to twenty a second is spread evenly, a faster one is counted by the second.

import type { Limit } from "./throttle.ts";

/** `now`: of a clock that nobody sets back. */
export interface Rate {
  /** Starts that are free now. */
  free(now: number): number;
  /** Starts that will be free within a second. */
  soon(now: number): number;
  /** When one is free beside so many that are kept; infinity when they are all there is. */
  next(now: number, kept?: number): number;
  start(now: number): void;
}

const second = 1_000;
/** Timers are too coarse to space what is faster. */
const spacedFrom = 50;

export function createRate({ count, perMs }: NonNullable<Limit["rate"]>): Rate {
  const spaced = perMs / count >= spacedFrom;
  const spanMs = spaced ? perMs / count : Math.min(perMs, second);
  const most = spaced ? 1 : Math.floor((count * spanMs) / perMs);
  // The last `most` starts, oldest at `first`; those that are older than the span are forgotten.
  const times = new Float64Array(most);
  let first = 0;
  let used = 0;

  const forget = (now: number): void => {
    while (used > 0 && (times[first] ?? 0) + spanMs <= now) {
      first = (first + 1) % most;
      used -= 1;
    }
  };
  const next = (now: number, kept = 0): number => {
    forget(now);
    const over = used + kept - most;
    if (over < 0) return now;
    return over >= used ? Number.POSITIVE_INFINITY : (times[(first + over) % most] ?? 0) + spanMs;
  };
  return {
    free: (now) => {
      forget(now);
      return most - used;
    },
    soon: (now) => {
      const waitMs = next(now) - now;
      return waitMs > second ? 0 : Math.max(1, Math.floor((most * (second - waitMs)) / spanMs));
    },
    next,
    start: (now) => {
      forget(now);
      times[(first + used) % most] = now;
      used += 1;
    },
  };
}
