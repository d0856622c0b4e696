// Waiting that is cut short when a source stops.

import type { Clock } from "../../schema/connector.ts";

export interface Pauses {
  pause(ms: number): Promise<void>;
  /** All that wait go on at once. */
  end(): void;
}

export function pauses(clock: Clock): Pauses {
  const waiting = new Set<() => void>();
  return {
    pause: (ms) =>
      new Promise((resolve) => {
        const done = (): void => {
          cancel();
          waiting.delete(done);
          resolve();
        };
        const cancel = clock.after(ms, done);
        waiting.add(done);
      }),
    end: () => {
      for (const done of [...waiting]) done();
    },
  };
}
