// What the cases of an integration have reached, and what none has.

import type { Bundle, CodedBundle, Place } from "../../../schema/bundle.ts";
import type { CaseResult } from "../run-cases.ts";
import { type Branch, instrument, reactionText } from "./instrument.ts";

export interface Item {
  readonly place: Place;
  readonly what: string;
  readonly reached: boolean;
}

export interface Coverage {
  readonly tenant: string;
  readonly integration: string;
  readonly items: readonly Item[];
}

/** What the instrumented code calls. */
export interface Counters {
  hit(id: number): void;
  asked(yes: number, no: number, value: unknown): unknown;
  ifTrue(id: number, value: unknown): unknown;
  left(id: number, operator: string, value: unknown): unknown;
  failed(number: number, failure: { readonly class?: string }): unknown;
}

export interface Covering {
  readonly coded: CodedBundle;
  readonly counters: Counters;
  /** Told of every case of the integration. */
  add(result: CaseResult): void;
  coverage(): Coverage;
}

export function covering(original: CodedBundle): Covering {
  const { coded, branches, reactions } = instrument(original);
  const { bundle } = original;
  const hits = new Set<number>();
  const ends = new Set<string>();
  const hit = (id: number): void => {
    hits.add(id);
  };
  const counters: Counters = {
    hit,
    asked: (yes, no, value) => {
      hit(value === true ? yes : no);
      return value;
    },
    ifTrue: (id, value) => {
      if (value === true) hit(id);
      return value;
    },
    left: (id, operator, value) => {
      const decides = operator === "??" ? value !== undefined && value !== null : operator === "||" ? value : !value;
      if (decides) hit(id);
      return value;
    },
    failed: (number, failure) => {
      const id = reactions.get(number)?.[failure.class ?? "invalid"];
      if (id !== undefined) hit(id);
      return failure;
    },
  };
  return {
    coded,
    counters,
    add: ({ happened: { sent, outcomes } }) => {
      for (const { target, taken } of sent) if (taken) ends.add(`${target} delivered`);
      for (const { target, outcome } of outcomes) {
        if (outcome.kind === "delivered" && outcome.continued) ends.add(`${target} continue`);
        if (outcome.kind === "dropped" && outcome.reason === "on-error")
          ends.add(outcome.to === undefined ? `${target} drop` : `${target} to ${outcome.to.join(", ")}`);
      }
    },
    coverage: () => ({
      tenant: bundle.tenant,
      integration: bundle.integration,
      items: [...stepItems(branches, hits), ...targetItems(bundle, ends)].sort(byPlace),
    }),
  };
}

function byPlace(a: Item, b: Item): number {
  if (a.place.file !== b.place.file) return a.place.file < b.place.file ? -1 : 1;
  return a.place.line - b.place.line || a.place.column - b.place.column;
}

/** Steps are one item each, wherever they fail; branches are what they are. */
function stepItems(branches: readonly Branch[], hits: ReadonlySet<number>): readonly Item[] {
  const steps = new Map<string, Item>();
  const others: Item[] = [];
  for (const { id, place, what } of branches) {
    const reached = hits.has(id);
    if (what !== "reached") {
      others.push({ place, what, reached });
      continue;
    }
    const step = /^(?:.*\.)?steps\.\d+/.exec(place.path)?.[0];
    if (step === undefined) continue;
    const key = `${place.file} ${step}`;
    const known = steps.get(key);
    steps.set(
      key,
      known === undefined ? { place, what: "step", reached } : { ...known, reached: known.reached || reached },
    );
  }
  return [...steps.values(), ...others];
}

function targetItems({ targets }: Bundle, ends: ReadonlySet<string>): readonly Item[] {
  return Object.entries(targets).flatMap(([name, { place, onError }]) => [
    { place, what: `target ${name}`, reached: ends.has(`${name} delivered`) },
    ...[...new Set(Object.values(onError).map(reactionText))]
      .filter((reaction) => reaction !== "dead")
      .map((reaction) => ({ place, what: `on-error: ${reaction}`, reached: ends.has(`${name} ${reaction}`) })),
  ]);
}

export const shareOf = ({ items }: Coverage): number =>
  items.length === 0 ? 100 : (100 * items.filter(({ reached }) => reached).length) / items.length;
