// `reply`: a sender that waits for more than the PubAck. Its message is taken in like any other, then the steps are
// walked to the reply and what they ask is asked. The targets take the stored message from there, whatever is answered;
// where there are none, nothing is stored.

import type { Answered, Incoming } from "../schema/connector.ts";
import type { Envelope } from "../schema/envelope.ts";
import type { Json, JsonObject } from "../schema/json.ts";
import type { ErrorClass } from "../schema/outcome.ts";
import { type Answers, replyTarget, type Walked } from "../schema/worker.ts";
import { type Awaited, accept, type Door } from "./accept.ts";
import { ask, questionsIn } from "./ask.ts";
import type { Context } from "./context.ts";
import type { Answering, Editions } from "./editions.ts";
import { metaOf } from "./envelope.ts";
import { reasonOf } from "./start-failure.ts";

/** So often a message may ask anew. */
const mostRounds = 100;

const fewSeconds = 2;

/** Callers of one integration that wait. */
export interface Waiting {
  callers: number;
}

export const isReplying = ({ bundle }: Answering["program"]): boolean => bundle.needs?.includes("reply") === true;

/** Never rejects. */
export async function reply(
  context: Context,
  editions: Editions,
  source: string,
  door: Door,
  waiting: Waiting,
  incoming: Incoming,
  signal: AbortSignal,
): Promise<Answered> {
  if (waiting.callers >= context.limits.acceptMessages) {
    const reason = "too many callers are waiting";
    context.tell({ kind: "refused", source, class: "unavailable", reason });
    return { kind: "unavailable", reason, retryAfterSeconds: fewSeconds };
  }
  const taking = editions.answering();
  waiting.callers += 1;
  try {
    return await answer(context, editions, taking, source, door, incoming, signal);
  } finally {
    waiting.callers -= 1;
    taking.done();
  }
}

async function answer(
  context: Context,
  editions: Editions,
  { program }: Answering,
  source: string,
  door: Door,
  incoming: Incoming,
  signal: AbortSignal,
): Promise<Answered> {
  const { clock } = context;
  const startedAt = clock.now();
  const awaited: Awaited = { unstored: Object.keys(program.bundle.targets).length === 0 };
  const accepted = await accept(context, program, source, door, incoming, awaited);
  const received = awaited.envelope;
  if (accepted.kind !== "stored") return accepted;
  if (received === undefined) throw new Error("it was stored without being known");
  const envelope = { ...received, attempt: 1, sequence: accepted.sequence, body: incoming.body };
  const answering = editions.answeringFor(envelope);
  const walking = walkAndAsk(context, answering, envelope, incoming.value, signal).finally(answering.done);
  const told = await Promise.race([walking, aborted(signal)]);
  context.tally.answered(answering.program.bundle.hash, told.kind === "failed");
  const { id } = received;
  const ended = { id, source, durationMs: clock.now() - startedAt } as const;
  switch (told.kind) {
    case "reply":
      context.tell({ kind: "reply", ...ended, result: "replied" });
      return { kind: "reply", id, settings: told.settings };
    case "dropped":
    case "late":
      context.tell({ kind: "reply", ...ended, result: told.kind });
      return { kind: told.kind, id };
    case "failed": {
      const { class: type, asked, retryAfterMs } = told;
      context.tell({ kind: "reply", ...ended, result: "failed", class: type });
      // The caller is told nothing of the inside.
      context.log.warn({ id, source, class: type, error: context.mask(told.message) }, "the caller gets no reply");
      const failed = { kind: "failed", id, class: type, asked } as const;
      return retryAfterMs === undefined ? failed : { ...failed, retryAfterSeconds: retryAfterMs / 1000 };
    }
    default:
      return told satisfies never;
  }
}

type Told =
  | { readonly kind: "reply"; readonly settings: JsonObject }
  | { readonly kind: "dropped" }
  | { readonly kind: "late" }
  | {
      readonly kind: "failed";
      readonly class: ErrorClass;
      readonly message: string;
      readonly asked: boolean;
      readonly retryAfterMs?: number;
    };

function aborted(signal: AbortSignal): Promise<Told> {
  if (signal.aborted) return Promise.resolve({ kind: "late" });
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve({ kind: "late" }), { once: true }));
}

async function walkAndAsk(
  context: Context,
  answering: Answering,
  envelope: Envelope,
  body: Json,
  signal: AbortSignal,
): Promise<Told> {
  // What the source's `on-error` took in does not have the types that the steps need.
  if (envelope.error !== undefined) return { kind: "failed", asked: false, ...envelope.error };
  for (let round = 0, answers: Answers = {}; ; round += 1) {
    const walked = walk(answering, envelope, body, answers);
    const questions = questionsIn(walked);
    if (questions.length === 0) return toTold(answering, walked);
    if (signal.aborted) return { kind: "late" };
    if (round === mostRounds) {
      return failed("invalid", `the steps ask more than ${mostRounds} times in a row`, false);
    }
    const asked = await ask(context, answering, envelope, questions, signal);
    if (asked.unanswered !== undefined) {
      const { question, result } = asked.unanswered;
      const none = failed("unavailable", `\`${question.ask}\`: ${result.failure.message}`, true);
      return result.kind === "transient" && result.retryAfterMs !== undefined
        ? { ...none, retryAfterMs: result.retryAfterMs }
        : none;
    }
    answers = { ...answers, ...asked.answers };
  }
}

function walk({ program }: Answering, envelope: Envelope, body: Json, answers: Answers): Walked {
  try {
    const scope = { ...program.env, body, headers: envelope.headers, meta: metaOf(envelope) };
    return program.code.walk(scope, replyTarget, answers);
  } catch (error) {
    // Compiled code does not throw.
    return { kind: "failed", place: -1, message: reasonOf(error) };
  }
}

function toTold({ program }: Answering, walked: Walked): Told {
  switch (walked.kind) {
    case "deliver":
      return { kind: "reply", settings: walked.settings };
    case "drop":
      return { kind: "dropped" };
    case "failed": {
      const { class: type = "invalid", message, place } = walked;
      return failed(type, message, type !== "invalid" || isAnswer(program, place));
    }
    case "ask":
    case "many":
      // The compiler lets no `split` stand before a reply.
      return failed("invalid", "there is not one answer", false);
    default:
      return walked satisfies never;
  }
}

/** The place is the contract of what a step asked: the answer is wrong, not the message. */
function isAnswer({ bundle }: Answering["program"], place: number): boolean {
  const path = bundle.places[place]?.path;
  return Object.values(bundle.asks ?? {}).some((asked) => path === `${asked.place.path}.contract`);
}

const failed = (type: ErrorClass, message: string, asked: boolean): Extract<Told, { kind: "failed" }> => ({
  kind: "failed",
  class: type,
  message,
  asked,
});
