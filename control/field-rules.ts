// What JetStream can change in an existing stream or consumer, field by field; what it refuses needs a copy, into
// which the messages are moved. A test puts every row to a real server (2.15.1), forth and back.

import { canonical } from "../schema/canonical.ts";
import type { Json, JsonObject } from "../schema/json.ts";

/** `on only`, `off only`: in place towards true and a value, respectively towards false and nothing. */
export type Changeable = "in place" | "copy" | "on only" | "off only";

export interface FieldRule {
  readonly change: Changeable;
  /** Pairs that differ from the rule: in place in both directions. */
  readonly except?: readonly (readonly [Json, Json])[];
  /** Values that were tried: from the first to the second, and back. None: a server alone cannot show it. */
  readonly tried: readonly (readonly [Json, Json])[];
  /** Fields without which these values are refused. */
  readonly beside?: JsonObject;
}

const second = 1_000_000_000;
const inPlace = (from: Json, to: Json, beside?: JsonObject): FieldRule => ({
  change: "in place",
  tried: [[from, to]],
  ...(beside === undefined ? {} : { beside }),
});
const onOnly = (beside?: JsonObject): FieldRule => ({
  change: "on only",
  tried: [[false, true]],
  ...(beside === undefined ? {} : { beside }),
});
const flag = inPlace(false, true);

export const streamRules: Readonly<Record<string, FieldRule>> = {
  retention: {
    change: "copy",
    except: [["limits", "interest"]],
    tried: [
      ["limits", "interest"],
      ["limits", "workqueue"],
      ["interest", "workqueue"],
    ],
  },
  storage: { change: "copy", tried: [["file", "memory"]] },
  persist_mode: { change: "copy", tried: [["default", "async"]] },
  mirror: { change: "off only", tried: [[null, { name: "ORIGIN" }]] },
  deny_delete: onOnly(),
  deny_purge: onOnly(),
  allow_msg_ttl: onOnly(),
  allow_msg_schedules: onOnly({ allow_rollup_hdrs: true }),
  allow_msg_counter: { change: "copy", tried: [[false, true]] },
  sealed: onOnly(),
  subjects: inPlace(["S.>"], ["S.a.>", "S.b.>"]),
  sources: inPlace(null, [{ name: "ORIGIN", filter_subject: "origin.a" }]),
  republish: inPlace(null, { src: ">", dest: "copy.>" }),
  subject_transform: inPlace(null, { src: ">", dest: "other.>" }),
  discard: inPlace("new", "old"),
  discard_new_per_subject: inPlace(false, true, { discard: "new", max_msgs_per_subject: 1 }),
  max_bytes: inPlace(-1, 1_000_000),
  max_msgs: inPlace(-1, 1000),
  max_age: inPlace(0, 60 * second),
  max_msg_size: inPlace(-1, 1000),
  max_msgs_per_subject: inPlace(-1, 5),
  max_consumers: inPlace(-1, 5),
  duplicate_window: inPlace(second / 10, second),
  subject_delete_marker_ttl: inPlace(0, second, { allow_msg_ttl: true, allow_rollup_hdrs: true }),
  allow_rollup_hdrs: flag,
  allow_direct: flag,
  allow_atomic: flag,
  allow_batched: flag,
  no_ack: flag,
  num_replicas: { change: "in place", tried: [] },
  compression: inPlace("none", "s2"),
  placement: inPlace(null, { tags: ["ssd"] }),
  consumer_limits: inPlace({}, { max_ack_pending: 5 }),
  description: inPlace(null, "orders of the shop"),
  metadata: inPlace({ team: "a" }, { team: "b" }),
};

export const consumerRules: Readonly<Record<string, FieldRule>> = {
  ack_policy: {
    change: "copy",
    tried: [
      ["explicit", "all"],
      ["explicit", "none"],
    ],
  },
  deliver_policy: {
    change: "copy",
    tried: [
      ["all", "new"],
      ["all", "last"],
    ],
  },
  opt_start_seq: { change: "copy", tried: [[3, 5]], beside: { deliver_policy: "by_start_sequence" } },
  replay_policy: { change: "copy", tried: [["instant", "original"]] },
  mem_storage: { change: "copy", tried: [[false, true]] },
  max_waiting: { change: "copy", tried: [[512, 10]] },
  deliver_subject: { change: "copy", tried: [[null, "push.here"]] },
  filter_subject: inPlace("origin.a", "origin.b"),
  filter_subjects: inPlace(null, ["origin.a", "origin.b"]),
  ack_wait: inPlace(60 * second, 30 * second),
  max_deliver: inPlace(-1, 5),
  max_ack_pending: inPlace(1000, 1),
  backoff: inPlace(null, [second, 2 * second]),
  inactive_threshold: inPlace(0, 60 * second),
  num_replicas: inPlace(0, 1),
  headers_only: flag,
  sample_freq: inPlace(null, "100"),
  max_batch: inPlace(0, 10),
  max_expires: inPlace(0, 10 * second),
  priority_policy: inPlace("overflow", "pinned_client", { priority_groups: ["a"] }),
  description: inPlace(null, "the warehouse"),
  metadata: inPlace({ team: "a" }, { team: "b" }),
};

/** Whether the rule takes this change in place. */
export function takesInPlace({ change, except = [] }: FieldRule, from: Json, to: Json): boolean {
  const ends = canonical([from, to].map((value) => canonical(value)).sort());
  if (except.some((pair) => canonical(pair.map((value) => canonical(value)).sort()) === ends)) return true;
  switch (change) {
    case "in place":
      return true;
    case "copy":
      return false;
    case "on only":
      return to === true;
    case "off only":
      return to === null;
    default:
      return change satisfies never;
  }
}

/** Undefined for fields that this version knows nothing of. No field has different rules on both. */
export const ruleOf = (field: string): FieldRule | undefined => streamRules[field] ?? consumerRules[field];
