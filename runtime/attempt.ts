// One attempt: walk the pure steps, deliver what they left. Nothing is recorded here; see settle.ts.

import type { Place } from "../schema/bundle.ts";
import type { Delivery } from "../schema/connector.ts";
import type { Envelope } from "../schema/envelope.ts";
import type { Json } from "../schema/json.ts";
import type { DeliveryResult, Failure } from "../schema/outcome.ts";
import type { Walked } from "../schema/worker.ts";
import type { Context } from "./context.ts";
import { metaOf } from "./envelope.ts";
import type { Mask } from "./mask.ts";
import type { Lease, Program } from "./program.ts";
import { reasonOf } from "./start-failure.ts";

export type Attempted =
  | { readonly kind: "delivered"; readonly detail?: string }
  | { readonly kind: "dropped"; readonly reason: "filter" | "route" | "when"; readonly place?: Place }
  | FailedAttempt;

export interface FailedAttempt {
  readonly kind: "failed";
  /** permanent: will never work · transient: was not done · unknown: may have been done. */
  readonly certainty: "permanent" | "transient" | "unknown";
  /** False when it failed in the steps, before the target was asked. */
  readonly reached: boolean;
  readonly failure: Failure;
  readonly retryAfterMs?: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

export async function attempt(context: Context, lease: Lease, target: string, envelope: Envelope): Promise<Attempted> {
  const ready = prepare(context, lease, target, envelope);
  if (ready.kind !== "deliver") return ready;
  if (context.crash) await context.crash("before-deliver");
  const result = await context.attempts.deliver(lease.open, ready.delivery);
  if (context.crash) await context.crash("after-deliver");
  return toAttempted(context.mask, result);
}

interface Prepared {
  readonly kind: "deliver";
  readonly delivery: Omit<Delivery, "signal">;
}

/** A call of its own, so that the parsed body is garbage while the target works. */
function prepare(
  { mask }: Context,
  { program, checked }: Lease,
  target: string,
  envelope: Envelope,
): Prepared | Attempted {
  const body = parseBody(envelope.body);
  if (body === undefined) return broken(mask, program, -1, "the stored body is not JSON");
  const misfit = checked ? undefined : misfitOf(program, envelope.source, body.value);
  if (misfit !== undefined) return broken(mask, program, -1, misfit);
  const walked = walk(program, target, envelope, body.value);
  switch (walked.kind) {
    case "drop":
      return { kind: "dropped", reason: walked.reason, ...placeOf(program, walked.place) };
    case "failed":
      return broken(mask, program, walked.place, walked.message);
    case "deliver": {
      const { id, attempt, traceparent } = envelope;
      return { kind: "deliver", delivery: { id, attempt, traceparent, settings: walked.settings, body: walked.body } };
    }
    default:
      return walked satisfies never;
  }
}

function parseBody(bytes: Uint8Array): { readonly value: Json } | undefined {
  try {
    return { value: JSON.parse(utf8.decode(bytes)) };
  } catch {
    return undefined;
  }
}

/** Accepted under another contract by a bundle that is gone: its types hold only if the present contract says so. */
function misfitOf({ code }: Program, source: string, body: Json): string | undefined {
  const checking = code.sources[source] ?? Object.values(code.sources)[0];
  const [issue] = checking?.check(body) ?? [];
  return (
    issue && `it was accepted under another contract and does not fit the present one: ${issue.path} ${issue.message}`
  );
}

function walk({ code, env }: Program, target: string, envelope: Envelope, body: Json): Walked {
  try {
    const { settings, secrets } = env;
    return code.walk({ settings, secrets, body, headers: envelope.headers, meta: metaOf(envelope) }, target);
  } catch (error) {
    // Compiled code does not throw; if it does, the message is not to blame for more than its own end.
    return { kind: "failed", place: -1, message: reasonOf(error) };
  }
}

function toAttempted(mask: Mask, result: DeliveryResult): Attempted {
  switch (result.kind) {
    case "delivered":
      return result.detail === undefined
        ? { kind: "delivered" }
        : { kind: "delivered", detail: mask(oneLine(result.detail)) };
    case "permanent":
    case "unknown":
      return { kind: "failed", certainty: result.kind, reached: true, failure: clean(mask, result.failure) };
    case "transient": {
      const failed = { kind: "failed", certainty: "transient", reached: true } as const;
      const failure = clean(mask, result.failure);
      return result.retryAfterMs === undefined
        ? { ...failed, failure }
        : { ...failed, failure, retryAfterMs: result.retryAfterMs };
    }
    default:
      return result satisfies never;
  }
}

function broken(mask: Mask, program: Program, place: number, message: string): FailedAttempt {
  const failure: Failure = { class: "invalid", message: mask(oneLine(message)), ...placeOf(program, place) };
  return { kind: "failed", certainty: "permanent", reached: false, failure };
}

function placeOf({ bundle }: Program, index: number): { readonly place?: Place } {
  const place = bundle.places[index];
  return place === undefined ? {} : { place };
}

const clean = (mask: Mask, failure: Failure): Failure => ({ ...failure, message: mask(oneLine(failure.message)) });

/** Fit for a header, a log line and a table. */
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 1000 ? `${line.slice(0, 999)}…` : line;
}
