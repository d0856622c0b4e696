// Who may run beside whom: ordinary work runs together, a suspect runs alone. First come, first served, so that
// neither can starve the other.

export interface Gate {
  together<T>(run: () => Promise<T>): Promise<T>;
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
  const pass = async <T>(alone: boolean, run: () => Promise<T>): Promise<T> => {
    if (queue.length === 0 && fits(alone)) take(alone);
    else await new Promise<void>((enter) => queue.push({ alone, enter }));
    try {
      return await run();
    } finally {
      leave();
    }
  };
  return { together: (run) => pass(false, run), alone: (run) => pass(true, run) };
}
