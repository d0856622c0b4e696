// Functions of lists that take no callback.

import { integerOf, type List, listOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";
import { createOrder } from "./order.ts";

export function createListFunctions(budget: Budget) {
  const order = createOrder(budget);
  return {
    unique: (value: unknown): List => {
      const list = listOf(value, "unique");
      budget.items(list.length);
      const seen = builtin.createTable<true>();
      const result: unknown[] = [];
      for (let index = 0; index < list.length; index += 1) {
        const item = list[index];
        if (typeof item === "string") budget.read(item.length);
        if (typeof item === "object" && item !== null)
          return fail(`\`unique\` takes a list of texts, numbers or booleans, this holds ${kindOf(item)}`);
        if (seen.get(item) === true) continue;
        seen.set(item, true);
        result[result.length] = item;
      }
      return result;
    },
    sorted: (value: unknown): List => {
      const list = listOf(value, "sorted");
      budget.items(list.length);
      return builtin.sort(builtin.sliceOf(list, 0, list.length), (a, b) => order("sorted", a, b));
    },
    range: (start: unknown, end?: unknown): List => {
      const from = end === undefined ? 0 : integerOf(start, "range");
      const to = integerOf(end === undefined ? start : end, "range");
      budget.items(builtin.max(to - from, 0));
      const result: number[] = [];
      for (let next = from; next < to; next += 1) result[result.length] = next;
      return result;
    },
    chunk: (value: unknown, size: unknown): List => {
      const list = listOf(value, "chunk");
      const step = integerOf(size, "chunk");
      if (step < 1) return fail("`chunk` takes a size of 1 or more");
      budget.items(list.length);
      const result: unknown[] = [];
      for (let at = 0; at < list.length; at += step) result[result.length] = builtin.sliceOf(list, at, at + step);
      return result;
    },
    zip: (first: unknown, second: unknown): List => {
      const left = listOf(first, "zip");
      const right = listOf(second, "zip");
      const length = builtin.min(left.length, right.length);
      budget.items(length);
      const result: unknown[] = [];
      for (let index = 0; index < length; index += 1) result[index] = [left[index], right[index]];
      return result;
    },
  };
}
