// Memory for what is put together, shared by all who do: who comes later waits. What is larger than all there is goes
// in alone.

export type Room = <T>(bytes: number, run: () => Promise<T>) => Promise<T>;

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

export function createRoom(most: number): Room {
  const waiting: Waiting[] = [];
  let used = 0;
  let inside = 0;
  const fits = (bytes: number): boolean => inside === 0 || used + bytes <= most;
  const admit = (bytes: number): void => {
    used += bytes;
    inside += 1;
  };
  const next = (): void => {
    for (let first = waiting[0]; first !== undefined && fits(first.bytes); first = waiting[0]) {
      waiting.shift();
      admit(first.bytes);
      first.enter();
    }
  };
  return async (bytes, run) => {
    if (waiting.length === 0 && fits(bytes)) admit(bytes);
    else await new Promise<void>((enter) => waiting.push({ bytes, enter }));
    try {
      return await run();
    } finally {
      used -= bytes;
      inside -= 1;
      next();
    }
  };
}
