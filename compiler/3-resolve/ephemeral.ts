// `transport: ephemeral`: which keys have no meaning where nothing is stored, and how often is tried again in memory.

import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import type { IntegrationSpec, RetrySpec } from "../../schema/spec.gen.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";

/** What is not stated of `retry`: one attempt, and when more are asked for, within a minute. */
export const inMemory: RetrySpec = { for: "1m", initial: "100ms", max: "5s", attempts: 1 };

const kept = {
  "order-by": ["Messages of an ephemeral integration have no order.", "Leave `order-by` out, or let it be durable."],
  rollout: [
    "A rollout compares dead letters and failures that are recorded; an ephemeral integration records none.",
    "Leave `rollout` out: a bundle is exchanged at once.",
  ],
  dedupe: [
    "An ephemeral integration remembers no ids.",
    "Leave `dedupe` out; `message-id` still tells the target what is the same.",
  ],
  backfill: ["There are no messages of before that a target could get.", "Leave `backfill` out."],
  for: [
    "A message that waits for another attempt waits in memory, and not for long.",
    "Say `attempts`: so often a target is asked that has not done it, within a minute.",
  ],
  to: [
    "What failed is sent on by a write that survives, of which there is none here.",
    "Choose `drop` or `continue`; what says neither is counted as lost.",
  ],
  dead: [
    "An ephemeral integration has no dead letters: what fails is counted as lost.",
    "Leave it out, or choose `drop` or `continue`.",
  ],
} as const satisfies Readonly<Record<string, readonly [message: string, help: string]>>;

type Kept = keyof typeof kept;

export function reportKept(raw: Unchecked<IntegrationSpec>, site: Site, report: Report): void {
  const say = (what: Kept, at: Site): void => {
    const [message, help] = kept[what];
    report(findingAt("VRS2060", at, { message, help }, what === "dead" ? "value" : "key"));
  };
  const given = (from: unknown, what: Kept, at: Site): void => {
    if (isJsonObject(from) && from[what] !== undefined) say(what, child(at, what));
  };
  for (const what of ["order-by", "rollout"] as const) given(raw, what, site);
  for (const [source, at] of sourcesIn(raw, site)) {
    given(source, "dedupe", at);
    // A source tells its sender what it refuses: that is no dead letter.
    reportReactions(source["on-error"], child(at, "on-error"), false, say);
    reportSteps(source.steps, child(at, "steps"), say);
  }
  reportSteps(raw.steps, child(site, "steps"), say);
  for (const [target, at] of members(raw.targets, child(site, "targets"))) {
    given(target, "backfill", at);
    given(target.retry, "for", child(at, "retry"));
    reportReactions(target["on-error"], child(at, "on-error"), true, say);
    reportSteps(target.steps, child(at, "steps"), say);
  }
}

type Say = (what: Kept, at: Site) => void;

function sourcesIn(raw: Unchecked<IntegrationSpec>, site: Site): readonly (readonly [JsonObject, Site])[] {
  if (isJsonObject(raw.source)) return [[raw.source, child(site, "source")]];
  return members(raw.sources, child(site, "sources"));
}

const members = (raw: unknown, site: Site): readonly (readonly [JsonObject, Site])[] =>
  isJsonObject(raw)
    ? Object.entries(raw).flatMap(([name, member]) => (isJsonObject(member) ? [[member, child(site, name)]] : []))
    : [];

function reportSteps(raw: unknown, site: Site, say: Say): void {
  if (!Array.isArray(raw)) return;
  for (const [index, step] of raw.entries()) {
    if (isJsonObject(step)) reportReactions(step["on-error"], child(child(site, index), "on-error"), true, say);
  }
}

/** One for all errors, or one per class. */
function reportReactions(raw: unknown, site: Site, buries: boolean, say: Say): void {
  if (raw === "dead" && buries) say("dead", site);
  if (!isJsonObject(raw)) return;
  if (raw.to !== undefined) say("to", child(site, "to"));
  else for (const [name, reaction] of Object.entries(raw)) reportReactions(reaction, child(site, name), buries, say);
}
