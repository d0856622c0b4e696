// The outline of a file as editors show it: its documents, and in each its sources, steps, targets and declared names.

import { type DocumentSymbol, SymbolKind } from "vscode-languageserver";
import { kinds } from "../../compiler/2-parse/kinds.ts";
import { type Key, type Outline, outlines, type Path } from "./outline.ts";
import { kindOf, samePath, textAt } from "./place.ts";
import type { OpenFile } from "./session.ts";
import { rangeOf } from "./text-places.ts";

export function symbols({ text, file }: OpenFile): DocumentSymbol[] {
  if (!/\.ya?ml$/.test(file)) return [];
  return outlines(text).flatMap((document) => {
    const kind = kindOf(document, kinds);
    const key = kind === undefined ? undefined : document.keys.find(({ path }) => samePath(path, [kind]));
    if (kind === undefined || key === undefined) return [];
    const name = textAt(text, document, [kind]);
    return [
      {
        name: name ?? kind,
        detail: kind,
        kind: SymbolKind.Module,
        range: rangeOf(text, document.start, document.end),
        selectionRange: rangeOf(text, key.start, key.end),
        children: members(document, text),
      },
    ];
  });
}

const holders: Readonly<Record<string, SymbolKind>> = {
  targets: SymbolKind.Interface,
  sources: SymbolKind.Interface,
  connections: SymbolKind.Object,
  streams: SymbolKind.Event,
  settings: SymbolKind.Constant,
  params: SymbolKind.Constant,
};

function members(document: Outline, text: string): DocumentSymbol[] {
  const { keys } = document;
  const found = keys.flatMap((key): { readonly key: Key; readonly name: string; readonly kind: SymbolKind }[] => {
    const [first, second, third] = key.path;
    if (key.path.length === 1 && (first === "source" || first === "reply" || first === "route"))
      return [{ key, name: String(first), kind: SymbolKind.Interface }];
    const kind = holders[String(first)];
    if (key.path.length === 2 && kind !== undefined) return [{ key, name: String(second), kind }];
    if (first !== "steps" || key.path.length !== 3 || !moves.has(String(third))) return [];
    const kept =
      textAt(text, document, [first, Number(second), "as"]) ?? textAt(text, document, [first, Number(second), "name"]);
    return [{ key, name: kept === undefined ? String(third) : `${String(third)} ${kept}`, kind: SymbolKind.Function }];
  });
  return found.map(({ key, name, kind }) => ({
    name,
    kind,
    range: rangeOf(text, key.start, endOf(document, key.path, key.end)),
    selectionRange: rangeOf(text, key.start, key.end),
  }));
}

const moves: ReadonlySet<string> = new Set(["filter", "map", "call", "split", "validate", "script", "use"]);

/** Of the last value below a path. */
function endOf({ keys, scalars }: Outline, path: Path, least: number): number {
  const below = [...keys, ...scalars].filter((each) => path.every((segment, index) => each.path[index] === segment));
  return below.reduce((end, each) => Math.max(end, each.end), least);
}
