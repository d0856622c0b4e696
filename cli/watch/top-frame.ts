// One picture of `vrsky top`: the totals, and of the targets as many as fit, those furthest behind first.

import type { Status } from "../../control/watch/status.ts";
import type { Paint } from "../paint.ts";
import { statusTable } from "./status-table.ts";

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** Lines that fit the screen. `trouble`: why the figures are old. */
export function topFrame(status: Status, screen: Screen, color: Paint, trouble?: string): readonly string[] {
  // The head, the blank line below it, the table's own head, the line for more.
  const table = statusTable(status, color, {
    order: "lag",
    most: Math.max(1, screen.rows - 4),
    columns: screen.columns,
  });
  const head = `${color.bold("vrsky top")}  ${status.at.slice(11, 19)}${trouble === undefined ? "" : `  ${color.red(trouble)}`}`;
  const [totals = "", ...rows] = [...table].reverse();
  const lines = [`${head}  ${totals}`, "", ...rows.reverse()];
  return lines.slice(0, screen.rows).map((line) => cut(line, screen.columns));
}

/** Colours take no room. */
function cut(line: string, columns: number): string {
  let width = 0;
  let kept = "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  for (const [part] of line.matchAll(/\u001b\[[0-9;]*m|./gsu)) {
    if (part.startsWith("\u001b")) kept += part;
    else if (width < columns) {
      kept += part;
      width += 1;
    }
  }
  return kept;
}
