// One attempt: walk the pure steps, ask what they ask, deliver what they left. Nothing is recorded here; see settle.ts.

import type { Place, Reaction } from "../schema/bundle.ts";
import type { Delivery } from "../schema/connector.ts";
import type { Envelope } from "../schema/envelope.ts";
import type { Json } from "../schema/json.ts";
import type { DeliveryResult, Failure } from "../schema/outcome.ts";
import type { Answers, Scope, Walked, WalkedOne } from "../schema/worker.ts";
import { ask, questionsIn, type Unanswered } from "./ask.ts";
import { isInPieces, whole } from "./content/assemble.ts";
import { blamed } from "./content/blame.ts";
import { withContent } from "./content/open.ts";
import type { Context } from "./context.ts";
import { metaOf } from "./envelope.ts";
import type { Mask } from "./mask.ts";
import type { Lease, Program } from "./program.ts";
import { readValues } from "./read-values.ts";
import { reasonOf } from "./start-failure.ts";

export type DropReason = "filter" | "route" | "when" | "on-error";

export type Attempted =
  | { readonly kind: "delivered"; readonly detail?: string }
  | { readonly kind: "dropped"; readonly reason: DropReason; readonly place?: Place }
  | FailedAttempt;

/** Of each item of a split that has no end yet; `untried`: it was not its turn any more. */
export interface ItemsAttempted {
  readonly kind: "items";
  readonly items: readonly { readonly item: string; readonly attempted: Attempted | { readonly kind: "untried" } }[];
}

export interface FailedAttempt {
  readonly kind: "failed";
  /** permanent: will never work · transient: was not done · unknown: may have been done. */
  readonly certainty: "permanent" | "transient" | "unknown";
  /** False when it failed in the steps, before the target was asked. */
  readonly reached: boolean;
  readonly failure: Failure;
  readonly retryAfterMs?: number;
  /** What failed: the body that a step or the target got. Undefined: the message as it came. */
  readonly body?: unknown;
  /** A step's `on-error` sends it on to these targets, whatever that of the target says. */
  readonly to?: readonly string[];
  /** The step, where other targets' walks may fail at it as well. */
  readonly step?: string;
}

/** Items that have their end. */
export type EndedItems = ReadonlySet<string>;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** So often a message may ask anew: each round answers all that is asked by then. */
const mostRounds = 100;

export async function attempt(
  context: Context,
  lease: Lease,
  target: string,
  envelope: Envelope,
  ended: EndedItems,
): Promise<Attempted | ItemsAttempted> {
  if (!isInPieces(envelope)) return attemptWhole(context, lease, target, envelope, ended);
  return whole(context, target, envelope, async (read) => {
    const attempted = await attemptWhole(context, lease, target, read, ended);
    return withoutBodies(attempted, lease.program.bundle.targets[target]?.onError ?? {});
  });
}

/**
 * The room for a body is given back with the attempt, and a failure waits until it is written, one after the other: it
 * keeps the body only where that is sent on.
 */
export function withoutBodies(
  attempted: Attempted | ItemsAttempted,
  onError: Readonly<Record<string, Reaction>>,
): Attempted | ItemsAttempted {
  if (Object.values(onError).some((reaction) => typeof reaction === "object")) return attempted;
  const light = <A extends { readonly kind: string }>(each: A | FailedAttempt): A | FailedAttempt =>
    "certainty" in each && each.to === undefined ? { ...each, body: undefined } : each;
  if (attempted.kind !== "items") return light(attempted);
  return { ...attempted, items: attempted.items.map((each) => ({ ...each, attempted: light(each.attempted) })) };
}

async function attemptWhole(
  context: Context,
  lease: Lease,
  target: string,
  envelope: Envelope,
  ended: EndedItems,
): Promise<Attempted | ItemsAttempted> {
  const prepared = prepare(context, lease, target, envelope);
  if (prepared.kind === "walked") return askAndDeliver(context, lease, target, envelope, prepared, ended);
  if (prepared.kind !== "deliver") return prepared;
  return deliver(context, lease, withContent(context, target, envelope, prepared.delivery));
}

/** What a walk left that was split, or whose steps ask. */
export async function askAndDeliver(
  context: Context,
  lease: Lease,
  target: string,
  envelope: Envelope,
  first: Walking,
  ended: EndedItems,
): Promise<Attempted | ItemsAttempted> {
  const { mask } = context;
  const { program } = lease;
  let prepared: Prepared | Walking | Attempted = first;
  // The answers live as long as the attempt: one that comes again asks again.
  for (let round = 0, answers: Answers = {}; prepared.kind === "walked"; round += 1) {
    const walked = openItems(prepared.walked, envelope, ended);
    const questions = questionsIn(walked);
    if (questions.length === 0) return deliverItems(context, lease, target, envelope, walked);
    if (round === mostRounds) return broken(mask, program, -1, `the steps ask more than ${mostRounds} times in a row`);
    const asked = await ask(context, lease, envelope, questions);
    if (asked.unanswered !== undefined) return toLater(mask, program, asked.unanswered);
    answers = { ...answers, ...asked.answers };
    prepared = prepare(context, lease, target, envelope, answers);
  }
  if (prepared.kind !== "deliver") return prepared;
  return deliver(context, lease, withContent(context, target, envelope, prepared.delivery));
}

/** Those that this is about, and that have no end yet. */
function openItems(walked: Walked, { item: only }: Envelope, ended: EndedItems): Walked {
  if (walked.kind !== "many" || (only === undefined && ended.size === 0)) return walked;
  const wanted = (item: string): boolean =>
    !ended.has(item) && (only === undefined || item === only || item.startsWith(`${only}.`));
  const items = walked.items.filter(({ item = "" }) => wanted(item));
  const [one, ...others] = items;
  if (only !== undefined && one === undefined) {
    return { kind: "failed", place: -1, message: `the steps make no item ${only} of it any more` };
  }
  return only !== undefined && one !== undefined && others.length === 0 ? one : { kind: "many", items };
}

async function deliver(
  context: Context,
  { open, send }: Lease,
  delivery: Omit<Delivery, "signal">,
): Promise<Attempted> {
  if (context.crash) await context.crash("before-deliver");
  const result = await (send === undefined ? context.attempts.deliver(open, delivery) : send(delivery));
  if (context.crash) await context.crash("after-deliver");
  return toAttempted(context.mask, result, delivery);
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

/** What the steps need to be walked: nothing that could ask or deliver. */
export type Walker = Pick<Context, "mask" | "steps">;
export type Walkable = Pick<Lease, "program" | "checked">;

export function prepare(
  context: Walker,
  lease: Walkable,
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
  { mask }: Walker,
  { program, checked }: Walkable,
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
  if (misfit !== undefined) return failedWalk(mask, program, envelope, misfit);
  const walked = walk(program, target, envelope, body.value, answers);
  if (walked.kind === "many" || walked.kind === "ask") return { kind: "walked", walked };
  return toPrepared(mask, program, envelope, walked);
}

export function toPrepared(
  mask: Mask,
  program: Program,
  envelope: Envelope,
  walked: Exclude<WalkedOne, { kind: "ask" }>,
): Prepared | Attempted {
  switch (walked.kind) {
    case "drop":
      return { kind: "dropped", reason: walked.reason, ...placeOf(program, walked.place) };
    case "failed":
      return failedWalk(mask, program, envelope, walked);
    case "deliver": {
      const { attempt, receivedAt, traceparent, others } = envelope;
      const id = `${envelope.id}${walked.item ?? ""}`;
      const { settings, body } = walked;
      return {
        kind: "deliver",
        delivery: { id, attempt, receivedAt, traceparent, tracestate: others?.tracestate, settings, body },
      };
    }
    default:
      return walked satisfies never;
  }
}

/**
 * The items of a split, each under an id of its own, some of them at the same time. What fails at one is no matter to
 * its siblings; but a target that does nothing any more is not asked for each of them.
 */
async function deliverItems(
  context: Context,
  lease: Lease,
  target: string,
  envelope: Envelope,
  walked: Walked,
): Promise<Attempted | ItemsAttempted> {
  const deliverOne = (one: Exclude<WalkedOne, { kind: "ask" }>): Attempted | Promise<Attempted> => {
    const prepared = toPrepared(context.mask, lease.program, envelope, one);
    return prepared.kind === "deliver"
      ? deliver(context, lease, withContent(context, target, envelope, prepared.delivery))
      : prepared;
  };
  if (walked.kind !== "many") return walked.kind === "ask" ? neverAsked : deliverOne(walked);
  const items: ItemsAttempted["items"][number][] = [];
  let inVain = 0;
  const waiting = walked.items.values();
  const work = async (): Promise<void> => {
    for (const one of waiting) {
      if (one.kind === "ask") continue;
      const { item = "" } = one;
      const givenUp = inVain >= mostInVain || context.attempts.ended();
      const attempted = givenUp && one.kind === "deliver" ? untried : await deliverOne(one);
      if (attempted.kind === "failed" && attempted.certainty !== "permanent") inVain += 1;
      else if (attempted.kind === "delivered") inVain = 0;
      items.push({ item, attempted });
    }
  };
  // What is collected waits for each other: all of them join.
  const together = lease.send === undefined ? lease.together : walked.items.length;
  await Promise.all(Array.from({ length: Math.min(together, walked.items.length) }, work));
  return { kind: "items", items };
}

/** For whoever wants to know whether the target works. */
export function sumOf({ items }: ItemsAttempted): Attempted {
  const attempted = items.flatMap((item) => (item.attempted.kind === "untried" ? [] : [item.attempted]));
  const failed = attempted.filter((each) => each.kind === "failed");
  return (
    attempted.find(({ kind }) => kind === "delivered") ??
    failed.find(({ certainty }) => certainty !== "permanent") ??
    failed.find(({ reached }) => reached) ?? { kind: "dropped", reason: "filter" }
  );
}

/** So many items in a row that a target could not take now: the others wait with them. */
const mostInVain = 8;

const untried = { kind: "untried" } as const;

const neverAsked: FailedAttempt = {
  kind: "failed",
  certainty: "transient",
  reached: false,
  failure: { class: "unavailable", message: "a question was left open" },
};

function parseBody(bytes: Uint8Array): { readonly value: Json } | undefined {
  try {
    return { value: JSON.parse(utf8.decode(bytes)) };
  } catch {
    return undefined;
  }
}

/** Accepted under another contract by a bundle that is gone: its types hold only if the present contract says so. */
function misfitOf({ code }: Program, source: string, body: Json): WalkFailed | undefined {
  const checking = code.sources[source] ?? Object.values(code.sources)[0];
  const [issue] = checking?.check(body) ?? [];
  if (issue === undefined) return undefined;
  const message = `it was accepted under another contract and does not fit the present one: ${issue.path} ${issue.message}`;
  return { kind: "failed", place: -1, message, broke: { issues: [issue], value: body } };
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

export function toAttempted(
  mask: Mask,
  answered: DeliveryResult,
  { body, content }: Pick<Delivery, "body" | "content">,
): Attempted {
  const result = content === undefined ? answered : blamed(answered, content);
  switch (result.kind) {
    case "delivered":
      return result.detail === undefined ? delivered : { kind: "delivered", detail: mask(oneLine(result.detail)) };
    case "permanent":
    case "unknown":
      return { kind: "failed", certainty: result.kind, reached: true, failure: clean(mask, result.failure), body };
    case "transient": {
      const failed = { kind: "failed", certainty: "transient", reached: true, body } as const;
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

type WalkFailed = Extract<WalkedOne, { kind: "failed" }>;

function failedWalk(mask: Mask, program: Program, envelope: Envelope, walked: WalkFailed): FailedAttempt {
  const { place, message, class: kind, seen, to, step } = walked;
  const failed = broken(mask, program, place, message, kind);
  const read = readValues(mask, program, envelope, walked);
  return {
    ...failed,
    failure: read === undefined ? failed.failure : { ...failed.failure, read },
    body: seen?.body,
    ...(to === undefined ? {} : { to }),
    ...(step === undefined ? {} : { step }),
  };
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
