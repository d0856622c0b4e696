// The functions of the allow-list (schema/functions.ts), which are called by name.

import type { FunctionName } from "../../schema/functions.ts";
import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";
import { numberOf, type ToText } from "./operators.ts";

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const maxDigits = 15;

export function createFunctions(budget: Budget, text: ToText) {
  return {
    exists: (value: unknown): boolean => value !== undefined && value !== null,
    round: (value: unknown, digits: unknown = 0): number => {
      const number = numberOf(value, "round");
      if (typeof digits !== "number" || !builtin.isInteger(digits) || digits < 0 || digits > maxDigits) {
        return fail(`\`round\` takes 0 to ${maxDigits} digits`);
      }
      return roundTo(number, digits);
    },
    floor: (value: unknown): number => builtin.floor(numberOf(value, "floor")),
    ceil: (value: unknown): number => builtin.ceil(numberOf(value, "ceil")),
    abs: (value: unknown): number => builtin.abs(numberOf(value, "abs")),
    min: (...values: readonly unknown[]): number => extreme("min", builtin.min, values),
    max: (...values: readonly unknown[]): number => extreme("max", builtin.max, values),
    number: (value: unknown): number | undefined => {
      if (typeof value !== "string") return fail(`\`number\` takes text, this is ${kindOf(value)}`);
      budget.read(value.length);
      const trimmed = builtin.trim(value);
      if (!builtin.matches(decimal, trimmed)) return undefined;
      const number = builtin.toNumber(trimmed);
      return builtin.isFinite(number) ? number : undefined;
    },
    text,
  } satisfies Record<FunctionName, (...values: never[]) => unknown>;
}

function extreme(name: string, pick: (a: number, b: number) => number, values: readonly unknown[]): number {
  if (values.length === 0) return fail(`\`${name}\` takes at least one number`);
  let result = numberOf(values[0], name);
  for (let index = 1; index < values.length; index += 1) result = pick(result, numberOf(values[index], name));
  return result;
}

/** Rounds the decimal that a person sees: 1.005 becomes 1.01, though its nearest binary number is below. */
function roundTo(value: number, digits: number): number {
  const size = builtin.abs(value);
  if (!(size < 1e21)) return value;
  const rounded = roundSize(size, digits);
  // Without -0.
  return value < 0 && rounded !== 0 ? -rounded : rounded;
}

function roundSize(size: number, digits: number): number {
  if (digits === 0) return builtin.round(size);
  const power = 10 ** digits;
  const scaled = size * power;
  const fraction = scaled - builtin.floor(scaled);
  // Far from the middle the error of the product decides nothing; near it the digits are asked.
  if (scaled < 1e11 && builtin.abs(fraction - 0.5) > 1e-4) return builtin.round(scaled) / power;
  return shift(builtin.round(shift(size, digits)), -digits);
}

/** Moves the decimal point in the shortest text of the number. */
function shift(value: number, by: number): number {
  const parts = builtin.split(builtin.toText(value), "e", 2);
  return builtin.toNumber(`${parts[0]}e${builtin.toNumber(parts[1] ?? "0") + by}`);
}
