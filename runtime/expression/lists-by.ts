// Methods of lists that order, tell apart or collect by a value of each item. Keys come from messages: they are kept in
// a table of our own and become own members of the result, whatever their names.

import { type List, listOf, numberOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";
import type { Callback } from "./lists.ts";
import type { ToText } from "./operators.ts";
import { createOrder } from "./order.ts";

/** What making a member costs beside looking at its item. */
const ticksPerMember = 4;

export function createKeyedMethods(budget: Budget, text: ToText) {
  const order = createOrder(budget);

  const keyOf = (value: unknown): string => {
    const key = text(value);
    budget.read(key.length);
    return key;
  };

  const define = (object: object, key: string, value: unknown): void => {
    budget.tick(ticksPerMember);
    builtin.define(object, key, value);
  };

  return {
    sortBy: (value: unknown, by: Callback): List => {
      const list = listOf(value, "sortBy");
      budget.items(list.length);
      const keyed: (readonly [key: unknown, item: unknown])[] = [];
      for (let index = 0; index < list.length; index += 1) {
        keyed[index] = [by(list[index], index), list[index]];
      }
      const sorted = builtin.sort(keyed, (a, b) => order("sortBy", a[0], b[0]));
      const result: unknown[] = [];
      for (let index = 0; index < sorted.length; index += 1) result[index] = sorted[index]?.[1];
      return result;
    },
    uniqueBy: (value: unknown, by: Callback): List => {
      const list = listOf(value, "uniqueBy");
      budget.items(list.length);
      const seen = builtin.createTable<true>();
      const result: unknown[] = [];
      for (let index = 0; index < list.length; index += 1) {
        const key = by(list[index], index);
        if (typeof key === "object" && key !== null)
          return fail(`\`uniqueBy\` compares by text, a number or a boolean, this is ${kindOf(key)}`);
        if (typeof key === "string") budget.read(key.length);
        if (seen.get(key) === true) continue;
        seen.set(key, true);
        result[result.length] = list[index];
      }
      return result;
    },
    groupBy: (value: unknown, by: Callback): object => {
      const list = listOf(value, "groupBy");
      budget.items(list.length);
      const groups = builtin.createTable<unknown[]>();
      const result = {};
      for (let index = 0; index < list.length; index += 1) {
        const key = keyOf(by(list[index], index));
        const known = groups.get(key);
        if (known !== undefined) {
          known[known.length] = list[index];
          continue;
        }
        const group = [list[index]];
        groups.set(key, group);
        define(result, key, group);
      }
      return result;
    },
    keyBy: (value: unknown, by: Callback): object => {
      const list = listOf(value, "keyBy");
      budget.items(list.length);
      const result = {};
      for (let index = 0; index < list.length; index += 1) define(result, keyOf(by(list[index], index)), list[index]);
      return result;
    },
    sumBy: (value: unknown, by: Callback): number => {
      const list = listOf(value, "sumBy");
      budget.tick(list.length);
      let sum = 0;
      for (let index = 0; index < list.length; index += 1) sum += numberOf(by(list[index], index), "sumBy");
      return sum;
    },
  };
}
