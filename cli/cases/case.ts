// A case of a tests document, read: what comes in, what others answer. What must happen is looked at in expect.ts.

import type { Spec } from "../../compiler/2-parse/spec.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { parseDuration, parseTime } from "../../schema/units.ts";
import { type Answer, readAnswers } from "./answers.ts";

export interface Given {
  readonly source?: string;
  readonly body?: Json;
  /** As it comes from outside. */
  readonly text?: string;
  /** The same in a file of the workspace. */
  readonly file?: string;
  /** Of a source that polls: what it is answered. */
  readonly page?: Json;
  readonly headers: Readonly<Record<string, string>>;
  readonly meta: JsonObject;
  readonly id?: string;
  /** Milliseconds since 1970; undefined: right after the one before. */
  readonly at?: number;
}

export interface Case {
  readonly name: string;
  readonly given: readonly Given[];
  /** When it begins: milliseconds since 1970. */
  readonly at: number;
  readonly seed: number;
  readonly settings: JsonObject;
  readonly secrets: Readonly<Record<string, string>>;
  readonly calls: Readonly<Record<string, readonly Answer[]>>;
  readonly answers: Readonly<Record<string, readonly Answer[]>>;
  /** Undefined: nothing is said yet. */
  readonly expect: JsonObject | undefined;
  readonly place: CasePlace;
}

export interface CasePlace {
  readonly spec: Spec;
  /** Its number in the document. */
  readonly index: number;
}

const beginning = Date.parse("2026-01-01T00:00:00Z");

/** A document that fits its schema. */
export function readCases(spec: Spec): readonly Case[] {
  const document = objectIn(spec.value);
  const cases = Array.isArray(document.cases) ? document.cases : [];
  return cases.map((value, index) => readCase(document, objectIn(value), { spec, index }));
}

function readCase(document: JsonObject, value: JsonObject, place: CasePlace): Case {
  const at = parseTime(String(value.at ?? document.at ?? "")) ?? beginning;
  const both = (key: "settings" | "secrets" | "calls" | "answers"): JsonObject => ({
    ...objectIn(document[key]),
    ...objectIn(value[key]),
  });
  const given = Array.isArray(value.given) ? value.given : [value.given ?? {}];
  return {
    name: String(value.name),
    given: given.map((each) => readGiven(objectIn(each), at)),
    at,
    seed: typeof value.seed === "number" ? value.seed : 1,
    settings: both("settings"),
    secrets: Object.fromEntries(Object.entries(both("secrets")).map(([name, secret]) => [name, String(secret)])),
    calls: readAnswers(both("calls"), "call"),
    answers: readAnswers(both("answers"), "target"),
    expect: isJsonObject(value.expect) ? value.expect : undefined,
    place,
  };
}

function readGiven(value: JsonObject, begin: number): Given {
  const { source, text, file, id, after, at } = value;
  const headers = Object.entries(objectIn(value.headers)).map(([name, each]) => [name.toLowerCase(), String(each)]);
  const time =
    typeof after === "string"
      ? begin + (parseDuration(after) ?? 0)
      : typeof at === "string"
        ? parseTime(at)
        : undefined;
  return {
    ...(typeof source === "string" ? { source } : {}),
    ...(value.body === undefined ? {} : { body: value.body }),
    ...(typeof text === "string" ? { text } : {}),
    ...(typeof file === "string" ? { file } : {}),
    ...(value.page === undefined ? {} : { page: value.page }),
    headers: Object.fromEntries(headers),
    meta: objectIn(value.meta),
    ...(typeof id === "string" ? { id } : {}),
    ...(time === undefined ? {} : { at: time }),
  };
}

export const objectIn = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});
