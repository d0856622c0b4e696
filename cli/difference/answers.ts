// What calls answer in a replay, where somebody says it in a file: one answer for each call, in the form that cases have.
// Nobody outside is asked.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import type { BundleAsk, CodedBundle } from "../../schema/bundle.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { Answer } from "../../schema/worker.ts";
import { type Answer as CaseAnswer, readAnswers, toResult } from "../cases/answers.ts";
import { exit, ok, type Result, refuse } from "../exit.ts";
import type { Io } from "../io.ts";

/** By the name of the call. */
export type GivenAnswers = ReadonlyMap<string, CaseAnswer>;

export function readGivenAnswers(path: string, bundles: readonly CodedBundle[], io: Io): Result<GivenAnswers> {
  let value: unknown;
  try {
    value = parse(readFileSync(resolve(io.cwd, path), "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown";
    return refuse(exit.usage, `The answers in ${path} cannot be read: ${reason}.`);
  }
  const help = "It says by the name of each call what it answers: `customer: { name: Ann }`.";
  if (!isJsonObject(value)) return refuse(exit.usage, `${path} holds no answers.`, help);
  const calls = new Set(bundles.flatMap(({ bundle }) => callsOf(bundle.asks)));
  const unknown = Object.keys(value).find((name) => !calls.has(name));
  if (unknown !== undefined) {
    const there = calls.size === 0 ? "no integration has one" : `there is ${[...calls].join(", ")}`;
    return refuse(exit.usage, `${path} answers \`${unknown}\`, which is no call: ${there}.`, help);
  }
  const answers = readAnswers(value, "call");
  const first = Object.entries(answers).flatMap(([name, [answer]]) =>
    answer === undefined ? [] : [[name, answer] as const],
  );
  return ok(new Map(first));
}

const callsOf = (asks: Readonly<Record<string, BundleAsk>> = {}): readonly string[] =>
  Object.entries(asks).flatMap(([name, { kind }]) => (kind === "call" ? [name] : []));

/** Undefined: the message would come again, and nobody knows to what. */
export function answerTo(
  name: string,
  asked: Extract<BundleAsk, { kind: "call" }>,
  given: CaseAnswer,
): Answer | undefined {
  const result = toResult(given, `\`${name}\``, {}, 0);
  if (result.kind === "delivered") return { kind: "value", value: result.answer ?? null };
  const { class: type, message } = result.failure;
  if (result.kind === "permanent") return { kind: "failed", class: type, message };
  return asked.handles === true ? { kind: "failed", class: "unavailable", message } : undefined;
}
