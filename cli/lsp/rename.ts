// Renaming what a step keeps (`as`) and a target, with everything that reads it: in expressions, routes and cases. The
// new text is compiled before it is offered: a rename that would break something is refused with what it would break.

import type { AnyNode } from "acorn";
import type { PrepareRenameParams, Range, RenameParams, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import type { Spec } from "../../compiler/2-parse/spec.ts";
import { childrenOf } from "../../compiler/expression/children.ts";
import { constantKey, parameters } from "../../compiler/expression/names.ts";
import { type Expression, parseTemplate } from "../../compiler/expression/template.ts";
import type { Diagnostic, Range as OwnRange } from "../../schema/diagnostic.ts";
import { isJsonObject } from "../../schema/json.ts";
import { type NameAt, nameAt } from "./names-at.ts";
import type { Path } from "./outline.ts";
import type { OpenFile } from "./session.ts";
import { offsetOf, rangeOf, toRange, uriOf } from "./text-places.ts";

/** Told to the author instead of an edit. */
export interface Refused {
  readonly refused: string;
}

export function prepareRename(open: OpenFile, { position }: Pick<PrepareRenameParams, "position">): Range | null {
  const found = nameAt(open.text, offsetOf(open.text, position));
  if (found === undefined || (found.kind !== "variable" && found.kind !== "target")) return null;
  return rangeOf(open.text, found.start, found.end);
}

export function rename(
  open: OpenFile,
  { position, newName }: Omit<RenameParams, "textDocument">,
): WorkspaceEdit | Refused {
  const found = nameAt(open.text, offsetOf(open.text, position));
  if (found === undefined || (found.kind !== "variable" && found.kind !== "target"))
    return { refused: "Only results of steps (`as`) and targets can be renamed here." };
  const pattern = patterns[found.kind];
  if (!pattern.test(newName)) return { refused: `\`${newName}\` is not a name. ${hints[found.kind]}` };
  const spec = specAt(open, found);
  if (spec === undefined) return { refused: "The document cannot be read: mend its YAML first." };
  const taken = declaredNames(spec, found.kind);
  if (!taken.includes(found.name)) return { refused: `Nothing here is called \`${found.name}\`.` };
  if (newName === found.name) return { changes: {} };
  if (taken.includes(newName)) return { refused: `There is already a ${words[found.kind]} \`${newName}\` here.` };
  const places = placesOf(open, spec, found);
  const edits = new Map<string, TextEdit[]>();
  for (const { file, range } of places) {
    const own = edits.get(file) ?? [];
    edits.set(file, [...own, { range: toRange(range), newText: newName }]);
  }
  const broken = whatBreaks(open, edits);
  if (broken !== undefined)
    return { refused: `It would break ${broken.file}:${broken.range.start.line}: ${broken.message}` };
  const { root } = open.workspace;
  return { changes: Object.fromEntries([...edits].map(([file, list]) => [uriOf(root, file), list])) };
}

const patterns = { variable: /^[A-Za-z][A-Za-z0-9_]{0,62}$/, target: /^[a-z][a-z0-9-]{0,62}$/ };
const hints = {
  variable: "Letters, digits and `_`, a letter first.",
  target: "Lower case letters, digits and dashes, a letter first.",
};
const words = { variable: "step's result", target: "target" };

interface Place {
  readonly file: string;
  readonly range: OwnRange;
}

function specAt({ workspace, file, text }: OpenFile, { start, document }: NameAt): Spec | undefined {
  const first = text.slice(0, document.start).split("\n").length;
  const line = text.slice(0, start).split("\n").length;
  return workspace.look().specs.find((spec) => {
    const { start: from, end } = spec.locate([]);
    return spec.file === file && from.line >= first && from.line <= line && line <= end.line;
  });
}

/** Every scalar and key of a document, with its path. */
function visit(value: unknown, path: Path, see: (value: unknown, path: Path) => void): void {
  see(value, path);
  if (Array.isArray(value)) value.forEach((item, index) => void visit(item, [...path, index], see));
  else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) visit(item, [...path, key], see);
}

function declaredNames(spec: Spec, kind: "variable" | "target"): readonly string[] {
  if (kind === "target") {
    const targets = isJsonObject(spec.value) ? spec.value.targets : undefined;
    return isJsonObject(targets) ? Object.keys(targets) : [];
  }
  const found: string[] = [];
  visit(spec.value, [], (value, path) => {
    if (path.at(-1) === "as" && typeof value === "string" && typeof path.at(-2) === "number") found.push(value);
  });
  return found;
}

function placesOf({ workspace }: OpenFile, spec: Spec, { kind, name }: NameAt): readonly Place[] {
  const tests = workspace
    .look()
    .specs.filter((each) => each.kind === "tests" && each.tenant === spec.tenant && each.name === spec.name);
  const own = kind === "variable" ? variablePlaces(spec, name) : targetPlaces(spec, name);
  return [...own, ...tests.flatMap((each) => casePlaces(each, kind === "variable" ? callKeys : targetKeys, name))];
}

function variablePlaces(spec: Spec, name: string): readonly Place[] {
  const found: Place[] = [];
  visit(spec.value, [], (value, path) => {
    if (typeof value !== "string") return;
    if (path.at(-1) === "as" && typeof path.at(-2) === "number" && value === name)
      found.push({ file: spec.file, range: inQuotes(spec, path, value) });
    if (!value.includes("${")) return;
    const { template } = parseTemplate(value);
    const parts =
      template.kind === "text" ? template.parts : template.kind === "expression" ? [template.expression] : [];
    for (const part of parts) {
      if (typeof part === "string") continue;
      for (const { start, end } of readsOf(part, name)) {
        const range = { start: spec.position(path, part.offset + start), end: spec.position(path, part.offset + end) };
        found.push({ file: spec.file, range });
      }
    }
  });
  return found;
}

/** The scalar without its quotes. */
function inQuotes(spec: Spec, path: Path, value: string): OwnRange {
  return { start: spec.position(path, 0), end: spec.position(path, value.length) };
}

/** Where an expression says `vars.name` or `vars["name"]`; the name alone. */
function readsOf(
  { node, source }: Expression,
  name: string,
): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  const see = (at: AnyNode, bound: boolean): void => {
    if (at.type === "MemberExpression" && at.object.type === "Identifier" && at.object.name === "vars" && !bound) {
      const { property } = at;
      const quote = /^["']/.test(source.slice(property.start, property.end)) ? 1 : 0;
      if (constantKey(at) === name) found.push({ start: property.start + quote, end: property.end - quote });
    }
    const inner = bound || (at.type === "ArrowFunctionExpression" && parameters(at).includes("vars"));
    for (const child of childrenOf(at)) see(child, inner);
  };
  see(node, false);
  return found;
}

function targetPlaces(spec: Spec, name: string): readonly Place[] {
  const found: Place[] = [{ file: spec.file, range: spec.locate(["targets", name], "key") }];
  visit(spec.value, [], (value, path) => {
    const names = path.at(-1) === "to" || (typeof path.at(-1) === "number" && path.at(-2) === "to");
    // A mail's `to` is nobody's target.
    const routes = path[0] === "route" || path.some((segment) => segment === "on-error");
    if (names && routes && value === name) found.push({ file: spec.file, range: inQuotes(spec, path, name) });
  });
  return found;
}

const callKeys: readonly string[] = ["calls"];
const targetKeys: readonly string[] = ["answers", "targets", "retries", "dead", "drops", "continued"];

/** Keys of what a case says of calls and targets. */
function casePlaces(spec: Spec, below: readonly string[], name: string): readonly Place[] {
  const found: Place[] = [];
  visit(spec.value, [], (_, path) => {
    const above = path.at(-2);
    const depth = path[0] === "cases" ? 3 : 1;
    const placed = path.length === depth + 1 || (path[depth - 1] === "expect" && path.length === depth + 2);
    if (path.at(-1) === name && typeof above === "string" && below.includes(above) && placed)
      found.push({ file: spec.file, range: spec.locate(path, "key") });
  });
  return found;
}

/** The first finding that was not there before. */
function whatBreaks({ workspace }: OpenFile, edits: ReadonlyMap<string, readonly TextEdit[]>): Diagnostic | undefined {
  const texts = new Map([...edits].map(([file, list]) => [file, withEdits(workspace.text(file) ?? "", list)] as const));
  const known = new Set(workspace.findings().map(said));
  return workspace.findingsWith(texts).find((finding) => finding.severity === "error" && !known.has(said(finding)));
}

const said = ({ code, file, range, message }: Diagnostic): string => `${code} ${file} ${range.start.line} ${message}`;

function withEdits(text: string, edits: readonly TextEdit[]): string {
  return edits
    .map(({ range, newText }) => ({ start: offsetOf(text, range.start), end: offsetOf(text, range.end), newText }))
    .sort((a, b) => b.start - a.start)
    .reduce((now, { start, end, newText }) => now.slice(0, start) + newText + now.slice(end), text);
}
