// What a function was called with: of the kind that its types promise, or the expression fails.

import type { Budget } from "./budget.ts";
import { fail, kindOf } from "./failure.ts";
import { builtin } from "./intrinsics.ts";

export type List = readonly unknown[];
export type Fields = Readonly<Record<string, unknown>>;

/** A text, charged for. */
export function textOf(value: unknown, what: string, budget: Budget): string {
  if (typeof value !== "string") return fail(`\`${what}\` takes text, this is ${kindOf(value)}`);
  budget.read(value.length);
  return value;
}

export function numberOf(value: unknown, what: string): number {
  return typeof value === "number" ? value : fail(`\`${what}\` takes a number, this is ${kindOf(value)}`);
}

/** A position, a count or a length. */
export function integerOf(value: unknown, what: string): number {
  if (typeof value === "number" && builtin.isInteger(value)) return value;
  return fail(`\`${what}\` takes a whole number, this is ${typeof value === "number" ? "none" : kindOf(value)}`);
}

export function listOf(value: unknown, what: string): List {
  return builtin.isArray(value) ? value : fail(`\`${what}\` takes a list, this is ${kindOf(value)}`);
}

export function fieldsOf(value: unknown, what: string): Fields {
  if (!isFields(value)) return fail(`\`${what}\` takes an object, this is ${kindOf(value)}`);
  return value;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !builtin.isArray(value);
}

/** An own member of the options, which may be left out altogether. */
export function optionOf(options: unknown, name: string, what: string): unknown {
  if (options === undefined) return undefined;
  const fields = fieldsOf(options, what);
  return builtin.hasOwn(fields, name) ? fields[name] : undefined;
}
