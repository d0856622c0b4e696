// Findings as GitHub workflow commands: annotations in a pull request.

import type { Diagnostic } from "../../schema/diagnostic.ts";

export function renderGithub(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(line).join("");
}

function line({ severity, file, range, code, message, help }: Diagnostic): string {
  const properties = Object.entries({
    file,
    line: range.start.line,
    col: range.start.column,
    endLine: range.end.line,
    endColumn: range.end.column,
    title: code,
  });
  const text = help === undefined ? message : `${message}\n${help}`;
  return `::${severity} ${properties.map(([key, value]) => `${key}=${property(String(value))}`).join(",")}::${data(text)}\n`;
}

const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
