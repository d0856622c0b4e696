// Settings to one HTTP request. What cannot be sent is told in words that show no value: a URL may hold a token, a
// header a password.

import { Readable } from "node:stream";
import type { Delivery } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { mediaType, unknownType } from "../blob.ts";
import { type Origin, writeEvent } from "../cloud-events-write.ts";
import { choiceSetting, objectSetting, textSetting } from "../setting.ts";
import { type Content, multipart } from "./multipart.ts";

export interface HttpRequest {
  readonly method: Method;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** A function: a stream, which is read from its start for each request that leaves. */
  readonly body: string | Uint8Array | (() => Readable) | undefined;
}

export const methods = ["POST", "PUT", "PATCH", "DELETE", "GET"] as const;
export type Method = (typeof methods)[number];

export interface Fixed {
  /** When the message does not say. */
  readonly method: Method;
  readonly connection: JsonObject;
  readonly from: Origin;
  /** `format: blob`: what is sent lies beside the message. */
  readonly blob: boolean;
}

/** What the runtime adds by itself. An author's own header of the same name wins, but for an event's. */
export interface Marks {
  readonly id: string;
  readonly receivedAt?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  readonly content?: Delivery["content"];
  readonly signal?: AbortSignal;
}

/** Throws an Error with one line for what can never be sent. */
export function buildRequest(fixed: Fixed, settings: JsonObject, body: Json, marks: Marks): HttpRequest {
  const url = buildUrl(fixed, settings);
  const method = choiceSetting(settings, "method", methods) ?? fixed.method;
  const given = objectSetting(settings, "cloudevents");
  const event = given && writeEvent(given, fixed.from, marks, settings.json ?? body);
  const content = event ?? (fixed.blob ? bytesBeside(body, marks) : buildContent(method, settings, body));
  const headers = {
    "user-agent": "vrsky",
    "idempotency-key": headerSafe(marks.id),
    ...(marks.traceparent === undefined ? {} : { traceparent: marks.traceparent }),
    ...(marks.tracestate === undefined ? {} : { tracestate: marks.tracestate }),
    ...(content === undefined ? {} : { "content-type": content.type }),
    ...basicFrom(url),
    ...readHeaders(fixed.connection),
    ...readHeaders(settings),
    // These alone say that it is an event, and which.
    ...(event === undefined ? {} : { ...event.headers, "content-type": event.type }),
    ...(fixed.blob && marks.content !== undefined ? { "content-length": String(marks.content.size) } : {}),
  };
  url.username = "";
  url.password = "";
  url.hash = "";
  return { method, url, headers, body: content?.bytes };
}

function bytesBeside(body: Json, { content, signal }: Marks) {
  if (content === undefined) throw new Error("the message has no bytes beside it: its source needs `format: blob`");
  const stop = signal ?? new AbortController().signal;
  return {
    type: (isJsonObject(body) && typeof body.type === "string" ? mediaType(body.type) : undefined) ?? unknownType,
    bytes: () => Readable.from(content.read(stop), { objectMode: false }),
  };
}

function buildUrl(fixed: Fixed, settings: JsonObject): URL {
  const base = (textSetting(settings, "url") ?? textSetting(fixed.connection, "url") ?? "").trim();
  const path = textSetting(settings, "path") ?? "";
  const text = path === "" ? base : `${base.replace(/\/+$/, "")}${/^[/?]/.test(path) ? "" : "/"}${path}`;
  // The URL standard would drop white space, turn back-slashes and climb dot segments without a word.
  if (/[\s\\\p{Cc}]/u.test(text)) throw new Error("the URL holds characters that must be encoded");
  if (/\/(?:\.|%2e){1,2}(?:[/?#]|$)/i.test(text)) throw new Error("the URL holds a `.` or `..` as a path segment");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new Error("the URL is not a valid one");
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Error("the URL must begin with http:// or https://");
  for (const [name, value] of Object.entries(objectSetting(settings, "query") ?? {})) {
    if (value === null) continue;
    if (typeof value === "object") throw new Error(`the query \`${name}\` must be a text, a number or a boolean`);
    url.searchParams.append(name, String(value));
  }
  return url;
}

function buildContent(method: Method, settings: JsonObject, body: Json): Content | undefined {
  if (settings.json !== undefined) return json(settings.json);
  const text = textSetting(settings, "text");
  if (text !== undefined) return { type: "text/plain; charset=utf-8", bytes: text };
  const raw = textSetting(settings, "body");
  if (raw !== undefined) return { type: "application/octet-stream", bytes: raw };
  const form = objectSetting(settings, "form");
  if (form !== undefined) return { type: "application/x-www-form-urlencoded", bytes: formText(form) };
  const fields = objectSetting(settings, "multipart");
  if (fields !== undefined) return multipart(fields);
  return method === "GET" || method === "DELETE" ? undefined : json(body);
}

const json = (value: Json): Content => ({ type: "application/json", bytes: JSON.stringify(value) });

function formText(form: JsonObject): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    if (value === null) continue;
    if (typeof value === "object") throw new Error(`the form field \`${name}\` must be a text, a number or a boolean`);
    fields.append(name, String(value));
  }
  return fields.toString();
}

/** Headers that belong to the connection, not to the message. */
const reserved = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
  "upgrade",
  "te",
  "trailer",
  "expect",
  "proxy-connection",
]);

function readHeaders(settings: JsonObject): Record<string, string> {
  const given = settings.headers;
  if (!isJsonObject(given)) return {};
  const read: [string, string][] = [];
  for (const [name, value] of Object.entries(given)) {
    if (value === null) continue;
    const lower = name.toLowerCase();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower)) throw new Error("a header has a name that HTTP does not allow");
    if (reserved.has(lower)) throw new Error(`the header \`${lower}\` cannot be set`);
    if (typeof value === "object") throw new Error(`the header \`${lower}\` must be a text`);
    const text = String(value).trim();
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) {
      throw new Error(`the header \`${lower}\` holds characters that HTTP does not allow`);
    }
    read.push([lower, text]);
  }
  return Object.fromEntries(read);
}

function basicFrom(url: URL): Record<string, string> {
  if (url.username === "" && url.password === "") return {};
  const plain = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(plain, "utf8").toString("base64")}` };
}

/** Visible ASCII as it is; anything else percent-encoded. */
function headerSafe(id: string): string {
  if (/^[\x21-\x7e]+$/.test(id)) return id;
  return encodeURIComponent(Buffer.from(id, "utf8").toString("utf8"));
}
