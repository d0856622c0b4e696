// What a change does to messages, from the live figures. Where the exact loss cannot be known beforehand the figure is
// its upper bound: a plan may frighten, never soothe.

import type { Consequence, FieldChange } from "../schema/plan.ts";
import type { ObservedConsumer, ObservedStream } from "./observe.ts";

export const safe: Consequence = { kind: "safe" };
export const restartsWorker: Consequence = { kind: "restarts-worker" };

export const drops = (messages: number): Consequence => (messages > 0 ? { kind: "drops-unread", messages } : safe);
/** All that is in it comes along. */
export const migrates = (messages: number): Consequence => (messages > 0 ? { kind: "migrates", messages } : safe);
export const redelivers = (messages: number): Consequence => (messages > 0 ? { kind: "redelivers", messages } : safe);

export function streamUpdate(fields: readonly FieldChange[], live: ObservedStream): Consequence {
  return fields.some((field) => truncates(field, live)) ? drops(live.unread) : safe;
}

/** Made anew with its messages; what a new limit has no room for goes all the same. */
export function streamReplacement(fields: readonly FieldChange[], live: ObservedStream): Consequence {
  return fields.some((field) => truncates(field, live)) ? drops(live.unread) : migrates(live.messages);
}

/** The server removes the oldest messages beyond a new limit at once, with `discard: new` as well. */
function truncates({ field, from, to }: FieldChange, live: ObservedStream): boolean {
  if (typeof to !== "number" || to <= 0) return false;
  switch (field) {
    case "max_bytes":
      return live.bytes > to;
    case "max_msgs":
      return live.messages > to;
    case "max_age":
    case "max_msgs_per_subject":
      return typeof from !== "number" || from <= 0 || to < from;
    default:
      return false;
  }
}

export function consumerUpdate(fields: readonly FieldChange[], live: ObservedConsumer): Consequence {
  if (fields.some(leavesOut)) return drops(live.unread);
  const sooner = fields.some(({ field, from, to }) => field === "ack_wait" && Number(to) < Number(from));
  return sooner ? redelivers(live.inFlight) : safe;
}

/** With `order-by` the partitions have readers of their own, which begin where this one was. */
const leavesOut = ({ field, from, to }: FieldChange): boolean =>
  field === "filter_subject" && `${from}` !== `${to}`.replace(/^(in\.[^.]+\.m)\.\*$/, "$1.>");

/** A consumer that is made anew starts behind the last message of which all before it are acknowledged. */
export function consumerReplacement({ delivered, ackFloor, inFlight }: ObservedConsumer): Consequence {
  return redelivers(Math.max(inFlight, delivered - ackFloor));
}
