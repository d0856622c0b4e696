// Findings for programs: the shape that scripts may rely on.

import type { Diagnostic } from "../../schema/diagnostic.ts";

export function renderJson(diagnostics: readonly Diagnostic[]): string {
  const list = diagnostics.map(({ code, severity, file, range, message, help, labels }) => ({
    code,
    severity,
    file,
    range,
    message,
    ...(help === undefined ? {} : { help }),
    ...(labels === undefined ? {} : { labels }),
  }));
  return `${JSON.stringify({ diagnostics: list }, null, 2)}\n`;
}
