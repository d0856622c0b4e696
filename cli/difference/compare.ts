// What the two bundles make of one message, side by side: everything that leaves the house, and nothing that does not.

import { withoutScriptsWords } from "../../control/difference-text.ts";
import type { Place } from "../../schema/bundle.ts";
import type { Difference, Shown, TargetDifference } from "../../schema/difference.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import { fieldDifferences, type ShowOptions, shown } from "./fields.ts";
import type { AtTarget, End, Outputs } from "./side.ts";

export interface ComparedOutputs {
  readonly differences: readonly Difference[];
  /** Where the comparison ends at a question that nobody answered. */
  readonly open: readonly { readonly target: string; readonly ask: string }[];
}

export function compareOutputs(before: Outputs, after: Outputs, options: ShowOptions): ComparedOutputs {
  if (after.kind === "refused") {
    const { path, message } = after;
    return { differences: before.kind === "refused" ? [] : [{ kind: "refused", path, message }], open: [] };
  }
  if (before.kind === "refused") return { differences: [{ kind: "refused-no-more" }], open: [] };
  const open: { target: string; ask: string }[] = [];
  const [old, fresh] = [byTarget(before.ends), byTarget(after.ends)];
  const differences: Difference[] = [
    ...ofIds(before.id, after.id, options),
    ...ofOrder(before.order, after.order, options),
  ];
  for (const name of new Set([...fresh.keys(), ...old.keys()])) {
    const { target, via } = (fresh.get(name) ?? old.get(name))?.[0] ?? { target: name };
    const there = { target, ...(via === undefined ? {} : { via }) };
    const tell = (item: string, found: readonly TargetDifference[], ask?: string): void => {
      const more = { ...(item === "" ? {} : { item }), ...(ask === undefined ? {} : { ask }) };
      for (const each of found) differences.push({ ...each, ...there, ...more });
    };
    const [was, is] = [old.get(name), fresh.get(name)];
    // What nothing came to by another's failure is there all the same.
    const missing = via === undefined ? gone : none;
    compareTarget(was ?? [at(target, missing)], is ?? [at(target, missing)], options, {
      tell,
      open: (ask) => open.push({ target, ask }),
    });
  }
  return { differences, open };
}

function ofIds(from: string | undefined, to: string | undefined, options: ShowOptions): readonly Difference[] {
  const told = (id: string | undefined): Shown => shown(id ?? null, "id", options);
  return from === to ? [] : [{ kind: "id", from: told(from), to: told(to) }];
}

function ofOrder(from: Json | undefined, to: Json | undefined, options: ShowOptions): readonly Difference[] {
  if (`${from}` === `${to}`) return [];
  const told = (key: Json): Shown => shown(key, "order", options);
  return [
    {
      kind: "order",
      ...(from === undefined ? {} : { from: told(from) }),
      ...(to === undefined ? {} : { to: told(to) }),
    },
  ];
}

/** Targets that it got to by an `on-error` apart. */
function byTarget(ends: readonly AtTarget[]): ReadonlyMap<string, readonly AtTarget[]> {
  const all = new Map<string, AtTarget[]>();
  for (const end of ends) {
    const key = `${end.target} ${end.via ?? ""}`;
    const known = all.get(key);
    if (known === undefined) all.set(key, [end]);
    else known.push(end);
  }
  return all;
}

interface Ears {
  tell(item: string, found: readonly TargetDifference[], ask?: string): void;
  open(ask: string): void;
}

function compareTarget(
  before: readonly AtTarget[],
  after: readonly AtTarget[],
  options: ShowOptions,
  ears: Ears,
): void {
  const [from, to] = [before.length, after.length];
  const both = !isNothing(before) && !isNothing(after);
  if (from !== to && both) ears.tell("", [{ kind: "items", from, to }]);
  // One that was not split is not one of its items.
  if (isSplit(before) !== isSplit(after) && both) return;
  const old = new Map(before.map((each) => [each.item, each.end]));
  const fresh = new Map(after.map((each) => [each.item, each.end]));
  for (const item of new Set([...old.keys(), ...fresh.keys()])) {
    compareEnds(old.get(item) ?? none, fresh.get(item) ?? none, options, {
      tell: (_, found, ask) => ears.tell(item, found, ask),
      open: ears.open,
    });
  }
}

const isSplit = (ends: readonly AtTarget[]): boolean => ends.some(({ item }) => item !== "");
const isNothing = (ends: readonly AtTarget[]): boolean => ends.every(({ end }) => end.kind === "nothing");

/** No such item, or nothing that was sent on. */
const none: End = { kind: "nothing", reason: "absent" };
/** No such target. */
const gone: End = { kind: "nothing", reason: "gone" };

const at = (target: string, end: End): AtTarget => ({ target, item: "", end });

function compareEnds(before: End, after: End, options: ShowOptions, { tell, open }: Ears): void {
  const [from, to] = [askOf(before), askOf(after)];
  if (from !== undefined || to !== undefined) open(to ?? from ?? "");
  tell("", endDifferences(before, after, options), from === to ? to : undefined);
}

function endDifferences(before: End, after: End, options: ShowOptions): readonly TargetDifference[] {
  switch (after.kind) {
    case "dead": {
      if (before.kind === "dead") return [];
      const { class: kind, message: whole, place } = after.failure;
      const message = options.values ? whole : withoutScriptsWords(whole);
      return [{ kind: "dies", class: kind, message, ...placed(place) }];
    }
    case "asks":
      if (before.kind === "asks" && before.ask === after.ask) return ofContents(before.content, after.content, options);
      return [asks(before, after)];
    case "nothing":
      if (before.kind === "asks") return [asks(before, after)];
      if (before.kind === "dead") return [{ kind: "dies-no-more" }];
      return before.kind === "nothing" ? [] : [{ kind: "gets-no-more", reason: after.reason, ...placed(after.place) }];
    case "sent":
      if (before.kind === "asks") return [asks(before, after)];
      if (before.kind === "dead") return [{ kind: "dies-no-more" }];
      if (before.kind === "sent") return ofContents(before.content, after.content, options);
      return [{ kind: "gets", ...(before.reason === "gone" ? { fresh: true } : {}) }];
    default:
      return after satisfies never;
  }
}

const placed = (place: Place | undefined): { readonly place?: Place } => (place === undefined ? {} : { place });

/** How it ended without the question is known, and what became of the question is not. */
function asks(before: End, after: End): TargetDifference {
  const [from, to] = [askOf(before), askOf(after)];
  return { kind: "asks", ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

const askOf = (end: End): string | undefined => (end.kind === "asks" ? end.ask : undefined);

const ofContents = (from: JsonObject, to: JsonObject, options: ShowOptions) => [
  ...["connector", "connection", "settings", "body"].flatMap((part) =>
    fieldDifferences(from[part], to[part], part, options),
  ),
];
