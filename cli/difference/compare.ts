// What the two bundles make of one message, side by side: everything that leaves the house, and nothing that does not.

import type { Difference, Shown, TargetDifference } from "../../schema/difference.ts";
import type { JsonObject } from "../../schema/json.ts";
import { fieldDifferences, type ShowOptions, shown } from "./fields.ts";
import type { AtTarget, End, Outputs } from "./side.ts";

export interface ComparedOutputs {
  readonly differences: readonly Difference[];
  /** Where the comparison ends at a question that nobody answered. */
  readonly open: readonly { readonly target: string; readonly ask: string }[];
}

/** `renamed`: today's names of targets by those before. */
export function compareOutputs(
  before: Outputs,
  after: Outputs,
  renamed: ReadonlyMap<string, string>,
  options: ShowOptions,
): ComparedOutputs {
  if (after.kind === "refused") {
    const { path, message } = after;
    return { differences: before.kind === "refused" ? [] : [{ kind: "refused", path, message }], open: [] };
  }
  if (before.kind === "refused") return { differences: [{ kind: "refused-no-more" }], open: [] };
  const open: { target: string; ask: string }[] = [];
  const [old, fresh] = [byTarget(before.ends, renamed), byTarget(after.ends, new Map())];
  const differences: Difference[] = [
    ...ofIds(before.id, after.id, options),
    ...(before.partition === after.partition ? [] : [partition(before.partition, after.partition)]),
  ];
  for (const name of new Set([...fresh.keys(), ...old.keys()])) {
    const { target, via } = (fresh.get(name) ?? old.get(name))?.[0] ?? { target: name };
    const there = { target, ...(via === undefined ? {} : { via }) };
    const tell = (item: string, found: readonly TargetDifference[], ask?: string): void => {
      const more = { ...(item === "" ? {} : { item }), ...(ask === undefined ? {} : { ask }) };
      for (const each of found) differences.push({ ...each, ...there, ...more });
    };
    compareTarget(old.get(name) ?? [], fresh.get(name) ?? [], options, {
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

const partition = (from: number | undefined, to: number | undefined): Difference => ({
  kind: "partition",
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
});

/** Targets that it got to by an `on-error` apart. */
function byTarget(
  ends: readonly AtTarget[],
  renamed: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly AtTarget[]> {
  const now = (name: string): string => renamed.get(name) ?? name;
  const all = new Map<string, AtTarget[]>();
  for (const end of ends) {
    const { via } = end;
    const named = { ...end, target: now(end.target), ...(via === undefined ? {} : { via: now(via) }) };
    const key = `${named.target} ${named.via ?? ""}`;
    const known = all.get(key);
    if (known === undefined) all.set(key, [named]);
    else known.push(named);
  }
  return all;
}

interface Ears {
  tell(item: string, found: readonly TargetDifference[], ask?: string): void;
  open(ask: string): void;
}

function compareTarget(before: readonly AtTarget[], after: readonly AtTarget[], options: ShowOptions, ears: Ears): void {
  const [from, to] = [countOf(before), countOf(after)];
  if (from !== to && from > 0 && to > 0) ears.tell("", [{ kind: "items", from, to }]);
  // One that was not split is not one of its items.
  if (isSplit(before) !== isSplit(after) && from > 0 && to > 0 && !(isNothing(before) || isNothing(after))) return;
  const old = new Map(before.map((each) => [each.item, each.end]));
  const fresh = new Map(after.map((each) => [each.item, each.end]));
  for (const item of new Set([...old.keys(), ...fresh.keys()])) {
    compareEnds(old.get(item) ?? none, fresh.get(item) ?? none, options, {
      tell: (_, found, ask) => ears.tell(item, found, ask),
      open: ears.open,
    });
  }
}

const countOf = (ends: readonly AtTarget[]): number => ends.length;
const isSplit = (ends: readonly AtTarget[]): boolean => ends.some(({ item }) => item !== "");
const isNothing = (ends: readonly AtTarget[]): boolean => ends.every(({ end }) => end.kind === "nothing");

const none: End = { kind: "nothing", reason: "absent" };

function compareEnds(before: End, after: End, options: ShowOptions, { tell, open }: Ears): void {
  if (after.kind === "asks" || before.kind === "asks") return compareQuestions(before, after, options, { tell, open });
  if (after.kind === "dead") {
    if (before.kind === "dead") return;
    const { class: kind, message, place } = after.failure;
    return tell("", [{ kind: "dies", class: kind, message, ...(place === undefined ? {} : { place }) }]);
  }
  if (before.kind === "dead") return tell("", [{ kind: "dies-no-more" }]);
  if (before.kind === "nothing" && after.kind === "nothing") return;
  if (before.kind === "nothing") return tell("", [{ kind: "gets" }]);
  if (after.kind === "nothing") {
    const { reason, place } = after;
    return tell("", [{ kind: "gets-no-more", reason, ...(place === undefined ? {} : { place }) }]);
  }
  tell("", ofContents(before.content, after.content, options));
}

function compareQuestions(before: End, after: End, options: ShowOptions, { tell, open }: Ears): void {
  const [from, to] = [askOf(before), askOf(after)];
  open(to ?? from ?? "");
  if (before.kind === "asks" && after.kind === "asks" && from === to) {
    return tell("", ofContents(before.content, after.content, options), to);
  }
  // How it ended without the question is known, and what became of the question is not.
  tell("", [{ kind: "asks", ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }]);
}

const askOf = (end: End): string | undefined => (end.kind === "asks" ? end.ask : undefined);

const ofContents = (from: JsonObject, to: JsonObject, options: ShowOptions) => [
  ...["connector", "connection", "settings", "body"].flatMap((part) =>
    fieldDifferences(from[part], to[part], part, options),
  ),
];
