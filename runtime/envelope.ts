// The Envelope on the wire: body bytes as they came, everything else in headers that are plain ASCII.

import type { Msg, MsgHdrs } from "@nats-io/nats-core";
import { type Envelope, type EnvelopeRecord, header, type Meta, type ScopeError } from "../schema/envelope.ts";
import { isJsonObject, type Json, type JsonObject } from "../schema/json.ts";
import type { TraceContext } from "../schema/trace-context.ts";
import { readReference, writeReference } from "./content/reference.ts";
import { blockOf, eachHeader, headerBlock } from "./header-block.ts";
import { parseJson } from "./parse-json.ts";

export type Received = Omit<Envelope, "attempt" | "sequence" | "body">;

export function envelopeHeaders(envelope: Received): Readonly<Record<string, string>> {
  const { source, receivedAt, contract, bundle, meta, headers, error, ended } = envelope;
  const whole = { source, receivedAt, contract, bundle, meta, headers };
  const told = ended === undefined ? whole : { ...whole, ended };
  const record = envelope.more === undefined ? told : { ...envelope.more, ...told };
  return {
    [header.id]: encodeURIComponent(envelope.id),
    [header.envelope]: asciiJson(error === undefined ? record : { ...record, error: { ...error } }),
    ...(envelope.content === undefined ? {} : { [header.content]: writeReference(envelope.content.reference) }),
    ...(envelope.item === undefined ? {} : { [header.item]: envelope.item }),
    ...(envelope.traceparent === undefined ? {} : { [header.traceparent]: envelope.traceparent }),
    ...(envelope.others?.tracestate === undefined ? {} : { [header.tracestate]: envelope.others.tracestate }),
  };
}

/**
 * What a message on the intake (`first`: its attempt and sequence are what they are) or due on RETRY holds; headers
 * as the library has read them, or as the text that header-block.ts gives. Never fails: what is missing is empty.
 */
export function readEnvelope(
  headers: MsgHdrs | string | undefined,
  body: Uint8Array,
  fallback: { readonly id: string; readonly sequence: number },
  first = false,
): Envelope {
  let id = "";
  let record = "";
  let traceparent: string | undefined;
  let attempt = "";
  let sequence = "";
  let item: string | undefined;
  let content = "";
  let others: Record<string, string> | undefined;
  eachHeader(typeof headers === "string" ? headers : blockOf(headers), (name, value) => {
    if (name === header.envelope) record ||= value;
    else if (name === header.id) id ||= value;
    else if (name === header.traceparent) traceparent ??= value;
    else if (name === header.attempt) attempt ||= value;
    else if (name === header.sequence) sequence ||= value;
    else if (name === header.item) item ??= value;
    else if (name === header.content) content ||= value;
    else if (!notTravelling.test(name)) {
      others ??= bare<string>();
      if (!Object.hasOwn(others, name)) others[name] = value;
    }
  });
  const parsed = parseJson(record);
  const reference = readReference(content);
  // Only workers of the integration may write there, so its shape is looked at, not each of its members.
  const known: JsonObject = isJsonObject(parsed) ? parsed : nothing;
  // One literal: spreads cost more than the rest of this function.
  return {
    id: decodeId(id) || fallback.id,
    source: textOf(known.source),
    receivedAt: textOf(known.receivedAt),
    contract: textOf(known.contract),
    bundle: textOf(known.bundle),
    meta: isJsonObject(known.meta) ? known.meta : {},
    headers: isJsonObject(known.headers) ? (known.headers as Readonly<Record<string, string>>) : {},
    error: isScopeError(known.error) ? known.error : undefined,
    ended: Array.isArray(known.ended) ? known.ended.map(textOf) : undefined,
    more: unknownIn(known),
    item,
    content: reference && { reference, lies: first ? "intake" : "retry", hash: fallback.id },
    traceparent,
    others,
    attempt: first ? 1 : (positive(attempt) ?? 1),
    sequence: first ? fallback.sequence : (positive(sequence) ?? fallback.sequence),
    body,
  };
}

/** With the sender's trace context, where it gave one. */
export const traced = <E extends Received>(envelope: E, { traceparent, tracestate }: TraceContext): E =>
  traceparent === undefined
    ? envelope
    : {
        ...envelope,
        traceparent,
        ...(tracestate === undefined ? {} : { others: { [header.tracestate]: tracestate } }),
      };

/** The same of a message as the client hands it over. */
export function readMessage(
  message: Pick<Msg, "data" | "headers">,
  fallback: { readonly id: string; readonly sequence: number },
  first: boolean,
  data = message.data,
): Envelope {
  return readEnvelope(headerBlock(message, data), data, fallback, first);
}

export function metaOf(envelope: Received): Meta {
  return { ...envelope.meta, id: envelope.id, source: envelope.source, receivedAt: envelope.receivedAt };
}

/** Of the message, or of the one item of it that this is about: what records, dead letters and events call it. */
export const spotId = ({ id, item }: Pick<Envelope, "id" | "item">): string => (item === undefined ? id : id + item);

/** What means something to the server, and what is written anew. */
const notTravelling = /^nats-|^vrsky-dead$/i;

/** The headers that travel on to RETRY and DLQ. */
export function travelling(envelope: Envelope): Readonly<Record<string, string>> {
  return { ...envelope.others, ...envelopeHeaders(envelope) };
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
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const nothing: JsonObject = {};

/** Without a prototype, so that a header of any name is a member like the others. */
const bare = <T>(): Record<string, T> => Object.create(null);

const isScopeError = (value: Json | undefined): value is JsonObject & ScopeError =>
  isJsonObject(value) && typeof value.class === "string" && Array.isArray(value.to);

const members: ReadonlySet<string> = new Set([
  "source",
  "receivedAt",
  "contract",
  "bundle",
  "meta",
  "headers",
  "error",
  "ended",
] satisfies (keyof EnvelopeRecord)[]);

/** Almost no message has any: a look, and no object made for it. */
function unknownIn(record: JsonObject): JsonObject | undefined {
  let more: Record<string, Json> | undefined;
  for (const name in record) {
    if (members.has(name)) continue;
    more ??= bare<Json>();
    more[name] = record[name] ?? null;
  }
  return more;
}

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

function positive(text: string): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
