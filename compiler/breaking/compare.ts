// Two surfaces of a workspace: what somebody outside relied on and does not get any more. Directions matter: what is
// read may be told wider and no narrower, what is sent narrower and no wider, and a stream is both.

import type { Json } from "../../schema/json.ts";
import { durationText } from "../../schema/units.ts";
import { type Breaks, contractDifferences, shapesOf } from "../contract/breaking.ts";
import { witness } from "../contract/witness.ts";
import type { Category } from "./rules.ts";
import type {
  IntegrationSurface,
  Place,
  SourceSurface,
  StreamSurface,
  Surface,
  TargetSurface,
  Used,
  Word,
} from "./surface.ts";

export interface BreakingChange {
  /** Of a rule that is a `note` it may break somebody, and nobody can tell. */
  readonly category: Category;
  /** `POST /acme/orders`, `stream acme/contacts`, `contract order@1`. */
  readonly what: string;
  /** `lines[].qty: integer is now string` */
  readonly text: string;
  readonly broken: Broken;
  /** Where it is written now; absent when it is gone. */
  readonly place?: Place;
  readonly before: Place;
  readonly witness?: Witness;
}

/** A message that fits one of the two and is refused by the other. */
export interface Witness {
  readonly message: Json;
  /** `before`: it was fine and is refused now. `now`: it is sent now, and readers of before refuse it. */
  readonly fits: "before" | "now";
}

/** Whom it breaks. */
export interface Broken {
  /** In words, of those outside: `whoever sends to it`. Absent when they are all ours. */
  readonly outside?: string;
  /** `acme/orders`, sorted. */
  readonly integrations: readonly string[];
  /** Other tenants whose integrations they are, sorted. */
  readonly tenants: readonly string[];
}

type Say = (change: BreakingChange) => void;

export function breakingChanges(before: Surface, now: Surface): readonly BreakingChange[] {
  const found: BreakingChange[] = [];
  const say: Say = (change) => void found.push(change);
  for (const was of before.integrations) compareIntegration(was, now, say);
  for (const was of before.streams) {
    compareStream(
      was,
      now.streams.find(({ tenant, name }) => tenant === was.tenant && name === was.name),
      say,
    );
  }
  for (const [name, place] of before.contracts) if (!now.contracts.has(name)) sayContractGone(name, place, before, say);
  return merged(found);
}

const nameOf = ({ tenant, name }: { readonly tenant: string; readonly name: string }): string => `${tenant}/${name}`;

const only = ({ tenant, name }: IntegrationSurface, outside?: string): Broken => ({
  ...(outside === undefined ? {} : { outside }),
  integrations: [nameOf({ tenant, name })],
  tenants: [],
});

function compareIntegration(was: IntegrationSurface, now: Surface, say: Say): void {
  const same = now.integrations.filter(({ tenant }) => tenant === was.tenant);
  const is = same.find(({ name }) => name === was.name) ?? same.find(({ movedFrom }) => movedFrom === was.name);
  // An address may be another integration's now: who sends to it does not care.
  const heirs = was.sources.map((source) => ({ source, heir: heirOf(source, was, is, same) }));
  if (is === undefined && heirs.some(({ heir }) => heir === undefined)) {
    const text = "is gone";
    say({
      category: "integration-removed",
      what: `integration ${nameOf(was)}`,
      text,
      broken: only(was),
      before: was.place,
    });
    return;
  }
  for (const { source, heir } of heirs) compareSource(source, heir, was, say);
  if (is === undefined) return;
  compareConditions(was, is, `integration ${nameOf(was)}`, only(is, "whoever reads what it sends"), say);
  compareReply(was, is, say);
  for (const target of was.targets) compareTarget(target, is, was, say);
  for (const [key, contract] of was.calls) {
    const answered = is.calls.get(key);
    const broken = only(is, "whoever answers it");
    if (answered !== undefined)
      compareContract(contract, answered, "stored", `call ${key} of ${nameOf(is)}`, broken, say);
  }
}

interface Heir {
  readonly source: SourceSurface;
  readonly integration: IntegrationSurface;
}

function heirOf(
  { name, connector, address, reads }: SourceSurface,
  was: IntegrationSurface,
  is: IntegrationSurface | undefined,
  all: readonly IntegrationSurface[],
): Heir | undefined {
  const every = all.flatMap((integration) => integration.sources.map((source) => ({ source, integration })));
  const byAddress = every.find(
    ({ source }) => source.connector === connector && address !== undefined && source.address?.text === address.text,
  );
  if (byAddress !== undefined) return byAddress;
  const own = every.filter(({ integration }) => integration === is);
  const taken = own.find(
    ({ source }) => source.name === name && (source.reads === undefined) === (reads === undefined),
  );
  return taken ?? (own.length === 1 && was.sources.length === 1 && reads === undefined ? own[0] : undefined);
}

/** What senders call it. */
function titleOf({ connector, methods, address }: SourceSurface, { tenant, name }: IntegrationSurface): string {
  if (connector === "http" && address !== undefined) return `${methods.join("|")} /${tenant}${address.text}`;
  return address === undefined
    ? `source ${connector} of ${tenant}/${name}`
    : `${connector} ${address.text} of ${tenant}/${name}`;
}

function compareSource(was: SourceSurface, heir: Heir | undefined, from: IntegrationSurface, say: Say): void {
  const what = titleOf(was, from);
  const senders = was.reads === undefined ? "whoever sends to it" : undefined;
  const broken = only(heir?.integration ?? from, senders);
  // A stream that is read no more is the reader's own business.
  if (heir === undefined) {
    if (was.reads === undefined) {
      say({ category: "source-removed", what, text: "is gone", broken, before: was.place });
    }
    return;
  }
  const is = heir.source;
  const note = (category: Category, text: string, place: Place, before: Place): void =>
    say({ category, what, text, broken, place, before });
  if (was.reads !== undefined) return;
  if (was.connector !== is.connector) {
    note("source-moved", `${was.connector} is now ${is.connector}`, is.place, was.place);
    return;
  }
  compareWord("source-moved", was.address, is.address, is.place, note);
  compareWord("source-narrowed", was.format, is.format, is.place, note, "format");
  const lost = was.methods.filter((method) => !is.methods.includes(method));
  if (lost.length > 0) note("source-narrowed", `${lost.join(", ")} is refused`, is.place, was.place);
  for (const [key, guard] of is.guards) {
    const before = was.guards.get(key);
    if (before === undefined) note("source-guarded", `\`${key}\` is asked for`, guard.place, was.place);
    else if (before.form !== guard.form || before.secrets.some((secret) => !guard.secrets.includes(secret)))
      note("source-guarded", `\`${key}\` is another`, guard.place, before.place);
  }
  if (was.dedupe !== undefined && (is.dedupe ?? 0) < was.dedupe) {
    const text = `dedupe ${durationText(was.dedupe)} is now ${is.dedupe === undefined ? "not said" : durationText(is.dedupe)}`;
    note("dedupe-shortened", text, is.place, was.place);
  }
  if (is.contract !== undefined) {
    compareContract(was.contract ?? anything(was.place), is.contract, "stored", what, broken, say);
  }
}

const anything = (place: Place): Used => ({ name: "any", version: { schema: {} }, inline: true, at: () => place });

function compareWord(
  category: Category,
  was: Word | undefined,
  is: Word | undefined,
  place: Place,
  note: (category: Category, text: string, place: Place, before: Place) => void,
  label?: string,
): void {
  if (was?.text === is?.text) return;
  const shown = (word: Word | undefined): string => word?.text ?? "not said";
  const text = `${label === undefined ? "" : `${label} `}${shown(was)} is now ${shown(is)}`;
  note(category, text, is?.place ?? place, was?.place ?? place);
}

function compareReply(was: IntegrationSurface, is: IntegrationSurface, say: Say): void {
  if (was.reply === undefined) return;
  const source = was.sources.find(({ connector }) => connector === "http");
  const what = `reply of ${source === undefined ? nameOf(was) : titleOf(source, was)}`;
  const broken = only(is, "whoever waits for it");
  const before = was.reply.place;
  if (is.reply === undefined) {
    say({ category: "reply-changed", what, text: "is gone: the answer is 202", broken, place: is.place, before });
    return;
  }
  for (const [path, part] of was.reply.parts) {
    const now = is.reply.parts.get(path);
    if (now === undefined) {
      // It may be inside of what an expression gives, or have become an object with fields of its own.
      const hidden = [...is.reply.parts].some(
        ([key, { open }]) => (open === true && path.startsWith(`${key}.`)) || key.startsWith(`${path}.`),
      );
      if (hidden) continue;
      const text = path === "status" ? statusText(part.constant, undefined) : `${path} is gone`;
      say({ category: "reply-changed", what, text, broken, place: is.reply.place, before: part.place });
    } else if (
      path === "status" &&
      part.constant !== undefined &&
      now.constant !== undefined &&
      part.constant !== now.constant
    ) {
      const text = statusText(part.constant, now.constant);
      say({ category: "reply-changed", what, text, broken, place: now.place, before: part.place });
    }
  }
}

const statusText = (was: string | undefined, is: string | undefined): string =>
  `status ${was ?? "of an expression"} is now ${is ?? "the default"}`;

function compareTarget(was: TargetSurface, integration: IntegrationSurface, from: IntegrationSurface, say: Say): void {
  const what = `target ${was.name} of ${nameOf(from)}`;
  const is = integration.targets.find(({ name }) => name === was.name);
  const broken = only(integration, "whoever reads it there");
  if (is === undefined) {
    say({ category: "target-removed", what, text: "is gone", broken, place: integration.place, before: was.place });
    return;
  }
  const note = (category: Category, text: string, place: Place, before: Place): void =>
    say({ category, what, text, broken, place, before });
  if (was.connector !== is.connector)
    note("target-moved", `${was.connector} is now ${is.connector}`, is.place, was.place);
  else {
    for (const key of new Set([...was.where.keys(), ...is.where.keys()])) {
      compareWord("target-moved", was.where.get(key), is.where.get(key), is.place, note, key);
    }
  }
  if (was.contract !== undefined && is.contract !== undefined) {
    compareContract(was.contract, is.contract, "running", what, broken, say);
  } else if (was.contract !== undefined && !is.shared) {
    note("target-untyped", "its contract is gone", is.place, was.contract.at(""));
  }
  compareConditions(was, is, what, broken, say);
}

/** Whether fewer messages pass cannot be told from the texts: somebody has to look. */
function compareConditions(
  was: Pick<TargetSurface, "conditions" | "place">,
  is: Pick<TargetSurface, "conditions" | "place">,
  what: string,
  broken: Broken,
  say: Say,
): void {
  const [gone, added] = [without(was.conditions, is.conditions), without(is.conditions, was.conditions)];
  const [first, second] = [gone[0], added[0]];
  if (first === undefined && second === undefined) return;
  const shown = (words: readonly Word[]): string =>
    words.map(({ text }) => `\`${text}\``).join(" and ") || "no condition";
  const text = `${shown(gone)} is now ${shown(added)}`;
  const [place, before] = [(second ?? is).place, (first ?? was).place];
  say({ category: "route-changed", what, text, broken, place, before });
}

const without = (words: readonly Word[], others: readonly Word[]): readonly Word[] =>
  words.filter(({ text }) => !others.some((other) => other.text === text));

function compareStream(was: StreamSurface, is: StreamSurface | undefined, say: Say): void {
  const what = `stream ${nameOf(was)}`;
  if (is === undefined) {
    say({ category: "stream-removed", what, text: "is gone", broken: readersOf(was, was.readers), before: was.place });
    return;
  }
  const { place } = is;
  const before = was.place;
  for (const tenant of was.exportTo.filter((each) => !is.exportTo.includes(each))) {
    const readers = was.readers.filter((reader) => reader.startsWith(`${tenant}/`));
    const broken = { integrations: readers, tenants: [tenant] };
    say({ category: "stream-unshared", what, text: `is not shared with ${tenant} any more`, broken, place, before });
  }
  if (is.keep < was.keep) {
    const text = `keep ${durationText(was.keep)} is now ${durationText(is.keep)}`;
    say({ category: "retention-shortened", what, text, broken: readersOf(is, was.readers), place, before });
  }
  const [old, now] = [was.contract ?? anything(was.place), is.contract ?? anything(is.place)];
  compareContract(old, now, "running", what, readersOf(was, was.readers), say);
  compareContract(old, now, "stored", what, readersOf(is, is.readers), say);
}

const readersOf = ({ tenant, exportTo }: StreamSurface, integrations: readonly string[]): Broken => {
  const tenants = integrations.map((reader) => reader.split("/")[0] ?? "").filter((each) => each !== tenant);
  return { integrations, tenants: [...new Set([...tenants, ...(integrations.length === 0 ? exportTo : [])])].sort() };
};

/** `direction` as `contractDifferences` has it: `stored` is what is read, `running` what is sent. */
function compareContract(was: Used, is: Used, direction: Breaks, subject: string, broken: Broken, say: Say): void {
  const foreign = broken.outside !== undefined;
  const differences = contractDifferences(was.version, is.version, { foreign }).filter(({ breaks }) =>
    breaks.includes(direction),
  );
  // `email?` is gone missing and null in one: the field is said once.
  const fields = new Set(differences.flatMap(({ kind, path }) => (kind?.startsWith("field-") === true ? [path] : [])));
  const what = was.name === is.name && !is.inline ? `contract ${is.name}` : subject;
  for (const { kind, path, text } of differences) {
    if (kind === undefined || (kind === "type-changed" && fields.has(path))) continue;
    const found = sampleOf(was, is, direction, path);
    say({
      category: kind,
      what,
      text: `${path === "" ? "the message" : path}: ${text}`,
      broken,
      place: is.at(path),
      before: was.at(path),
      ...(found === undefined ? {} : { witness: found }),
    });
  }
}

function sampleOf(was: Used, is: Used, direction: Breaks, path: string): Witness | undefined {
  const [before, now] = [shapesOf(was.version), shapesOf(is.version)];
  const [sender, reader] = direction === "stored" ? [before, now] : [now, before];
  const message = witness(sender, reader, path);
  return message === undefined ? undefined : { message, fits: direction === "stored" ? "before" : "now" };
}

function sayContractGone(name: string, place: Place, before: Surface, say: Say): void {
  const inUse = before.integrations.filter(
    ({ sources, targets, calls }) =>
      [...sources, ...targets].some(({ contract }) => contract?.name === name) ||
      [...calls.values()].some((contract) => contract.name === name),
  );
  const broken = { outside: "whoever speaks of it", integrations: inUse.map(nameOf).sort(), tenants: [] };
  say({ category: "contract-removed", what: `contract ${name}`, text: "is gone", broken, before: place });
}

/** A contract that many use is told once, with all of them. */
function merged(all: readonly BreakingChange[]): readonly BreakingChange[] {
  const found = new Map<string, BreakingChange>();
  for (const change of all) {
    const { category, what, text, broken } = change;
    const key = JSON.stringify([category, what, text]);
    const known = found.get(key);
    found.set(key, known === undefined ? change : { ...known, broken: both(known.broken, broken) });
  }
  return [...found.values()];
}

const both = (a: Broken, b: Broken): Broken => ({
  ...b,
  ...a,
  integrations: [...new Set([...a.integrations, ...b.integrations])].sort(),
  tenants: [...new Set([...a.tenants, ...b.tenants])].sort(),
});
