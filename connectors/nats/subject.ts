// Listening to a subject. NATS keeps nothing for who is away or slow: up to the intake a message comes once or not at
// all, and what is lost on this side is counted and said.

import type { Msg } from "@nats-io/nats-core";
import type { Incoming, RunningSource, SourceContext } from "../../schema/connector.ts";
import type { NatsDoor } from "./door.ts";
import { hasReadableHeaders, unreadableHeaders } from "./headers.ts";
import { pauses } from "./pauses.ts";

/** Messages and bytes that wait for the intake: what comes beside them is lost. */
const inHand = { messages: 1_000, bytes: 32 * 1024 * 1024 };

export function readSubject(
  context: SourceContext,
  nats: NatsDoor,
  subject: string,
  toIncoming: (message: Msg) => Incoming | string,
): RunningSource {
  const waiting = pauses(context.clock);
  const underWay = new Set<Promise<void>>();
  let bytes = 0;
  let stopped = false;

  const store = async (incoming: Incoming): Promise<void> => {
    for (;;) {
      const accepted = await context.accept(incoming);
      if (accepted.kind !== "unavailable") return;
      if (stopped) return lost("the worker stops while nothing can be stored");
      await waiting.pause(accepted.retryAfterSeconds * 1000);
    }
  };
  const lost = (why: string): void => context.refuse(`a message to ${subject} is lost: ${why}`, "invalid");
  const take = (message: Msg): void => {
    const incoming = hasReadableHeaders(message) ? toIncoming(message) : unreadableHeaders;
    if (typeof incoming === "string") {
      context.refuse(`a message to ${subject}: ${incoming}`, "invalid");
      return;
    }
    const size = message.data.length;
    if (underWay.size >= inHand.messages || bytes + size > inHand.bytes) {
      lost("too many wait to be stored");
      return;
    }
    bytes += size;
    const done = store(incoming).finally(() => {
      bytes -= size;
      underWay.delete(done);
    });
    underWay.add(done);
  };
  // One of the workers gets each message.
  const subscription = nats.subscribe(subject, `${context.integration}_${context.name}`, take, (reason) =>
    context.log.warn({ source: context.name, subject, reason }, "NATS does not let this worker listen"),
  );
  return {
    stop: async () => {
      await subscription.end();
      stopped = true;
      waiting.end();
      await Promise.all(underWay);
    },
  };
}
