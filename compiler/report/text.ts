// Findings for people: each with its place, the line and a mark under what is meant.

import type { Diagnostic, Range } from "../../schema/diagnostic.ts";

export interface TextOptions {
  readonly color: boolean;
  /** How many findings are shown; the rest is counted. */
  readonly limit?: number;
}

export function renderText(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  options: TextOptions,
): string {
  const limit = options.limit ?? 20;
  // A warning must not push an error out of sight.
  const errorsFirst = [...diagnostics].sort((a, b) => weight(a) - weight(b));
  const chosen = new Set(errorsFirst.slice(0, limit));
  const shown = diagnostics.flatMap((one) => (chosen.has(one) ? [renderOne(one, sources, options.color)] : []));
  const rest = diagnostics.filter((one) => !chosen.has(one));
  const files = new Set(rest.map(({ file }) => file)).size;
  const where = `${files} ${files === 1 ? "file" : "files"}`;
  const more = rest.length > 0 ? `… and ${rest.length} more in ${where}; --all shows them\n` : "";
  return `${shown.join("\n")}\n${more}${summary(diagnostics)}\n`;
}

const weight = ({ severity }: Diagnostic): number => (severity === "error" ? 0 : 1);

function renderOne(diagnostic: Diagnostic, sources: ReadonlyMap<string, string>, color: boolean): string {
  const { severity, code, message, file, range, help, labels = [] } = diagnostic;
  const tint = severity === "error" ? 31 : 33;
  const head = `${style(`${severity}[${code}]`, tint, color)}: ${style(message, 1, color)}`;
  const frames = [
    frame(file, range, sources, tint, color),
    ...labels.map((label) => `  ${label.message}:\n${frame(label.file, label.range, sources, 34, color)}`),
  ];
  const helpLine = help === undefined ? "" : `  ${style("help:", 36, color)} ${help}\n`;
  return `${head}\n${frames.join("")}${helpLine}`;
}

function frame(file: string, range: Range, sources: ReadonlyMap<string, string>, tint: number, color: boolean): string {
  const { line, column } = range.start;
  // A name may hold anything, line breaks and what moves a cursor.
  const where = `  --> ${file.replaceAll(/\p{Cc}/gu, "\u{fffd}")}:${line}:${column}\n`;
  const text = sources.get(file)?.split(/\r?\n/)[line - 1];
  if (text === undefined) return where;
  const from = Math.max(0, column - 1 - 80);
  const cut = text.slice(from, from + 160);
  const before = cut.slice(0, column - 1 - from);
  const end = range.end.line === line ? range.end.column : text.length + 1;
  const marked = cut.slice(before.length, before.length + Math.max(1, end - column));
  const gutter = String(line);
  // Tabs stay tabs and wide characters take two cells, so that the mark stands where the eye expects it.
  const pad = [...before].map((unit) => (unit === "\t" ? "\t" : " ".repeat(width(unit)))).join("");
  const carets = "^".repeat(
    Math.max(
      1,
      [...marked].reduce((sum, unit) => sum + width(unit), 0),
    ),
  );
  return `${where}   ${gutter} | ${cut}\n   ${" ".repeat(gutter.length)} | ${pad}${style(carets, tint, color)}\n`;
}

function width(character: string): number {
  return /\p{Extended_Pictographic}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/u.test(
    character,
  )
    ? 2
    : 1;
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  const warnings = diagnostics.length - errors;
  return [count(errors, "error"), count(warnings, "warning")].filter((text) => text !== "").join(", ");
}

const count = (number: number, what: string): string =>
  number === 0 ? "" : `${number} ${what}${number === 1 ? "" : "s"}`;

const style = (text: string, code: number, color: boolean): string =>
  color ? `\u001b[${code}m${text}\u001b[0m` : text;
