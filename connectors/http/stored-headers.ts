// Which headers of a request go into the house: all but credentials and what belongs to the connection alone.

import type { RequestHeaders } from "./auth.ts";

const left = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "x-api-key",
  "api-key",
  "x-auth-token",
  "x-access-token",
  "x-csrf-token",
  "x-gitlab-token",
  "x-hub-signature",
  "x-hub-signature-256",
  "webhook-signature",
  "svix-signature",
  "stripe-signature",
  "x-slack-signature",
  "x-shopify-hmac-sha256",
  "x-twilio-signature",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "proxy-connection",
  "expect",
  "content-length",
  // By which expressions know a replay: no sender makes one.
  "vrsky-replay",
]);

/** Lower-case names; a repeated header is joined by a comma. `also`: this source's own credential headers. */
export function storedHeaders(headers: RequestHeaders, also: readonly string[]): Record<string, string> {
  const stored: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || left.has(name) || also.includes(name)) continue;
    stored.push([name, typeof value === "string" ? value : value.join(", ")]);
  }
  return Object.fromEntries(stored);
}
