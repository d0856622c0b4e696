// The third wall around an expression, and its dictionary: `$` in the code of bundles. Printed code reaches nothing of
// JavaScript but literals, own properties of data and these functions.

import type { FunctionName, MethodName } from "../../schema/functions.ts";
import { createBounds } from "./bounds.ts";
import { createBudget, defaultLimits, type Limits } from "./budget.ts";
import { fail, failed, kindOf } from "./failure.ts";
import { createFunctions } from "./functions.ts";
import { createMethods } from "./methods.ts";
import { createOperators, createToText } from "./operators.ts";
import { createOutput } from "./output.ts";
import { createTemplates } from "./templates.ts";

/** What is neither function nor method must not carry the name of one. */
type Apart = { readonly [Name in FunctionName | MethodName]?: never };

/**
 * A library with a budget of its own: one per worker, since a walk is synchronous. `begin` before each evaluation;
 * whatever an evaluation throws is told by `failed`.
 */
export function createLibrary(limits: Limits = defaultLimits) {
  const budget = createBudget(limits);
  const text = createToText();
  const core = {
    begin: budget.begin,
    tick: budget.tick,
    bounded: budget.bounded,
    failed,
    json: createOutput(limits),
    ...createTemplates(budget, text),
    /** What a `split` takes. */
    items: (list: unknown): readonly unknown[] => {
      if (!Array.isArray(list)) return fail(`\`split\` takes a list, this is ${kindOf(list)}`);
      budget.split(list.length);
      return list;
    },
    ...createOperators(budget, text),
    ...createBounds(text),
  };
  const { list, ...methods } = createMethods(budget, text);
  const apart: typeof core & { readonly list: typeof list } & Apart = { ...core, list };
  return Object.freeze({ ...createFunctions(budget, text), ...methods, ...apart });
}
