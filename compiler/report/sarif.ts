// Findings as SARIF 2.1.0, for code scanning.

import { codes } from "../../schema/codes.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";

/** `folder`: of the workspace in the repository, `flows/` or empty; code scanning finds files from the repository's root. */
export function renderSarif(diagnostics: readonly Diagnostic[], folder = ""): string {
  const used = [...new Set(diagnostics.map((diagnostic) => diagnostic.code))].sort();
  const rules = used.map((id) => ({
    id,
    shortDescription: { text: codes[id].title },
    fullDescription: { text: codes[id].text },
  }));
  const results = diagnostics.map(({ code, severity, message, file, range, labels = [] }) => ({
    ruleId: code,
    level: severity,
    message: { text: message },
    locations: [location(`${folder}${file}`, range)],
    ...(labels.length === 0
      ? {}
      : {
          relatedLocations: labels.map((label, id) => ({
            id,
            message: { text: label.message },
            ...location(`${folder}${label.file}`, label.range),
          })),
        }),
  }));
  const run = { tool: { driver: { name: "vrsky", rules } }, results };
  const log = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
  return `${JSON.stringify(log, null, 2)}\n`;
}

const location = (file: string, range: Diagnostic["range"]) => ({
  physicalLocation: {
    artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/") },
    region: region(range),
  },
});

function region({ start, end }: Diagnostic["range"]) {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}
