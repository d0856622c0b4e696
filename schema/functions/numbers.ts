// Functions of numbers and of lists of numbers.

import { type Entries, entry } from "./entry.ts";

export const numberFunctions = {
  round: entry(
    "(value: number, digits?: number): number",
    "Rounds half away from zero to `digits` decimals (default 0).",
    "round(body.amount * 100)",
  ),
  floor: entry("(value: number): number", "The greatest whole number that is not above the value.", "floor(2.7)"),
  ceil: entry("(value: number): number", "The least whole number that is not below the value.", "ceil(2.1)"),
  abs: entry("(value: number): number", "The value without its sign.", "abs(-3)"),
  min: entry(
    "(first: number, ...others: readonly number[]): number",
    "The least of its arguments; of a list: `minOf`.",
    "min(body.qty, 10)",
  ),
  max: entry(
    "(first: number, ...others: readonly number[]): number",
    "The greatest of its arguments; of a list: `maxOf`.",
    "max(body.qty, 1)",
  ),
  clamp: entry(
    "(value: number, least: number, greatest: number): number",
    "The value, kept between the two bounds; the upper one wins.",
    "clamp(body.qty, 1, 100)",
  ),
  mod: entry(
    "(value: number, divisor: number): number",
    "What division leaves, with the sign of the divisor: `mod(-1, 7)` is 6, where `-1 % 7` is -1.",
    "mod(-1, 7)",
  ),
  sum: entry(
    "(list: readonly number[]): number",
    "All numbers added up; 0 for an empty list. Round what is money: `round(sum(…), 2)`.",
    "sum(body.lines.map(line => line.qty))",
  ),
  average: entry(
    "(list: readonly number[]): number | undefined",
    "The sum divided by the count; undefined for an empty list.",
    "average([1, 2, 6]) ?? 0",
  ),
  minOf: entry(
    "(list: readonly number[]): number | undefined",
    "The least number of a list; undefined for an empty one.",
    "minOf(body.lines.map(line => line.price))",
  ),
  maxOf: entry(
    "(list: readonly number[]): number | undefined",
    "The greatest number of a list; undefined for an empty one.",
    "maxOf(body.lines.map(line => line.price))",
  ),
  number: entry(
    "(text: string): number | undefined",
    "Reads a decimal number; undefined when the text is not one.",
    'number("12.5") ?? 0',
  ),
  integer: entry(
    "(text: string): number | undefined",
    "Reads a whole number; undefined when the text is not one or has more digits than a number keeps.",
    'integer("42") ?? 0',
  ),
  formatNumber: entry(
    "(value: number, options?: { readonly decimals?: number; readonly thousands?: string; readonly point?: string }): string",
    'The number as text, the same in every locale: `decimals` (as many as it has), `thousands` (""), `point` (".").',
    'formatNumber(1234567.5, { decimals: 2, thousands: "," })',
  ),
} as const satisfies Entries;
