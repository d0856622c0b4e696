// Answers of the listener: one line of JSON unless an author says what, complete even when the request was not read to
// its end.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Json } from "../../schema/json.ts";

export interface Reply {
  readonly status: number;
  readonly body?: { readonly [key: string]: Json };
  /** Instead of `body`. */
  readonly content?: { readonly type: string; readonly bytes: Uint8Array };
  readonly headers?: Readonly<Record<string, string>>;
}

export const refusal = (status: number, error: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  body: { error },
  headers,
});

export const tryAgain = (error: string, seconds: number, status: 429 | 503 = 503): Reply =>
  refusal(status, error, { "retry-after": String(Math.max(1, Math.ceil(seconds))) });

/** How long, and how much, of an unwanted body is read so that the sender gets to see the answer. */
const linger = { ms: 1_000, bytes: 4 * 1024 * 1024 };

export function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (response.headersSent || response.destroyed) return;
  const content = reply.content ?? jsonContent(reply.body);
  const text = content?.bytes ?? new Uint8Array();
  const whole = request.complete;
  response.writeHead(reply.status, {
    ...(content === undefined ? {} : { "content-type": content.type }),
    ...(bodiless.has(reply.status) ? {} : { "content-length": text.length }),
    ...(whole ? {} : { connection: "close" }),
    ...reply.headers,
  });
  if (whole) response.end(text);
  else closeLate(request, response, text);
}

/** Statuses that have no body, nor a length of it. */
const bodiless: ReadonlySet<number> = new Set([204, 304]);

const jsonContent = (body: Reply["body"]): Reply["content"] =>
  body && { type: "application/json; charset=utf-8", bytes: Buffer.from(`${JSON.stringify(body)}\n`) };

/** Closing a socket with unread data resets it, and the answer may be lost on its way: so read on for a moment. */
function closeLate(request: IncomingMessage, response: ServerResponse, text: Uint8Array): void {
  let seen = 0;
  const finish = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish, linger.ms);
  request.on("data", (chunk: Uint8Array) => {
    seen += chunk.length;
    if (seen > linger.bytes) finish();
  });
  request.once("end", finish);
  request.once("close", finish);
  response.write(text);
  request.resume();
}
