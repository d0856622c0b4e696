// What steps ask: outside systems and scripts. The walk says what it wants, here it is got, and the walk is walked again
// with the answers; so the steps stay pure, and a test answers in place of the outside.

import type { BundleAsk } from "../schema/bundle.ts";
import { type Delivery, type OpenTarget, steadyNow } from "../schema/connector.ts";
import type { Envelope } from "../schema/envelope.ts";
import type { Json } from "../schema/json.ts";
import type { DeliveryResult } from "../schema/outcome.ts";
import type { Answer, Answers, Walked, WalkedOne } from "../schema/worker.ts";
import { nextAttempt } from "./backoff.ts";
import type { Context } from "./context.ts";
import type { Lease } from "./program.ts";

export type Question = Extract<WalkedOne, { kind: "ask" }>;

/** A question that may be answered later: the message shall come again. */
export interface Unanswered {
  readonly question: Question;
  readonly result: Exclude<DeliveryResult, { kind: "delivered" }>;
}

export interface Asked {
  readonly answers: Answers;
  readonly unanswered?: Unanswered;
}

/** Questions of one message that are asked at the same time. */
const together = 8;

export const questionsIn = (walked: Walked): readonly Question[] => {
  const all = walked.kind === "many" ? walked.items : [walked];
  return all.filter((one): one is Question => one.kind === "ask");
};

/** What questions are asked by. */
export type Asking = Pick<Lease, "program" | "asks">;

/** Never rejects. `signal`: nobody waits for the answers any more. Stops at the first question that nobody can answer now. */
export async function ask(
  context: Context,
  lease: Asking,
  envelope: Envelope,
  questions: readonly Question[],
  signal?: AbortSignal,
): Promise<Asked> {
  const answers: Record<string, Answer> = {};
  let unanswered: Unanswered | undefined;
  const waiting = [...questions];
  const work = async (): Promise<void> => {
    for (let question = waiting.shift(); question !== undefined && !unanswered; question = waiting.shift()) {
      const answer = await askOne(context, lease, envelope, question, signal);
      if ("result" in answer) unanswered ??= answer;
      else answers[question.key] = answer;
    }
  };
  await Promise.all(Array.from({ length: Math.min(together, questions.length) }, work));
  return unanswered === undefined ? { answers } : { answers, unanswered };
}

async function askOne(
  context: Context,
  lease: Asking,
  envelope: Envelope,
  question: Question,
  signal: AbortSignal | undefined,
): Promise<Answer | Unanswered> {
  const asked = lease.program.bundle.asks?.[question.ask];
  const open = lease.asks.get(question.ask);
  if (asked?.kind === "script") return runScript(context, asked, question);
  if (asked === undefined || open === undefined) {
    return { kind: "failed", class: "rejected", message: `nobody answers \`${question.ask}\` here` };
  }
  const first = steadyNow(context.clock);
  for (let attempt = 1; ; attempt += 1) {
    const result = await context.attempts.deliver(open, toDelivery(question, envelope, attempt), signal);
    if (result.kind === "delivered") return { kind: "value", value: result.answer ?? null };
    const { failure } = result;
    if (result.kind === "permanent") return { kind: "failed", class: failure.class, message: failure.message };
    const now = steadyNow(context.clock);
    const retryAfter = result.kind === "transient" ? result.retryAfterMs : undefined;
    const due =
      asked.retry === undefined
        ? undefined
        : nextAttempt(
            asked.retry,
            { attempt, firstFailureAt: first, now, ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }) },
            context.random,
          );
    // A wait longer than this belongs on disk: the message is parked as a whole.
    const goesOn = signal?.aborted !== true && !context.attempts.ended();
    if (goesOn && due !== undefined && due - now <= longestWait) {
      await new Promise<void>((resolve) => void context.clock.after(due - now, resolve));
      continue;
    }
    return asked.handles === true
      ? { kind: "failed", class: "unavailable", message: failure.message }
      : { question, result };
  }
}

/** A script is as pure as a step: what it cannot do, it cannot do the next time. */
export async function runScript(
  { scripts }: Pick<Context, "scripts">,
  { code, timeout, memory }: Extract<BundleAsk, { kind: "script" }>,
  { ask: name, settings }: Question,
): Promise<Answer> {
  const result = await scripts.run(code, settings, { timeMs: timeout, memoryBytes: memory });
  switch (result.kind) {
    case "value":
      return { kind: "value", value: result.value ?? null };
    case "failed":
      return { kind: "failed", class: "invalid", message: `script \`${name}\`: ${result.message}` };
    case "stopped":
      return {
        kind: "failed",
        class: "invalid",
        message: `script \`${name}\` was stopped: ${exhausted[result.reason]}`,
      };
  }
}

const exhausted = {
  time: "it took too long",
  memory: "it took too much memory",
  stack: "it went too deep",
} as const;

const longestWait = 10_000;

function toDelivery(
  { key, settings, body }: Question,
  { id, traceparent, others }: Envelope,
  attempt: number,
): Omit<Delivery, "signal"> {
  const asked: Json = body ?? null;
  return { id: `${id}/${key}`, attempt, traceparent, tracestate: others?.tracestate, settings, body: asked };
}

export type OpenAsks = ReadonlyMap<string, OpenTarget>;
