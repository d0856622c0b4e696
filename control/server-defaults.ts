// What a stream or consumer is like in the fields that nobody has set: nats-server 2.15.1. Whatever differs, and is not
// ours to set, somebody else wants so.

import type { Json } from "../schema/json.ts";

export const streamDefaults: Readonly<Record<string, Json>> = {
  max_consumers: -1,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  max_msg_size: -1,
  max_msgs_per_subject: -1,
  duplicate_window: 120_000_000_000,
  compression: "none",
  persist_mode: "default",
  consumer_limits: {},
  first_seq: 0,
};

export const consumerDefaults: Readonly<Record<string, Json>> = {
  replay_policy: "instant",
  max_waiting: 512,
  num_replicas: 0,
  max_deliver: -1,
  max_ack_pending: 1000,
};

/** Names, and where a consumer begins: said when it is made, and by nobody after. */
export const saidOnce: ReadonlySet<string> = new Set([
  "name",
  "durable_name",
  "deliver_policy",
  "opt_start_seq",
  "opt_start_time",
]);
