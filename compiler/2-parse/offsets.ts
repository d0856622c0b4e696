// Value offset → source offset for a scalar: yaml's own folding run again over the token, keeping where each unit of
// the value came from.

import type { Scalar } from "yaml";

/** One entry per UTF-16 unit of the value, and one for its end. `start` is the scalar's first unit in `text`. */
export function scalarOffsets(
  text: string,
  start: number,
  end: number,
  type: Scalar.Type | undefined,
  value: string,
): readonly number[] {
  const block = type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED";
  const quoted = type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE";
  const offsets: number[] = [];
  let at = block ? blockStart(text, start) : quoted ? start + 1 : start;
  const indent = block ? blockIndent(text, at, end) : 0;
  if (block) at = skipSpaces(text, at, indent);
  for (let index = 0; index < value.length; index++) {
    const unit = value[index] ?? "";
    at = seek(text, at, end, unit, type);
    offsets.push(at);
    at = advance(text, at, unit, type);
    if (block && text[at - 1] === "\n") at = skipSpaces(text, at, indent);
  }
  offsets.push(Math.min(at, end));
  return offsets;
}

function blockStart(text: string, start: number): number {
  const line = text.indexOf("\n", start);
  return line === -1 ? text.length : line + 1;
}

/** Indentation of the first line with content. */
function blockIndent(text: string, from: number, end: number): number {
  for (const line of text.slice(from, end).split("\n")) {
    if (line.trim() !== "") return line.length - line.trimStart().length;
  }
  return 0;
}

function skipSpaces(text: string, from: number, most: number): number {
  let at = from;
  while (at - from < most && text[at] === " ") at += 1;
  return at;
}

/** Moves over what the value does not show: indentation, carriage returns, folded line ends. */
function seek(text: string, from: number, end: number, unit: string, type: Scalar.Type | undefined): number {
  let at = from;
  while (at < end) {
    const here = text[at];
    if (type === "QUOTE_DOUBLE" && here === "\\") {
      if (!/[\r\n]/.test(text[at + 1] ?? "")) return at;
      at += 2;
      continue;
    }
    if (here === unit) return at;
    if (here === "\n" && unit === " ") return at;
    if (here === " " || here === "\t" || here === "\r" || here === "\n") at += 1;
    else return at;
  }
  return Math.min(at, end);
}

function advance(text: string, at: number, unit: string, type: Scalar.Type | undefined): number {
  const here = text[at];
  if (type === "QUOTE_DOUBLE" && here === "\\") {
    const kind = text[at + 1];
    // An escape above the BMP gives two units; the first one stays on it.
    if (kind === "U" && /[\uD800-\uDBFF]/.test(unit)) return at;
    return at + 2 + (kind === "x" ? 2 : kind === "u" ? 4 : kind === "U" ? 8 : 0);
  }
  if (type === "QUOTE_SINGLE" && here === "'" && text[at + 1] === "'") return at + 2;
  return at + 1;
}
