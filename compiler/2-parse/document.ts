// A parsed YAML document as plain data with positions. When an expression broke the YAML, the document was parsed
// over its masked text; the true text is put back into the values here.

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type Scalar,
} from "yaml";
import type { Position, Range } from "../../schema/diagnostic.ts";
import { scalarOffsets } from "./offsets.ts";
import type { Path } from "./spec.ts";
import type { Aliases } from "./yaml.ts";

export interface Source {
  /** What was parsed. */
  readonly parsed: string;
  /** What the author wrote; differs from `parsed` inside masked expressions only. */
  readonly written: string;
  readonly lines: LineCounter;
}

export function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(Math.max(0, offset));
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

export function toPlain(node: unknown, aliases: Aliases, source: Source, depth = 0): unknown {
  if (depth > 100) return null;
  if (isAlias(node)) return toPlain(aliases.get(node), aliases, source, depth + 1);
  if (isSeq(node)) return node.items.map((item) => toPlain(item, aliases, source, depth + 1));
  if (isMap(node)) {
    const entries = node.items.map((pair) => [keyText(pair), toPlain(pair.value, aliases, source, depth + 1)] as const);
    return Object.fromEntries(entries);
  }
  return isScalar(node) ? scalarValue(node, source) : null;
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}

/** The value with masked expressions restored. */
function scalarValue(node: Scalar, source: Source): unknown {
  const { value, range } = node;
  if (typeof value !== "string" || range == null || source.parsed === source.written) return value;
  const offsets = scalarOffsets(source.parsed, range[0], range[1], node.type, value);
  return value
    .split("")
    .map((unit, index) => {
      const at = offsets[index] ?? 0;
      return source.parsed[at] === source.written[at] ? unit : (source.written[at] ?? unit);
    })
    .join("");
}

export function locate(document: Document, source: Source, path: Path, part: "key" | "value"): Range {
  const found = follow(document, path);
  const node = part === "key" && found.key !== undefined && found.whole ? found.key : found.node;
  const range = (node as Node | undefined)?.range;
  if (range == null) return { start: positionAt(source.lines, 0), end: positionAt(source.lines, 0) };
  const end = Math.max(range[0], Math.min(range[1], source.parsed.length));
  const trimmed = range[0] + source.parsed.slice(range[0], end).trimEnd().length;
  return { start: positionAt(source.lines, range[0]), end: positionAt(source.lines, Math.max(range[0] + 1, trimmed)) };
}

export function position(document: Document, source: Source, path: Path, offset: number): Position {
  const { node, whole } = follow(document, path);
  if (!whole || !isScalar(node) || node.range == null) return locate(document, source, path, "value").start;
  const offsets = scalarOffsets(source.parsed, node.range[0], node.range[1], node.type, String(node.value));
  return positionAt(source.lines, offsets[Math.min(offset, offsets.length - 1)] ?? node.range[0]);
}

/** The alias through which a path reaches what stands elsewhere in the document. */
export function aliasOn(document: Document, source: Source, path: Path): Range | undefined {
  const range = path.length === 0 ? undefined : follow(document, path).alias?.range;
  if (range == null) return undefined;
  return { start: positionAt(source.lines, range[0]), end: positionAt(source.lines, range[1]) };
}

interface Found {
  readonly node: unknown;
  /** The first one on the way. */
  readonly alias?: Alias;
  readonly key?: unknown;
  /** The whole path exists. */
  readonly whole: boolean;
}

function follow(document: Document, path: Path): Found {
  let found: Found = { node: document.contents, whole: true };
  for (const segment of path) {
    const alias = found.alias ?? (isAlias(found.node) ? found.node : undefined);
    const node = isAlias(found.node) ? found.node.resolve(document) : found.node;
    const next = step(node, segment);
    if (next === undefined) return { ...found, whole: false };
    found = alias === undefined ? next : { ...next, alias };
  }
  return found;
}

function step(node: unknown, segment: string | number): Found | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && keyText(item) === String(segment));
    return pair === undefined ? undefined : { node: pair.value ?? pair.key, key: pair.key, whole: true };
  }
  if (isSeq(node) && typeof segment === "number" && segment < node.items.length)
    return { node: node.items[segment], whole: true };
  return undefined;
}
