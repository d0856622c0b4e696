// Mends that are certain: a value that YAML cut is quoted, a name that is one slip away from the only one it can be is
// written right. Everything else is the author's to decide. A mend of YAML counts only when the file parses better.

import { visit } from "yaml";
import type { Diagnostic, Position } from "../schema/diagnostic.ts";
import { type Cut, cutsOf, quoted } from "./2-parse/cuts.ts";
import { expressionRegions } from "./2-parse/expressions.ts";
import { aliasesOf, readYaml } from "./2-parse/yaml.ts";
import { distance } from "./nearest.ts";

/** Replaces the units from `start` to `end` of a file's text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Fix {
  readonly description: string;
  readonly edit: Edit;
}

/**
 * Undefined where the mend is not certain. `text` is the file that the diagnostic is about. `likely`: somebody looks at
 * it before it is made, so that any name that was nearly meant will do.
 */
export function fixOf(diagnostic: Diagnostic, text: string, likely = false): Fix | undefined {
  const [start, end] = [offsetOf(text, diagnostic.range.start), offsetOf(text, diagnostic.range.end)];
  const cut = cutsOf(text).find((each) => each.start < end && start < each.end);
  return cut === undefined ? otherFix(diagnostic, text, likely) : quoting(cut);
}

function otherFix({ code, range, help }: Diagnostic, text: string, likely: boolean): Fix | undefined {
  const start = offsetOf(text, range.start);
  const end = offsetOf(text, range.end);
  if (code === "VRS1002" || code === "VRS1003" || code === "VRS1006") return quoteFix(code, text, start, end);
  const meant = /^Did you mean `([^`]+)`\?$/.exec(help ?? "")?.[1];
  if (meant === undefined) return undefined;
  const written = text.slice(start, end);
  if (!/^[\w@/-]+$/.test(written) || (!likely && distance(written, meant) !== 1)) return undefined;
  return { description: `\`${written}\` → \`${meant}\``, edit: { start, end, text: meant } };
}

/**
 * All mends of one file that do not touch each other, in order; and what the text is then. What expressions cut is
 * mended first: the rest may have come of it.
 */
export function mend(
  text: string,
  diagnostics: readonly Diagnostic[],
  cuts: readonly Cut[] = cutsOf(text),
): { readonly text: string; readonly fixes: readonly Fix[] } {
  const others = diagnostics.filter(({ code }) => cuts.length === 0 || !code.startsWith("VRS1"));
  const all = [...cuts.map(quoting), ...others.flatMap((diagnostic) => otherFix(diagnostic, text, false) ?? [])];
  const inOrder = all.toSorted((a, b) => a.edit.start - b.edit.start);
  const fixes = inOrder.filter((fix, index) => index === 0 || (inOrder[index - 1]?.edit.end ?? 0) <= fix.edit.start);
  if (fixes.length === 0) return { text, fixes };
  const mended = fixes.reduceRight((rest, { edit }) => apply(rest, edit), text);
  return troubles(mended) > troubles(text) ? { text, fixes: [] } : { text: mended, fixes };
}

const quoting = (edit: Edit): Fix => ({ description: "quoted", edit });

const apply = (text: string, { start, end, text: put }: Edit): string => text.slice(0, start) + put + text.slice(end);

function quoteFix(code: string, text: string, start: number, end: number): Fix | undefined {
  // `!${ a }` may mean the text or the opposite of a.
  if (text[start] === "!") return undefined;
  const line = lineAt(text, start);
  const edits = [
    ...(code === "VRS1003" ? [] : [requote(text, start, end), quote(text, start, valueEnd(text, start, end))]),
    ...(line === undefined ? [] : [quote(text, line.value, line.end)]),
  ].filter((edit) => edit !== undefined);
  const before = troubles(text);
  const better = edits.find((edit) => {
    const after = troubles(apply(text, edit));
    return code === "VRS1003" ? after <= before : after < before;
  });
  return better === undefined ? undefined : { description: "quoted", edit: better };
}

/** What YAML cannot read, and the aliases of nothing. */
function troubles(text: string): number {
  let count = 0;
  for (const document of readYaml(text)) {
    count += document.errors.length;
    const aliases = aliasesOf(document, text);
    visit(document, {
      Alias: (_key, node) => {
        if (!aliases.has(node)) count += 1;
      },
    });
  }
  return count;
}

/** `'${ a }'s'`: a quote of its own kind inside. Nothing else is certain of a value that is quoted. */
function requote(text: string, start: number, end: number): Edit | undefined {
  const [, sign = "", inner = ""] = /^(["'])(.*)\1$/s.exec(text.slice(start, end)) ?? [];
  const other = sign === '"' ? "'" : '"';
  if (sign === "" || inner.includes(other) || /[\n\\]/.test(inner)) return undefined;
  return { start, end, text: other + inner + other };
}

function quote(text: string, start: number, end: number): Edit | undefined {
  const value = text.slice(start, end);
  // What begins with a bracket is no text, whatever is broken inside of it.
  if (value === "" || value.includes("\n") || /^["'|>[{]/.test(value)) return undefined;
  // An expression goes on in the lines below.
  if (expressionRegions(text).some((region) => region.start < end && end < region.end)) return undefined;
  return { start, end, text: quoted(value) };
}

/** Where a plain value in a flow collection or a block ends: an alias that was meant as text. */
function valueEnd(text: string, start: number, end: number): number {
  if (text.startsWith("${", start)) return end;
  const rest = /^[^\n,}\]]*/.exec(text.slice(start))?.[0].trimEnd() ?? "";
  return start + rest.length;
}

/** The value on the line, when the line is `key: value`. */
function lineAt(text: string, at: number): { readonly value: number; readonly end: number } | undefined {
  const from = text.lastIndexOf("\n", at - 1) + 1;
  const line = (text.slice(from).split("\n", 1)[0] ?? "").trimEnd();
  const value = /^\s*(?:- )*[\w.-]+:\s+(?=\S)/.exec(line)?.[0].length;
  return value === undefined ? undefined : { value: from + value, end: from + line.length };
}

function offsetOf(text: string, { line, column }: Position): number {
  let offset = 0;
  for (let at = 1; at < line; at += 1) {
    const next = text.indexOf("\n", offset);
    if (next === -1) return text.length;
    offset = next + 1;
  }
  return Math.min(offset + column - 1, text.length);
}
