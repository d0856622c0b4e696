// Functions of any value: whether it is there, and JSON inside text.

import { isFields, textOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";
import { createJsonText } from "./json-text.ts";

export function createValueFunctions(budget: Budget) {
  return {
    exists: (value: unknown): boolean => value !== undefined && value !== null,
    orFail: (value: unknown, reason: unknown): unknown => {
      if (value !== undefined && value !== null) return value;
      return fail(budget.bounded(textOf(reason, "orFail", budget)));
    },
    isEmpty: (value: unknown): boolean => {
      if (value === undefined || value === null || value === "") return true;
      if (typeof value === "string") return false;
      if (builtin.isArray(value)) return value.length === 0;
      if (!isFields(value)) return fail(`\`isEmpty\` takes text, a list or an object, this is ${kindOf(value)}`);
      const keys = builtin.keys(value);
      budget.tick(keys.length);
      for (let index = 0; index < keys.length; index += 1) if (value[keys[index] ?? ""] !== undefined) return false;
      return true;
    },
    parseJson: (value: unknown): unknown => {
      const text = textOf(value, "parseJson", budget);
      // A character may be a value of its own.
      budget.tick(text.length >>> 2);
      try {
        return builtin.parseJson(text);
      } catch {
        return undefined;
      }
    },
    toJson: createJsonText(budget),
  };
}
