// Reads what others publish in the tenant's account: from a stream or a KV bucket by a durable, or straight from a
// subject, where whoever does not listen hears nothing.

import { type Msg, nuid } from "@nats-io/nats-core";
import { bucketStream } from "../../schema/address.ts";
import type { Incoming, RunningSource, SourceContext } from "../../schema/connector.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import { traceContext } from "../../schema/trace-context.ts";
import { eventMessageId, eventMeta } from "../cloud-events.ts";
import { readEvents } from "../cloud-events-read.ts";
import { decodeText, jsonBytes, readJson } from "../json-text.ts";
import { choiceSetting, requiredText, textSetting } from "../setting.ts";
import type { NatsDoor, NatsPulled } from "./door.ts";
import { readDurable } from "./durable.ts";
import { readSubject } from "./subject.ts";

export async function startNatsSource(context: SourceContext, nats: NatsDoor): Promise<RunningSource> {
  const { settings } = context;
  const format = choiceSetting(settings, "format", ["json", "text"]) ?? "json";
  const bucket = textSetting(settings, "bucket");
  if (bucket !== undefined) {
    const prefix = `$KV.${bucket}.`;
    const deletes = settings.deletes === true;
    return readDurable(context, nats, {
      stream: bucketStream(bucket),
      called: `bucket ${bucket}`,
      toIncoming: (message, pulled) => {
        const { sequence } = pulled;
        const meta = { subject: message.subject, key: message.subject.slice(prefix.length), sequence };
        const gone = (message.headers?.get("KV-Operation") ?? "") !== "" || isMarker(message);
        if (gone && !deletes) return undefined;
        // Whoever writes the same there again has changed it again.
        return toIncoming(message, gone ? null : format, idOf(bucket, pulled), meta);
      },
    });
  }
  const subject = requiredText(settings, "subject");
  const stream = textSetting(settings, "stream");
  const events = choiceSetting(settings, "envelope", ["cloudevents"]) !== undefined;
  if (stream === undefined) {
    // Nothing that is heard comes twice, so what is equal is still another message.
    const take = (message: Msg) =>
      events
        ? toEvent(message, { subject: message.subject })
        : toIncoming(message, format, publishersId(message) ?? nuid.next(), { subject: message.subject });
    return readSubject(context, nats, subject, take);
  }
  return readDurable(context, nats, {
    stream,
    called: `stream ${stream}`,
    toIncoming: (message, pulled) => {
      const meta = { subject: message.subject, sequence: pulled.sequence };
      if (events) return toEvent(message, meta);
      return toIncoming(message, format, publishersId(message) ?? idOf(stream, pulled), meta);
    },
  });
}

/** A stream that was deleted and made anew counts from 1 again: its messages are others. */
const idOf = (from: string, { sequence, time }: NatsPulled): string => `${from}:${sequence}:${time.toString(36)}`;

/** What a limit of the bucket has deleted leaves a marker with the reason. */
const isMarker = (message: Msg): boolean => (message.headers?.get("Nats-Marker-Reason") ?? "") !== "";

/** It counts before ours, but for one that is so long that the intake would refuse it, and the message with it. */
function publishersId({ headers }: Msg): string | undefined {
  const id = headers?.get("Nats-Msg-Id") ?? "";
  return id === "" || id.length > longestId ? undefined : id;
}

/** `null`: there is no body. */
function toIncoming(message: Msg, format: "json" | "text" | null, id: string, meta: JsonObject): Incoming | string {
  const read = readBody(message.data, format);
  if (typeof read === "string") return read;
  const headers = headersOf(message);
  return {
    ...read,
    id,
    headers,
    meta,
    ...traceContext(message.headers?.get("traceparent"), message.headers?.get("tracestate")),
  };
}

/** A CloudEvent is known by its own source and id, and its attributes are in `meta.event`. */
function toEvent(message: Msg, meta: JsonObject): Incoming | string {
  const headers = headersOf(message, Number.POSITIVE_INFINITY);
  const read = readEvents({ headers, repeated: repeated(message), body: message.data, structuredUnlessTold: true });
  if (read.kind === "batch") return "the CloudEvent is a batch, which NATS does not know";
  if (read.kind !== "one") return `the CloudEvent ${read.message}`;
  const { attributes, value, bytes } = read.event;
  const { traceparent, tracestate } = attributes.extensions;
  return {
    body: bytes,
    value,
    id: eventMessageId(attributes),
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => !name.startsWith("ce-"))
        .slice(0, mostHeaders),
    ),
    meta: { ...meta, event: eventMeta(attributes) },
    ...traceContext(headers.traceparent ?? traceparent, headers.tracestate ?? tracestate),
  };
}

/** Lower-case; NATS tells names apart by their case. */
function repeated({ headers }: Msg): readonly string[] {
  const names = [...(headers ?? [])].flatMap(([name, values]) => values.map(() => name.toLowerCase()));
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
}

function readBody(
  data: Uint8Array,
  format: "json" | "text" | null,
): { readonly body: Uint8Array; readonly value: Json } | string {
  if (format === null) return { body: jsonBytes(null), value: null };
  if (format === "json") {
    const read = readJson(data);
    return read.kind === "malformed" ? read.message : { body: read.bytes, value: read.value };
  }
  const value = decodeText(data);
  return value === undefined ? "it is not UTF-8" : { body: jsonBytes(value), value };
}

const mostHeaders = 64;

const longestId = 1_024;

/** Lower-case; what NATS itself has written is not the publisher's. */
function headersOf({ headers }: Msg, most = mostHeaders): Readonly<Record<string, string>> {
  if (headers === undefined) return {};
  const names = headers.keys().filter((name) => !/^(nats-|kv-|authorization$)/i.test(name));
  return Object.fromEntries(names.slice(0, most).map((name) => [name.toLowerCase(), headers.get(name)]));
}
