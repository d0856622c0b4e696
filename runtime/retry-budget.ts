// What a target's retries may cost it: about a tenth of the work that succeeds. Retries that fail spend, whatever is
// delivered earns, and a little comes with time; while nothing is left, messages that fall due wait where they are.

import { type Clock, steadyNow } from "../schema/connector.ts";

/** docs/delivery.md prints them. */
export const budgetRules = {
  /** A failed retry costs one, a delivery earns this. */
  share: 0.1,
  /** What comes by itself. */
  perSecond: 1,
  /** As many may fail in a burst, where the target has no more in flight. */
  least: 10,
} as const;

export interface RetryBudget {
  /** Retries that may be under way. */
  left(): number;
  delivered(): void;
  retryFailed(): void;
}

export function createRetryBudget(clock: Pick<Clock, "now" | "steady">, inFlight: number): RetryBudget {
  const most = Math.max(budgetRules.least, inFlight);
  let tokens = most;
  let at = 0;
  return {
    left: () => {
      if (tokens >= most) return most;
      const now = steadyNow(clock);
      tokens = Math.min(most, tokens + (Math.max(0, now - at) * budgetRules.perSecond) / 1_000);
      at = now;
      return Math.floor(tokens);
    },
    delivered: () => {
      if (tokens < most) tokens = Math.min(most, tokens + budgetRules.share);
    },
    retryFailed: () => {
      if (tokens >= most) at = steadyNow(clock);
      tokens = Math.max(0, tokens - 1);
    },
  };
}
