// Money in minor units: amounts are moved by their decimal text, so that 19.99 EUR is 1999 and never 1998.9999.

import { numberOf, textOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { decimalsOf } from "./currencies.ts";
import { digitsOf, roundTo, separated, shift } from "./decimals.ts";
import { builtin } from "./intrinsics.ts";
import { separatorIn } from "./numbers.ts";

export function createMoneyFunctions(budget: Budget) {
  const codeOf = (value: unknown, what: string): string => {
    const text = textOf(value, what, budget);
    return text.length === 3 ? builtin.toUpperCase(text) : "";
  };

  /** Undefined unless the units are whole and the currency is known. */
  const amountOf = (minor: unknown, currency: string, what: string): number | undefined => {
    const units = numberOf(minor, what);
    const decimals = decimalsOf(currency);
    if (decimals === undefined || !builtin.isSafeInteger(units)) return undefined;
    return shift(units, -decimals) + 0;
  };

  return {
    toMinor: (amount: unknown, currency: unknown): number | undefined => {
      const value = numberOf(amount, "toMinor");
      const decimals = decimalsOf(codeOf(currency, "toMinor"));
      if (decimals === undefined || !builtin.isFinite(value)) return undefined;
      const minor = shift(roundTo(value, decimals), decimals);
      return builtin.isSafeInteger(minor) ? minor + 0 : undefined;
    },
    fromMinor: (minor: unknown, currency: unknown): number | undefined =>
      amountOf(minor, codeOf(currency, "fromMinor"), "fromMinor"),
    formatMoney: (minor: unknown, currency: unknown, options?: unknown): string | undefined => {
      const code = codeOf(currency, "formatMoney");
      const amount = amountOf(minor, code, "formatMoney");
      if (amount === undefined) return undefined;
      const thousands = separatorIn(options, "thousands", "", "formatMoney");
      const point = separatorIn(options, "point", ".", "formatMoney");
      return `${separated(digitsOf(amount, decimalsOf(code)), thousands, point)} ${code}`;
    },
  };
}
