// Renaming a step, what it keeps (`as`) and a target, with everything that says the name: expressions, routes and cases.
// The new text is compiled before it is offered: a rename that would break something is refused with what it would break.

import type { PrepareRenameParams, Range, RenameParams, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import type { Spec } from "../../compiler/2-parse/spec.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";
import { type NameAt, nameAt } from "./names-at.ts";
import { callOf, isDeclared, placesOf, type Renamed, takenBy } from "./renamed.ts";
import type { OpenFile } from "./session.ts";
import { offsetOf, rangeOf, toRange, uriOf } from "./text-places.ts";

/** Told to the author instead of an edit. */
export interface Refused {
  readonly refused: string;
}

type Renameable = NameAt & { readonly kind: Renamed["kind"] | "call" };

const isRenameable = (found: NameAt | undefined): found is Renameable =>
  found?.kind === "variable" || found?.kind === "target" || found?.kind === "step" || found?.kind === "call";

export function prepareRename(open: OpenFile, { position }: Pick<PrepareRenameParams, "position">): Range | null {
  const found = nameAt(open.text, offsetOf(open.text, position));
  return isRenameable(found) ? rangeOf(open.text, found.start, found.end) : null;
}

export function rename(
  open: OpenFile,
  { position, newName }: Omit<RenameParams, "textDocument">,
): WorkspaceEdit | Refused {
  const found = nameAt(open.text, offsetOf(open.text, position));
  if (!isRenameable(found)) return { refused: "Only steps, what they keep (`as`) and targets can be renamed here." };
  const renamed = renamedAt(open, found);
  if ("refused" in renamed) return renamed;
  const { kind, name } = renamed;
  if (!patterns[kind].test(newName)) return { refused: `\`${newName}\` is not a name. ${hints[kind]}` };
  if (!isDeclared(renamed)) return { refused: `Nothing here is called \`${name}\`.` };
  if (newName === name) return { changes: {} };
  const taken = takenBy(newName, renamed);
  if (taken !== undefined) return { refused: `There is already a ${words[taken]} \`${newName}\` here.` };
  const edits = new Map<string, TextEdit[]>();
  for (const { file, range } of placesOf(renamed, open.workspace.look().specs)) {
    const own = edits.get(file) ?? [];
    edits.set(file, [...own, { range: toRange(range), newText: newName }]);
  }
  const broken = whatBreaks(open, edits);
  if (broken !== undefined)
    return { refused: `It would break ${broken.file}:${broken.range.start.line}: ${broken.message}` };
  const { root } = open.workspace;
  return { changes: Object.fromEntries([...edits].map(([file, list]) => [uriOf(root, file), list])) };
}

const dashed = /^[a-z][a-z0-9-]{0,62}$/;
const patterns = { variable: /^[A-Za-z][A-Za-z0-9_]{0,62}$/, target: dashed, step: dashed };
const dashes = "Lower case letters, digits and dashes, a letter first.";
const hints = { variable: "Letters, digits and `_`, a letter first.", target: dashes, step: dashes };
const words = { variable: "step's result", target: "target", step: "step" };

/** A case names what its integration declares. */
function renamedAt(open: OpenFile, found: Renameable): Renamed | Refused {
  const { kind, name } = found;
  const here = specAt(open, found);
  if (here === undefined) return { refused: "The document cannot be read: mend its YAML first." };
  const spec = here.kind === "tests" ? integrationOf(here, open) : here;
  if (spec === undefined) return { refused: `There is no integration \`${here.name}\`.` };
  return { kind: kind === "call" ? callOf(name, spec).kind : kind, name, spec };
}

const integrationOf = ({ tenant, name }: Spec, { workspace }: OpenFile): Spec | undefined =>
  workspace.look().specs.find((each) => each.kind === "integration" && each.tenant === tenant && each.name === name);

function specAt({ workspace, file, text }: OpenFile, { start, document }: NameAt): Spec | undefined {
  const first = text.slice(0, document.start).split("\n").length;
  const line = text.slice(0, start).split("\n").length;
  return workspace.look().specs.find((spec) => {
    const { start: from, end } = spec.locate([]);
    return spec.file === file && from.line >= first && from.line <= line && line <= end.line;
  });
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
