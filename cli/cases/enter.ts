// How a message of a case comes in: where the source's connector hands it to the runtime. Texts are decoded by what
// decodes them for real; a webhook's way from request to answer is the real one, only nobody has to sign.

import { EventEmitter } from "node:events";
import { readRecords } from "../../connectors/file/records.ts";
import { blobIncoming, mostBytes } from "../../connectors/file/take-blob.ts";
import type { Reply } from "../../connectors/http/reply.ts";
import { webhookDoor } from "../../connectors/http/source.ts";
import { jsonBytes, readJson } from "../../connectors/json-text.ts";
import type { BundleSource } from "../../schema/bundle.ts";
import type { Accepted, Incoming, SourceContext } from "../../schema/connector.ts";
import { contentFaultOf } from "../../schema/content.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { type Given, objectIn } from "./case.ts";

/** What its sender, or the source, is told of it. */
export interface Told {
  readonly reply?: JsonObject;
  readonly accepted: readonly Accepted[];
  /** It could not be read. */
  readonly unreadable?: string;
}

/** `bytes`: of the given text or file. */
export function enter(
  context: SourceContext,
  source: BundleSource,
  given: Given,
  bytes: Uint8Array | undefined,
): Promise<Told> {
  if (source.connector === "http") return request(context, given, bytes);
  // Where the connector itself knows it, nobody has to say it.
  const known = source.connector === "stream" ? { stream: String(context.settings.name) } : {};
  const told = { ...given, meta: { ...known, ...given.meta } };
  if (bytes === undefined) return handOver(context, [incoming(told, given.body ?? null)]);
  if (source.connector === "file") return records(context, given, bytes);
  const read = readJson(bytes);
  if (read.kind === "malformed") return Promise.resolve({ accepted: [], unreadable: read.message });
  return handOver(context, [incoming(told, read.value)]);
}

const incoming = ({ headers, meta, id }: Given, value: Json): Incoming => ({
  body: jsonBytes(value),
  value,
  headers,
  meta,
  ...(id === undefined ? {} : { id }),
});

async function handOver(context: SourceContext, messages: readonly Incoming[]): Promise<Told> {
  return { accepted: await context.acceptAll(messages) };
}

async function records(context: SourceContext, given: Given, bytes: Uint8Array): Promise<Told> {
  const { settings, contract } = context;
  if (settings.format === "blob") return await wholeFile(context, given, bytes);
  const { format, items, delimiter } = settings;
  const options = {
    format: isFormat(format) ? format : "json",
    items: typeof items === "string" ? items : undefined,
    delimiter: typeof delimiter === "string" ? delimiter : ",",
    schema: contract,
    longest: Number.POSITIVE_INFINITY,
  } as const;
  const accepted: Accepted[] = [];
  async function* whole(from: number): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(from);
  }
  for await (const some of readRecords((from) => Promise.resolve(whole(from)), options)) {
    for (const record of some) {
      if (record.kind !== "value") return { accepted, unreadable: `line ${record.line}: ${record.message}` };
      const path = given.file ?? "case";
      const place = { name: path.slice(path.lastIndexOf("/") + 1), path, line: record.line };
      const file = { ...place, ...objectIn(given.meta.file) };
      const one = incoming({ ...given, meta: { ...given.meta, file } }, record.value);
      accepted.push(...(await context.acceptAll([{ id: `${file.path}:${record.line}`, ...one }])));
    }
  }
  return { accepted };
}

/** A file that is one message, its bytes beside it. */
async function wholeFile(context: SourceContext, given: Given, bytes: Uint8Array): Promise<Told> {
  const { path: told = given.file ?? "case" } = objectIn(given.meta.file);
  const path = String(told);
  const found = { path, size: bytes.length, version: "case" };
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  const { signal } = context;
  const content = await context.keep(whole(), { most: mostBytes(context.settings), signal }).catch((error: unknown) => {
    if (contentFaultOf(error) === undefined || !(error instanceof Error)) throw error;
    return error.message;
  });
  if (typeof content === "string") return { accepted: [], unreadable: content };
  const { id, meta, ...message } = blobIncoming(found, content);
  const about = { ...meta, ...given.meta, file: { ...objectIn(meta.file), ...objectIn(given.meta.file) } };
  return handOver(context, [{ ...message, meta: about, id: given.id ?? path }]);
}

const formats = ["csv", "json", "jsonl", "lines", "xml"] as const;
const isFormat = (value: unknown): value is (typeof formats)[number] => formats.some((format) => format === value);

async function request(context: SourceContext, given: Given, bytes: Uint8Array | undefined): Promise<Told> {
  const accepted: Accepted[] = [];
  const noting = async (message: Incoming): Promise<Accepted> => {
    const answer = await context.accept(withMeta(message, given));
    accepted.push(answer);
    return answer;
  };
  const { answer } = context;
  const noted: SourceContext = {
    ...context,
    accept: noting,
    acceptAll: async (messages) => {
      const answers = await context.acceptAll(messages.map((message) => withMeta(message, given)));
      accepted.push(...answers);
      return answers;
    },
    ...(answer === undefined
      ? {}
      : {
          answer: async (message: Incoming, signal: AbortSignal) => {
            const told = await answer(withMeta(message, given), signal);
            if (told.kind === "invalid" || told.kind === "unavailable") accepted.push(told);
            return told;
          },
        }),
  };
  // A decoded body comes in as if its format were JSON.
  const { format: _, envelope: __, ...plain } = context.settings;
  const door = webhookDoor(bytes === undefined ? { ...noted, settings: plain } : noted);
  const body = bytes ?? jsonBytes(given.body ?? null);
  const headers = { "content-type": "application/json", ...given.headers };
  const { method = "POST" } = given.meta;
  const reply = await door({ method: String(method), headers }, body, new EventEmitter());
  const unreadable = reply.status === 400 || reply.status === 415 ? String(reply.body?.error) : undefined;
  return { reply: shown(reply), accepted, ...(unreadable === undefined ? {} : { unreadable }) };
}

const withMeta = (message: Incoming, { id, meta }: Given): Incoming => ({
  ...message,
  meta: { ...message.meta, ...meta },
  ...(id === undefined ? {} : { id }),
});

function shown({ status, body, content, headers: all = {} }: Reply): JsonObject {
  // The message's id is the house's own.
  const { "vrsky-id": _, ...headers } = all;
  const told = { status, headers };
  if (content === undefined) return body === undefined ? told : { ...told, json: { ...body } };
  const text = Buffer.from(content.bytes).toString("utf8");
  if (!content.type.includes("json")) return { ...told, text };
  const parsed: Json = JSON.parse(text);
  return { ...told, json: isJsonObject(parsed) ? { ...parsed } : parsed };
}
