// The hash by which a plan is agreed to. It covers what would be done and what that loses. Figures of messages that
// only pass by are left out: traffic alone must make no plan stale.

import { canonical, sha256 } from "../schema/canonical.ts";
import type { Plan } from "../schema/plan.ts";

export function planHash({ workspace, revision, changes, drift, leftovers }: Omit<Plan, "hash">): string {
  const done = changes.map(({ consequence, ...change }) => ({ ...change, loses: consequence.kind === "drops-unread" }));
  const kept = leftovers.map(({ messages: _, ...leftover }) => leftover);
  return sha256(canonical({ workspace, revision, changes: done, drift, leftovers: kept }));
}
