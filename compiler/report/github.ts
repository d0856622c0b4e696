// Findings as GitHub workflow commands: annotations in a pull request.

import type { Diagnostic } from "../../schema/diagnostic.ts";

/** `folder`: of the workspace in the repository, `flows/` or empty; GitHub finds files from the repository's root. */
export function renderGithub(diagnostics: readonly Diagnostic[], folder = ""): string {
  return diagnostics.map((diagnostic) => line(diagnostic, folder)).join("");
}

function line({ severity, file, range, code, message, help }: Diagnostic, folder: string): string {
  const properties = {
    file: `${folder}${file}`,
    line: range.start.line,
    col: range.start.column,
    endLine: range.end.line,
    endColumn: range.end.column,
    title: code,
  };
  return annotation(severity, properties, help === undefined ? message : `${message}\n${help}`);
}

/** One workflow command. */
export function annotation(
  severity: Diagnostic["severity"] | "notice",
  properties: Readonly<Record<string, string | number>>,
  text: string,
): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${property(String(value))}`);
  return `::${severity} ${list.join(",")}::${data(text)}\n`;
}

const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
