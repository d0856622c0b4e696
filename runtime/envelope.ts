// The Envelope on the wire: body bytes as they came, everything else in headers that are plain ASCII.

import type { MsgHdrs } from "@nats-io/nats-core";
import { type Envelope, header, type Meta } from "../schema/envelope.ts";
import { isJsonObject, type Json, type JsonObject } from "../schema/json.ts";
import { parseJson } from "./parse-json.ts";

export type Received = Omit<Envelope, "attempt" | "sequence" | "body">;

export function envelopeHeaders(envelope: Received): Readonly<Record<string, string>> {
  return {
    [header.id]: encodeURIComponent(envelope.id),
    [header.source]: envelope.source,
    [header.receivedAt]: envelope.receivedAt,
    [header.contract]: envelope.contract,
    [header.bundle]: envelope.bundle,
    [header.meta]: asciiJson(envelope.meta),
    [header.headers]: asciiJson(envelope.headers),
    ...(envelope.traceparent === undefined ? {} : { [header.traceparent]: envelope.traceparent }),
  };
}

/** What a message on the intake or due on RETRY holds. Never fails: what is missing is empty. */
export function readEnvelope(
  headers: MsgHdrs | undefined,
  body: Uint8Array,
  fallback: { readonly id: string; readonly sequence: number },
): Envelope {
  const texts = new Map<string, string>();
  // In one pass: the library's own look-up makes a list of all names each time.
  for (const [name, [value = ""]] of headers ?? []) texts.set(name, value);
  const text = (name: string): string => texts.get(name) ?? "";
  const traceparent = text(header.traceparent);
  return {
    id: decodeId(text(header.id)) || fallback.id,
    source: text(header.source),
    receivedAt: text(header.receivedAt),
    contract: text(header.contract),
    bundle: text(header.bundle),
    meta: objectIn(text(header.meta)),
    headers: textsIn(text(header.headers)),
    ...(traceparent === "" ? {} : { traceparent }),
    attempt: positive(text(header.attempt)) ?? 1,
    sequence: positive(text(header.sequence)) ?? fallback.sequence,
    body,
  };
}

export function metaOf(envelope: Received): Meta {
  return { ...envelope.meta, id: envelope.id, source: envelope.source, receivedAt: envelope.receivedAt };
}

/** The headers that travel on to RETRY and DLQ: all but those that mean something to the server. */
export function travelling(headers: MsgHdrs | undefined): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of headers?.keys() ?? []) {
    if (!/^nats-/i.test(name)) kept[name] = headers?.get(name) ?? "";
  }
  return kept;
}

/** One line of ASCII, as header values must be. */
export function asciiJson(value: Json): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Text that every encoder takes: half surrogate pairs replaced. */
export function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function objectIn(text: string): JsonObject {
  if (text === "" || text === "{}") return {};
  const value = parseJson(text);
  return isJsonObject(value) ? value : {};
}

function textsIn(text: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectIn(text)).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  return Object.fromEntries(entries);
}

function positive(text: string): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
