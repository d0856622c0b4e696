// How the rollout of an integration stands, for people: the figures of both editions, and what comes next.

import { judge } from "../../runtime/rollout/judge.ts";
import type { DeploymentRecord } from "../../schema/deployment.ts";
import {
  type Decision,
  nothingCounted,
  type RolloutRecord,
  type RolloutTerms,
  type SideBySide,
  sumOf,
} from "../../schema/rollout.ts";

export interface RolloutStatus extends SideBySide, RolloutTerms {
  /** The canary's. */
  readonly bundle: string;
  /** `waiting`: no worker has taken it over yet. */
  readonly state: "waiting" | "running" | Decision["kind"];
  /** Milliseconds that it has run. */
  readonly ageMs: number;
  /** While it runs: what its promotion waits for. */
  readonly waitsFor?: "time" | "traffic";
  readonly decision?: Decision;
}

/** Undefined: the record speaks of no rollout. `rollout`: the one that it speaks of. */
export function rolloutStatus(record: DeploymentRecord, rollout: RolloutRecord | undefined): RolloutStatus | undefined {
  const { canary } = record;
  if (canary === undefined) return undefined;
  const { bundle, share, forMs, messages, abortWhen } = canary;
  const terms = { bundle, share, forMs, messages, abortWhen };
  if (rollout === undefined) return { ...terms, ...nothingCounted, state: "waiting", ageMs: 0 };
  const { ageMs, decision } = rollout;
  const sums = sumOf(rollout);
  if (decision !== undefined) return { ...terms, ...sums, state: decision.kind, ageMs, decision };
  const judged = judge(canary, ageMs, sums);
  const waits = judged.kind === "goes-on" ? { waitsFor: judged.waitsFor } : {};
  return { ...terms, ...sums, state: "running", ageMs, ...waits };
}
