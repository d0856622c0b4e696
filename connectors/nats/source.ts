// Reads what others publish in the tenant's account: from a stream or a KV bucket by a durable, or straight from a
// subject, where whoever does not listen hears nothing.

import { type Msg, nuid } from "@nats-io/nats-core";
import { bucketStream } from "../../schema/address.ts";
import type { Incoming, RunningSource, SourceContext } from "../../schema/connector.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import { traceContext } from "../../schema/trace-context.ts";
import { decodeText, jsonBytes, readJson } from "../json-text.ts";
import { choiceSetting, requiredText, textSetting } from "../setting.ts";
import type { NatsDoor } from "./door.ts";
import { readDurable } from "./durable.ts";
import { readSubject } from "./subject.ts";

export function startNatsSource(context: SourceContext, nats: NatsDoor): RunningSource {
  const { settings } = context;
  const format = choiceSetting(settings, "format", ["json", "text"]) ?? "json";
  const bucket = textSetting(settings, "bucket");
  if (bucket !== undefined) {
    const prefix = `$KV.${bucket}.`;
    const deletes = settings.deletes === true;
    return readDurable(context, nats, {
      stream: bucketStream(bucket),
      called: `bucket ${bucket}`,
      toIncoming: (message, sequence) => {
        const meta = { subject: message.subject, key: message.subject.slice(prefix.length), sequence };
        const gone = (message.headers?.get("KV-Operation") ?? "") !== "" || isMarker(message);
        if (gone && !deletes) return undefined;
        return toIncoming(message, gone ? null : format, `${bucket}:${sequence}`, meta);
      },
    });
  }
  const subject = requiredText(settings, "subject");
  const stream = textSetting(settings, "stream");
  if (stream === undefined) {
    // Nothing that is heard comes twice, so what is equal is still another message.
    const take = (message: Msg) => toIncoming(message, format, nuid.next(), { subject: message.subject });
    return readSubject(context, nats, subject, take);
  }
  return readDurable(context, nats, {
    stream,
    called: `stream ${stream}`,
    toIncoming: (message, sequence) =>
      toIncoming(message, format, `${stream}:${sequence}`, { subject: message.subject, sequence }),
  });
}

/** What a limit of the bucket has deleted leaves a marker with the reason. */
const isMarker = (message: Msg): boolean => (message.headers?.get("Nats-Marker-Reason") ?? "") !== "";

/** `null`: there is no body. A publisher's own id counts before ours. */
function toIncoming(message: Msg, format: "json" | "text" | null, id: string, meta: JsonObject): Incoming | string {
  const read = readBody(message.data, format);
  if (typeof read === "string") return read;
  const own = message.headers?.get("Nats-Msg-Id") ?? "";
  const headers = headersOf(message);
  return {
    ...read,
    id: own === "" ? id : own,
    headers,
    meta,
    ...traceContext(message.headers?.get("traceparent"), message.headers?.get("tracestate")),
  };
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

/** Lower-case; what NATS itself has written is not the publisher's. */
function headersOf({ headers }: Msg): Readonly<Record<string, string>> {
  if (headers === undefined) return {};
  const names = headers.keys().filter((name) => !/^(nats-|kv-|authorization$)/i.test(name));
  return Object.fromEntries(names.slice(0, mostHeaders).map((name) => [name.toLowerCase(), headers.get(name)]));
}
