// A value as JSON text. Not the engine's: that would follow a `toJSON`, and would not count what it writes.

import type { Fields, List } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";

export function createJsonText(budget: Budget): (value: unknown) => string {
  const { depth: maxDepth } = budget.limits;

  const write = (value: unknown, depth: number): string => {
    budget.tick(1);
    switch (typeof value) {
      case "string":
        budget.read(value.length);
        return budget.bounded(builtin.jsonOf(value));
      case "boolean":
        return builtin.jsonOf(value);
      case "number":
        return builtin.isFinite(value) ? builtin.jsonOf(value) : fail("`toJson` takes numbers that are finite");
      case "object":
        if (value === null) return "null";
        if (depth === maxDepth) return fail(`\`toJson\` takes a value at most ${maxDepth} deep`);
        return builtin.isArray(value) ? writeList(value, depth + 1) : writeFields(value as Fields, depth + 1);
      default:
        return fail(`\`toJson\` takes JSON, this holds ${kindOf(value)}`);
    }
  };

  const writeList = (list: List, depth: number): string => {
    let text = "";
    for (let index = 0; index < list.length; index += 1) {
      text = budget.bounded(`${text}${index === 0 ? "" : ","}${write(list[index], depth)}`);
    }
    return `[${text}]`;
  };

  const writeFields = (fields: Fields, depth: number): string => {
    const keys = builtin.keys(fields);
    let text = "";
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] ?? "";
      budget.tick(1);
      budget.read(key.length);
      if (fields[key] === undefined) continue;
      text = budget.bounded(`${text}${text === "" ? "" : ","}${builtin.jsonOf(key)}:${write(fields[key], depth)}`);
    }
    return `{${text}}`;
  };

  return (value) => budget.bounded(write(value, 0));
}
