// Functions of objects: own members alone, in both directions. A member that is undefined is not there.

import { fieldsOf, type List, listOf, textOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";

/** What making a member costs beside looking at it. */
const ticksPerMember = 4;

export function createObjectFunctions(budget: Budget) {
  const collect = (value: unknown, what: string, each: (key: string, member: unknown) => unknown): List => {
    const fields = fieldsOf(value, what);
    const keys = builtin.keys(fields);
    budget.items(keys.length);
    const result: unknown[] = [];
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] ?? "";
      const member = fields[key];
      if (member !== undefined) result[result.length] = each(key, member);
    }
    return result;
  };

  const define = (object: object, key: string, value: unknown): void => {
    budget.tick(ticksPerMember);
    builtin.define(object, key, value);
  };

  return {
    keys: (value: unknown): List => collect(value, "keys", (key) => key),
    values: (value: unknown): List => collect(value, "values", (_key, member) => member),
    entries: (value: unknown): List => collect(value, "entries", (key, member) => ({ key, value: member })),
    fromEntries: (value: unknown): object => {
      const list = listOf(value, "fromEntries");
      budget.items(list.length);
      const result = {};
      for (let index = 0; index < list.length; index += 1) {
        const one = fieldsOf(list[index], "fromEntries");
        const key = builtin.hasOwn(one, "key") ? one.key : undefined;
        if (typeof key !== "string") return fail(`a \`key\` of \`fromEntries\` is text, this is ${kindOf(key)}`);
        budget.read(key.length);
        define(result, key, builtin.hasOwn(one, "value") ? one.value : undefined);
      }
      return result;
    },
    pick: (value: unknown, ...names: readonly unknown[]): object => {
      const fields = fieldsOf(value, "pick");
      const result = {};
      for (let index = 0; index < names.length; index += 1) {
        const name = textOf(names[index], "pick", budget);
        if (builtin.hasOwn(fields, name)) define(result, name, fields[name]);
      }
      return result;
    },
    omit: (value: unknown, ...names: readonly unknown[]): object => {
      const fields = fieldsOf(value, "omit");
      const left = builtin.createTable<true>();
      for (let index = 0; index < names.length; index += 1) left.set(textOf(names[index], "omit", budget), true);
      const keys = builtin.keys(fields);
      const result = {};
      for (let index = 0; index < keys.length; index += 1) {
        const key = keys[index] ?? "";
        budget.tick(1);
        if (left.get(key) !== true) define(result, key, fields[key]);
      }
      return result;
    },
  };
}
