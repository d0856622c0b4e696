// Publishes to a subject of the tenant's account: with a PubAck where a stream takes the subject, plain otherwise.

import { headers, type NatsConnection } from "@nats-io/nats-core";
import type { Delivery, OpenTarget } from "../../schema/connector.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { jsonBytes } from "../json-text.ts";
import { requiredText } from "../setting.ts";

const lookAgainMs = 10_000;
const timeout = 5000;

export function openNatsTarget(connection: NatsConnection, now: () => number): OpenTarget {
  const captured = new Map<string, { readonly stream: boolean; readonly at: number }>();

  const hasStream = async (subject: string): Promise<boolean> => {
    const known = captured.get(subject);
    if (known !== undefined && now() - known.at < lookAgainMs) return known.stream;
    const reply = await connection.request("$JS.API.STREAM.NAMES", JSON.stringify({ subject }), { timeout });
    const { streams } = reply.json<{ readonly streams?: readonly string[] | null }>();
    const stream = (streams?.length ?? 0) > 0;
    if (captured.size > 10_000) captured.clear();
    captured.set(subject, { stream, at: now() });
    return stream;
  };

  const deliver = async (delivery: Delivery): Promise<DeliveryResult> => {
    let sent = false;
    try {
      const subject = requiredText(delivery.settings, "subject");
      const body = jsonBytes(delivery.body);
      const fields = headers();
      fields.set("Nats-Msg-Id", encodeURIComponent(delivery.id));
      if (delivery.traceparent !== undefined) fields.set("traceparent", delivery.traceparent);
      if (connection.isClosed()) return unavailable("NATS is not connected");
      const stream = await hasStream(subject);
      sent = true;
      if (!stream) {
        connection.publish(subject, body, { headers: fields });
        await connection.flush();
        return { kind: "delivered" };
      }
      const ack = (await connection.request(subject, body, { headers: fields, timeout })).json<PubAck>();
      if (ack.error !== undefined)
        return unavailable(`the stream refused it (${ack.error.err_code ?? ack.error.code})`);
      return { kind: "delivered", detail: `${ack.stream} ${ack.seq}` };
    } catch (error) {
      const name = error instanceof Error ? error.name : "error";
      const failure = { class: "unavailable" as const, message: `NATS did not answer (${name})` };
      return sent ? { kind: "unknown", failure } : { kind: "transient", failure };
    }
  };
  return { deliver, close: () => Promise.resolve() };
}

interface PubAck {
  readonly stream: string;
  readonly seq: number;
  readonly error?: { readonly code: number; readonly err_code?: number };
}

const unavailable = (message: string): DeliveryResult => ({
  kind: "transient",
  failure: { class: "unavailable", message },
});
