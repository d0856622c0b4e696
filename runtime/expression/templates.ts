// What templates need beside expressions: Handlebars' sense of truth, its loops, and escaping for HTML.

import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";
import type { ToText } from "./operators.ts";

/** Of a callback's run. */
const ticksPerItem = 4;

export function createTemplates(budget: Budget, text: ToText) {
  const isThere = (value: unknown): boolean => value !== undefined && value !== null;
  return {
    /** False, nothing, zero, empty text and the empty list are not true. */
    truthy: (value: unknown): boolean =>
      isThere(value) &&
      value !== false &&
      value !== 0 &&
      value !== "" &&
      !(builtin.isArray(value) && value.length === 0),
    each: (list: unknown, by: (item: unknown, index: number) => string, otherwise: () => string): string => {
      if (!isThere(list)) return otherwise();
      if (!builtin.isArray(list)) return fail(`\`#each\` takes a list, this is ${kindOf(list)}`);
      if (list.length === 0) return otherwise();
      budget.items(list.length);
      let result = "";
      for (let index = 0; index < list.length; index += 1) {
        budget.tick(ticksPerItem);
        result = budget.bounded(result + by(list[index], index));
      }
      return result;
    },
    with: (value: unknown, by: (value: unknown) => string, otherwise: () => string): string =>
      isThere(value) ? by(value) : otherwise(),
    escaped: (value: unknown): string => {
      const plain = text(value);
      budget.read(plain.length);
      let result = "";
      for (let index = 0; index < plain.length; index += 1) {
        const unit = plain[index] ?? "";
        result += entities[unit] ?? unit;
      }
      return budget.bounded(result);
    },
  };
}

const entities: Readonly<Record<string, string>> = Object.freeze(
  Object.assign(Object.create(null), {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  }),
);
