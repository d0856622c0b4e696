// The Plan: ordered changes from what the cluster holds to what the workspace wants, each with its consequence for
// messages. Data only; printed by the command line, hashed so that a stale plan is refused.

import type { Json } from "./json.ts";

export type Action = "create" | "update" | "replace" | "delete";
export type Kind = "account" | "stream" | "consumer" | "bucket" | "deployment";

/** What a change does to messages, read from the live streams. */
export type Consequence =
  | { readonly kind: "safe" }
  | { readonly kind: "restarts-worker" }
  /** Runs on a share of the keys, in parts of 10,000, beside the bundle that runs now; the figures decide. */
  | { readonly kind: "canary"; readonly share: number; readonly forMs: number; readonly beside: string }
  | { readonly kind: "redelivers"; readonly messages: number }
  /** Kept: they move to the new stream, with what each consumer has read. */
  | { readonly kind: "migrates"; readonly messages: number }
  /** No more is taken in; what was accepted is delivered, then nothing runs. */
  | { readonly kind: "drains"; readonly messages: number }
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
  /** The name before, of the same kind: `IN_old`. */
  readonly movedFrom?: string;
  readonly consequence: Consequence;
  readonly fields: readonly FieldChange[];
}

/** Ours, not wanted any more, and kept because `--prune` was not said. */
export interface Leftover {
  readonly kind: Kind;
  readonly tenant: string;
  readonly name: string;
  /** Messages that would be lost with it. */
  readonly messages: number;
}

/** What a tenant's integrations may use at most, against what its account is granted; -1 = unlimited. */
export interface QuotaUse {
  readonly tenant: string;
  /** `storage`, `streams`, `consumers`, … */
  readonly what: string;
  /** As last applied, and with this plan. */
  readonly before: number;
  readonly after: number;
  readonly granted: number;
}

/** How much an intake can take in while its targets keep up; those whose figures change. */
export interface IntakeUse {
  readonly tenant: string;
  readonly integration: string;
  /** Its max_bytes. */
  readonly bytes: number;
  /** Milliseconds for which a source states that ids are known; 0: none does, and the oldest ids make room. */
  readonly dedupe: number;
  /**
   * Messages of `messageBytes` each that it can take in per second, for ever, and keep what `dedupe` states: above
   * twice of that it fills up. Absent where nothing is stated: then it never does.
   */
  readonly messagesPerSecond?: number;
  /** An assumption. */
  readonly messageBytes: number;
  /** Messages per second that the tenant's quota lets in by one worker. */
  readonly granted?: number;
}

/** A declared stream whose contract is not what its readers were compiled for. */
export interface ContractChange {
  readonly tenant: string;
  readonly stream: string;
  /** What is different, one line each: `total: number is now string`. */
  readonly differences: readonly string[];
  /** `tenant/integration` of those that the stored messages or the new ones may break. */
  readonly breaks: readonly string[];
}

/** A bundle that does not run everything: it begins to, goes on, or was given up. */
export interface RolloutPlan {
  readonly tenant: string;
  readonly integration: string;
  readonly bundle: string;
  readonly share: number;
  readonly forMs: number;
  /** `replaces`: another one, which is given up for it. `rolled-back`: it stays so, unless it is asked for again. */
  readonly state: "begins" | "replaces" | "goes-on" | "rolled-back";
  readonly reason?: string;
}

/** Something of ours that was changed by somebody else. */
export interface Drift {
  readonly kind: Kind;
  readonly tenant: string;
  readonly name: string;
  readonly fields: readonly DriftField[];
}

export interface DriftField extends FieldChange {
  /** `vrsky`: apply sets it back. `other`: not ours to set, left as it is. */
  readonly owner: "vrsky" | "other";
}

export interface Plan {
  readonly workspace: string;
  /** The revision that it was made on; 0 before the first apply. */
  readonly revision: number;
  readonly changes: readonly Change[];
  readonly drift: readonly Drift[];
  readonly leftovers: readonly Leftover[];
  readonly quotas: readonly QuotaUse[];
  readonly intakes: readonly IntakeUse[];
  readonly contracts: readonly ContractChange[];
  readonly rollouts: readonly RolloutPlan[];
  /**
   * SHA-256, hex, over what would be done and what that loses: figures of messages that only pass by are left out, so
   * that traffic alone makes no plan stale.
   */
  readonly hash: string;
}
