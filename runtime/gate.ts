// Who may run beside whom: ordinary work runs together, a suspect runs alone. First come, first served, so that
// neither can starve the other.

export interface Gate {
  /** True: whoever enters now is inside at once. */
  free(): boolean;
  /** Undefined: inside at once. Whoever was let in must `leave`. */
  enter(): Promise<void> | undefined;
  leave(): void;
  alone<T>(run: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly alone: boolean;
  readonly enter: () => void;
}

export function createGate(): Gate {
  const queue: Waiting[] = [];
  let inside = 0;
  let closed = false;

  const fits = (alone: boolean): boolean => !closed && (!alone || inside === 0);
  const take = (alone: boolean): void => {
    inside += 1;
    closed = alone;
  };
  const leave = (): void => {
    inside -= 1;
    closed = false;
    for (let first = queue[0]; first !== undefined && fits(first.alone); first = queue[0]) {
      queue.shift();
      take(first.alone);
      first.enter();
    }
  };
  const enter = (alone: boolean): Promise<void> | undefined => {
    if (queue.length > 0 || !fits(alone)) return new Promise((inside) => queue.push({ alone, enter: inside }));
    take(alone);
    return undefined;
  };
  return {
    free: () => queue.length === 0 && !closed,
    enter: () => enter(false),
    leave,
    alone: async (run) => {
      await enter(true);
      try {
        return await run();
      } finally {
        leave();
      }
    },
  };
}
