// The ascending order of two texts or two numbers, for sorting.

import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";

export function createOrder(budget: Budget) {
  return (what: string, a: unknown, b: unknown): number => {
    budget.tick(1);
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === "string" && typeof b === "string") {
      budget.read(builtin.min(a.length, b.length));
      return a < b ? -1 : a > b ? 1 : 0;
    }
    return fail(`\`${what}\` compares numbers or texts, not ${kindOf(a)} and ${kindOf(b)}`);
  };
}
