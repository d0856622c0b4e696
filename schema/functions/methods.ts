// Methods: what is called on a text, a number or a list.

import { type Entries, entry } from "./entry.ts";

/** Methods of text. */
export const stringMethods = {
  trim: entry("(): string", "Without white space at both ends.", "body.name.trim()"),
  trimStart: entry("(): string", "Without white space at the start.", "body.name.trimStart()"),
  trimEnd: entry("(): string", "Without white space at the end.", "body.name.trimEnd()"),
  toUpperCase: entry("(): string", "In upper case, the same in every locale.", "body.country.toUpperCase()"),
  toLowerCase: entry("(): string", "In lower case, the same in every locale.", "body.name.toLowerCase()"),
  startsWith: entry("(part: string): boolean", "Whether the text starts so.", 'body.ref.startsWith("refs/heads/")'),
  endsWith: entry("(part: string): boolean", "Whether the text ends so.", 'body.file.endsWith(".csv")'),
  includes: entry("(part: string): boolean", "Whether the part occurs.", 'body.title.includes("urgent")'),
  indexOf: entry("(part: string): number", "Where the part occurs first, -1 when it does not.", 'body.id.indexOf("-")'),
  slice: entry(
    "(start: number, end?: number): string",
    "The part from `start` up to `end`; negative counts from the end.",
    "body.sha.slice(0, 7)",
  ),
  split: entry("(separator: string): readonly string[]", "The pieces between the separators.", 'body.csv.split(",")'),
  replaceAll: entry(
    "(part: string, by: string): string",
    "Every occurrence replaced; both are plain text.",
    'body.phone.replaceAll(" ", "")',
  ),
  padStart: entry(
    "(length: number, fill?: string): string",
    "Filled at the start to the length.",
    'body.no.padStart(8, "0")',
  ),
  padEnd: entry("(length: number, fill?: string): string", "Filled at the end to the length.", "body.code.padEnd(10)"),
  at: entry("(index: number): string | undefined", "One character; negative counts from the end.", "body.code.at(-1)"),
} as const satisfies Entries;

/** Methods of numbers. */
export const numberMethods = {
  toFixed: entry("(digits?: number): string", "Text with that many decimals.", "body.amount.toFixed(2)"),
} as const satisfies Entries;

/** Methods of lists of T. */
export const listMethods = {
  map: entry(
    "<U>(by: (item: T, index: number) => U): readonly U[]",
    "Each item turned into another.",
    "body.lines.map(l => l.sku)",
  ),
  filter: {
    signatures: [
      "<S extends T>(by: (item: T, index: number) => item is S): readonly S[]",
      "(by: (item: T, index: number) => boolean): readonly T[]",
    ],
    doc: "The items for which it holds.",
    example: "body.lines.filter(l => l.qty > 0)",
  },
  flatMap: entry(
    "<U>(by: (item: T, index: number) => readonly U[]): readonly U[]",
    "Each item turned into a list, the lists joined.",
    "body.orders.flatMap(o => o.lines)",
  ),
  find: entry(
    "(by: (item: T, index: number) => boolean): T | undefined",
    "The first item for which it holds.",
    'body.lines.find(l => l.sku === "a")',
  ),
  some: entry(
    "(by: (item: T, index: number) => boolean): boolean",
    "Whether it holds for an item.",
    "body.lines.some(l => l.qty > 9)",
  ),
  every: entry(
    "(by: (item: T, index: number) => boolean): boolean",
    "Whether it holds for all items.",
    "body.lines.every(l => l.qty > 0)",
  ),
  reduce: entry(
    "<U>(by: (sum: U, item: T, index: number) => U, start: U): U",
    "All items folded into one value.",
    "body.lines.reduce((sum, l) => sum + l.qty, 0)",
  ),
  toSorted: entry(
    "(by: (a: T, b: T) => number): readonly T[]",
    "Sorted; `by` is negative when a comes first.",
    "body.lines.toSorted((a, b) => a.qty - b.qty)",
  ),
  includes: entry("(item: T): boolean", "Whether the item is in the list.", 'body.tags.includes("vip")'),
  indexOf: entry("(item: T): number", "Where the item is first, -1 when it is not.", 'body.tags.indexOf("vip")'),
  join: entry("(separator: string): string", "Text or numbers joined to one text.", 'body.tags.join(", ")'),
  slice: entry(
    "(start: number, end?: number): readonly T[]",
    "The items from `start` up to `end`.",
    "body.commits.slice(0, 5)",
  ),
  findLast: entry(
    "(by: (item: T, index: number) => boolean): T | undefined",
    "The last item for which it holds.",
    "body.lines.findLast(l => l.qty > 1)",
  ),
  findIndex: entry(
    "(by: (item: T, index: number) => boolean): number",
    "Where the first item stands for which it holds, -1 when it does for none.",
    'body.lines.findIndex(l => l.sku === "b")',
  ),
  toReversed: entry("(): readonly T[]", "In reverse order.", "body.tags.toReversed()"),
  flat: entry(
    "(): readonly (T extends readonly (infer U)[] ? U : T)[]",
    "Lists inside the list joined, one level deep.",
    "[[1, 2], [3]].flat()",
  ),
  sortBy: entry(
    "<K extends string | number>(by: (item: T, index: number) => K): readonly T[]",
    "Sorted by text or a number of each item, ascending; equal ones keep their order.",
    "body.lines.sortBy(l => l.sku)",
  ),
  uniqueBy: entry(
    "(by: (item: T, index: number) => string | number | boolean | null | undefined): readonly T[]",
    "The first item for each value.",
    "body.lines.uniqueBy(l => l.sku)",
  ),
  groupBy: entry(
    "(by: (item: T, index: number) => string | number | boolean): { readonly [key: string]: readonly T[] }",
    "An object of lists: the items by the value as text.",
    "body.lines.groupBy(l => l.sku)",
  ),
  keyBy: entry(
    "(by: (item: T, index: number) => string | number | boolean): { readonly [key: string]: T }",
    "An object of items by the value as text; of two with one value the later wins.",
    "body.lines.keyBy(l => l.sku)",
  ),
  sumBy: entry(
    "(by: (item: T, index: number) => number): number",
    "The numbers of all items added up.",
    "body.lines.sumBy(l => l.qty * l.price)",
  ),
  at: entry("(index: number): T | undefined", "One item; negative counts from the end.", "body.lines.at(-1)"),
  concat: entry(
    "<U>(other: readonly U[]): readonly (T | U)[]",
    "This list, then the other.",
    "body.to.concat(body.cc)",
  ),
} as const satisfies Entries;

/** Methods whose first argument is a callback, with the most parameters that it may take. */
export const callbackParameters = {
  map: 2,
  filter: 2,
  flatMap: 2,
  find: 2,
  findLast: 2,
  findIndex: 2,
  some: 2,
  every: 2,
  reduce: 3,
  toSorted: 2,
  sortBy: 2,
  uniqueBy: 2,
  groupBy: 2,
  keyBy: 2,
  sumBy: 2,
} as const satisfies { readonly [Name in keyof typeof listMethods]?: number };
