// What must happen beside what happened, both in the form in which the author wrote the expectation: where they differ,
// their texts differ in the lines that matter.

import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { durationText, parseDuration } from "../../schema/units.ts";
import { objectIn } from "./case.ts";
import type { Asked, Dead, Happened } from "./happened.ts";

export interface Compared {
  readonly expected: JsonObject;
  readonly happened: JsonObject;
}

export function compare(expect: JsonObject, happened: Happened): Compared {
  const parts = [
    targetsPart(expect, happened),
    askedPart(expect, happened),
    replyPart(expect, happened),
    deadPart(expect, happened),
    lostPart(expect, happened),
    dropsPart(expect, happened),
    retriesPart(expect, happened),
    continuedPart(expect, happened),
    refusedPart(expect, happened),
    duplicatesPart(expect, happened),
  ];
  return {
    expected: Object.fromEntries(
      parts.flatMap(({ key, expected }) => (expected === undefined ? [] : [[key, expected]])),
    ),
    happened: Object.fromEntries(parts.flatMap(({ key, actual }) => (actual === undefined ? [] : [[key, actual]]))),
  };
}

interface Part {
  readonly key: string;
  /** Undefined: nothing. */
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
}

/** By target, without those of which nothing is expected and nothing happened. */
function part(key: string, expected: JsonObject, actual: JsonObject): Part {
  const some = (of: JsonObject): Json | undefined => (Object.keys(of).length === 0 ? undefined : of);
  return { key, expected: some(expected), actual: some(actual) };
}

function byTarget<T extends { readonly target: string }>(all: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const map = new Map<string, T[]>();
  for (const each of all) {
    const known = map.get(each.target);
    if (known === undefined) map.set(each.target, [each]);
    else known.push(each);
  }
  return map;
}

/** In the author's order, then those that happened besides. */
const namesOf = (expected: JsonObject, happened: ReadonlyMap<string, unknown>): readonly string[] => [
  ...new Set([...Object.keys(expected), ...happened.keys()]),
];

function targetsPart(expect: JsonObject, { sent }: Happened): Part {
  const wanted = objectIn(expect.targets);
  const taken = byTarget(sent.filter((each) => each.taken));
  return listsPart("targets", wanted, taken, namesOf(wanted, taken));
}

/** Of calls that are not named nothing is said. */
function askedPart(expect: JsonObject, { asked }: Happened): Part {
  const wanted = objectIn(expect.asked);
  return listsPart("asked", wanted, byTarget(asked), Object.keys(wanted));
}

function listsPart(
  key: string,
  wanted: JsonObject,
  happened: ReadonlyMap<string, readonly Asked[]>,
  names: readonly string[],
): Part {
  const expected: Record<string, Json> = {};
  const actual: Record<string, Json> = {};
  for (const name of names) {
    const form = wanted[name] ?? [];
    const deliveries = happened.get(name) ?? [];
    if (form === "any") continue;
    if (Array.isArray(form)) {
      if (form.length > 0) expected[name] = form.map(plainTimes);
      if (deliveries.length > 0) actual[name] = deliveries.map((each, index) => inForm(form[index], each));
    } else {
      expected[name] = form;
      actual[name] = deliveries.length;
    }
  }
  return part(key, expected, actual);
}

const described: ReadonlySet<string> = new Set(["body", "settings", "at", "attempt"]);

/** `{ body, settings }` instead of a body. */
const isDescribed = (form: Json | undefined): form is JsonObject =>
  isJsonObject(form) && Object.keys(form).length > 0 && Object.keys(form).every((key) => described.has(key));

function inForm(form: Json | undefined, { body, settings, at, attempt }: Asked): Json {
  if (!isDescribed(form)) return ordered(form, body);
  const shown: Record<string, Json> = {};
  for (const key of Object.keys(form)) {
    if (key === "body") shown.body = ordered(form.body, body);
    else if (key === "at") shown.at = timeText(at);
    else if (key === "attempt") shown.attempt = attempt;
    else {
      const asked = Object.keys(objectIn(form.settings));
      const picked = asked.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]] as const]));
      shown.settings = ordered(form.settings, Object.fromEntries(picked));
    }
  }
  return shown;
}

const plainTimes = (form: Json): Json =>
  isDescribed(form) && form.at !== undefined ? { ...form, at: sameTime(form.at) } : form;

/** The same value, its keys in the order in which the other one has them. */
function ordered(like: Json | undefined, value: Json): Json {
  if (Array.isArray(value))
    return value.map((each, index) => ordered(Array.isArray(like) ? like[index] : undefined, each));
  if (!isJsonObject(value)) return value;
  const known = isJsonObject(like) ? Object.keys(like).filter((key) => Object.hasOwn(value, key)) : [];
  const keys = [...new Set([...known, ...Object.keys(value)])];
  return Object.fromEntries(
    keys.map((key) => [key, ordered(isJsonObject(like) ? like[key] : undefined, value[key] ?? null)]),
  );
}

function replyPart({ reply: form }: JsonObject, { replies }: Happened): Part {
  if (form === undefined) return { key: "reply", expected: undefined, actual: undefined };
  const forms = Array.isArray(form) ? form : [form];
  const actual = replies.map((reply, index) => {
    const asked = objectIn(forms[index] ?? forms[0]);
    const picked = Object.keys(asked).flatMap((key) => (reply[key] === undefined ? [] : [[key, reply[key]] as const]));
    return ordered(asked, Object.fromEntries(picked));
  });
  return { key: "reply", expected: form, actual: Array.isArray(form) ? actual : single(actual) };
}

const single = (values: readonly Json[]): Json | undefined => (values.length > 1 ? [...values] : values[0]);

function deadPart({ dead: form }: JsonObject, { dead }: Happened): Part {
  if (typeof form === "string") {
    const same = dead.length > 0 && dead.every(({ letter }) => letter.failure.class === form);
    return { key: "dead", expected: form, actual: same ? form : deadPart({}, { ...nothing, dead }).actual };
  }
  const all = byTarget(dead);
  const wanted = objectIn(form);
  const actual: Record<string, Json> = {};
  for (const name of namesOf(wanted, all)) {
    const letters = all.get(name) ?? [];
    const forms = listOf(wanted[name]);
    const shown = letters.map((each, index) => letterInForm(forms[index] ?? forms[0], each));
    const value = Array.isArray(wanted[name]) ? shown : single(shown);
    if (value !== undefined && letters.length > 0) actual[name] = value;
  }
  return part("dead", wanted, actual);
}

const nothing: Happened = {
  sent: [],
  asked: [],
  replies: [],
  refused: [],
  duplicates: 0,
  dead: [],
  outcomes: [],
  flaws: [],
};

const listOf = (value: Json | undefined): readonly Json[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

function letterInForm(form: Json | undefined, { letter }: Dead): Json {
  const { failure, attempts, item } = letter;
  if (!isJsonObject(form)) return failure.class;
  const place = failure.place === undefined ? "" : failure.place.path;
  const whole: JsonObject = {
    class: failure.class,
    message: partOf(form.message, failure.message),
    at: partOf(form.at, place),
    attempts,
    item: item ?? "",
  };
  return Object.fromEntries(Object.keys(form).flatMap((key) => (key in whole ? [[key, whole[key] ?? null]] : [])));
}

/** A part of a text is enough. */
const partOf = (wanted: Json | undefined, text: string): string =>
  typeof wanted === "string" && wanted !== "" && text.includes(wanted) ? wanted : text;

/** With `transport: ephemeral`: what would be dead elsewhere. Nobody expects it: then it is a difference. */
function lostPart({ lost: form }: JsonObject, { outcomes }: Happened): Part {
  const lost = byTarget(
    outcomes.flatMap(({ target, outcome }) =>
      outcome.kind === "lost" ? [{ target, reason: outcome.failure?.class ?? outcome.reason }] : [],
    ),
  );
  const reasons = Object.fromEntries(
    [...lost].map(([name, all]) => [name, single(all.map(({ reason }) => reason)) ?? ""]),
  );
  if (typeof form === "string") {
    const same = lost.size > 0 && [...lost.values()].flat().every(({ reason }) => reason === form);
    return { key: "lost", expected: form, actual: same ? form : reasons };
  }
  const wanted = objectIn(form);
  return part("lost", wanted, objectIn(ordered(wanted, reasons)));
}

function dropsPart({ drops: form }: JsonObject, { outcomes }: Happened): Part {
  const none: Part = { key: "drops", expected: undefined, actual: undefined };
  if (form === undefined) return none;
  const dropped = byTarget(
    outcomes.flatMap(({ target, outcome }) => (outcome.kind === "dropped" ? [{ target, reason: outcome.reason }] : [])),
  );
  const reasons = [...dropped].map(([name, all]) => [name, single(all.map(({ reason }) => reason)) ?? ""] as const);
  if (typeof form === "string") {
    const same = dropped.size > 0 && [...dropped.values()].flat().every(({ reason }) => reason === form);
    return { key: "drops", expected: form, actual: same ? form : Object.fromEntries(reasons) };
  }
  const wanted = objectIn(form);
  // Of targets that are not named nothing is said.
  const asked = reasons.filter(([name]) => Object.hasOwn(wanted, name));
  const shown = asked.map(([name, value]) => [name, Array.isArray(wanted[name]) ? listOf(value) : value] as const);
  return part("drops", wanted, objectIn(ordered(wanted, Object.fromEntries(shown))));
}

function retriesPart({ retries: form }: JsonObject, { outcomes }: Happened): Part {
  const wanted = objectIn(form);
  const actual: Record<string, Json> = {};
  const expected: Record<string, Json> = {};
  for (const [name, value] of Object.entries(wanted)) {
    const times = retriesOf(name, outcomes);
    expected[name] = Array.isArray(value) ? value.map(sameTime) : value;
    actual[name] = Array.isArray(value) ? times.map(timeText) : times.length;
  }
  return part("retries", expected, actual);
}

/** When each try after the first began. */
const retriesOf = (name: string, outcomes: Happened["outcomes"]): readonly number[] =>
  outcomes.flatMap(({ target, attempt, began }) => (target === name && attempt > 1 ? [began] : []));

/** Times are written in more ways than one. */
function sameTime(value: Json): Json {
  const ms = typeof value === "string" ? parseDuration(value) : undefined;
  return ms === undefined ? value : timeText(ms);
}

/** `627ms`, `2.741s`, `1h`. */
export function timeText(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const text = durationText(ms);
  return text.endsWith("ms") ? `${ms / 1000}s` : text;
}

function continuedPart({ continued: form }: JsonObject, { outcomes }: Happened): Part {
  const wanted = objectIn(form);
  const count = (name: string): number =>
    outcomes.filter(({ target, outcome }) => target === name && outcome.kind === "delivered" && outcome.continued)
      .length;
  const actual = Object.fromEntries(Object.keys(wanted).map((name) => [name, count(name)]));
  return part("continued", wanted, actual);
}

function refusedPart({ refused: form }: JsonObject, { refused }: Happened): Part {
  const forms = listOf(form);
  const actual = refused.map(({ reason, issues }, index): Json => {
    const wanted = forms[index] ?? forms[0];
    const [first] = issues;
    if (isJsonObject(wanted)) {
      const issue = issues.find(({ path }) => path === wanted.path) ?? first;
      const whole: JsonObject = { path: issue?.path ?? "", message: partOf(wanted.message, issue?.message ?? reason) };
      return Object.fromEntries(
        Object.keys(wanted).flatMap((key) => (key in whole ? [[key, whole[key] ?? null]] : [])),
      );
    }
    return partOf(wanted, issues.length > 0 ? `invalid: ${first?.path} ${first?.message}` : reason);
  });
  return { key: "refused", expected: form, actual: Array.isArray(form) ? actual : single(actual) };
}

function duplicatesPart({ duplicates = 0 }: JsonObject, { duplicates: known }: Happened): Part {
  return {
    key: "duplicates",
    expected: duplicates === 0 ? undefined : duplicates,
    actual: known === 0 ? undefined : known,
  };
}

/** The whole expectation of a case that has none yet. */
export function expectationOf(happened: Happened, replies: boolean): JsonObject {
  const { sent, outcomes, dead, refused, duplicates } = happened;
  const targets: Record<string, Json> = {};
  for (const [name, all] of byTarget(sent.filter(({ taken }) => taken))) targets[name] = all.map(({ body }) => body);
  const retries: Record<string, Json> = {};
  const drops: Record<string, Json> = {};
  const lost: Record<string, Json> = {};
  for (const [name, all] of byTarget(outcomes)) {
    const times = retriesOf(name, outcomes).map(timeText);
    if (times.length > 0) retries[name] = times;
    const reasons = all.flatMap(({ outcome }) => (outcome.kind === "dropped" ? [outcome.reason] : []));
    const value = single(reasons);
    if (value !== undefined) drops[name] = value;
    const classes = all.flatMap(({ outcome }) =>
      outcome.kind === "lost" ? [outcome.failure?.class ?? outcome.reason] : [],
    );
    const gone = single(classes);
    if (gone !== undefined) lost[name] = gone;
  }
  const some = (key: string, value: Readonly<Record<string, Json>>): JsonObject =>
    Object.keys(value).length === 0 ? {} : { [key]: { ...value } };
  const { dead: deaths, refused: refusals } = compare({}, { ...nothing, dead, refused }).happened;
  const answer = single(happened.replies);
  return {
    ...some("targets", targets),
    ...(replies && answer !== undefined ? { reply: answer } : {}),
    ...(deaths === undefined ? {} : { dead: deaths }),
    ...some("lost", lost),
    ...some("drops", drops),
    ...some("retries", retries),
    ...(refusals === undefined ? {} : { refused: refusals }),
    ...(duplicates === 0 ? {} : { duplicates }),
  };
}
