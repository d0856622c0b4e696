// Money in minor units (cents), by the decimals that ISO 4217 gives a currency.

import { type Entries, entry } from "./entry.ts";

export const moneyFunctions = {
  toMinor: entry(
    "(amount: number, currency: string): number | undefined",
    "An amount in minor units, rounded half away from zero: 12.5 EUR is 1250, 500 JPY is 500. Undefined for an unknown currency.",
    'toMinor(12.5, "EUR")',
  ),
  fromMinor: entry(
    "(minor: number, currency: string): number | undefined",
    "Whole minor units as an amount: 1250 EUR is 12.5. Undefined for an unknown currency.",
    'fromMinor(1250, "EUR")',
  ),
  formatMoney: entry(
    "(minor: number, currency: string, options?: { readonly thousands?: string; readonly point?: string }): string | undefined",
    "Whole minor units as an amount with its currency, the same in every locale. Undefined for an unknown currency.",
    'formatMoney(123450, "EUR", { thousands: "," })',
  ),
} as const satisfies Entries;
