// The conservation ledger as people read it: one line per scenario and target, what is wrong in red below it.

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number;
}

export interface Paint {
  bad(text: string): string;
  good(text: string): string;
  dim(text: string): string;
}

export function paint(colour: boolean): Paint {
  const with_ =
    (code: number) =>
    (text: string): string =>
      colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bad: with_(31), good: with_(32), dim: with_(2) };
}

/** Numbers to the right, words to the left. Each row may be painted as a whole. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  painted: (row: Row, line: string) => string = (_row, line) => line,
): readonly string[] {
  const cells = rows.map((row) => columns.map(({ value }) => value(row)));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => String(row[index] ?? "").length)),
  );
  const joined = (row: readonly (string | number)[]): string =>
    row
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return typeof cell === "number" ? String(cell).padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  const head = columns.map(({ title }, index) => {
    const numeric = cells.length > 0 && cells.every((row) => typeof row[index] === "number");
    return numeric ? title.padStart(widths[index] ?? 0) : title;
  });
  return [joined(head), ...rows.map((row, index) => painted(row, joined(cells[index] ?? [])))];
}
