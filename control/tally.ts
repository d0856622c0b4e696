// How many changes of each sort a plan has; a replacement is one of each, as in Terraform, a rename is a change.

import type { Action, Change } from "../schema/plan.ts";

export function tally(changes: readonly Change[]): { add: number; change: number; destroy: number } {
  const count = (...actions: readonly Action[]): number =>
    changes.filter(({ action, movedFrom }) => actions.includes(movedFrom === undefined ? action : "update")).length;
  return { add: count("create", "replace"), change: count("update"), destroy: count("delete", "replace") };
}
