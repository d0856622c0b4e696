// The last look at what leaves a walk: it must be JSON, and of a size that somebody meant. A value that is shared inside
// counts each time, as it will when it is written out: thirty doublings fit in memory and in no message.

import type { Json } from "../../schema/json.ts";
import type { Limits } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";

export type Output = <T>(value: T) => T & Json;

export function createOutput(limits: Limits): Output {
  let values = 0;
  let characters = 0;

  const visit = (value: unknown, depth: number): unknown => {
    values += 1;
    if (values > limits.values) return fail(`more than ${limits.values} values in the result`);
    switch (typeof value) {
      case "string":
        characters += value.length;
        if (characters > limits.outputText) return fail(`more than ${limits.outputText} characters in the result`);
        return value;
      case "boolean":
        return value;
      case "number":
        return builtin.isFinite(value) ? value : fail("the result holds a number that is not finite");
      case "object":
        if (value === null) return value;
        if (depth === limits.depth) return fail(`the result is nested more than ${limits.depth} deep`);
        return builtin.isArray(value) ? visitList(value, depth + 1) : visitObject(value, depth + 1);
      default:
        return fail(`the result holds ${kindOf(value)}, which is not JSON`);
    }
  };

  const visitList = (list: readonly unknown[], depth: number): readonly unknown[] => {
    let copy: unknown[] | undefined;
    for (let index = 0; index < list.length; index += 1) {
      const item = list[index];
      const checked = visit(item, depth);
      if (checked === item) continue;
      copy ??= builtin.sliceOf(list, 0, list.length);
      copy[index] = checked;
    }
    return copy ?? list;
  };

  /** Members that are undefined are left out; the object is copied only for that. */
  const visitObject = (value: object, depth: number): object => {
    const members = value as Readonly<Record<string, unknown>>;
    const keys = builtin.keys(value);
    let copy: object | undefined;
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] ?? "";
      const member = members[key];
      const checked = member === undefined ? undefined : visit(member, depth);
      if (copy === undefined && checked === member && member !== undefined) continue;
      copy ??= firstMembers(members, keys, index);
      if (checked !== undefined) builtin.define(copy, key, checked);
    }
    return copy ?? value;
  };

  return <T>(value: T) => {
    values = 0;
    characters = 0;
    return visit(value, 0) as T & Json;
  };
}

function firstMembers(from: Readonly<Record<string, unknown>>, keys: readonly string[], count: number): object {
  const copy = {};
  for (let index = 0; index < count; index += 1) {
    const key = keys[index] ?? "";
    builtin.define(copy, key, from[key]);
  }
  return copy;
}
