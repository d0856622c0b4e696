// Messages of an integration as they come in: of an intake read by direct gets, else heard as they pass. No consumer is
// made for it: workers stop trimming while the intake has a reader that they do not know, and a tenant's quota may have
// no room for one.

import type { NatsConnection } from "@nats-io/transport-node";
import { readEnvelope } from "../../runtime/envelope.ts";
import * as address from "../../schema/address.ts";
import type { Envelope } from "../../schema/envelope.ts";
import { directMessages } from "../direct.ts";
import { failed, failureOf, type Result, success } from "../failure.ts";
import { callIfThere, type StreamInfo } from "../jetstream-api.ts";

export interface Tapped {
  /** 0 where there is no intake. */
  readonly sequence: number;
  /** When it was stored, or heard: ISO 8601. */
  readonly storedAt: string;
  readonly envelope: Envelope;
}

export interface TapOptions {
  /** Between two looks, when there was nothing new. */
  readonly pause: () => Promise<void>;
  readonly stopped: () => boolean;
  readonly onMessage: (message: Tapped) => void;
}

/** Tells what is stored from now on, until it is stopped. */
export async function tapIntake(
  connection: NatsConnection,
  integration: string,
  { pause, stopped, onMessage }: TapOptions,
): Promise<Result<void>> {
  const stream = address.intakeStream(integration);
  const filter = address.intakeFilter(integration);
  try {
    const info = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${stream}`);
    if (info === undefined) return failed({ kind: "failed", message: `${integration} has no intake; is it applied?` });
    let from = info.state.last_seq + 1;
    while (!stopped()) {
      for await (const { sequence, storedAt, headers, body, subject } of directMessages(connection, {
        stream,
        filter,
        from,
      })) {
        if (stopped()) break;
        from = sequence + 1;
        const id = subject.slice(subject.lastIndexOf(".") + 1);
        onMessage({ sequence, storedAt, envelope: readEnvelope(headers, body, { id, sequence }, true) });
      }
      if (!stopped()) await pause();
    }
    return success(undefined);
  } catch (error) {
    return failed(failureOf(error, `reading the intake of ${integration}`));
  }
}

/** The same of `transport: ephemeral`: a listener beside the targets' queue groups, who takes nothing from them. */
export async function tapEphemeral(
  connection: NatsConnection,
  integration: string,
  { pause, stopped, onMessage, now }: TapOptions & { readonly now: () => number },
): Promise<Result<void>> {
  try {
    const subscription = connection.subscribe(address.ephemeralFilter(integration), {
      callback: (error, message) => {
        if (error !== null || stopped()) return;
        const envelope = readEnvelope(message.headers, message.data, { id: "", sequence: 0 }, true);
        onMessage({ sequence: 0, storedAt: new Date(now()).toISOString(), envelope });
      },
    });
    while (!stopped()) await pause();
    subscription.unsubscribe();
    return success(undefined);
  } catch (error) {
    return failed(failureOf(error, `listening to ${integration}`));
  }
}
