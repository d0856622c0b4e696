// One of the two bundles, and what it makes of a message: through its door and towards each target, as a worker would,
// with whatever leaves the house caught. Nothing is asked of the outside, nothing sent, nothing written.

import { place } from "../../runtime/accept.ts";
import { type Question, questionsIn, runScript } from "../../runtime/ask.ts";
import { type Attempted, type FailedAttempt, prepare, toPrepared, type Walker } from "../../runtime/attempt.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import { loadProgram, type Program } from "../../runtime/program.ts";
import type { ScriptHost } from "../../runtime/script/host.ts";
import { onward } from "../../runtime/send-on.ts";
import { reasonOf } from "../../runtime/start-failure.ts";
import type { CodedBundle, Place } from "../../schema/bundle.ts";
import type { Clock, Delivery, Incoming } from "../../schema/connector.ts";
import type { Envelope } from "../../schema/envelope.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import type { Failure } from "../../schema/outcome.ts";
import { type Answer, orderTarget, replyTarget, type WalkedOne } from "../../schema/worker.ts";
import { answerTo, type GivenAnswers } from "./answers.ts";

/** What becomes of a message, or of one item of it, at a target. */
export type End =
  | { readonly kind: "sent"; readonly content: JsonObject }
  | { readonly kind: "nothing"; readonly reason: string; readonly place?: Place }
  | { readonly kind: "dead"; readonly failure: Failure }
  /** A call that nobody answers here. */
  | { readonly kind: "asks"; readonly ask: string; readonly content: JsonObject };

export interface AtTarget {
  readonly target: string;
  readonly item: string;
  readonly via?: string;
  readonly end: End;
}

export type Outputs =
  | { readonly kind: "refused"; readonly path: string; readonly message: string }
  | {
      readonly kind: "admitted";
      /** What `message-id` gives; absent: it has the provider's, or a hash. */
      readonly id?: string;
      /** Of what lies in order. */
      readonly order?: Json;
      readonly ends: readonly AtTarget[];
    };

/** A message as it lies in the intake, its body parsed. */
export interface Replayed {
  readonly envelope: Envelope;
  readonly value: Json;
}

export interface Side {
  readonly program: Program;
  outputsOf(message: Replayed): Promise<Outputs>;
}

export interface SideOptions {
  /** The context's, as they are now. */
  readonly settings: JsonObject;
  readonly scripts: Pick<ScriptHost, "run">;
  /** What calls answer, by name; the others are not answered. */
  readonly answers: GivenAnswers;
}

/** Or why there is none. */
export async function openSide(
  coded: CodedBundle,
  { settings, scripts, answers }: SideOptions,
): Promise<Side | string> {
  try {
    const secrets = Object.fromEntries(coded.bundle.secrets.map((name) => [name, standIn(name)]));
    const program = await loadProgram(coded, { settings, secrets }, () => createLibrary());
    const caught = { program, scripts, answers, fixed: fixedSettings(program) };
    return { program, outputsOf: (message) => outputsOf(caught, message) };
  } catch (error) {
    return reasonOf(error);
  }
}

/** No value of a secret is needed to see whether it is used in the same place; both sides get the same. */
const standIn = (name: string): string => `SECRET(${name})`;

interface Caught {
  readonly program: Program;
  readonly scripts: Pick<ScriptHost, "run">;
  readonly answers: GivenAnswers;
  /** What a target is opened with, by its name; of a call with `?` before it. */
  readonly fixed: ReadonlyMap<string, JsonObject>;
}

function fixedSettings({ bundle, code, env }: Program): ReadonlyMap<string, JsonObject> {
  const all = new Map<string, JsonObject>();
  for (const [name, { connector, connection }] of Object.entries(bundle.targets)) {
    all.set(name, kept(connector, connection, code.targets[name]?.settings(env)));
  }
  for (const [name, asked] of Object.entries(bundle.asks ?? {})) {
    if (asked.kind !== "call") continue;
    all.set(`?${name}`, kept(asked.connector, asked.connection, code.asks?.[name]?.settings(env)));
  }
  return all;
}

/** `connection` as the bundle names it; what stands in it is among the settings. */
const kept = (connector: string, connection: string | undefined, settings: JsonObject = {}): JsonObject => ({
  connector,
  ...(connection === undefined ? {} : { connection }),
  settings,
});

async function outputsOf(side: Caught, message: Replayed): Promise<Outputs> {
  const { program } = side;
  const admitted = admit(program, message);
  if (admitted.kind === "refused") return admitted;
  const { envelope } = admitted;
  const replies = program.bundle.needs?.includes("reply") === true && envelope.error === undefined;
  const ends = new Map<string, AtTarget>();
  for (const target of [...Object.keys(program.bundle.targets), ...(replies ? [replyTarget] : [])]) {
    for (const each of await endsAt(side, target, envelope)) {
      // What fails in front of several targets is sent on once.
      const key = `${each.target} ${each.item} ${each.via ?? ""}`;
      if (!ends.has(key)) ends.set(key, each);
    }
  }
  const { id } = admitted;
  const order = program.bundle.order === undefined ? undefined : orderKey(program, envelope);
  return {
    kind: "admitted",
    ends: [...ends.values()],
    ...(id === undefined ? {} : { id }),
    ...(order === undefined ? {} : { order }),
  };
}

/** Undefined: no target gets it, so it lies anywhere. */
function orderKey(program: Program, envelope: Envelope): Json | undefined {
  const key = prepare(walker, { program, checked: true }, orderTarget, envelope);
  return key.kind === "deliver" ? key.delivery.settings.key : undefined;
}

type Admitted =
  | Extract<Outputs, { kind: "refused" }>
  | { readonly kind: "admitted"; readonly envelope: Envelope; readonly id?: string };

/** Stands where the provider's id stood: whoever gets it back has none of the author's. */
const providers = "\u0000provider's";

/** As if it came in now, with the headers and the time that it had. */
function admit(program: Program, { envelope: stored, value }: Replayed): Admitted {
  const source = sourceOf(program, stored.source);
  if (source === undefined)
    return { kind: "refused", path: "", message: `there is no source ${stored.source} any more` };
  const clock: Clock = { now: () => Date.parse(stored.receivedAt) || 0, after: () => () => undefined };
  const { headers, meta, body } = stored;
  const incoming: Incoming = { body, value, id: providers, headers, meta };
  const { integration } = program.bundle;
  const placed = place({ integration, clock, mask: (text) => text }, program, source, incoming);
  if (placed.kind === "invalid") {
    const [{ path, message } = { path: "", message: "it is not valid" }] = placed.issues;
    return { kind: "refused", path, message };
  }
  const { traceparent, others, sequence } = stored;
  const own = placed.envelope.id === providers ? {} : { id: placed.envelope.id };
  return {
    kind: "admitted",
    ...own,
    envelope: { ...placed.envelope, id: own.id ?? stored.id, traceparent, others, body, attempt: 1, sequence },
  };
}

/** One that has another name now is the one that is there. */
function sourceOf({ bundle }: Program, name: string): string | undefined {
  if (Object.hasOwn(bundle.sources, name)) return name;
  const [only, ...others] = Object.keys(bundle.sources);
  return others.length === 0 ? only : undefined;
}

/** So often a message may ask anew, as in a worker. */
const mostRounds = 100;

async function endsAt(side: Caught, target: string, envelope: Envelope, via?: string): Promise<readonly AtTarget[]> {
  const { program } = side;
  const answers: Record<string, Answer> = {};
  for (let round = 0; ; round += 1) {
    const prepared = prepare(walker, { program, checked: true }, target, envelope, answers);
    if (prepared.kind !== "walked") return settled(side, target, envelope, "", prepared, via);
    const { walked } = prepared;
    let answered = 0;
    for (const question of round < mostRounds ? questionsIn(walked) : []) {
      const answer = await answerHere(side, question);
      if (answer === undefined) continue;
      answers[question.key] = answer;
      answered += 1;
    }
    if (answered > 0) continue;
    const all: AtTarget[] = [];
    for (const one of walked.kind === "many" ? walked.items : [walked]) {
      for (const end of await endsOfOne(side, target, envelope, one, via)) all.push(end);
    }
    return all;
  }
}

/** Scripts run; a call is answered when somebody has said what it answers. */
async function answerHere(side: Caught, question: Question): Promise<Answer | undefined> {
  const asked = side.program.bundle.asks?.[question.ask];
  if (asked?.kind === "script") return runScript(side, asked, question);
  const given = side.answers.get(question.ask);
  return asked === undefined || given === undefined ? undefined : answerTo(question.ask, asked, given);
}

function endsOfOne(
  side: Caught,
  target: string,
  envelope: Envelope,
  one: WalkedOne,
  via: string | undefined,
): Promise<readonly AtTarget[]> {
  const { item = "" } = one;
  if (one.kind !== "ask") {
    return settled(side, target, envelope, item, toPrepared(plain, side.program, envelope, one), via);
  }
  const { ask, settings, body } = one;
  const fixed = side.fixed.get(`?${ask}`) ?? {};
  const content = {
    ...fixed,
    settings: { ...objectIn(fixed.settings), ...settings },
    ...(body === undefined ? {} : { body }),
  };
  return Promise.resolve([at(target, item, via, { kind: "asks", ask, content })]);
}

/** With what an `on-error` makes of a failure, and what becomes of that where it goes. */
async function settled(
  side: Caught,
  target: string,
  envelope: Envelope,
  item: string,
  prepared: { readonly kind: "deliver"; readonly delivery: Omit<Delivery, "signal"> } | Attempted,
  via: string | undefined,
): Promise<readonly AtTarget[]> {
  switch (prepared.kind) {
    case "deliver":
      return [at(target, item, via, sent(side, target, prepared.delivery))];
    case "dropped": {
      const { reason, place } = prepared;
      return [at(target, item, via, { kind: "nothing", reason, ...(place === undefined ? {} : { place }) })];
    }
    case "failed":
      return failed(side, target, envelope, item, prepared, via);
    case "delivered":
      return [];
    default:
      return prepared satisfies never;
  }
}

async function failed(
  side: Caught,
  target: string,
  envelope: Envelope,
  item: string,
  { failure, body, to, step }: FailedAttempt,
  via: string | undefined,
): Promise<readonly AtTarget[]> {
  const { bundle } = side.program;
  const { read: _, ...shown } = failure;
  const place = failure.place === undefined ? {} : { place: failure.place };
  const ended = { failure, body, ...(item === "" ? {} : { item }), ...(to === undefined ? {} : { to }) };
  const going = onward({ bundle, target, envelope }, step === undefined ? ended : { ...ended, step });
  if (going !== undefined) {
    const all = [at(target, item, via, { kind: "nothing", reason: "on-error", ...place })];
    const origin = step === undefined ? target : `step:${step}`;
    for (const next of going.to) {
      for (const end of await endsAt(side, next, going.envelope, origin))
        all.push({ ...end, item: `${item}${end.item}` });
    }
    return all;
  }
  const reaction = bundle.targets[target]?.onError[failure.class];
  if (reaction === "drop" || reaction === "continue") {
    return [at(target, item, via, { kind: "nothing", reason: "on-error", ...place })];
  }
  return [at(target, item, via, { kind: "dead", failure: shown })];
}

/** What is opened once, and what is said with each message, as one: where a setting stands is the compiler's matter. */
function sent(side: Caught, target: string, { settings, body }: Pick<Delivery, "settings" | "body">): End {
  const fixed = side.fixed.get(target) ?? {};
  const { batch } = side.program.code.targets[target] ?? {};
  const given = { id: "batch", count: 1, items: [body] };
  const made = batch?.({ ...side.program.env, batch: given });
  if (made?.kind === "failed") {
    const { place, message } = made;
    const where = side.program.bundle.places[place];
    return { kind: "dead", failure: { class: "invalid", message, ...(where === undefined ? {} : { place: where }) } };
  }
  const all = { ...objectIn(fixed.settings), ...made?.settings, ...settings };
  return { kind: "sent", content: { ...fixed, settings: all, body } };
}

const at = (target: string, item: string, via: string | undefined, end: End): AtTarget => ({
  target,
  item,
  ...(via === undefined ? {} : { via }),
  end,
});

const plain = (text: string): string => text;
const walker: Walker = { mask: plain, steps: undefined };

const objectIn = (value: Json | undefined): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
