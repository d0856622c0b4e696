// Time that stands still until there is nothing left to do, and then leaps to whatever is due next: a day of retries
// takes milliseconds.

import type { Clock } from "../../schema/connector.ts";

export interface SimulatedClock extends Clock {
  /** When the next of these is due: work that somebody waits for, or a tick that looks after things. */
  due(kind: "work" | "tick"): number | undefined;
  /** Moves on to the next one due and runs it. */
  run(kind: "work" | "tick"): void;
  moveTo(ms: number): void;
  /** Once each: those that have been due for a while. */
  runPassed(kind: "tick"): void;
  /** Grows with everything that is asked of it. */
  readonly asked: number;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export function simulatedClock(start: number): SimulatedClock {
  const queues = { work: createQueue(), tick: createQueue() };
  let now = start;
  let asked = 0;
  const run = (kind: "work" | "tick"): void => {
    const timer = queues[kind].take();
    if (timer === undefined) return;
    now = Math.max(now, timer.at);
    timer.run?.();
  };
  return {
    now: () => now,
    after: (ms, work, kind) => {
      asked += 1;
      const timer: Timer = { at: now + Math.max(0, ms), order: asked, run: work };
      queues[kind ?? "work"].add(timer);
      return () => {
        timer.run = undefined;
      };
    },
    due: (kind) => queues[kind].first()?.at,
    run,
    moveTo: (ms) => {
      now = Math.max(now, ms);
    },
    runPassed: (kind) => {
      const queue = queues[kind];
      const passed: Timer[] = [];
      for (let next = queue.first(); next !== undefined && next.at <= now; next = queue.first()) {
        queue.take();
        passed.push(next);
      }
      for (const timer of passed) timer.run?.();
    },
    get asked() {
      return asked;
    },
  };
}

/** A heap; what was cancelled is skipped. */
function createQueue() {
  const heap: Timer[] = [];
  const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
  const swap = (a: number, b: number): void => {
    const [left, right] = [heap[a], heap[b]];
    if (left !== undefined && right !== undefined) [heap[a], heap[b]] = [right, left];
  };
  const isBefore = (a: number, b: number): boolean => {
    const [left, right] = [heap[a], heap[b]];
    return left !== undefined && right !== undefined && before(left, right);
  };
  const take = (): Timer | undefined => {
    swap(0, heap.length - 1);
    const taken = heap.pop();
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = isBefore(right, left) ? right : left;
      if (!isBefore(child, at)) return taken;
      swap(child, at);
      at = child;
    }
  };
  return {
    add: (timer: Timer): void => {
      heap.push(timer);
      for (let at = heap.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (!isBefore(at, parent)) return;
        swap(at, parent);
        at = parent;
      }
    },
    first: (): Timer | undefined => {
      while (heap[0] !== undefined && heap[0].run === undefined) take();
      return heap[0];
    },
    take,
  };
}
