// A source that asks: by a `call` of another connector, page by page, again and again. The cursor moves on only once a
// page is stored, so that a crash costs a page that comes again and is known. Nothing that a page lacks, and no answer
// that does not come, ends it: it says so, and asks again.

import { canonical } from "../schema/canonical.ts";
import {
  type Accepted,
  type Incoming,
  type OpenTarget,
  type RunningSource,
  type SourceFailure,
  type SourceState,
  steadyNow,
} from "../schema/connector.ts";
import type { Json, JsonObject } from "../schema/json.ts";
import type { DeliveryResult } from "../schema/outcome.ts";
import type { Env, Issue, PollCode } from "../schema/worker.ts";
import { isoTime, pause } from "./clock.ts";
import type { Context } from "./context.ts";
import { reasonOf } from "./start-failure.ts";
import { retryWait } from "./supervise.ts";

export interface Polling {
  readonly name: string;
  /** Milliseconds. */
  readonly every: number;
  readonly code: PollCode;
  readonly env: Env;
  /** The author says what becomes of what breaks its contract: each item is looked at by itself. */
  readonly handlesInvalid: boolean;
  readonly state: SourceState;
  readonly signal: AbortSignal;
  open(): Promise<OpenTarget>;
  acceptAll(messages: readonly Incoming[]): Promise<readonly Accepted[]>;
  /** Undefined: all is well. */
  report(failure: SourceFailure | undefined): void;
}

/** Of one round: who is still told that there is more begins the next one where the cursor is. */
const mostPages = 10_000;

const cursorKey = "cursor";

/** What only a person can put right, told without an end. */
class Stuck extends Error {
  readonly failure: SourceFailure;
  constructor(reason: string, help: string) {
    super(reason);
    this.failure = { kind: "halted", reason, help };
  }
}

export async function startPoll(context: Context, polling: Polling): Promise<RunningSource> {
  const { clock } = context;
  const { signal, every } = polling;
  const open = await polling.open();
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      const began = steadyNow(clock);
      const wait = await round(context, polling, open).catch((error: unknown) => failed(polling, error));
      await pause(clock, Math.max(wait, began + every - steadyNow(clock), 0), signal);
    }
  };
  const done = work();
  return {
    stop: async () => {
      await done;
      await open.close();
    },
  };
}

/** Nothing heals by itself within seconds. */
const soonest = 10_000;

function failed({ report, signal }: Polling, error: unknown): number {
  if (signal.aborted) return 0;
  const failure: SourceFailure =
    error instanceof Stuck ? error.failure : { kind: "disconnected", reason: reasonOf(error) };
  report(failure);
  return soonest;
}

/** All pages from the cursor on. Gives how long to wait at least. */
async function round(context: Context, polling: Polling, open: OpenTarget): Promise<number> {
  const { code, env, state, signal, report } = polling;
  const begin = (await state.get(cursorKey)) ?? evaluated("cursor.start", () => code.start?.(env));
  const at = isoTime(context.clock.now());
  let cursor = begin;
  let page: Json | undefined;
  let before: string | undefined;
  let led = false;
  for (let number = 1; number <= mostPages && !signal.aborted; number += 1) {
    const next = nextRequest(polling, { page, begin, cursor, before, led });
    const { request } = next;
    led = next.led;
    before = canonical(request);
    const answer = await askFor(context, polling, open, request, `poll:${polling.name}:${at}:${number}`);
    if (answer === undefined) return 0;
    const items = itemsOf(polling, answer, cursor);
    if (!(await storeAll(context, polling, items))) return 0;
    report(undefined);
    const scope = { ...env, page: answer, cursor };
    const more = evaluated("more", () => code.more?.(scope) === true);
    const moved = evaluated("cursor.next", () => code.next?.(scope));
    if (moved !== undefined && canonical(moved) !== canonical(cursor ?? null)) {
      await state.put(cursorKey, moved);
      cursor = moved;
    }
    if (!more) return 0;
    page = answer;
  }
  if (signal.aborted) return 0;
  throw new Stuck(`\`more\` was still true after ${mostPages} pages`, "look at `more`: it must be false in the end");
}

interface Standing {
  readonly page: Json | undefined;
  /** The cursor with which the round began: what follows its first page is found by that page. */
  readonly begin: Json | undefined;
  readonly cursor: Json | undefined;
  readonly before: string | undefined;
  /** It is the cursor that leads on, for the rest of the round. */
  readonly led: boolean;
}

interface Next {
  readonly request: JsonObject;
  readonly led: boolean;
}

/** Where the page before changes nothing in the request, it is the cursor that leads on. */
function nextRequest({ code, env }: Polling, { page, begin, cursor, before, led }: Standing): Next {
  const by = (where: Json | undefined): JsonObject =>
    evaluated("the request", () => code.request({ ...env, page, cursor: where }));
  if (!led) {
    const request = by(begin);
    if (canonical(request) !== before) return { request, led };
  }
  const request = by(cursor);
  if (canonical(request) !== before) return { request, led: true };
  throw new Stuck(
    "`more` is true, and the next request would be the one before",
    "let the request use `page` or a `cursor` that moves, or `more` be false",
  );
}

/** Asked until there is an answer; undefined when it is to stop. */
async function askFor(
  context: Context,
  { report, signal, every }: Polling,
  open: OpenTarget,
  settings: JsonObject,
  id: string,
): Promise<Json | undefined> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    const result = await context.attempts.deliver(open, { id, attempt, settings, body: null }, signal);
    if (result.kind === "delivered") return result.answer ?? null;
    if (signal.aborted) return undefined;
    report({ kind: "disconnected", reason: result.failure.message });
    await pause(context.clock, waitAfter(result, attempt, every, context.random), signal);
  }
  return undefined;
}

function waitAfter(
  result: Exclude<DeliveryResult, { kind: "delivered" }>,
  attempt: number,
  every: number,
  random: () => number,
): number {
  const backoff = retryWait(attempt, random);
  // Who says no now says no in a second.
  if (result.kind === "permanent") return Math.max(backoff, Math.min(every, 60_000));
  return result.kind === "transient" ? Math.max(backoff, result.retryAfterMs ?? 0) : backoff;
}

function itemsOf({ code, env, handlesInvalid }: Polling, page: Json, cursor: Json | undefined): readonly Json[] {
  const issues = code.check(page);
  if (issues.length > 0 && !handlesInvalid) {
    throw new Stuck(
      `the page breaks its contract: ${told(issues)}`,
      "correct the contract, or say what becomes of it by `on-error: { invalid: … }`",
    );
  }
  return code.items === undefined ? [page] : evaluated("items", () => code.items?.({ ...env, page, cursor }) ?? []);
}

/** In order; false when it is to stop. */
async function storeAll({ clock }: Context, polling: Polling, items: readonly Json[]): Promise<boolean> {
  let left = items.map(toIncoming);
  while (left.length > 0 && !polling.signal.aborted) {
    const accepted = await polling.acceptAll(left);
    const end = accepted.findIndex(({ kind }) => kind !== "stored");
    if (end < 0) return true;
    left = left.slice(end);
    const stopped = accepted[end];
    if (stopped?.kind === "invalid") {
      throw new Stuck(`an item cannot be taken: ${told(stopped.issues)}`, "correct the contract or `message-id`");
    }
    if (stopped?.kind !== "unavailable") continue;
    if (!polling.signal.aborted) polling.report({ kind: "disconnected", reason: stopped.reason });
    await pause(clock, Math.max(100, stopped.retryAfterSeconds * 1000), polling.signal);
  }
  return left.length === 0;
}

function toIncoming(value: Json): Incoming {
  return { body: Buffer.from(JSON.stringify(value)), value, headers: {}, meta: {} };
}

const told = (issues: readonly Issue[]): string => {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return `${first?.path || "it"} ${first?.message ?? "is invalid"}${more}`;
};

function evaluated<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Stuck(`${what} cannot be evaluated: ${reasonOf(error)}`, "correct the expression");
  }
}
