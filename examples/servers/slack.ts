// A stand-in for Slack's incoming webhooks on loopback that checks what Slack checks: the rules of
// https://api.slack.com/messaging/webhooks and of Block Kit that a message breaks most easily, and one message a second.

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";

export interface SlackServer extends AsyncDisposable {
  /** With its secret part, as Slack gives it out. */
  readonly url: string;
  /** Messages that were posted, in order. */
  readonly posted: readonly JsonObject[];
  /** What was refused, by Slack's own words: `invalid_blocks`, `ratelimited`. */
  readonly refused: ReadonlyMap<string, number>;
  /** While true it answers 503. */
  away: boolean;
}

const secretPath = "/services/T00000000/B00000000/demo-only-not-a-secret";
const limits = { text: 40_000, blocks: 50, sectionText: 3_000, headerText: 150, bytes: 256 * 1024 };

/** `everyMs`: how long after a message the next one is taken. */
export async function slackServer({ everyMs = 1_000, now = Date.now } = {}): Promise<SlackServer> {
  const posted: JsonObject[] = [];
  const refused = new Map<string, number>();
  let freeAt = 0;
  const answer = (response: ServerResponse, status: number, text: string, headers = {}): void => {
    if (status !== 200) refused.set(text, (refused.get(text) ?? 0) + 1);
    response.writeHead(status, { "content-type": "text/html", ...headers }).end(text);
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (slack.away) return answer(response, 503, "service_unavailable");
    if (request.method !== "POST" || request.url !== secretPath) return answer(response, 404, "no_service");
    const message = readMessage(request.headers["content-type"] ?? "", Buffer.concat(chunks));
    const wrong = typeof message === "string" ? message : faultOf(message);
    if (typeof message === "string" || wrong !== undefined) return answer(response, 400, wrong ?? "invalid_payload");
    const wait = freeAt - now();
    if (wait > 0) return answer(response, 429, "ratelimited", { "retry-after": String(Math.ceil(wait / 1000)) });
    freeAt = now() + everyMs;
    posted.push(message);
    answer(response, 200, "ok");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const slack: SlackServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${secretPath}`,
    posted,
    refused,
    away: false,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
  return slack;
}

function readMessage(type: string, bytes: Buffer): JsonObject | string {
  if (!type.startsWith("application/json") || bytes.length > limits.bytes) return "invalid_payload";
  try {
    const value: Json = JSON.parse(bytes.toString("utf8"));
    return isJsonObject(value) ? value : "invalid_payload";
  } catch {
    return "invalid_payload";
  }
}

/** Slack's word for what is wrong with it; undefined when nothing is. */
function faultOf({ text, blocks }: JsonObject): string | undefined {
  if (text !== undefined && typeof text !== "string") return "invalid_payload";
  if (blocks === undefined) return text === undefined || text === "" ? "no_text" : tooLong(text);
  if (!Array.isArray(blocks) || blocks.length > limits.blocks || !blocks.every(isBlock)) return "invalid_blocks";
  return text === undefined ? undefined : tooLong(text);
}

const tooLong = (text: string): string | undefined => (text.length > limits.text ? "msg_too_long" : undefined);

function isBlock(block: Json): boolean {
  if (!isJsonObject(block)) return false;
  const { type, text, fields, elements } = block;
  switch (type) {
    case "divider":
      return true;
    case "header":
      return isText(text, ["plain_text"], limits.headerText);
    case "section": {
      const list = Array.isArray(fields) ? fields : [];
      if (text === undefined && list.length === 0) return false;
      return (text === undefined || isText(text, bothKinds, limits.sectionText)) && list.every(isField);
    }
    case "context":
      return Array.isArray(elements) && elements.length > 0 && elements.length <= 10 && elements.every(isField);
    default:
      return false;
  }
}

const bothKinds = ["plain_text", "mrkdwn"];

const isField = (field: Json): boolean => isText(field, bothKinds, 2_000);

const isText = (value: Json | undefined, kinds: readonly string[], longest: number): boolean =>
  isJsonObject(value) &&
  typeof value.type === "string" &&
  kinds.includes(value.type) &&
  typeof value.text === "string" &&
  value.text.length > 0 &&
  value.text.length <= longest;
