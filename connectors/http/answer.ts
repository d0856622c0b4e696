// A sender that waits for the integration's `reply`: how long, and what it is told when there is one, or none. Of a
// failure it learns whose it is and the message's id, nothing of the inside.

import { validateHeaderName, validateHeaderValue } from "node:http";
import type { Answered, Incoming, SourceContext } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { jsonBytes } from "../json-text.ts";
import { choiceSetting, numberSetting, objectSetting, textSetting } from "../setting.ts";
import { encodeXml } from "../xml-text.ts";
import { type Reply, tryAgain } from "./reply.ts";

type Unrefused = Exclude<Answered, { readonly kind: "invalid" | "unavailable" }>;

/** Asks until there is an answer, the time is over or the sender has gone. */
export async function answered(
  { clock }: Pick<SourceContext, "clock">,
  ask: NonNullable<SourceContext["answer"]>,
  message: Incoming,
  response: { once(event: "close", run: () => void): unknown; off(event: "close", run: () => void): unknown },
  timeoutMs: number,
): Promise<Answered> {
  const nobody = new AbortController();
  const end = (): void => nobody.abort();
  const cancel = clock.after(timeoutMs, end);
  response.once("close", end);
  try {
    return await ask(message, nobody.signal);
  } finally {
    cancel();
    response.off("close", end);
  }
}

export function toAnswer({ log, name }: Pick<SourceContext, "log" | "name">, told: Unrefused): Reply {
  const { id } = told;
  const headers = { "vrsky-id": encodeURIComponent(id) };
  switch (told.kind) {
    case "reply":
      try {
        const reply = written(told.settings);
        return { ...reply, headers: { ...headers, ...reply.headers } };
      } catch (error) {
        // What the expressions made of this very message; the messages name settings, no values.
        const reason = error instanceof Error ? error.message : "it cannot be written";
        log.warn({ source: name, id, error: reason }, "the reply cannot be sent");
        return failure(500, "The answer could not be written.", id, headers);
      }
    case "dropped":
      return { status: 204, headers };
    case "late":
      return failure(504, "There was no answer in time.", id, headers);
    case "failed": {
      if (!told.asked) return failure(422, "The message cannot be processed as it is.", id, headers);
      if (told.class !== "unavailable")
        return failure(502, "A system that the answer needs did not give what is needed.", id, headers);
      const again = tryAgain("A system that the answer needs does not answer now.", told.retryAfterSeconds ?? 2);
      return { ...again, body: { ...again.body, id }, headers: { ...headers, ...again.headers } };
    }
    default:
      return told satisfies never;
  }
}

const failure = (status: number, error: string, id: string, headers: Readonly<Record<string, string>>): Reply => ({
  status,
  body: { error, id },
  headers,
});

/** Settings of `reply` to what is sent. Throws in words that show no value. */
function written(settings: JsonObject): Reply {
  const status = numberSetting(settings, "status", 200);
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new Error("`status` must be from 200 to 599");
  const content = contentOf(settings);
  const headers = headersOf(objectSetting(settings, "headers") ?? {});
  return { status, headers, ...(content === undefined ? {} : { content }) };
}

function contentOf(settings: JsonObject): Reply["content"] {
  if (settings.json !== undefined) return json(settings.json);
  const text = textSetting(settings, "text");
  if (text !== undefined) return plain(text);
  const { body } = settings;
  if (body === undefined) return undefined;
  switch (choiceSetting(settings, "format", ["json", "xml", "text"])) {
    case "xml":
      if (!isJsonObject(body)) throw new Error("`body` must be an object, its key the root element");
      return { type: "application/xml; charset=utf-8", bytes: Buffer.from(encodeXml(body)) };
    case "text":
      if (typeof body !== "string") throw new Error("`body` must be a text");
      return plain(body);
    default:
      return json(body);
  }
}

const json = (value: Json) => ({ type: "application/json; charset=utf-8", bytes: jsonBytes(value) });
const plain = (text: string) => ({ type: "text/plain; charset=utf-8", bytes: Buffer.from(text) });

/** How the answer travels is not the author's to say. */
const ours: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function headersOf(given: JsonObject): Record<string, string> {
  const headers: [string, string][] = [];
  for (const [key, value] of Object.entries(given)) {
    if (value === null) continue;
    const name = key.toLowerCase();
    try {
      validateHeaderName(name);
      validateHeaderValue(name, String(value));
    } catch {
      throw new Error(`the header \`${key}\` has a name or a value that no header can have`);
    }
    if (ours.has(name)) throw new Error(`the header \`${key}\` is not for a reply to set`);
    headers.push([name, String(value)]);
  }
  return Object.fromEntries(headers);
}
