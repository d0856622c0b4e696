// Functions of text. What is called on the text itself is among the methods.

import { type Entries, entry } from "./entry.ts";

export const textFunctions = {
  text: entry("(value: string | number | boolean): string", "The value as text.", "text(body.qty)"),
  words: entry(
    "(text: string): readonly string[]",
    "The pieces between white space; none of them is empty.",
    "words(body.name)",
  ),
  lines: entry(
    "(text: string): readonly string[]",
    "The lines, without their ends (`\\n`, `\\r\\n` or `\\r`); an end after the last line makes no further line.",
    'lines("a\\nb\\n")',
  ),
  capitalize: entry(
    "(text: string): string",
    "The first character in upper case, the rest as it is.",
    'capitalize("order")',
  ),
  truncate: entry(
    "(text: string, length: number, end?: string): string",
    'At most `length` characters; text that is cut ends with `end` (default "…"), which counts.',
    "truncate(body.note, 12)",
  ),
  slug: entry(
    "(text: string): string",
    "Lower-case letters a–z and digits with `-` between them, accents taken off; may be empty.",
    'slug("Ångström & Søn, 2nd ed.")',
  ),
  matches: entry(
    "(text: string, pattern: string): boolean",
    "Whether the pattern occurs in the text; `^…$` asks for the whole text. The pattern is a literal in the subset that contracts have, so it takes linear time: no look-around, back-references or `\\b`.",
    'matches(body.sku, "^[A-Z]{2}-\\\\d+$")',
    { 1: "pattern" },
  ),
} as const satisfies Entries;
