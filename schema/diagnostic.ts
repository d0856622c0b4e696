// What the compiler says to a person: one shape for every finding of every pass.

import type { Code } from "./codes.ts";

export type Severity = "error" | "warning";

/** A place in a text, counted as editors do: line and column from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** From `start` up to, not including, `end`. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** A second place that explains the first: the contract's field, the other owner of a path, the alias site. */
export interface Label {
  readonly file: string;
  readonly range: Range;
  readonly message: string;
}

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  /** Relative to the workspace, with forward slashes. */
  readonly file: string;
  readonly range: Range;
  /** One sentence: what is wrong, in the author's words. */
  readonly message: string;
  /** What to do about it. */
  readonly help?: string;
  readonly labels?: readonly Label[];
}

/** Order for reports: file, line, column, code. Same findings, same report, on every machine. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareText(a.file, b.file) ||
    a.range.start.line - b.range.start.line ||
    a.range.start.column - b.range.start.column ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
