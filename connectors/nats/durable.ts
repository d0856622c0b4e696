// Reading by a durable, which all workers of an integration share: a message is acknowledged once the intake has it,
// under an id of its own, so what is handed out twice is stored once.

import type { Msg } from "@nats-io/nats-core";
import { readerConsumer } from "../../schema/address.ts";
import {
  type Incoming,
  type RunningSource,
  type SourceContext,
  sourceError,
  steadyNow,
} from "../../schema/connector.ts";
import type { NatsDoor, NatsPulled } from "./door.ts";
import { hasReadableHeaders, unreadableHeaders } from "./headers.ts";
import { pauses } from "./pauses.ts";

export interface Reading {
  readonly stream: string;
  /** What people call it. */
  readonly called: string;
  /** Or why it cannot be one, somebody else may write there too; or undefined for what nobody asked for. */
  readonly toIncoming: (message: Msg, pulled: NatsPulled) => Incoming | string | undefined;
}

const inFlight = 256;
const inFlightBytes = 16 * 1024 * 1024;

/** An apply that makes the durable anew is no break. */
const graceMs = 2_000;

/** Resolves once the durable is there; rejects when NATS says that it is not. */
export async function readDurable(context: SourceContext, nats: NatsDoor, reading: Reading): Promise<RunningSource> {
  const { clock, log } = context;
  const { stream, called, toIncoming } = reading;
  const waiting = pauses(clock);
  let stopped = false;

  /** While the intake takes nothing the message stays in hand, and so nothing more is asked for. */
  const handle = async (pulled: NatsPulled, message: Msg): Promise<void> => {
    const incoming = hasReadableHeaders(message) ? toIncoming(message, pulled) : unreadableHeaders;
    if (incoming === undefined) return pulled.ack();
    if (typeof incoming === "string") {
      context.refuse(`message ${pulled.sequence} of ${called}: ${incoming}`, "invalid");
      return end(pulled, incoming);
    }
    while (!stopped) {
      const accepted = await context.accept(incoming);
      if (accepted.kind === "stored") return pulled.ack();
      if (accepted.kind === "invalid") return end(pulled, accepted.issues[0]?.message ?? "invalid");
      await waiting.pause(accepted.retryAfterSeconds * 1000);
    }
    pulled.nak();
  };
  /** It would be as invalid the next time. It stays in the stream, where its sequence says which it is. */
  const end = (pulled: NatsPulled, reason: string): void => {
    log.warn({ source: context.name, stream: called, sequence: pulled.sequence, reason }, "a message is passed over");
    pulled.term(reason);
  };

  const consumer = readerConsumer(context.integration, context.name);
  const away = { kind: "disconnected", reason: `${called}, or its consumer ${consumer}, is not there` } as const;
  let tell: (there: boolean) => void = () => undefined;
  const found = new Promise<boolean>((resolve) => {
    tell = resolve;
  });
  let missingSince: number | undefined;
  const puller = nats.pull({
    stream,
    consumer,
    there: () => {
      missingSince = undefined;
      tell(true);
    },
    missing: () => {
      missingSince ??= steadyNow(clock);
      tell(false);
      if (steadyNow(clock) - missingSince > graceMs) context.fail(away);
    },
    clock,
    log,
    inFlight,
    inFlightBytes,
    handle,
  });
  const stop = async (): Promise<void> => {
    await puller.stop();
    stopped = true;
    waiting.end();
    await puller.idle();
  };
  context.signal.addEventListener("abort", () => tell(true), { once: true });
  if (await found) return { stop };
  await stop();
  throw sourceError(away);
}
