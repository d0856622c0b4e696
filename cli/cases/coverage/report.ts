// Coverage for people: a line for each integration, and below it what no case reached.

import type { Paint } from "../../paint.ts";
import { table } from "../../table.ts";
import { type Coverage, shareOf } from "./coverage.ts";

export function coverageLines(all: readonly Coverage[], color: Paint): readonly string[] {
  const rows = all.map((coverage) => {
    const { tenant, integration, items } = coverage;
    const reached = items.filter((item) => item.reached).length;
    const tint = reached === items.length ? color.green : color.yellow;
    return [
      { text: `${tenant}/${integration}` },
      { text: `${reached} of ${items.length}`, right: true },
      { text: percent(shareOf(coverage)), right: true, paint: tint },
    ];
  });
  const heads = [{ text: "COVERAGE" }, { text: "REACHED", right: true }, { text: "", right: true }];
  const missing = all.flatMap(({ tenant, integration, items }) => {
    const lost = items.filter(({ reached }) => !reached);
    if (lost.length === 0) return [];
    if (lost.length === items.length) return ["", `${color.bold(`${tenant}/${integration}`)} has no case`];
    const places = lost.map(({ place }) => `${place.file}:${place.line}:${place.column}`);
    const width = Math.max(...places.map(({ length }) => length));
    return [
      "",
      color.bold(`no case of ${tenant}/${integration} reaches`),
      ...lost.map(({ what }, index) => `  ${color.dim((places[index] ?? "").padEnd(width))}  ${what}`),
    ];
  });
  return [...table(heads, rows, color), ...missing];
}

/** Never 100 % while something is missing. */
export const percent = (share: number): string => `${share === 100 ? 100 : Math.floor(share)} %`;
