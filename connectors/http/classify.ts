// Answers and broken connections to delivery results: what will never work, what may work later, and what may have
// been done without our knowing.

import { STATUS_CODES } from "node:http";
import type { DeliveryResult } from "../../schema/outcome.ts";

/** A longer Retry-After is cut to this: 24 hours in milliseconds. */
const longestWait = 24 * 60 * 60 * 1000;

const transientStatus = new Set([408, 425, 429]);

/** `what` names the request without path, query and credentials: `POST https://api.example.com`. */
export function classifyStatus(
  what: string,
  status: number,
  retryAfter: string | undefined,
  now: number,
): DeliveryResult {
  if (status >= 200 && status < 300) return { kind: "delivered", detail: String(status) };
  const words = STATUS_CODES[status];
  const message = `${what} answered ${status}${words === undefined ? "" : ` ${words}`}`;
  if (status >= 500 || transientStatus.has(status)) {
    const retryAfterMs = readRetryAfter(retryAfter, now);
    return {
      kind: "transient",
      failure: { class: "unavailable", message, status },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
  if (status >= 300 && status < 400) {
    const redirect = `${message}: only redirects that stay at the same host are followed, write the final URL`;
    return { kind: "permanent", failure: { class: "rejected", message: redirect, status } };
  }
  return {
    kind: "permanent",
    failure: { class: status === 404 || status === 410 ? "not-found" : "rejected", message, status },
  };
}

/** `sent`: the request had begun to leave, so the other side may have acted on it. */
export function classifyBreak(what: string, reason: string, sent: boolean): DeliveryResult {
  const failure = { class: "unavailable", message: `${what}: ${reason}` } as const;
  return sent ? { kind: "unknown", failure } : { kind: "transient", failure };
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3); undefined when neither. */
function readRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,10}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestWait) : undefined;
}
