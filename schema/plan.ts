// The Plan: ordered changes from what the cluster holds to what the workspace wants, each with its consequence for
// messages. Data only; printed by the command line, hashed so that a stale plan is refused.

import type { Json } from "./json.ts";

export type Action = "create" | "update" | "replace" | "delete";
export type Kind = "account" | "stream" | "consumer" | "bucket" | "deployment";

/** What a change does to messages, read from the live streams. */
export type Consequence =
  | { readonly kind: "safe" }
  | { readonly kind: "restarts-worker" }
  | { readonly kind: "redelivers"; readonly messages: number }
  | { readonly kind: "drops-unread"; readonly messages: number };

export interface FieldChange {
  /** JetStream's field name. */
  readonly field: string;
  readonly from: Json;
  readonly to: Json;
}

export interface Change {
  readonly action: Action;
  readonly kind: Kind;
  readonly tenant: string;
  /** `IN_orders`, `IN_orders/warehouse`, `retries`, `orders`. */
  readonly name: string;
  readonly consequence: Consequence;
  readonly fields: readonly FieldChange[];
}

/** Something of ours that was changed by somebody else. */
export interface Drift {
  readonly kind: Kind;
  readonly tenant: string;
  readonly name: string;
  readonly fields: readonly FieldChange[];
}

export interface Plan {
  readonly workspace: string;
  readonly changes: readonly Change[];
  readonly drift: readonly Drift[];
  /** SHA-256, hex, over the canonical plan without it. */
  readonly hash: string;
}
