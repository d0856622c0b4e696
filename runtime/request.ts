// Requests over one inbox subscription and one coarse timer. The library's own request and publish build errors with
// stacks, promises and a timer per message, which costs more than everything else on the hop together.

import type { Msg, MsgHdrs } from "@nats-io/nats-core";
import { nuid } from "@nats-io/nats-core";
import { type Clock, steadyNow } from "../schema/connector.ts";
import { reasonOf } from "./start-failure.ts";
import type { Wire } from "./wire.ts";

/** An answer, or why there is none: whether the request was done is then unknown. */
export type Answer =
  | { readonly kind: "answer"; readonly message: Msg }
  | { readonly kind: "none"; readonly reason: string };

export interface Requests {
  send(subject: string, data: Uint8Array | string, headers?: MsgHdrs): Promise<Answer>;
  /** Sends without asking for an answer; false when it could not leave. */
  post(subject: string, data: Uint8Array | string, headers?: MsgHdrs): boolean;
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

export function createRequests(connection: Wire, inboxPrefix: string, clock: Clock): Requests {
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
    // Insertion order is order of time: the first that is not due ends the sweep.
    for (const [token, entry] of waiting) {
      if (entry.until > now) break;
      settle(token, { kind: "none", reason: "NATS did not answer in time" });
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
    send: (subject, data, headers) =>
      new Promise((resolve) => {
        next += 1;
        const token = next.toString(36);
        try {
          const reply = `${inbox}.${token}`;
          connection.publish(subject, data, headers === undefined ? { reply } : { reply, headers });
        } catch (error) {
          return resolve({ kind: "none", reason: reasonOf(error) });
        }
        waiting.set(token, { until: steadyNow(clock) + timeoutMs, resolve });
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
    fail,
    close: () => {
      cancelSweep?.();
      subscription.unsubscribe();
      fail("the worker has stopped");
    },
  };
}
