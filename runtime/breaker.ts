// The circuit breaker of one target. A target that answers nobody is asked by one message at a time, after pauses that
// grow, instead of by all of them again and again. It is pure but for the clock: what waits, and where, is throttle.ts.

import { type Clock, steadyNow } from "../schema/connector.ts";
import type { Failure } from "../schema/outcome.ts";

/** All its figures in one place; docs/delivery.md prints them. Milliseconds. */
export const breakerRules = {
  /** In any case of so many different messages at least: one that always fails is no outage. */
  messages: 3,
  /** Opens after so many failures in a row. */
  row: 5,
  /** Or when, within `windowMs` of a failure, of at least `sample` outcomes this share are failures. */
  sample: 20,
  share: 0.5,
  windowMs: 10_000,
  /** The first pause, what it is multiplied by each time a probe fails, and the longest. The last half is random. */
  pauseMs: 1_000,
  growth: 2,
  longestPauseMs: 60_000,
  /** A Retry-After is honoured up to this; a message's own is honoured in full, see backoff.ts. */
  longestWaitMs: 3_600_000,
} as const;

export type BreakerState = "closed" | "open" | "half-open";

export interface FailedDelivery {
  readonly id: string;
  readonly failure: Failure;
  readonly retryAfterMs?: number;
}

/** What it tells when its state changes. */
export interface BreakerChange {
  readonly state: BreakerState;
  /** Why it opened. */
  readonly failure?: Failure;
  /** When it lets a message through: milliseconds since 1970. */
  readonly until?: number;
}

export interface Breaker {
  state(): BreakerState;
  /** Deliveries that may be under way; infinity when nothing is wrong. After an outage it grows with each success. */
  allowed(): number;
  /**
   * Changes whenever it opens and whenever it lets a probe through. What began in an earlier spell says nothing of
   * the present one.
   */
  spell(): number;
  succeeded(spell: number): void;
  failed(spell: number, failed: FailedDelivery): void;
  stop(): void;
}

export interface BreakerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** From so many allowed deliveries on, the target is as good as before. */
  readonly full: number;
  readonly changed: (change: BreakerChange) => void;
}

export function createBreaker({ clock, random, full, changed }: BreakerOptions): Breaker {
  const rules = breakerRules;
  let state: BreakerState = "closed";
  let allowed = Number.POSITIVE_INFINITY;
  let spell = 0;
  let pauseMs: number = rules.pauseMs;
  let cancel: () => void = () => undefined;
  // Failures since the last success.
  let row = 0;
  let waitUntil = 0;
  const failing = several(rules.messages);
  // Outcomes since the failure that began the window; no window, nothing is counted.
  let windowUntil = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let outcomes = 0;
  const failingOfLate = several(rules.messages);

  const forget = (): void => {
    row = 0;
    waitUntil = 0;
    failing.clear();
    windowUntil = Number.NEGATIVE_INFINITY;
    failures = 0;
    outcomes = 0;
  };
  const halfOpen = (): void => {
    state = "half-open";
    allowed = 1;
    spell += 1;
    changed({ state });
  };
  const open = (failure: Failure): void => {
    const now = steadyNow(clock);
    const pause = pauseMs * (1 + random()) * 0.5;
    const until = Math.max(now + pause, Math.min(waitUntil, now + rules.longestWaitMs));
    pauseMs = Math.min(rules.longestPauseMs, pauseMs * rules.growth);
    state = "open";
    allowed = 0;
    spell += 1;
    forget();
    cancel();
    cancel = clock.after(until - now, halfOpen);
    changed({ state, failure, until: clock.now() + until - now });
  };
  const close = (): void => {
    state = "closed";
    forget();
    changed({ state });
  };
  /** The more work, the more may come: a target that has just come up is not met by all that waited. */
  const recover = (): void => {
    allowed += 1;
    if (allowed < full) return;
    allowed = Number.POSITIVE_INFINITY;
    pauseMs = rules.pauseMs;
  };
  const isDown = (): boolean =>
    state === "half-open" ||
    (row >= rules.row && failing.full()) ||
    (outcomes >= rules.sample && failures >= outcomes * rules.share && failingOfLate.full());

  return {
    state: () => state,
    allowed: () => allowed,
    spell: () => spell,
    succeeded: (began) => {
      if (began !== spell || state === "open") return;
      if (state === "half-open") close();
      if (allowed !== Number.POSITIVE_INFINITY) recover();
      outcomes += 1;
      if (row === 0) return;
      row = 0;
      waitUntil = 0;
      failing.clear();
    },
    failed: (began, { id, failure, retryAfterMs = 0 }) => {
      if (began !== spell || state === "open") return;
      const now = steadyNow(clock);
      if (now >= windowUntil) {
        windowUntil = now + rules.windowMs;
        failures = 0;
        outcomes = 0;
        failingOfLate.clear();
      }
      outcomes += 1;
      failures += 1;
      row += 1;
      failing.add(id);
      failingOfLate.add(id);
      if (retryAfterMs > 0) waitUntil = Math.max(waitUntil, now + retryAfterMs);
      if (isDown()) open(failure);
    },
    stop: () => cancel(),
  };
}

interface Several {
  add(id: string): void;
  full(): boolean;
  clear(): void;
}

/** Different ones, up to so many. */
function several(most: number): Several {
  const ids: string[] = [];
  return {
    add: (id) => {
      if (ids.length < most && !ids.includes(id)) ids.push(id);
    },
    full: () => ids.length === most,
    clear: () => {
      ids.length = 0;
    },
  };
}
