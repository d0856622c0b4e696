// The Envelope on the wire: body bytes as they came, everything else in headers that are plain ASCII.

import type { MsgHdrs } from "@nats-io/nats-core";
import { type Envelope, type EnvelopeRecord, header, type Meta, type ScopeError } from "../schema/envelope.ts";
import { isJsonObject, type Json } from "../schema/json.ts";
import { parseJson } from "./parse-json.ts";

export type Received = Omit<Envelope, "attempt" | "sequence" | "body">;

export function envelopeHeaders(envelope: Received): Readonly<Record<string, string>> {
  const { source, receivedAt, contract, bundle, meta, headers, error, ended } = envelope;
  const whole = { source, receivedAt, contract, bundle, meta, headers };
  const record = ended === undefined ? whole : { ...whole, ended };
  return {
    [header.id]: encodeURIComponent(envelope.id),
    [header.envelope]: asciiJson(error === undefined ? record : { ...record, error: { ...error } }),
    ...(envelope.item === undefined ? {} : { [header.item]: envelope.item }),
    ...(envelope.traceparent === undefined ? {} : { [header.traceparent]: envelope.traceparent }),
  };
}

/**
 * What a message on the intake (`first`: its attempt and sequence are what they are) or due on RETRY holds. Never
 * fails: what is missing is empty.
 */
export function readEnvelope(
  headers: MsgHdrs | undefined,
  body: Uint8Array,
  fallback: { readonly id: string; readonly sequence: number },
  first = false,
): Envelope {
  let id = "";
  let record = "";
  let traceparent: string | undefined;
  let attempt = "";
  let sequence = "";
  let item = "";
  let others: Readonly<Record<string, string>> | undefined;
  // In one pass: the library's own look-up makes a list of all names each time.
  for (const [name, [value = ""]] of headers ?? []) {
    if (name === header.id) id = value;
    else if (name === header.envelope) record = value;
    else if (name === header.traceparent) traceparent = value;
    else if (name === header.attempt) attempt = value;
    else if (name === header.sequence) sequence = value;
    else if (name === header.item) item = value;
    else if (!notTravelling.test(name)) others = { ...others, [name]: value };
  }
  const known = recordIn(record);
  return {
    id: decodeId(id) || fallback.id,
    source: known.source,
    receivedAt: known.receivedAt,
    contract: known.contract,
    bundle: known.bundle,
    meta: known.meta,
    headers: known.headers,
    ...(known.error === undefined ? {} : { error: known.error }),
    ...(known.ended === undefined ? {} : { ended: known.ended }),
    ...(item === "" ? {} : { item }),
    traceparent,
    others,
    attempt: first ? 1 : (positive(attempt) ?? 1),
    sequence: first ? fallback.sequence : (positive(sequence) ?? fallback.sequence),
    body,
  };
}

export function metaOf(envelope: Received): Meta {
  return { ...envelope.meta, id: envelope.id, source: envelope.source, receivedAt: envelope.receivedAt };
}

/** Of the message, or of the one item of it that this is about: what records, dead letters and events call it. */
export const spotId = ({ id, item = "" }: Pick<Envelope, "id" | "item">): string => id + item;

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

/** Only workers of the integration may write there, so its shape is looked at, not each of its members. */
function recordIn(text: string): EnvelopeRecord {
  const value = parseJson(text);
  if (!isJsonObject(value)) return nothing;
  return {
    source: textOf(value.source),
    receivedAt: textOf(value.receivedAt),
    contract: textOf(value.contract),
    bundle: textOf(value.bundle),
    meta: isJsonObject(value.meta) ? value.meta : {},
    headers: isJsonObject(value.headers) ? (value.headers as Readonly<Record<string, string>>) : {},
    ...(isJsonObject(value.error) ? { error: value.error as unknown as ScopeError } : {}),
    ...(Array.isArray(value.ended) ? { ended: value.ended.map(textOf) } : {}),
  };
}

const nothing: EnvelopeRecord = { source: "", receivedAt: "", contract: "", bundle: "", meta: {}, headers: {} };

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

function positive(text: string): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
