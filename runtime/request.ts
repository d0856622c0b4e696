// Requests over one inbox subscription and one coarse timer. The library's own request and publish build errors with
// stacks, promises and a timer per message, which costs more than everything else on the hop together.

import type { Msg, MsgHdrs } from "@nats-io/nats-core";
import { nuid } from "@nats-io/nats-core";
import { type Clock, steadyNow } from "../schema/connector.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { reasonOf } from "./start-failure.ts";
import type { Wire } from "./wire.ts";

/** An answer, or why there is none: whether the request was done is then unknown. */
export type Answer =
  | { readonly kind: "answer"; readonly message: Msg }
  | { readonly kind: "none"; readonly reason: string };

export interface Requests {
  /** `patienceMs`: how long an answer may take, where it may take longer than others. */
  send(subject: string, data: Uint8Array | string, headers?: MsgHdrs, patienceMs?: number): Promise<Answer>;
  /** Sends without asking for an answer; false when it could not leave. */
  post(subject: string, data: Uint8Array | string, headers?: MsgHdrs): boolean;
  /** Resolves when the server has what was sent; false: it is away. */
  flush(): Promise<boolean>;
  /** How often the server has refused to let this worker publish there. */
  refusals(subject: string): number;
  /**
   * What takes much of the server at once goes one after the other, over all connections of the worker. `committing`:
   * only the answer is waited for; whoever gets none keeps back the others no longer than usual.
   */
  large<T>(run: (committing: () => void) => Promise<T>): Promise<T>;
  /** Gives up on everything that waits. */
  fail(reason: string): void;
  close(): void;
}

interface Waiting {
  readonly until: number;
  readonly resolve: (answer: Answer) => void;
}

const timeoutMs = 5_000;
const sweepMs = 500;

export function createRequests(
  connection: Wire,
  inboxPrefix: string,
  clock: Clock,
  lane: Lanes = createLanes(1),
): Requests {
  const inbox = `${inboxPrefix}.${nuid.next()}`;
  const waiting = new Map<string, Waiting>();
  let next = 0;
  let cancelSweep: (() => void) | undefined;

  const settle = (token: string, answer: Answer): void => {
    const entry = waiting.get(token);
    waiting.delete(token);
    entry?.resolve(answer);
  };
  const fail = (reason: string): void => {
    for (const token of [...waiting.keys()]) settle(token, { kind: "none", reason });
  };
  const sweep = (): void => {
    cancelSweep = undefined;
    const now = steadyNow(clock);
    for (const [token, entry] of waiting) {
      // Insertion order is order of time, but for those that may take longer: so all are looked at.
      if (entry.until <= now) settle(token, { kind: "none", reason: "NATS did not answer in time" });
    }
    if (waiting.size > 0) cancelSweep = clock.after(sweepMs, sweep, "tick");
  };

  const subscription = connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error !== null) return fail(error.message);
      settle(message.subject.slice(inbox.length + 1), { kind: "answer", message });
    },
  });

  return {
    send: (subject, data, headers, patienceMs = timeoutMs) =>
      new Promise((resolve) => {
        next += 1;
        const token = next.toString(36);
        try {
          const reply = `${inbox}.${token}`;
          connection.publish(subject, data, headers === undefined ? { reply } : { reply, headers });
        } catch (error) {
          return resolve({ kind: "none", reason: reasonOf(error) });
        }
        waiting.set(token, { until: steadyNow(clock) + patienceMs, resolve });
        cancelSweep ??= clock.after(sweepMs, sweep, "tick");
      }),
    post: (subject, data, headers) => {
      try {
        connection.publish(subject, data, headers === undefined ? {} : { headers });
        return true;
      } catch {
        return false;
      }
    },
    flush: () =>
      connection.flush().then(
        () => true,
        () => false,
      ),
    refusals: () => 0,
    large: (run) =>
      new Promise((resolve, reject) => {
        const turn = (leave: () => void): void => {
          let cancel = (): void => undefined;
          const committing = (): void => {
            cancel = clock.after(timeoutMs, leave);
          };
          const end = (): void => {
            cancel();
            leave();
          };
          run(committing).then(resolve, reject).finally(end);
        };
        void lane(() => new Promise<void>(turn));
      }),
    fail,
    close: () => {
      cancelSweep?.();
      subscription.unsubscribe();
      fail("the worker has stopped");
    },
  };
}
