// When to try again: capped exponential backoff with full jitter, inside the time and the attempts that the author
// gave. A target that names a time (Retry-After) is not asked before it.

import type { RetryPolicy } from "../schema/bundle.ts";

export interface FailedAttempt {
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly firstFailureAt: number;
  readonly now: number;
  readonly retryAfterMs?: number;
}

/** Time of the next attempt in milliseconds since 1970; undefined when there shall be none. */
export function nextAttempt(policy: RetryPolicy, failed: FailedAttempt, random: () => number): number | undefined {
  const { attempt, firstFailureAt, now, retryAfterMs = 0 } = failed;
  const deadline = firstFailureAt + policy.for;
  if (now >= deadline || now + retryAfterMs > deadline) return undefined;
  if (policy.attempts !== undefined && attempt >= policy.attempts) return undefined;
  const ceiling = Math.min(policy.max, policy.initial * policy.multiplier ** (attempt - 1));
  const jitter = random() * (retryAfterMs > 0 ? Math.min(policy.initial, ceiling) : ceiling);
  // The last attempt is made at the deadline rather than given up early.
  return Math.min(deadline, now + retryAfterMs + jitter);
}
