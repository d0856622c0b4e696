// Deliveries under way. Those that take too long, or that a drain cannot wait for, are broken off: by the signal, and
// for a connector that does not heed it by going on without its answer. One coarse timer serves all of them, and a
// signal is made only for a connector that looks at it: both cost more than the rest of a quick delivery.

import type { Clock, Delivery, OpenTarget } from "../schema/connector.ts";
import type { DeliveryResult } from "../schema/outcome.ts";
import { reasonOf } from "./start-failure.ts";

export interface Attempts {
  /** Never rejects. */
  deliver(open: OpenTarget, delivery: Omit<Delivery, "signal">): Promise<DeliveryResult>;
  /** Breaks off all that are under way. */
  abort(reason: string): void;
}

interface UnderWay {
  readonly until: number;
  readonly breakOff: (reason: string) => void;
}

const sweepMs = 1_000;

export function createAttempts(clock: Clock, limitMs: number): Attempts {
  const underWay = new Set<UnderWay>();
  let sweeping = false;

  const sweep = (): void => {
    sweeping = underWay.size > 0;
    const now = clock.now();
    // All have the same limit, so that the first that is not due ends the sweep.
    for (const attempt of underWay) {
      if (attempt.until > now) break;
      attempt.breakOff("the attempt took too long");
    }
    if (sweeping) clock.after(sweepMs, sweep);
  };
  return {
    deliver: (open, delivery) =>
      new Promise((resolve) => {
        const controller = lazyController();
        const attempt: UnderWay = {
          until: clock.now() + limitMs,
          breakOff: (reason) => {
            underWay.delete(attempt);
            controller.abort(new Error(reason));
            // The connector may still know better what it did.
            setImmediate(() => resolve(unknown(`${reason}; it had no outcome yet`)));
          },
        };
        const settle = (result: DeliveryResult): void => {
          underWay.delete(attempt);
          resolve(result);
        };
        underWay.add(attempt);
        if (!sweeping) {
          sweeping = true;
          clock.after(sweepMs, sweep);
        }
        begin(open, withSignal(delivery, controller.signal)).then(settle, (error: unknown) => {
          settle(unknown(reasonOf(error)));
        });
      }),
    abort: (reason) => {
      for (const attempt of [...underWay]) attempt.breakOff(reason);
    },
  };
}

/** A connector that throws is treated as one that rejects. */
async function begin(open: OpenTarget, delivery: Delivery): Promise<DeliveryResult> {
  return open.deliver(delivery);
}

function withSignal(delivery: Omit<Delivery, "signal">, signal: () => AbortSignal): Delivery {
  return {
    ...delivery,
    get signal() {
      return signal();
    },
  };
}

function lazyController(): { readonly signal: () => AbortSignal; readonly abort: (reason: Error) => void } {
  let made: AbortController | undefined;
  let ended: Error | undefined;
  return {
    signal: () => {
      made ??= new AbortController();
      if (ended !== undefined) made.abort(ended);
      return made.signal;
    },
    abort: (reason) => {
      ended = reason;
      made?.abort(reason);
    },
  };
}

const unknown = (message: string): DeliveryResult => ({
  kind: "unknown",
  failure: { class: "unavailable", message },
});
