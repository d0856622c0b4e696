// Functions of any value: whether it is there, and what to do when it is not; JSON inside text.

import { type Entries, entry } from "./entry.ts";

export const valueFunctions = {
  exists: entry(
    "<T>(value: T): value is NonNullable<T>",
    "True when the value is there: neither undefined nor null. Narrows what follows.",
    "exists(body.email)",
  ),
  orFail: entry(
    "<T>(value: T, reason: string): NonNullable<T>",
    "The value; when it is missing the message fails with exactly this reason.",
    'orFail(body.email, "the order has no email")',
  ),
  isEmpty: entry(
    "(value: string | readonly unknown[] | $Fields | null | undefined): boolean",
    "True for a missing value, empty text, an empty list and an object without fields.",
    "isEmpty(body.tags)",
  ),
  parseJson: entry(
    "(text: string): $Any | undefined",
    "Reads JSON; undefined when the text is none. Its shape is unknown: it can be passed on, not looked into.",
    'parseJson("{ \\"a\\": 1 }")',
  ),
  toJson: entry(
    "(value: $Json): string",
    "The value as JSON on one line; members that are undefined are left out.",
    "toJson(body.address)",
  ),
} as const satisfies Entries;
