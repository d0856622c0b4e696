// `matches`: the compiler has turned the pattern into a table, which comes as text and is read once. One look at each
// character follows, so no text takes longer than its length.

import type { Automaton } from "../../schema/automaton.ts";
import { textOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { fail } from "./failure.ts";
import { builtin } from "./intrinsics.ts";

/** Of all bundles that the process has seen; beyond that, tables are read anew. */
const maxTables = 500;

export function createPatterns(budget: Budget) {
  const tables = builtin.createTable<Automaton>();

  const tableOf = (text: string): Automaton => {
    const known = tables.get(text);
    if (known !== undefined) return known;
    if (tables.size() >= maxTables) tables.clear();
    const table = builtin.parseJson(text) as Automaton;
    tables.set(text, table);
    return table;
  };

  return {
    matches: (value: unknown, pattern: unknown): boolean => {
      const text = textOf(value, "matches", budget);
      budget.tick(text.length >>> 3);
      return typeof pattern === "string" ? run(tableOf(pattern), text) : fail("`matches` has no pattern");
    },
  };
}

/** The same as `matches` of a printed validator. */
function run({ from, column, columns, next, match }: Automaton, text: string): boolean {
  let state = 0;
  for (let at = 0; at < text.length && state >= 0 && (match[state] ?? 0) < 2; at += 1) {
    const point = builtin.codePointAt(text, at);
    if (point > 0xffff) at += 1;
    let low = 0;
    let high = from.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((from[middle] ?? 0) <= point) low = middle;
      else high = middle - 1;
    }
    state = next[state * columns + (column[low] ?? 0)] ?? -1;
  }
  return state >= 0 && (match[state] ?? 0) > 0;
}
