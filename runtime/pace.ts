// How fast a tenant may take messages in, all of its integrations together: a bucket of tokens that fills at an even
// rate and holds one second's worth, so that a burst is taken and a flood is not.

import type { Clock } from "../schema/connector.ts";

export interface Pace {
  /** Takes one message; else says in how many milliseconds there is room for one. */
  take(): number;
  /** Messages per second; undefined: no limit. */
  set(messagesPerSecond: number | undefined): void;
}

/** A sum of many parts of a message may lack its last digits. */
const whole = 1 - 1e-9;

export function createPace(clock: Pick<Clock, "now">, first: number | undefined): Pace {
  let rate: number | undefined;
  let tokens = 0;
  let at = clock.now();
  // A rate below one a second still lets a whole message through.
  const most = (): number => Math.max(1, rate ?? 0);
  const fill = (): void => {
    const now = clock.now();
    // A clock that is set back gives nothing, and takes nothing away.
    tokens = Math.min(most(), tokens + (Math.max(0, now - at) * (rate ?? 0)) / 1000);
    at = now;
  };
  const set = (next: number | undefined): void => {
    if (next === rate) return;
    fill();
    // Of a limit that is new, the first second is free; one that is changed goes on with what it has.
    tokens = rate === undefined ? Math.max(1, next ?? 0) : Math.min(tokens, Math.max(1, next ?? 0));
    rate = next;
  };
  set(first);
  return {
    take: () => {
      if (rate === undefined) return 0;
      fill();
      if (tokens >= whole) {
        tokens = Math.max(0, tokens - 1);
        return 0;
      }
      return Math.max(1, Math.ceil(((1 - tokens) / rate) * 1000));
    },
    set,
  };
}
