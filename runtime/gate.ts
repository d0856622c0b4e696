// Who may run beside whom. Ordinary work runs together; what may kill the process runs alone, once nobody else begins
// anything. A gate is never closed for longer than it is meant to be: those inside get a moment to finish, whoever is
// alone opens it when it takes long, and afterwards it stays open for as long as it was closed.

import { type Clock, steadyNow } from "../schema/connector.ts";
import { within } from "./clock.ts";

export interface Gate {
  /** True: whoever enters now is inside at once. */
  free(): boolean;
  /** Undefined: inside at once. Whoever was let in must `leave`. */
  enter(): Promise<void> | undefined;
  leave(): void;
  /** First come, first served. `open` ends being alone before `run` ends. */
  alone<T>(run: (open: () => void) => Promise<T>): Promise<T>;
}

/** Those inside may be waiting for something slow; longer than this nobody waits for them. */
const settleMs = 1_000;

export function createGate(clock: Clock): Gate {
  const outside: (() => void)[] = [];
  const alone: (() => void)[] = [];
  let inside = 0;
  let closed = false;
  let closedAt = 0;
  let resting = false;
  let emptied: (() => void) | undefined;

  const open = (): void => {
    if (!closed) return;
    closed = false;
    for (const enter of outside.splice(0)) enter();
    resting = true;
    clock.after(steadyNow(clock) - closedAt, () => {
      resting = false;
      next();
    });
  };
  const next = (): void => {
    if (closed || resting) return;
    const begin = alone.shift();
    if (begin === undefined) return;
    closed = true;
    closedAt = steadyNow(clock);
    begin();
  };
  const settled = (): Promise<void> => {
    if (inside === 0) return Promise.resolve();
    const empty = new Promise<void>((resolve) => {
      emptied = resolve;
    });
    return within(clock, settleMs, empty, undefined);
  };
  const enter = (): void => {
    inside += 1;
  };
  return {
    free: () => !closed,
    enter: () => {
      if (!closed) return void enter();
      return new Promise((resolve) => {
        outside.push(() => {
          enter();
          resolve();
        });
      });
    },
    leave: () => {
      inside -= 1;
      if (inside === 0) emptied?.();
    },
    alone: async (run) => {
      await new Promise<void>((begin) => {
        alone.push(begin);
        next();
      });
      await settled();
      let opened = false;
      const openOnce = (): void => {
        if (!opened) open();
        opened = true;
      };
      try {
        return await run(openOnce);
      } finally {
        openOnce();
      }
    },
  };
}

/** One after the other, as long as each is quick: the next one begins after `patienceMs` in any case. */
export type Lane = <T>(run: () => Promise<T>) => Promise<T>;

export function createLane(clock: Clock, patienceMs: number): Lane {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const mine = last.then(run);
    const over = mine.then(
      () => undefined,
      () => undefined,
    );
    last = last.then(() => within(clock, patienceMs, over, undefined));
    return mine;
  };
}
