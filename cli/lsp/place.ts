// Where the cursor stands in a YAML text: in which document, at which path, at a key or at a value.

import { type Outline, outlines, type Path, pathOf, unquoted } from "./outline.ts";

export interface YamlPlace {
  readonly document: Outline;
  /** At a key: of the map that it belongs to. At a value: of the value. `either`: of what a key or a value may begin. */
  readonly path: Path;
  readonly at: "key" | "value" | "either";
  /** What stands there, quotes included; empty where nothing does. */
  readonly start: number;
  readonly end: number;
}

export function yamlPlace(text: string, offset: number): YamlPlace | undefined {
  const all = outlines(text);
  const document = all.find(({ start, end }) => start <= offset && offset <= end);
  if (document === undefined) return undefined;
  const holds = ({ start, end }: { readonly start: number; readonly end: number }): boolean =>
    start <= offset && offset <= end;
  const key = document.keys.find(holds);
  if (key !== undefined) return { document, path: key.path.slice(0, -1), at: "key", start: key.start, end: key.end };
  const scalar = document.scalars.find(holds);
  if (scalar !== undefined) {
    const at = scalar.bare === true ? "either" : "value";
    return { document, path: scalar.path, at, start: scalar.start, end: scalar.end };
  }
  const slot = document.slots.find(holds);
  if (slot !== undefined) {
    const filled = text.slice(slot.start, slot.end).trim() !== "";
    const [start, end] = filled ? [slot.start, slot.end] : [offset, offset];
    return { document, path: slot.path, at: slot.at, start, end };
  }
  return onEmptyLine(text, offset, document);
}

/** The column says what a new line belongs to. */
function onEmptyLine(text: string, offset: number, document: Outline): YamlPlace | undefined {
  const from = text.lastIndexOf("\n", offset - 1) + 1;
  if (text.slice(from, offset).trim() !== "") return undefined;
  const before = document.lines.findLast(({ start }) => start < from);
  const open = (before?.open ?? []).filter(({ indent }) => indent < offset - from);
  return { document, path: pathOf(open), at: "either", start: offset, end: offset };
}

/** Names of the keys that a map has. */
export function keysAt({ keys }: Outline, path: Path): readonly string[] {
  return keys
    .filter((key) => key.path.length === path.length + 1 && path.every((segment, index) => key.path[index] === segment))
    .map((key) => String(key.path.at(-1)));
}

/** The key that says what the document is. */
export const kindOf = (document: Outline, kinds: readonly string[]): string | undefined =>
  keysAt(document, []).find((key) => kinds.includes(key));

/** Text of the scalar at a path, without quotes. */
export function textAt(text: string, { scalars }: Outline, path: Path): string | undefined {
  const found = scalars.find((scalar) => samePath(scalar.path, path));
  return found === undefined ? undefined : unquoted(text.slice(found.start, found.end));
}

export const samePath = (a: Path, b: Path): boolean =>
  a.length === b.length && a.every((segment, index) => segment === b[index]);
