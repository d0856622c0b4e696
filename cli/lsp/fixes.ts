// Quick fixes: the compiler's own mends, one by one at their place, and all that are certain in one go.

import { type CodeAction, CodeActionKind, type CodeActionParams, type Range } from "vscode-languageserver";
import { fixOf, mend } from "../../compiler/fix.ts";
import type { Diagnostic as Finding } from "../../schema/diagnostic.ts";
import { toDiagnostic } from "./diagnostics.ts";
import type { OpenFile } from "./session.ts";
import { rangeOf, toRange, uriOf } from "./text-places.ts";

export function fixes(
  { workspace, file, text }: OpenFile,
  { range, context }: Pick<CodeActionParams, "range" | "context">,
  findings: readonly Finding[],
): CodeAction[] {
  const uri = uriOf(workspace.root, file);
  const wanted = (kind: string): boolean => context.only?.some((only) => `${kind}.`.startsWith(`${only}.`)) ?? true;
  const single = findings
    .filter((finding) => touches(toRange(finding.range), range))
    .flatMap((finding): CodeAction[] => {
      const fix = fixOf(finding, text, true);
      if (fix === undefined) return [];
      const { start, end, text: newText } = fix.edit;
      const certain = fixOf(finding, text) !== undefined;
      return [
        {
          title: fix.description === "quoted" ? "Quote the value" : `Change ${fix.description}`,
          kind: CodeActionKind.QuickFix,
          diagnostics: [toDiagnostic(workspace.root, finding)],
          ...(certain ? { isPreferred: true } : {}),
          edit: { changes: { [uri]: [{ range: rangeOf(text, start, end), newText }] } },
        },
      ];
    });
  const all = mend(text, findings);
  const whole: CodeAction[] =
    all.fixes.length === 0
      ? []
      : [
          {
            title: `Mend all that is certain (${all.fixes.length})`,
            kind: fixAllKind,
            edit: {
              changes: {
                [uri]: all.fixes.map(({ edit }) => ({
                  range: rangeOf(text, edit.start, edit.end),
                  newText: edit.text,
                })),
              },
            },
          },
        ];
  return [...(wanted(CodeActionKind.QuickFix) ? single : []), ...(wanted(fixAllKind) ? whole : [])];
}

export const fixAllKind = `${CodeActionKind.SourceFixAll}.vrsky`;

function touches(a: Range, b: Range): boolean {
  const before = (one: Range["start"], other: Range["start"]): boolean =>
    one.line < other.line || (one.line === other.line && one.character <= other.character);
  return before(a.start, b.end) && before(b.start, a.end);
}
