// One spell of pulling: requests for as many messages as there is room for, until the consumer, the server or the
// connection goes away.

import { type Msg, nuid } from "@nats-io/nats-core";
import { type Clock, steadyNow } from "../schema/connector.ts";
import type { Link } from "./link.ts";
import { reasonOf } from "./start-failure.ts";
import type { Listening } from "./wire.ts";

const expiresMs = 5_000;
const heartbeatMs = 1_000;
const silenceMs = 3 * heartbeatMs;
const nanoseconds = 1_000_000;

export interface Session {
  refill(): void;
  /** Why it ended. */
  readonly ended: Promise<string>;
  /** Takes what is on its way, then ends. */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly link: Link;
  readonly stream: string;
  readonly consumer: string;
  readonly clock: Clock;
  readonly inFlight: number;
  readonly receive: (message: Msg) => void;
  /** How many more it may take; never more than `inFlight` without those that are held. */
  readonly room: () => number;
  readonly held: () => number;
  readonly touch: () => void;
}

export function openSession(options: SessionOptions): Session {
  const { link, clock, stream, consumer, room } = options;
  const inbox = `${link.inboxPrefix}.${nuid.next()}`;
  const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  let asked = 0;
  let heardAt = steadyNow(clock);
  let open = true;
  let cancelTick: () => void = () => undefined;
  let tellEnd: (reason: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    tellEnd = resolve;
  });

  const end = async (reason: string): Promise<void> => {
    if (!open) return;
    open = false;
    cancelTick();
    forgetReconnect();
    await drained(subscription);
    tellEnd(reason);
  };
  const enough = Math.max(1, options.inFlight / 4);
  const refill = (): void => {
    // Asked after every message, so the cheap half of the question comes first.
    if (!open || (asked > 0 && options.inFlight - options.held() - asked < enough)) return;
    const free = room() - asked;
    if (free <= 0 || (asked > 0 && free < enough)) return;
    if (asked === 0) heardAt = steadyNow(clock);
    const request = { batch: free, expires: expiresMs * nanoseconds, idle_heartbeat: heartbeatMs * nanoseconds };
    asked += free;
    try {
      link.connection.publish(next, JSON.stringify(request), { reply: inbox });
    } catch (error) {
      void end(reasonOf(error));
    }
  };
  const onStatus = (message: Msg): void => {
    const code = message.headers?.code;
    const description = message.headers?.description ?? "";
    if (code === 100) return;
    const unserved = Number(message.headers?.get("Nats-Pending-Messages") ?? 0);
    if (code === 404 || code === 408 || (code === 409 && description === "Batch Completed")) {
      asked = Math.max(0, asked - unserved);
      refill();
      return;
    }
    void end(code === 503 ? "the consumer is gone" : `${code} ${description}`);
  };
  const subscription = link.connection.subscribe(inbox, {
    callback: (error, message) => {
      heardAt = steadyNow(clock);
      if (error !== null) void end(error.message);
      else if (message.subject === inbox) onStatus(message);
      else {
        asked = Math.max(0, asked - 1);
        options.receive(message);
        refill();
      }
    },
  });
  const tick = (): void => {
    cancelTick = clock.after(heartbeatMs, tick, "tick");
    if (!link.connected()) return;
    options.touch();
    if (asked > 0 && steadyNow(clock) - heardAt > silenceMs) void end("no heartbeat");
    else refill();
  };
  cancelTick = clock.after(heartbeatMs, tick, "tick");
  const forgetReconnect = link.onReconnect(() => void end("reconnect"));
  refill();
  return { refill, ended, close: () => end("stopped") };
}

/** Unsubscribes, and resolves when all that the server had sent before has been handed over. */
async function drained(subscription: Listening): Promise<void> {
  try {
    await subscription.drain();
  } catch {
    subscription.unsubscribe();
  }
}
