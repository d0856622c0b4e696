// A stream or consumer as it is and as it is wanted: the change between the two, and what somebody else did to it.

import { targetConsumer } from "../schema/address.ts";
import type { JsonObject } from "../schema/json.ts";
import type { Change, Consequence, FieldChange } from "../schema/plan.ts";
import type { Consumer } from "../schema/topology.ts";
import { allFields, compareConfig, hashOf, isBeingMoved, needsReplacing, othersFields, plain } from "./compare.ts";
import {
  consumerReplacement,
  consumerUpdate,
  migrates,
  redelivers,
  safe,
  streamReplacement,
  streamUpdate,
} from "./consequence.ts";
import type { ObservedConsumer, ObservedStream } from "./observe.ts";
import { gathers } from "./order-change.ts";
import type { Verdict } from "./plan.ts";
import { consumerDefaults, streamDefaults } from "./server-defaults.ts";
import { consumerName, type WantedStream } from "./wanted.ts";

type Subject = Pick<Change, "kind" | "tenant" | "name">;

/** `copy`: what an apply was cut short over. Where there is one, the stream itself may be gone or only half filled. */
export function planStream(
  tenant: string,
  { kind, name, config }: WantedStream,
  live: ObservedStream | undefined,
  copy: ObservedStream | undefined,
): Verdict {
  const subject = { kind, tenant, name };
  if (copy !== undefined) {
    const messages = Math.max(copy.messages, live?.messages ?? 0);
    const fields = [{ field: "messages", from: copy.name, to: config.name }];
    return { change: { action: "replace", ...subject, consequence: migrates(messages), fields } };
  }
  if (live === undefined) return creation(subject, config);
  const fields = compareConfig(config, live.config);
  if (fields.length === 0) return driftOf(subject, config, live.config, fields);
  const change: Change = fields.some(needsReplacing)
    ? { action: "replace", ...subject, consequence: streamReplacement(fields, live), fields }
    : { action: "update", ...subject, consequence: streamUpdate(fields, live), fields };
  return { change, ...driftOf(subject, config, live.config, fields) };
}

/** `held`: messages that its stream holds now. */
export function planConsumer(
  tenant: string,
  consumer: Consumer,
  live: ObservedConsumer | undefined,
  streamReplaced: boolean,
  halfDone: boolean,
  gathered: () => number,
  held = 0,
): Verdict {
  const subject = { kind: "consumer" as const, tenant, name: consumerName(consumer) };
  const config = plain(consumer.config);
  if (live === undefined && halfDone) {
    return { change: { action: "replace", ...subject, consequence: safe, fields: allFields(config) } };
  }
  if (live === undefined) return creation(subject, beginning(consumer, config), backfilled(consumer, held));
  const fields = compareConfig(config, live.config);
  if (streamReplaced || halfDone) {
    return { change: { action: "replace", ...subject, consequence: consumerReplacement(live), fields } };
  }
  if (fields.length === 0) return driftOf(subject, config, live.config, fields);
  if (gathers(consumer, live, halfDone)) {
    return { change: { action: "replace", ...subject, consequence: redelivers(gathered()), fields } };
  }
  const change: Change = fields.some(needsReplacing)
    ? { action: "replace", ...subject, consequence: consumerReplacement(live), fields }
    : { action: "update", ...subject, consequence: consumerUpdate(fields, live), fields };
  return { change, ...driftOf(subject, config, live.config, fields) };
}

/** Where it begins is part of what is agreed to. */
const beginning = ({ backfill }: Consumer, config: JsonObject): JsonObject =>
  backfill === true ? { ...config, deliver_policy: "all" } : config;

/** All that the intake holds, at most: partitions share it. */
const backfilled = ({ backfill, target, config }: Consumer, held: number): Consequence =>
  backfill === true && config.durable_name === targetConsumer(target) ? redelivers(held) : safe;

function creation(subject: Subject, config: JsonObject, consequence: Consequence = safe): Verdict {
  return { change: { action: "create", ...subject, consequence, fields: allFields(config) } };
}

/**
 * The last apply wanted exactly what is wanted now, so whoever made the difference was not an apply. What is not ours
 * to set is named every time: it may be why something goes otherwise than expected.
 */
function driftOf(
  subject: Subject,
  wanted: JsonObject,
  live: JsonObject,
  fields: readonly FieldChange[],
): Pick<Verdict, "drift"> {
  const byHand = hashOf(wanted) !== null && hashOf(wanted) === hashOf(live) && !isBeingMoved(live);
  const ours = (byHand ? fields : []).map(({ field, from, to }) => ({
    field,
    from: to,
    to: from,
    owner: "vrsky" as const,
  }));
  const defaults = subject.kind === "consumer" ? consumerDefaults : streamDefaults;
  const others = othersFields(wanted, live, defaults).map((field) => ({ ...field, owner: "other" as const }));
  return ours.length + others.length === 0 ? {} : { drift: { ...subject, fields: [...ours, ...others] } };
}
