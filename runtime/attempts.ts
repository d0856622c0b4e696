// Deliveries under way. Those that take too long, or that a drain cannot wait for, are broken off: by the signal, and
// for a connector that does not heed it by going on without its answer. One coarse timer serves all of them, and a
// signal is made only for a connector that looks at it: both cost more than the rest of a quick delivery.

import { type Clock, type Delivery, type OpenTarget, steadyNow } from "../schema/connector.ts";
import type { Json, JsonObject } from "../schema/json.ts";
import type { DeliveryResult } from "../schema/outcome.ts";
import { reasonOf } from "./start-failure.ts";

export interface Attempts {
  /** Never rejects. `signal`: whoever wanted it wants it no more. */
  deliver(open: OpenTarget, delivery: Omit<Delivery, "signal">, signal?: AbortSignal): Promise<DeliveryResult>;
  /** The same for the path of every message: one promise less. `settle` is told once. */
  start(open: OpenTarget, delivery: Omit<Delivery, "signal">, settle: (result: DeliveryResult) => void): void;
  /** Breaks off all that are under way. */
  abort(reason: string): void;
  /** True once they were: nothing more shall be begun. */
  ended(): boolean;
}

const sweepMs = 1_000;

/** A class, not an object with a getter: this is made for every message. */
class UnderWay implements Delivery {
  readonly id: string;
  readonly attempt: number;
  readonly settings: JsonObject;
  readonly body: Json;
  readonly content: Delivery["content"];
  readonly receivedAt: string | undefined;
  readonly batch: Delivery["batch"];
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly until: number;
  readonly #settle: (result: DeliveryResult) => void;
  #settled = false;
  #controller: AbortController | undefined;
  #ended: Error | undefined;

  constructor(given: Omit<Delivery, "signal">, until: number, settle: (result: DeliveryResult) => void) {
    this.id = given.id;
    this.attempt = given.attempt;
    this.settings = given.settings;
    this.body = given.body;
    this.content = given.content;
    this.receivedAt = given.receivedAt;
    this.batch = given.batch;
    this.traceparent = given.traceparent;
    this.tracestate = given.tracestate;
    this.until = until;
    this.#settle = settle;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended !== undefined) this.#controller.abort(this.#ended);
    return this.#controller.signal;
  }

  settle(result: DeliveryResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#settle(result);
  }

  breakOff(reason: string): void {
    this.#ended = new Error(reason);
    this.#controller?.abort(this.#ended);
    // The connector may still know better what it did.
    setImmediate(() => this.settle(unknown(`${reason}; it had no outcome yet`)));
  }
}

export function createAttempts(clock: Clock, limitMs: number): Attempts {
  const underWay = new Set<UnderWay>();
  let sweeping = false;
  let ended = false;

  const breakOff = (attempt: UnderWay, reason: string): void => {
    underWay.delete(attempt);
    attempt.breakOff(reason);
  };
  const sweep = (): void => {
    sweeping = underWay.size > 0;
    const now = steadyNow(clock);
    // All have the same limit, so that the first that is not due ends the sweep.
    for (const attempt of underWay) {
      if (attempt.until > now) break;
      breakOff(attempt, "the attempt took too long");
    }
    if (sweeping) clock.after(sweepMs, sweep, "tick");
  };
  const begin = (
    open: OpenTarget,
    delivery: Omit<Delivery, "signal">,
    settle: (result: DeliveryResult) => void,
  ): UnderWay => {
    const attempt = new UnderWay(delivery, steadyNow(clock) + limitMs, settle);
    const end = (result: DeliveryResult): void => {
      underWay.delete(attempt);
      attempt.settle(result);
    };
    underWay.add(attempt);
    if (!sweeping) {
      sweeping = true;
      clock.after(sweepMs, sweep, "tick");
    }
    const fail = (error: unknown): void => end(unknown(reasonOf(error)));
    try {
      open.deliver(attempt).then(end, fail);
    } catch (error) {
      // A connector that throws is treated as one that rejects.
      fail(error);
    }
    return attempt;
  };
  return {
    start: begin,
    deliver: (open, delivery, signal) =>
      new Promise((resolve) => {
        const leave = (): void => breakOff(attempt, "nobody waits for it any more");
        const attempt = begin(open, delivery, (result) => {
          // The signal may outlive many of them.
          signal?.removeEventListener("abort", leave);
          resolve(result);
        });
        signal?.addEventListener("abort", leave, { once: true });
      }),
    ended: () => ended,
    abort: (reason) => {
      ended = true;
      for (const attempt of [...underWay]) breakOff(attempt, reason);
    },
  };
}

const unknown = (message: string): DeliveryResult => ({
  kind: "unknown",
  failure: { class: "unavailable", message },
});
