// A long list worked through: several at once, not more of them per second than was asked for, and until somebody says
// stop. What was begun is brought to its end.

export interface Pace {
  /** As many as go when not said. */
  readonly perSecond?: number;
  readonly signal?: AbortSignal;
  readonly clock: PaceClock;
}

export interface PaceClock {
  /** Milliseconds that only go forward. */
  monotonic(): number;
  /** Resolves early when the signal says so, and never rejects. */
  pause(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

const atOnce = 4;

/** The first failure stops what has not been started and is thrown. */
export async function paced<T>(items: readonly T[], pace: Pace, work: (item: T) => Promise<void>): Promise<void> {
  const { signal, clock } = pace;
  const stopped = (): boolean => broken !== undefined || signal?.aborted === true;
  const everyMs = pace.perSecond === undefined ? 0 : 1_000 / pace.perSecond;
  const began = clock.monotonic();
  let next = 0;
  let broken: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    while (!stopped() && next < items.length) {
      const index = next;
      next += 1;
      const wait = began + index * everyMs - clock.monotonic();
      if (wait > 0) await clock.pause(wait, signal);
      const item = items[index];
      if (item === undefined || stopped()) return;
      await work(item).catch((error: unknown) => {
        broken ??= { error };
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  if (broken !== undefined) throw broken.error;
}
