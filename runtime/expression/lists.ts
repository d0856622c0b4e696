// Methods of lists. Each item costs a tick before the callback sees it, and no list grows past the limit.

import { integerOf, type List, listOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";
import type { ToText } from "./operators.ts";

export type Callback = (item: unknown, index: number) => unknown;

export function createListMethods(budget: Budget, text: ToText) {
  const lists = createLists(budget);
  const search = (list: List, wanted: unknown): number => {
    for (let index = 0; index < list.length; index += 1) {
      const item = list[index];
      budget.tick(1);
      if (typeof item === "string" && typeof wanted === "string" && item.length === wanted.length) {
        budget.read(item.length);
      }
      if (item === wanted) return index;
    }
    return -1;
  };
  const first = (value: unknown, name: string, by: Callback, wanted: boolean): number => {
    const list = listOf(value, name);
    for (let index = 0; index < list.length; index += 1) {
      budget.tick(1);
      if (!by(list[index], index) !== wanted) return index;
    }
    return -1;
  };
  return {
    ...lists,
    find: (value: unknown, by: Callback): unknown => {
      const index = first(value, "find", by, true);
      return index === -1 ? undefined : listOf(value, "find")[index];
    },
    findIndex: (value: unknown, by: Callback): number => first(value, "findIndex", by, true),
    findLast: (value: unknown, by: Callback): unknown => {
      const list = listOf(value, "findLast");
      for (let index = list.length - 1; index >= 0; index -= 1) {
        budget.tick(1);
        if (by(list[index], index)) return list[index];
      }
      return undefined;
    },
    some: (value: unknown, by: Callback): boolean => first(value, "some", by, true) !== -1,
    every: (value: unknown, by: Callback): boolean => first(value, "every", by, false) === -1,
    reduce: (value: unknown, by: (sum: unknown, item: unknown, index: number) => unknown, start: unknown): unknown => {
      const list = listOf(value, "reduce");
      budget.tick(list.length);
      let sum = start;
      for (let index = 0; index < list.length; index += 1) sum = by(sum, list[index], index);
      return sum;
    },
    includes: (value: List, item: unknown): boolean => search(value, item) !== -1,
    indexOf: (value: List, item: unknown): number => search(value, item),
    at: (value: List, index: unknown): unknown => {
      const wanted = integerOf(index, "at");
      return value[wanted < 0 ? value.length + wanted : wanted];
    },
    join: (value: unknown, separator: unknown): string => {
      const list = listOf(value, "join");
      const between = text(separator);
      budget.tick(list.length);
      const parts: string[] = [];
      let length = list.length === 0 ? 0 : between.length * (list.length - 1);
      for (let index = 0; index < list.length; index += 1) {
        const part = text(list[index]);
        length += part.length;
        budget.room(length);
        parts[index] = part;
      }
      budget.room(length);
      budget.read(length);
      return builtin.join(parts, between);
    },
  };
}

/** Methods that make a list. */
function createLists(budget: Budget) {
  /** Adds the items of one list to another, within the limit. */
  const append = (to: unknown[], from: List): void => {
    if (to.length + from.length > budget.limits.items) budget.items(to.length + from.length);
    budget.tick(from.length);
    for (let index = 0; index < from.length; index += 1) to[to.length] = from[index];
  };
  return {
    map: (value: unknown, by: Callback): List => {
      const list = listOf(value, "map");
      budget.items(list.length);
      const result: unknown[] = [];
      for (let index = 0; index < list.length; index += 1) result[index] = by(list[index], index);
      return result;
    },
    filter: (value: unknown, by: Callback): List => {
      const list = listOf(value, "filter");
      budget.items(list.length);
      const result: unknown[] = [];
      for (let index = 0; index < list.length; index += 1) {
        const item = list[index];
        if (by(item, index)) result[result.length] = item;
      }
      return result;
    },
    flatMap: (value: unknown, by: Callback): List => {
      const list = listOf(value, "flatMap");
      budget.tick(list.length);
      const result: unknown[] = [];
      for (let index = 0; index < list.length; index += 1) append(result, listOf(by(list[index], index), "flatMap"));
      return result;
    },
    toSorted: (value: unknown, by: (a: unknown, b: unknown) => unknown): List => {
      const list = listOf(value, "toSorted");
      budget.items(list.length);
      return builtin.sort(builtin.sliceOf(list, 0, list.length), (a, b) => {
        budget.tick(1);
        const order = by(a, b);
        return typeof order === "number" ? order : fail(`\`toSorted\` compares to a number, this is ${kindOf(order)}`);
      });
    },
    slice: (value: List, start: unknown, end?: unknown): List => {
      const from = integerOf(start, "slice");
      const result = builtin.sliceOf(value, from, end === undefined ? value.length : integerOf(end, "slice"));
      budget.items(result.length);
      return result;
    },
    toReversed: (value: unknown): List => {
      const list = listOf(value, "toReversed");
      budget.items(list.length);
      const result: unknown[] = [];
      for (let index = list.length - 1; index >= 0; index -= 1) result[result.length] = list[index];
      return result;
    },
    flat: (value: unknown): List => {
      const list = listOf(value, "flat");
      budget.tick(list.length);
      const result: unknown[] = [];
      for (let index = 0; index < list.length; index += 1) {
        const item = list[index];
        append(result, builtin.isArray(item) ? item : [item]);
      }
      return result;
    },
    concat: (value: unknown, other: unknown): List => {
      const result: unknown[] = [];
      append(result, listOf(value, "concat"));
      append(result, listOf(other, "concat"));
      return result;
    },
    /** `[a, ...b]`, by its parts. */
    list: (...parts: readonly unknown[]): List => {
      const result: unknown[] = [];
      for (let index = 0; index < parts.length; index += 1) append(result, listOf(parts[index], "..."));
      return result;
    },
  };
}
