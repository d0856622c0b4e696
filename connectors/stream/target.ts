// Writes a stream of the tenant: one subject per message id, and only while nothing is there, so an id is stored once for
// as long as the stream keeps it.

import { declaredSubject, idHash } from "../../schema/address.ts";
import type { Delivery, OpenTarget, TargetContext } from "../../schema/connector.ts";
import { header } from "../../schema/envelope.ts";
import { natsHeaders } from "../../schema/nats-headers.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { jsonBytes } from "../json-text.ts";
import type { NatsAnswer, NatsSender } from "../nats/door.ts";
import { requiredText } from "../setting.ts";

/** What the headers of a message may take, in bytes. */
const headerRoom = 4_096;

export function openStream(context: TargetContext, nats: NatsSender): OpenTarget {
  const name = requiredText(context.settings, "name");
  const deliver = async ({ id, body, traceparent, tracestate }: Delivery): Promise<DeliveryResult> => {
    if (!nats.connected()) return unavailable("NATS is not connected");
    const fields = natsHeaders({
      [header.id]: encodeURIComponent(id),
      "Nats-Expected-Last-Subject-Sequence": "0",
      [header.traceparent]: traceparent,
      [header.tracestate]: tracestate,
    });
    const bytes = jsonBytes(body);
    const largest = nats.largest() - headerRoom;
    // It stays too large, and a server that is sent it hangs up.
    if (bytes.length > largest) return rejected(`the message is larger than ${largest} bytes`);
    return toResult(await nats.requests.send(declaredSubject(name, idHash(id)), bytes, fields), name);
  };
  return {
    deliver: (delivery) =>
      deliver(delivery).catch((error: unknown) => unknown(error instanceof Error ? error.name : "error")),
    close: () => Promise.resolve(),
  };
}

/** Error codes of JetStream: something is there already; the same is being stored; the stream is full. */
const there = 10071;
const underWay = 10164;
const full = 10077;

function toResult(answer: NatsAnswer, name: string): DeliveryResult {
  if (answer.kind === "none") return unknown(answer.reason);
  if (answer.message.headers?.code === 503) return unavailable(`stream ${name} is not there`);
  const ack = answer.message.json<PubAck>();
  if (ack.error === undefined) return { kind: "delivered", detail: `${name} ${ack.seq}` };
  const code = ack.error.err_code ?? ack.error.code;
  if (code === there) return { kind: "delivered", detail: `${name} has it already` };
  if (code === underWay) return unavailable("the same message is being stored");
  return unavailable(code === full ? `stream ${name} is full` : `stream ${name} refused it (${code})`);
}

interface PubAck {
  readonly seq: number;
  readonly error?: { readonly code: number; readonly err_code?: number };
}

const rejected = (message: string): DeliveryResult => ({
  kind: "permanent",
  failure: { class: "rejected", message },
});

const unavailable = (message: string): DeliveryResult => ({
  kind: "transient",
  failure: { class: "unavailable", message },
});

const unknown = (reason: string): DeliveryResult => ({
  kind: "unknown",
  failure: { class: "unavailable", message: `NATS did not answer (${reason})` },
});
