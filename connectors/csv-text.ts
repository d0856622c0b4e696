// Flat records as rows of CSV (RFC 4180), such that the file source reads them back under their contract.

import { isJsonObject, type Json } from "../schema/json.ts";

export type Written =
  | { readonly kind: "written"; readonly text: string }
  | { readonly kind: "invalid"; readonly message: string };

/** The first line of a file. */
export const csvHeader = (columns: readonly string[], delimiter: string): string => line(columns, delimiter);

/**
 * Columns that the record lacks, and null, are empty cells. What a row cannot hold is invalid: lists and objects, and
 * fields that are no column.
 */
export function csvRow(record: Json, columns: readonly string[], delimiter: string): Written {
  if (!isJsonObject(record)) return { kind: "invalid", message: "a row of CSV is made of an object" };
  const stranger = Object.keys(record).find((key) => !columns.includes(key));
  if (stranger !== undefined) return { kind: "invalid", message: `the field ${stranger} is none of the \`columns\`` };
  const deep = columns.find((column) => typeof record[column] === "object" && record[column] !== null);
  if (deep !== undefined) return { kind: "invalid", message: `the field ${deep} is a list or an object` };
  const cells = columns.map((column) => (Object.hasOwn(record, column) ? String(record[column] ?? "") : ""));
  if (cells.some((cell) => cell.includes("\ufffd"))) {
    return { kind: "invalid", message: "a text holds U+FFFD, which stands for what could not be read" };
  }
  return { kind: "written", text: line(cells, delimiter) };
}

function line(cells: readonly string[], delimiter: string): string {
  // A line that is empty as a whole would be no row.
  if (cells.length === 1 && cells[0] === "") return '""\n';
  return `${cells.map((cell) => quoted(cell, delimiter)).join(delimiter)}\n`;
}

const quoted = (cell: string, delimiter: string): string =>
  /["\r\n\ufeff]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell;
