// What a case lets targets and calls answer, and what that means to the runtime: statuses are read by what reads them
// when an HTTP server gives them.

import { classifyBreak, classifyStatus } from "../../connectors/http/classify.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import type { DeliveryResult, ErrorClass } from "../../schema/outcome.ts";
import { durationText, parseDuration } from "../../schema/units.ts";

export type Answer = (
  | { readonly kind: "ok"; readonly body?: Json }
  | { readonly kind: "status"; readonly status: number; readonly retryAfterMs?: number; readonly body?: Json }
  | { readonly kind: "timeout" }
  /** The connection is cut when all was sent. */
  | { readonly kind: "unknown" }
  | { readonly kind: "error"; readonly class: ErrorClass; readonly message?: string }
) & {
  /** Milliseconds that it takes. */
  readonly after?: number;
};

const classes: ReadonlySet<unknown> = new Set(["invalid", "not-found", "rejected", "unavailable"]);
const isClass = (value: unknown): value is ErrorClass => classes.has(value);

export function readAnswers(given: JsonObject, of: "call" | "target"): Readonly<Record<string, readonly Answer[]>> {
  const read = (value: Json): Answer => readAnswer(value, of);
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, Array.isArray(value) ? value.map(read) : [read(value)]]),
  );
}

/** What a call is answered is its body, unless it looks like one of the other answers. */
function readAnswer(value: Json, of: "call" | "target"): Answer {
  if (of === "target") {
    if (value === "timeout" || value === "unknown") return { kind: value };
    if (typeof value === "number") return { kind: "status", status: value };
  }
  if (!isJsonObject(value) || !isDescribed(value)) return of === "call" ? { kind: "ok", body: value } : { kind: "ok" };
  const after = wait(value.after);
  const more = after === undefined ? {} : { after };
  const body = value.body === undefined ? {} : { body: value.body };
  if (value.error === "timeout" || value.error === "unknown") return { kind: value.error, ...more };
  if (isClass(value.error)) {
    const message = typeof value.message === "string" ? { message: value.message } : {};
    return { kind: "error", class: value.error, ...message, ...more };
  }
  if (typeof value.status !== "number") return { kind: "ok", ...body, ...more };
  const retryAfterMs = wait(value["retry-after"]);
  const later = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: "status", status: value.status, ...later, ...body, ...more };
}

const wait = (value: Json | undefined): number | undefined =>
  typeof value === "number" ? value * 1000 : typeof value === "string" ? parseDuration(value) : undefined;

const keys: ReadonlySet<string> = new Set(["status", "retry-after", "error", "message", "body", "after"]);

function isDescribed(value: JsonObject): boolean {
  const { status, error, body } = value;
  if (!Object.keys(value).every((key) => keys.has(key))) return false;
  if (status !== undefined) return typeof status === "number";
  if (error !== undefined) return isClass(error) || error === "timeout" || error === "unknown";
  return body !== undefined || value.after !== undefined;
}

/** As it is for a sender that waits no longer than its setting says. */
export const inTime = (answer: Answer, settings: JsonObject): Answer =>
  (answer.after ?? 0) > timeoutOf(settings) ? { kind: "timeout" } : answer;

/** How long it takes, for one that is `timeout`: as long as the sender waits. */
export const takes = (answer: Answer, settings: JsonObject): number =>
  answer.kind === "timeout" ? timeoutOf(settings) : (answer.after ?? 0);

/** Some have it from their connection. */
function timeoutOf({ timeout, connection }: JsonObject): number {
  if (typeof timeout === "number") return timeout;
  return isJsonObject(connection) && typeof connection.timeout === "number" ? connection.timeout : 30_000;
}

/** `who`: what a person calls it. */
export function toResult(answer: Answer, who: string, settings: JsonObject, now: number): DeliveryResult {
  switch (answer.kind) {
    case "ok":
      return answer.body === undefined ? { kind: "delivered" } : { kind: "delivered", answer: answer.body };
    case "timeout":
      return classifyBreak(who, `no answer within ${durationText(timeoutOf(settings))}`, true);
    case "unknown":
      return classifyBreak(who, "the connection was cut before there was an answer", true);
    case "status": {
      const { status, retryAfterMs, body } = answer;
      const retryAfter = retryAfterMs === undefined ? undefined : String(Math.ceil(retryAfterMs / 1000));
      const result = classifyStatus(who, status, retryAfter, now);
      return result.kind === "delivered" && body !== undefined ? { ...result, answer: body } : result;
    }
    case "error": {
      const failure = { class: answer.class, message: answer.message ?? `${who} answers \`${answer.class}\` here` };
      return { kind: answer.class === "unavailable" ? "transient" : "permanent", failure };
    }
    default:
      return answer satisfies never;
  }
}
