// Outside bytes to CloudEvents, in whichever mode they came. What is refused is told by the names of attributes, never
// by their values, which are payload.

import { isJsonObject, type Json } from "../schema/json.ts";
import {
  type Attributes,
  attributeName,
  flawOf,
  isInteger,
  isJsonType,
  mediaType,
  optional,
  required,
} from "./cloud-events.ts";
import { decodeHeader } from "./cloud-events-text.ts";
import { jsonBytes, readJson } from "./json-text.ts";

export interface CloudEvent {
  readonly attributes: Attributes;
  /** The event's `data`; null where it has none. */
  readonly value: Json;
  readonly bytes: Uint8Array;
}

/** The texts go on after "the event". `unsupported`: it may be a fine event, but of a kind that is not taken. */
export type Refused = { readonly kind: "malformed" | "unsupported"; readonly message: string };

export type ReadEvents =
  | { readonly kind: "one"; readonly event: CloudEvent }
  | { readonly kind: "batch"; readonly events: readonly CloudEvent[] }
  | Refused;

export interface Carrier {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Lower-case names of those that came several times. */
  readonly repeated?: readonly string[];
  readonly body: Uint8Array;
  /** Without any sign the body itself is the event, as it always was on NATS. */
  readonly structuredUnlessTold?: true;
}

const prefix = "ce-";
const formats = "application/cloudevents";

export function readEvents({ headers, repeated = [], body, structuredUnlessTold }: Carrier): ReadEvents {
  const type = headers["content-type"] ?? "";
  switch (mediaType(type)) {
    case `${formats}+json`:
      return structured(type, body);
    case `${formats}-batch+json`:
      return batch(type, body);
    default:
      if (mediaType(type).startsWith(formats)) {
        return unsupported("is in another format than JSON; `application/cloudevents+json` is taken");
      }
  }
  if (Object.keys(headers).some((name) => name.startsWith(prefix))) {
    const twice = repeated.filter((name) => name.startsWith(prefix)).map((name) => `\`${name}\``);
    if (twice.length > 0) return malformed(`has several headers ${twice.join(", ")}`);
    return binary(headers, type, body);
  }
  if (structuredUnlessTold) return structured(type, body);
  return malformed(
    "is none: there is neither a header `ce-specversion` nor `content-type: application/cloudevents+json`",
  );
}

const malformed = (message: string): Refused => ({ kind: "malformed", message });
const unsupported = (message: string): Refused => ({ kind: "unsupported", message });

function structured(type: string, body: Uint8Array): ReadEvents {
  const read = readEnvelope(type, body);
  if ("kind" in read) return read;
  const event = readObject(read.value);
  return "kind" in event ? event : { kind: "one", event };
}

/** One that is wrong refuses all of them, before any is taken. */
function batch(type: string, body: Uint8Array): ReadEvents {
  const read = readEnvelope(type, body);
  if ("kind" in read) return read;
  if (!Array.isArray(read.value)) return malformed("is no list, which a batch must be");
  const events: CloudEvent[] = [];
  for (const [index, item] of read.value.entries()) {
    const event = readObject(item);
    if ("kind" in event) return { ...event, message: `number ${index + 1} of the batch ${event.message}` };
    events.push(event);
  }
  return { kind: "batch", events };
}

function readEnvelope(type: string, body: Uint8Array): { readonly value: Json } | Refused {
  if (/;\s*charset\s*=\s*"?(?!utf-8)/i.test(type)) return unsupported("is in another charset than UTF-8");
  const read = readJson(body);
  return read.kind === "malformed" ? malformed(`cannot be read: ${read.message}`) : { value: read.value };
}

/** The JSON format. */
function readObject(value: Json): CloudEvent | Refused {
  if (!isJsonObject(value)) return malformed("is no JSON object");
  const { data, data_base64: base64, datacontenttype = "application/json", ...context } = value;
  const texts: Record<string, string> = {};
  for (const [name, given] of Object.entries(context)) {
    if (given === null) continue;
    const text = canonical(given);
    if (text === undefined) return malformed(`has \`${name}\`, which is neither text, whole number nor boolean`);
    texts[name] = text;
  }
  const attributes = readAttributes(texts, (name) => `\`${name}\``);
  if ("kind" in attributes) return attributes;
  if (data !== undefined && base64 !== undefined) return malformed("has both `data` and `data_base64`");
  if (datacontenttype !== null && (typeof datacontenttype !== "string" || !isJsonType(datacontenttype))) return notJson;
  if (base64 === undefined || base64 === null) {
    const own = data ?? null;
    return { attributes, value: own, bytes: jsonBytes(own) };
  }
  if (typeof base64 !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
    return malformed("has `data_base64` that is not base64");
  }
  return withData(attributes, Buffer.from(base64, "base64"));
}

const notJson = unsupported("has data of another `datacontenttype` than JSON, which is what is taken here");

/** Boolean, Integer and String as the type system writes them; undefined for what is none of its types. */
function canonical(value: Json): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  return typeof value === "number" && isInteger(value) ? String(value) : undefined;
}

function binary(headers: Carrier["headers"], type: string, body: Uint8Array): ReadEvents {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(prefix)) continue;
    const text = decodeHeader(value);
    if (text === undefined) return malformed(`has a header \`${name}\` that is not percent-encoded UTF-8`);
    texts[name.slice(prefix.length)] = text;
  }
  const attributes = readAttributes(texts, (name) => `header \`${prefix}${name}\``);
  if ("kind" in attributes) return attributes;
  if (body.length === 0) return { kind: "one", event: { attributes, value: null, bytes: jsonBytes(null) } };
  if (type !== "" && !isJsonType(type)) return notJson;
  const event = withData(attributes, body);
  return "kind" in event ? event : { kind: "one", event };
}

function withData(attributes: Attributes, bytes: Uint8Array): CloudEvent | Refused {
  const read = readJson(bytes);
  if (read.kind === "malformed") return malformed(`has data that cannot be read: ${read.message}`);
  return { attributes, value: read.value, bytes: read.bytes };
}

/** `called`: what the sender calls an attribute. */
function readAttributes(
  texts: Readonly<Record<string, string>>,
  called: (name: string) => string,
): Attributes | Refused {
  const missing = ["specversion", ...required].filter((name) => texts[name] === undefined);
  if (missing.length > 0) return malformed(`has no ${missing.map(called).join(", no ")}`);
  if (texts.specversion !== "1.0") return unsupported(`has another ${called("specversion")} than 1.0`);
  const extensions: Record<string, string> = {};
  for (const [name, text] of Object.entries(texts)) {
    if (!attributeName.test(name)) {
      return malformed(`has ${called(name)}: names of attributes are lower-case letters and digits`);
    }
    if (name === "datacontenttype") return malformed(`has ${called(name)}: \`content-type\` says it`);
    const flaw = flawOf(name, text);
    if (flaw !== undefined) return malformed(`has ${called(name)} that ${flaw}`);
    if (!core.has(name)) extensions[name] = text;
  }
  const { id = "", source = "", type = "", subject, time, dataschema } = texts;
  return {
    id,
    source,
    type,
    ...(subject === undefined ? {} : { subject }),
    ...(time === undefined ? {} : { time }),
    ...(dataschema === undefined ? {} : { dataschema }),
    extensions,
  };
}

const core: ReadonlySet<string> = new Set(["specversion", ...required, ...optional]);
