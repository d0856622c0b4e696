// So many at once and no more; who comes later waits for its turn.

export type Lanes = <T>(run: () => Promise<T>) => Promise<T>;

export function createLanes(count: number): Lanes {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (run) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((turn) => waiting.push(turn));
    try {
      return await run();
    } finally {
      // The lane goes from hand to hand.
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
