// Publishes to a subject of the tenant's account: with a PubAck where a stream takes the subject, plain otherwise.

import type { Delivery, OpenTarget, TargetContext } from "../../schema/connector.ts";
import type { JsonObject } from "../../schema/json.ts";
import { natsHeaders } from "../../schema/nats-headers.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { writeEvent } from "../cloud-events-write.ts";
import { jsonBytes } from "../json-text.ts";
import { objectSetting, requiredText, textSetting } from "../setting.ts";
import type { NatsSender } from "./door.ts";

const noRight = "this worker has no right to publish there";
const lookAgainMs = 10_000;

/** What the headers of a message may take, in bytes. */
const headerRoom = 4_096;

/** Subjects that are remembered; data in a subject could make them endless. */
const mostSubjects = 10_000;

/** With a `bucket` in its settings the bodies are put there, instead of published to a subject. */
export function openNatsTarget(context: TargetContext, nats: NatsSender): OpenTarget {
  const { now } = context.clock;
  const bucket = textSetting(context.settings, "bucket");
  // One stream may take what several targets publish: an id is one message of one of them.
  const ours = `${context.integration}/${context.name}/`;
  const captured = new Map<string, { readonly stream: boolean; readonly at: number }>();

  /** Undefined: NATS does not say. */
  const lookUp = async (subject: string): Promise<boolean | undefined> => {
    const answer = await nats.requests.send("$JS.API.STREAM.NAMES", JSON.stringify({ subject }));
    if (answer.kind === "none") return undefined;
    const { streams } = answer.message.json<{ readonly streams?: readonly string[] | null }>();
    const stream = (streams?.length ?? 0) > 0;
    if (captured.size >= mostSubjects) captured.clear();
    captured.set(subject, { stream, at: now() });
    return stream;
  };

  const send = (stream: boolean, subject: string, delivery: Delivery): Promise<DeliveryResult> => {
    const { traceparent, tracestate } = delivery;
    const ids = { "Nats-Msg-Id": ours + encodeURIComponent(delivery.id), traceparent, tracestate };
    const event = eventOf(context, delivery);
    if (event !== undefined && "kind" in event) return Promise.resolve(event);
    const fields = natsHeaders(event === undefined ? ids : { ...ids, ...event.headers });
    const body = event?.body ?? jsonBytes(delivery.body);
    const largest = nats.largest() - headerRoom - (event?.headerSize ?? 0);
    // It stays too large; a list that is refused is sent again message by message.
    if (body.length > largest) return Promise.resolve(rejected(`the message is larger than ${largest} bytes`));
    // Neither the request nor what is made of it rejects: no promise more to catch what never comes.
    if (stream) return nats.requests.send(subject, body, fields).then(acknowledged);
    return unheard(subject, () => nats.requests.post(subject, body, fields)).catch(failed);
  };
  /** Where nobody answers, a right that is missing is told beside the message only. */
  const unheard = async (subject: string, post: () => boolean): Promise<DeliveryResult> => {
    const refusals = nats.refusals(subject);
    if (!post()) return unavailable("NATS is not connected");
    await nats.flush();
    return nats.refusals(subject) === refusals ? { kind: "delivered" } : unavailable(`NATS refuses it: ${noRight}`);
  };
  /** A bucket is a stream that listens to its keys. */
  const put = (name: string, delivery: Delivery): Promise<DeliveryResult> => {
    const key = requiredText(delivery.settings, "key");
    if (!wellFormedKey.test(key)) return Promise.resolve(rejected("the key holds what no key of a bucket may hold"));
    if (!nats.connected()) return Promise.resolve(unavailable("NATS is not connected"));
    return send(true, `$KV.${name}.${key}`, delivery);
  };
  // No async function: one promise less for each message.
  const deliver = (delivery: Delivery): Promise<DeliveryResult> => {
    if (bucket !== undefined) return put(bucket, delivery);
    const subject = requiredText(delivery.settings, "subject");
    if (!nats.connected()) return Promise.resolve(unavailable("NATS is not connected"));
    const known = captured.get(subject);
    if (known !== undefined && now() - known.at < lookAgainMs) return send(known.stream, subject, delivery);
    return lookUp(subject)
      .then((stream) =>
        stream === undefined
          ? unavailable("NATS did not say whether a stream takes the subject")
          : send(stream, subject, delivery),
      )
      .catch(failed);
  };
  return {
    deliver: (delivery) => {
      try {
        return deliver(delivery);
      } catch (error) {
        return Promise.resolve(failed(error));
      }
    },
    close: () => Promise.resolve(),
  };
}

interface Event {
  readonly headers: Readonly<Record<string, string>>;
  readonly headerSize: number;
  readonly body: Uint8Array;
}

/** Undefined where none is wanted; or why it can never be one. */
function eventOf(from: TargetContext, delivery: Delivery): Event | DeliveryResult | undefined {
  try {
    const given = objectSetting(delivery.settings, "cloudevents");
    return given && asEvent(given, from, delivery);
  } catch (error) {
    const message = error instanceof Error ? error.message : "the event cannot be made";
    return { kind: "permanent", failure: { class: "invalid", message } };
  }
}

function asEvent(given: JsonObject, from: TargetContext, delivery: Delivery): Event {
  const { type, headers, bytes } = writeEvent(given, from, delivery, delivery.body);
  const all: Readonly<Record<string, string>> = { "content-type": type, ...headers };
  const headerSize = Object.entries(all).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return { headers: all, body: Buffer.from(bytes), headerSize };
}

const wellFormedKey = /^[-/_=a-zA-Z0-9]+(\.[-/_=a-zA-Z0-9]+)*$/;

const failed = (error: unknown): DeliveryResult => unknown(error instanceof Error ? error.name : "error");

function acknowledged(answer: Awaited<ReturnType<NatsSender["requests"]["send"]>>): DeliveryResult {
  if (answer.kind === "none") return unknown(answer.reason);
  // No stream takes it any more: nobody got it.
  if (answer.message.headers?.code === 503) return unavailable("no stream takes the subject");
  try {
    const ack: PubAck = JSON.parse(answer.message.string());
    if (ack.error !== undefined) return unavailable(`the stream refused it (${ack.error.err_code ?? ack.error.code})`);
    return { kind: "delivered", detail: `${ack.stream} ${ack.seq}` };
  } catch {
    return unknown("with anything that can be read");
  }
}

interface PubAck {
  readonly stream: string;
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
