// One attempt: walk the pure steps, ask what they ask, deliver what they left. Nothing is recorded here; see settle.ts.

import type { Place } from "../schema/bundle.ts";
import type { Delivery } from "../schema/connector.ts";
import type { Envelope } from "../schema/envelope.ts";
import type { Json } from "../schema/json.ts";
import type { DeliveryResult, Failure } from "../schema/outcome.ts";
import type { Answers, Scope, Walked, WalkedOne } from "../schema/worker.ts";
import { ask, questionsIn, type Unanswered } from "./ask.ts";
import type { Context } from "./context.ts";
import { metaOf } from "./envelope.ts";
import type { Mask } from "./mask.ts";
import type { Lease, Program } from "./program.ts";
import { reasonOf } from "./start-failure.ts";

export type DropReason = "filter" | "route" | "when" | "on-error";

export type Attempted =
  | { readonly kind: "delivered"; readonly detail?: string }
  | { readonly kind: "dropped"; readonly reason: DropReason; readonly place?: Place }
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

/** So often a message may ask anew: each round answers all that is asked by then. */
const mostRounds = 100;

export async function attempt(context: Context, lease: Lease, target: string, envelope: Envelope): Promise<Attempted> {
  const prepared = prepare(context, lease, target, envelope);
  if (prepared.kind === "walked") return askAndDeliver(context, lease, target, envelope, prepared);
  if (prepared.kind !== "deliver") return prepared;
  return deliver(context, lease, prepared.delivery);
}

/** What a walk left that was split, or whose steps ask. */
export async function askAndDeliver(
  context: Context,
  lease: Lease,
  target: string,
  envelope: Envelope,
  first: Walking,
): Promise<Attempted> {
  const { mask } = context;
  const { program } = lease;
  let prepared: Prepared | Walking | Attempted = first;
  // The answers live as long as the attempt: one that comes again asks again.
  for (let round = 0, answers: Answers = {}; prepared.kind === "walked"; round += 1) {
    const questions = questionsIn(prepared.walked);
    if (questions.length === 0) return deliverAll(context, lease, envelope, prepared.walked);
    if (round === mostRounds) return broken(mask, program, -1, `the steps ask more than ${mostRounds} times in a row`);
    const asked = await ask(context, lease, envelope, questions);
    if (asked.unanswered !== undefined) return toLater(mask, program, asked.unanswered);
    answers = { ...answers, ...asked.answers };
    prepared = prepare(context, lease, target, envelope, answers);
  }
  if (prepared.kind !== "deliver") return prepared;
  return deliver(context, lease, prepared.delivery);
}

async function deliver(
  context: Context,
  { open, send }: Lease,
  delivery: Omit<Delivery, "signal">,
): Promise<Attempted> {
  if (context.crash) await context.crash("before-deliver");
  const result = await (send === undefined ? context.attempts.deliver(open, delivery) : send(delivery));
  if (context.crash) await context.crash("after-deliver");
  return toAttempted(context.mask, result);
}

export interface Prepared {
  readonly kind: "deliver";
  readonly delivery: Omit<Delivery, "signal">;
}

/** It was split, or steps ask. */
export interface Walking {
  readonly kind: "walked";
  readonly walked: Walked;
}

export function prepare(
  context: Context,
  lease: Lease,
  target: string,
  envelope: Envelope,
  answers?: Answers,
): Prepared | Walking | Attempted {
  const { steps } = context;
  if (steps === undefined) return walkSteps(context, lease, target, envelope, answers);
  const began = steps.now();
  const prepared = walkSteps(context, lease, target, envelope, answers);
  steps.took(target, steps.now() - began);
  return prepared;
}

/** A call of its own, so that the parsed body is garbage while the target works. */
function walkSteps(
  { mask }: Context,
  { program, checked }: Lease,
  target: string,
  envelope: Envelope,
  answers?: Answers,
): Prepared | Walking | Attempted {
  if (checked && envelope.error === undefined && program.mayPass?.(envelope.body) === false) {
    return { kind: "dropped", reason: "filter", ...placeOf(program, program.code.prefilter?.place ?? -1) };
  }
  const body = parseBody(envelope.body);
  if (body === undefined) return broken(mask, program, -1, "the stored body is not JSON");
  const misfit = checked || envelope.error !== undefined ? undefined : misfitOf(program, envelope.source, body.value);
  if (misfit !== undefined) return broken(mask, program, -1, misfit);
  const walked = walk(program, target, envelope, body.value, answers);
  if (walked.kind === "many" || walked.kind === "ask") return { kind: "walked", walked };
  return toPrepared(mask, program, envelope, walked);
}

function toPrepared(
  mask: Mask,
  program: Program,
  envelope: Envelope,
  walked: Exclude<WalkedOne, { kind: "ask" }>,
): Prepared | Attempted {
  switch (walked.kind) {
    case "drop":
      return { kind: "dropped", reason: walked.reason, ...placeOf(program, walked.place) };
    case "failed":
      return broken(mask, program, walked.place, walked.message, walked.class);
    case "deliver": {
      const { attempt, traceparent, others } = envelope;
      const id = `${envelope.id}${walked.item ?? ""}`;
      const { settings, body } = walked;
      return {
        kind: "deliver",
        delivery: { id, attempt, traceparent, tracestate: others?.tracestate, settings, body },
      };
    }
    default:
      return walked satisfies never;
  }
}

/**
 * The items of a split, one after the other and each under an id of its own. All are tried; the worst that happened
 * to one of them is what happened to the message: so what comes again, comes again as a whole, with the same ids.
 */
async function deliverAll(context: Context, lease: Lease, envelope: Envelope, walked: Walked): Promise<Attempted> {
  const items = walked.kind === "many" ? walked.items : [walked];
  let worst: Attempted = { kind: "dropped", reason: "filter" };
  let done = 0;
  const one = async (item: WalkedOne): Promise<Attempted | undefined> => {
    if (item.kind === "ask") return undefined;
    const prepared = toPrepared(context.mask, lease.program, envelope, item);
    return prepared.kind === "deliver" ? await deliver(context, lease, prepared.delivery) : prepared;
  };
  // What is collected waits for each other: all of them join.
  const together = lease.send === undefined ? undefined : await Promise.all(items.map(one));
  for (const [index, item] of items.entries()) {
    const attempted = together === undefined ? await one(item) : together[index];
    if (attempted === undefined) continue;
    if (attempted.kind === "delivered") done += 1;
    if (weight(attempted) > weight(worst)) worst = attempted;
  }
  if (worst.kind !== "failed") return worst.kind === "dropped" ? worst : { kind: "delivered", detail: `${done} items` };
  const { failure } = worst;
  return {
    ...worst,
    failure: { ...failure, message: `${failure.message} (${done} of ${items.length} items are done)` },
  };
}

/** Something that may still work outweighs what never will: it would be lost with it. */
function weight(attempted: Attempted): number {
  if (attempted.kind === "dropped") return 0;
  if (attempted.kind === "delivered") return 1;
  return attempted.certainty === "permanent" ? 2 : 3;
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

function walk({ code, env }: Program, target: string, envelope: Envelope, body: Json, answers?: Answers): Walked {
  try {
    const { settings, secrets } = env;
    const { headers, error } = envelope;
    const scope: Scope = { settings, secrets, body, headers, meta: metaOf(envelope) };
    return code.walk(error === undefined ? scope : { ...scope, error }, target, answers);
  } catch (error) {
    // Compiled code does not throw; if it does, the message is not to blame for more than its own end.
    return { kind: "failed", place: -1, message: reasonOf(error) };
  }
}

const delivered: Attempted = { kind: "delivered" };

export function toAttempted(mask: Mask, result: DeliveryResult): Attempted {
  switch (result.kind) {
    case "delivered":
      return result.detail === undefined ? delivered : { kind: "delivered", detail: mask(oneLine(result.detail)) };
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

/** The target was not reached, whatever became of the question. */
function toLater(mask: Mask, program: Program, { question, result }: Unanswered): FailedAttempt {
  const { failure } = result;
  const message = mask(oneLine(`\`${question.ask}\`: ${failure.message}`));
  const failed = { kind: "failed", certainty: "transient", reached: false } as const;
  const told = { ...failure, message, ...placeOf(program, question.place) };
  return result.kind === "transient" && result.retryAfterMs !== undefined
    ? { ...failed, failure: told, retryAfterMs: result.retryAfterMs }
    : { ...failed, failure: told };
}

function broken(
  mask: Mask,
  program: Program,
  place: number,
  message: string,
  kind: Failure["class"] = "invalid",
): FailedAttempt {
  const failure: Failure = { class: kind, message: mask(oneLine(message)), ...placeOf(program, place) };
  return { kind: "failed", certainty: "permanent", reached: false, failure };
}

function placeOf({ bundle }: Program, index: number): { readonly place?: Place } {
  const place = bundle.places[index];
  return place === undefined ? {} : { place };
}

const clean = (mask: Mask, failure: Failure): Failure => ({ ...failure, message: mask(oneLine(failure.message)) });

/** Fit for a header, a log line and a table. */
function oneLine(text: string): string {
  const line = /[^\S ]| {2}|^ | $/.test(text) ? text.replace(/\s+/g, " ").trim() : text;
  return line.length > 1000 ? `${line.slice(0, 999)}…` : line;
}
