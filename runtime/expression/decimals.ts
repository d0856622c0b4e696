// Numbers as the decimals that a person sees: rounded and shifted by their shortest text, not by their binary value.

import { builtin } from "./intrinsics.ts";

/** Half away from zero: 1.005 becomes 1.01, though its nearest binary number is below. */
export function roundTo(value: number, digits: number): number {
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
export function shift(value: number, by: number): number {
  const parts = builtin.split(builtin.toText(value), "e", 2);
  return builtin.toNumber(`${parts[0]}e${builtin.toNumber(parts[1] ?? "0") + by}`);
}

/** All digits of a finite number, without an exponent; `decimals` undefined: as many as it has. */
export function digitsOf(value: number, decimals: number | undefined): string {
  if (builtin.abs(value) >= 1e21) return `${builtin.wholeText(value)}${tail(decimals ?? 0)}`;
  if (decimals !== undefined) return builtin.toFixed(roundTo(value, decimals), decimals);
  const parts = builtin.split(`${value}`, "e-", 2);
  if (parts[1] === undefined) return value === 0 ? "0" : `${value}`;
  const mantissa = builtin.split(parts[0] ?? "", ".", 2)[1] ?? "";
  return builtin.toFixed(value, builtin.min(builtin.toNumber(parts[1]) + mantissa.length, 100));
}

const tail = (decimals: number): string => (decimals === 0 ? "" : `.${builtin.padEnd("", decimals, "0")}`);

/** `1234567.5` with its separators. */
export function separated(digits: string, thousands: string, point: string): string {
  const negative = digits[0] === "-";
  const parts = builtin.split(negative ? builtin.slice(digits, 1, digits.length) : digits, ".", 2);
  const whole = parts[0] ?? "";
  let text = negative ? "-" : "";
  for (let index = 0; index < whole.length; index += 1) {
    if (index > 0 && (whole.length - index) % 3 === 0) text += thousands;
    text += whole[index] ?? "";
  }
  return parts[1] === undefined ? text : `${text}${point}${parts[1]}`;
}
