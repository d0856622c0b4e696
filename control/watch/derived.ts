// What a message has below it: the items of a split, each with an end of its own, and what an `on-error: { to }` has sent
// on, which is a message of its own at another target. Both have ids that are made from the message's.

import type { NatsConnection } from "@nats-io/transport-node";
import { fromRanges } from "../../runtime/item-ranges.ts";
import type { Program } from "../../runtime/program.ts";
import * as address from "../../schema/address.ts";
import type { Envelope } from "../../schema/envelope.ts";
import type { ItemsState } from "../../schema/outcome.ts";
import type { DeadLetterEntry } from "../dead-letters.ts";
import { lastMessages, type Stored } from "../direct.ts";
import type { LiveIntegration } from "./consumers.ts";
import { type Recomputed, recompute } from "./recompute.ts";
import { recordedTrace, recordsIn, type TargetTrace } from "./target-trace.ts";

export interface HopFacts {
  readonly connection: NatsConnection;
  readonly live: LiveIntegration;
  readonly id: string;
  /** Absent: the intake does not have the message any more. */
  readonly envelope: Envelope | undefined;
  /** Or why there is none. */
  readonly program: Program | string;
  letterOf(target: string, hash: string): Promise<DeadLetterEntry | undefined>;
  readonly now: () => number;
}

/** Items that are looked up by themselves. */
const mostItems = 200;

export async function withItems(hop: HopFacts, trace: TargetTrace): Promise<readonly TargetTrace[]> {
  const { id, envelope, program } = hop;
  const known =
    trace.recomputed ??
    (envelope === undefined || typeof program === "string" ? undefined : recompute(program, trace.target, envelope));
  if (known?.kind !== "splits") return [trace];
  const items = known.items.slice(0, mostItems);
  const look = await lookUp(
    hop,
    items.map(({ item }) => `${id}${item}`),
    trace.target,
  );
  const below = await Promise.all(
    items.map(async ({ item, result }): Promise<TargetTrace> => {
      const own = (await look(`${id}${item}`))[0];
      return { ...(own ?? itemTrace(trace, item, result)), item };
    }),
  );
  return [trace, ...below];
}

/** As the message's record says of its items; where it says nothing an item is where its message is. */
function itemTrace(trace: TargetTrace, item: string, recomputed: Recomputed): TargetTrace {
  const { target, items } = trace;
  const end = endOf(items, item);
  if (end !== undefined) return { target, state: end };
  const { items: _, recomputed: _whole, attempts: _attempts, failure: _failure, ...rest } = trace;
  return recomputed.kind === "drops" ? { target, state: "done", recomputed } : { ...rest, recomputed };
}

function endOf(items: ItemsState | undefined, item: string): TargetTrace["state"] | undefined {
  if (fromRanges(items?.delivered).has(item)) return "delivered";
  if (fromRanges(items?.dropped).has(item)) return "dropped";
  // Those that are lost end with their message.
  return fromRanges(items?.dead).has(item) ? "dead" : undefined;
}

/** With the messages that were sent on from these targets, or from a step on the way to them. */
export async function withSentOn(hop: HopFacts, traces: readonly TargetTrace[]): Promise<readonly TargetTrace[]> {
  const { id, program } = hop;
  const asks = typeof program === "string" ? [] : Object.keys(program.bundle.asks ?? {});
  const origins = traces.map(({ target, item = "" }) => ({ from: target, item }));
  const steps = [...new Set(origins.map(({ item }) => item))].flatMap((item) =>
    asks.map((ask) => ({ from: `step:${ask}`, item })),
  );
  const all = [...origins, ...steps].map((origin) => ({
    ...origin,
    id: `${id}${origin.item}/error/${origin.from}`,
  }));
  const look = await lookUp(
    hop,
    all.map((each) => each.id),
    "*",
  );
  const sent = await Promise.all(
    all.map(async ({ from, item, id: sentId }) =>
      (await look(sentId)).map((trace) => ({ ...trace, from, ...(item === "" ? {} : { item }) })),
    ),
  );
  const below = sent.flat();
  const own = traces.flatMap((trace) => [
    trace,
    ...below.filter(({ from, item }) => from === trace.target && item === trace.item),
  ]);
  return [...own, ...below.filter(({ from }) => from.startsWith("step:"))];
}

/** What is recorded of these ids at a target, or at any: asked at once, told one by one. */
async function lookUp(
  { connection, live, letterOf, now }: HopFacts,
  ids: readonly string[],
  target: string,
): Promise<(id: string) => Promise<readonly TargetTrace[]>> {
  const { integration, retry } = live;
  const subjects = (of: (integration: string, target: string, hash: string) => string): readonly string[] =>
    ids.map((id) => of(integration, target, address.idHash(id)));
  const [records, letters] = await Promise.all([
    (retry?.state.messages ?? 0) === 0
      ? []
      : lastMessages(connection, address.retryStream(integration), subjects(address.stateSubject)),
    lastMessages(connection, address.deadStream, subjects(address.deadSubject)),
  ]);
  const [recordsBy, lettersBy] = [byHash(records), byHash(letters)];
  return async (id) => {
    const hash = address.idHash(id);
    const known = recordsIn(recordsBy.get(hash) ?? []);
    const dead = (lettersBy.get(hash) ?? []).map(({ subject }) => subject.split(".")[2] ?? "");
    const traces = [...new Set([...known.keys(), ...dead])].sort().map(async (at) => {
      const letter = dead.includes(at) ? await letterOf(at, hash) : undefined;
      return recordedTrace(at, known.get(at), letter, now());
    });
    return (await Promise.all(traces)).filter((trace) => trace !== undefined);
  };
}

function byHash(messages: readonly Stored[]): ReadonlyMap<string, readonly Stored[]> {
  const found = new Map<string, readonly Stored[]>();
  for (const message of messages) {
    const hash = message.subject.slice(message.subject.lastIndexOf(".") + 1);
    found.set(hash, [...(found.get(hash) ?? []), message]);
  }
  return found;
}
