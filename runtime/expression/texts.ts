// Methods of text. Each charges for the characters it goes through, and asks before it makes a longer text.

import { integerOf, textOf as readText } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { builtin } from "./intrinsics.ts";

const comparisonsPerTick = 1024;

export function createTextMethods(budget: Budget) {
  const textOf = (value: unknown, what: string): string => readText(value, what, budget);

  const plain = (name: string, run: (value: string) => string) => (value: unknown) =>
    budget.bounded(run(textOf(value, name)));

  const asks = (name: string, run: (value: string, part: string) => boolean) => (value: unknown, part: unknown) =>
    run(textOf(value, name), textOf(part, name));

  /** A search: the engine's takes text times part in the worst case, and hostile text is the worst case. */
  const searched = (name: string, value: unknown, part: unknown): readonly [text: string, part: string] => {
    const text = textOf(value, name);
    const wanted = textOf(part, name);
    budget.tick(builtin.floor((builtin.max(text.length - wanted.length, 0) * wanted.length) / comparisonsPerTick));
    return [text, wanted];
  };

  const indexOf = (name: string, value: unknown, part: unknown): number => {
    const found = searched(name, value, part);
    return builtin.indexOf(found[0], found[1], 0);
  };

  const pad =
    (name: string, run: (value: string, length: number, fill: string) => string) =>
    (value: unknown, length: unknown, fill: unknown = " "): string => {
      const wanted = integerOf(length, name);
      budget.room(wanted);
      budget.read(builtin.max(wanted, 0));
      return run(textOf(value, name), wanted, textOf(fill, name));
    };

  return {
    trim: plain("trim", builtin.trim),
    trimStart: plain("trimStart", builtin.trimStart),
    trimEnd: plain("trimEnd", builtin.trimEnd),
    toUpperCase: plain("toUpperCase", builtin.toUpperCase),
    toLowerCase: plain("toLowerCase", builtin.toLowerCase),
    startsWith: asks("startsWith", builtin.startsWith),
    endsWith: asks("endsWith", builtin.endsWith),
    includes: (value: unknown, part: unknown): boolean => indexOf("includes", value, part) !== -1,
    indexOf: (value: unknown, part: unknown): number => indexOf("indexOf", value, part),
    slice: (value: unknown, start: unknown, end?: unknown): string => {
      const text = textOf(value, "slice");
      return builtin.slice(text, integerOf(start, "slice"), end === undefined ? text.length : integerOf(end, "slice"));
    },
    at: (value: unknown, index: unknown): string | undefined => builtin.at(textOf(value, "at"), integerOf(index, "at")),
    split: (value: unknown, separator: unknown): readonly string[] => {
      const found = searched("split", value, separator);
      const pieces = builtin.split(found[0], found[1], budget.limits.items + 1);
      budget.items(pieces.length);
      return pieces;
    },
    replaceAll: (value: unknown, part: unknown, by: unknown): string => {
      const found = searched("replaceAll", value, part);
      const text = found[0];
      const from = found[1];
      const to = textOf(by, "replaceAll");
      const length = text.length + occurrences(text, from, budget) * (to.length - from.length);
      budget.room(length);
      budget.read(length);
      return builtin.replaceAll(text, from, to);
    },
    padStart: pad("padStart", builtin.padStart),
    padEnd: pad("padEnd", builtin.padEnd),
  };
}

function occurrences(text: string, part: string, budget: Budget): number {
  if (part === "") return text.length + 1;
  let count = 0;
  for (let at = builtin.indexOf(text, part, 0); at !== -1; at = builtin.indexOf(text, part, at + part.length))
    count += 1;
  // Each is found twice and replaced.
  budget.tick(count >>> 1);
  return count;
}
