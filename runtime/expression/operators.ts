// Operators and property access. JavaScript's own coerce objects by calling into them and compare texts of any length;
// these take what the types promise and refuse the rest.

import { numberOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";

export type ToText = (value: unknown) => string;

/** A part of a text. */
export function createToText(): ToText {
  return (value) => {
    if (typeof value === "string") return value;
    if (typeof value === "boolean" || (typeof value === "number" && builtin.isFinite(value))) return `${value}`;
    return fail(`text takes a string, number or boolean, this is ${kindOf(value)}`);
  };
}

export function createOperators(budget: Budget, text: ToText) {
  const add = (a: unknown, b: unknown): number | string => {
    if (typeof a === "number" && typeof b === "number") return a + b;
    if (typeof a !== "string" && typeof b !== "string") {
      return fail(`\`+\` takes numbers or text, this is ${kindOf(typeof a === "number" ? b : a)}`);
    }
    const left = text(a);
    const right = text(b);
    // The engine joins lazily: only the shorter side is certain to be copied.
    budget.read(builtin.min(left.length, right.length));
    return budget.bounded(left + right);
  };

  const compare = (operator: string, a: unknown, b: unknown): number => {
    if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN;
    if (typeof a === "string" && typeof b === "string") {
      budget.read(a.length + b.length);
      return a < b ? -1 : a > b ? 1 : 0;
    }
    return fail(`\`${operator}\` takes two numbers or two texts, not ${kindOf(a)} and ${kindOf(b)}`);
  };

  const same = (a: unknown, b: unknown): boolean => {
    if (typeof a === "string" && typeof b === "string" && a.length === b.length) budget.read(2 * a.length);
    return a === b;
  };

  const own = (value: unknown, name: string): unknown => {
    if (value === undefined || value === null) return fail(`cannot read \`${name}\` of ${kindOf(value)}`);
    return read(value, name);
  };

  return {
    add,
    same,
    own,
    subtract: arithmetic("-", (a, b) => a - b),
    multiply: arithmetic("*", (a, b) => a * b),
    divide: arithmetic("/", (a, b) => a / b),
    remainder: arithmetic("%", (a, b) => a % b),
    power: arithmetic("**", (a, b) => a ** b),
    negate: (value: unknown): number => -numberOf(value, "-"),
    less: (a: unknown, b: unknown): boolean => compare("<", a, b) < 0,
    lessOrEqual: (a: unknown, b: unknown): boolean => compare("<=", a, b) <= 0,
    greater: (a: unknown, b: unknown): boolean => compare(">", a, b) > 0,
    greaterOrEqual: (a: unknown, b: unknown): boolean => compare(">=", a, b) >= 0,
    /** `object[key]` with a key that only a message decides. */
    index: (value: unknown, key: unknown): unknown => {
      if (value === undefined || value === null) return fail(`cannot read an item of ${kindOf(value)}`);
      if (typeof key === "string") budget.read(key.length);
      else if (typeof key !== "number") return fail(`a key is text or a number, not ${kindOf(key)}`);
      return read(value, key);
    },
    /** What `...` puts into an object. */
    fields: (value: unknown): object | undefined => {
      if (value === undefined || value === null) return undefined;
      if (typeof value !== "object" || builtin.isArray(value)) {
        return fail(`\`...\` in an object takes an object, not ${kindOf(value)}`);
      }
      budget.tick(ticksPerMember * builtin.keys(value).length);
      return value;
    },
  };
}

/** To copy a member of a large object costs as much as so many steps. */
const ticksPerMember = 8;

function arithmetic(operator: string, calculate: (a: number, b: number) => number) {
  return (a: unknown, b: unknown): number => calculate(numberOf(a, operator), numberOf(b, operator));
}

/** An own property or undefined; a text's characters and length are its own. */
function read(value: unknown, key: string | number): unknown {
  const holder = typeof value === "object" || typeof value === "string" ? value : null;
  if (holder === null) return undefined;
  if (typeof holder === "string") return ownOfText(holder, key);
  return builtin.hasOwn(holder, key) ? (holder as Readonly<Record<string, unknown>>)[key] : undefined;
}

function ownOfText(value: string, key: string | number): unknown {
  if (typeof key === "number") return value[key];
  return key === "length" ? value.length : undefined;
}
