// What the compiler says as an editor shows it: a squiggle, the code with its page, the other places that belong to it.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Diagnostic, DiagnosticSeverity } from "vscode-languageserver";
import { type Code, codes } from "../../schema/codes.ts";
import type { Diagnostic as Finding } from "../../schema/diagnostic.ts";
import { toLocation, toRange, uriOf } from "./text-places.ts";

export function toDiagnostic(root: string, finding: Finding): Diagnostic {
  const { code, severity, range, message, help, labels = [] } = finding;
  return {
    range: toRange(range),
    severity: severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    codeDescription: { href: codePage(root, code) },
    source: "vrsky",
    message: help === undefined ? message : `${message}\n${help}`,
    ...(labels.length === 0
      ? {}
      : {
          relatedInformation: labels.map((label) => ({
            location: toLocation(root, label.file, label.range),
            message: label.message,
          })),
        }),
  };
}

/** What `vrsky explain CODE` says, as a file that the editor can open. */
function codePage(root: string, code: Code): string {
  const file = `.vrsky/codes/${code}.md`;
  const path = join(root, file);
  try {
    const text = codeText(code);
    // Another version may have left its words there.
    if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
      mkdirSync(join(root, ".vrsky", "codes"), { recursive: true });
      writeFileSync(join(root, ".vrsky", "codes", ".gitignore"), "*\n");
      writeFileSync(path, text);
    }
  } catch {
    // A folder that cannot be written to has findings without pages.
  }
  return uriOf(root, file);
}

function codeText(code: Code): string {
  const { title, text, example } = codes[code];
  const block = (lines: readonly string[]): string => `\`\`\`yaml\n${lines.join("\n")}\n\`\`\`\n`;
  const shown = example === undefined ? "" : `\nWrong:\n\n${block(example.bad)}\nRight:\n\n${block(example.good)}`;
  return `# ${code}: ${title}\n\n${text}\n${shown}`;
}
