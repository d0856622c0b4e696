// Functions of numbers and of lists of numbers.

import { listOf, numberOf, optionOf, textOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { digitsOf, roundTo, separated } from "./decimals.ts";
import { fail } from "./failure.ts";
import { builtin } from "./intrinsics.ts";

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const whole = /^[+-]?\d+$/;
const maxDigits = 15;
const maxSeparator = 8;

export function createNumberFunctions(budget: Budget) {
  /** A text that has the form of a number. */
  const read = (value: unknown, what: string, form: RegExp): number | undefined => {
    const trimmed = builtin.trim(textOf(value, what, budget));
    return builtin.matches(form, trimmed) ? builtin.toNumber(trimmed) : undefined;
  };

  const sum = (value: unknown, what: string): number => {
    const list = listOf(value, what);
    budget.tick(list.length);
    let total = 0;
    for (let index = 0; index < list.length; index += 1) total += numberOf(list[index], what);
    return total;
  };

  const extremeOf = (value: unknown, what: string, pick: Pick): number | undefined => {
    const list = listOf(value, what);
    budget.tick(list.length);
    return list.length === 0 ? undefined : extreme(what, pick, list);
  };

  return {
    round: (value: unknown, digits: unknown = 0): number =>
      roundTo(numberOf(value, "round"), digitsIn(digits, "round")),
    floor: (value: unknown): number => builtin.floor(numberOf(value, "floor")),
    ceil: (value: unknown): number => builtin.ceil(numberOf(value, "ceil")),
    abs: (value: unknown): number => builtin.abs(numberOf(value, "abs")),
    min: (...values: readonly unknown[]): number => extreme("min", builtin.min, values),
    max: (...values: readonly unknown[]): number => extreme("max", builtin.max, values),
    clamp: (value: unknown, least: unknown, greatest: unknown): number =>
      builtin.min(builtin.max(numberOf(value, "clamp"), numberOf(least, "clamp")), numberOf(greatest, "clamp")),
    mod: (value: unknown, divisor: unknown): number => {
      const by = numberOf(divisor, "mod");
      const left = numberOf(value, "mod") % by;
      return left !== 0 && left < 0 !== by < 0 ? left + by : left + 0;
    },
    sum: (value: unknown): number => sum(value, "sum"),
    average: (value: unknown): number | undefined => {
      const { length } = listOf(value, "average");
      return length === 0 ? undefined : sum(value, "average") / length;
    },
    minOf: (value: unknown): number | undefined => extremeOf(value, "minOf", builtin.min),
    maxOf: (value: unknown): number | undefined => extremeOf(value, "maxOf", builtin.max),
    number: (value: unknown): number | undefined => {
      const number = read(value, "number", decimal);
      return number !== undefined && builtin.isFinite(number) ? number : undefined;
    },
    integer: (value: unknown): number | undefined => {
      const number = read(value, "integer", whole);
      // Without -0.
      return number !== undefined && builtin.isSafeInteger(number) ? number + 0 : undefined;
    },
    formatNumber: (value: unknown, options?: unknown): string => {
      const number = numberOf(value, "formatNumber");
      if (!builtin.isFinite(number)) return fail("`formatNumber` takes a finite number");
      const decimals = optionOf(options, "decimals", "formatNumber");
      const digits = digitsOf(number, decimals === undefined ? undefined : digitsIn(decimals, "formatNumber"));
      return separated(
        digits,
        separatorIn(options, "thousands", "", "formatNumber"),
        separatorIn(options, "point", ".", "formatNumber"),
      );
    },
  };
}

type Pick = (a: number, b: number) => number;

function extreme(name: string, pick: Pick, values: readonly unknown[]): number {
  if (values.length === 0) return fail(`\`${name}\` takes at least one number`);
  let result = numberOf(values[0], name);
  for (let index = 1; index < values.length; index += 1) result = pick(result, numberOf(values[index], name));
  return result;
}

function digitsIn(digits: unknown, what: string): number {
  if (typeof digits === "number" && builtin.isInteger(digits) && digits >= 0 && digits <= maxDigits) return digits;
  return fail(`\`${what}\` takes 0 to ${maxDigits} digits`);
}

export function separatorIn(options: unknown, name: string, otherwise: string, what: string): string {
  const separator = optionOf(options, name, what) ?? otherwise;
  if (typeof separator === "string" && separator.length <= maxSeparator) return separator;
  return fail(`\`${name}\` of \`${what}\` is a text of at most ${maxSeparator} characters`);
}
