// Functions of lists. What takes a callback is a method of the list.

import { type Entries, entry } from "./entry.ts";

export const listFunctions = {
  unique: entry(
    "<T extends string | number | boolean | null | undefined>(list: readonly T[]): readonly T[]",
    "Each value once, where it stood first. Of objects: `list.uniqueBy(…)`.",
    "unique(body.tags)",
  ),
  sorted: {
    signatures: [
      "<T extends string>(list: readonly T[]): readonly T[]",
      "<T extends number>(list: readonly T[]): readonly T[]",
    ],
    doc: "Text or numbers in ascending order; text by its characters' codes, the same in every locale.",
    example: "sorted(body.tags)",
  },
  range: {
    signatures: ["(count: number): readonly number[]", "(start: number, end: number): readonly number[]"],
    doc: "Whole numbers from 0 up to `count`, or from `start` up to `end`; the last is left out.",
    example: "range(3)",
  },
  chunk: entry(
    "<T>(list: readonly T[], size: number): readonly (readonly T[])[]",
    "The list in pieces of `size` items; the last one may be shorter.",
    "chunk(body.tags, 2)",
  ),
  zip: entry(
    "<A, B>(first: readonly A[], second: readonly B[]): readonly (readonly [A, B])[]",
    "Pairs of the items at the same place, as many as the shorter list has.",
    "zip(body.tags, range(9))",
  ),
} as const satisfies Entries;
