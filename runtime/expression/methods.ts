// The methods of the allow-list (schema/functions.ts). One function per name: text and lists share some of them, so
// each asks first what it was called on.

import type { MethodName } from "../../schema/functions.ts";
import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";
import { createListMethods } from "./lists.ts";
import { createKeyedMethods } from "./lists-by.ts";
import type { ToText } from "./operators.ts";
import { createTextMethods } from "./texts.ts";

export function createMethods(budget: Budget, text: ToText) {
  const texts = createTextMethods(budget);
  const lists = createListMethods(budget, text);

  /** A method that both have. */
  const both =
    <T, L>(
      name: string,
      ofText: (value: string, a: unknown, b: unknown) => T,
      ofList: (value: readonly unknown[], a: unknown, b: unknown) => L,
    ) =>
    (value: unknown, a?: unknown, b?: unknown): T | L => {
      if (typeof value === "string") return ofText(value, a, b);
      if (builtin.isArray(value)) return ofList(value, a, b);
      return fail(`\`${name}\` takes text or a list, this is ${kindOf(value)}`);
    };

  const { at: textAt, includes: textIncludes, indexOf: textIndexOf, slice: textSlice, ...onlyText } = texts;
  const { at: listAt, includes: listIncludes, indexOf: listIndexOf, slice: listSlice, ...onlyLists } = lists;
  return {
    ...onlyText,
    ...onlyLists,
    ...createKeyedMethods(budget, text),
    at: both("at", textAt, listAt),
    includes: both("includes", textIncludes, listIncludes),
    indexOf: both("indexOf", textIndexOf, listIndexOf),
    slice: both("slice", textSlice, listSlice),
    toFixed: (value: unknown, digits: unknown = 0): string => {
      if (typeof value !== "number") return fail(`\`toFixed\` takes a number, this is ${kindOf(value)}`);
      if (typeof digits !== "number" || !builtin.isInteger(digits) || digits < 0 || digits > 100) {
        return fail("`toFixed` takes 0 to 100 digits");
      }
      return text(builtin.isFinite(value) ? builtin.toFixed(value, digits) : value);
    },
  } satisfies Record<MethodName, (...values: never[]) => unknown>;
}
