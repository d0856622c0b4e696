// Rows under heads, each column as wide as it must be; the last one may be as long as it likes.

import type { Paint } from "./paint.ts";

export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
  /** Figures stand at the right. */
  readonly right?: boolean;
}

export function table(heads: readonly Cell[], rows: readonly (readonly Cell[])[], { bold }: Paint): readonly string[] {
  const widths = heads.map(({ text }, column) =>
    Math.max(text.length, ...rows.map((row) => row[column]?.text.length ?? 0)),
  );
  const line = (cells: readonly Cell[]): string =>
    cells
      .map(({ text, right, paint = plain }, column) => {
        const width = widths[column] ?? 0;
        if (right === true) return paint(text.padStart(width));
        return paint(column === cells.length - 1 ? text : text.padEnd(width));
      })
      .join("  ");
  return [line(heads.map((head) => ({ ...head, paint: bold }))), ...rows.map(line)];
}

const plain = (text: string): string => text;
