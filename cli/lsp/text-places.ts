// Between the compiler's places (from 1), the protocol's (from 0) and offsets; all of them count UTF-16 units.

import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Location, Position, Range } from "vscode-languageserver";
import type { Position as OwnPosition, Range as OwnRange } from "../../schema/diagnostic.ts";

const toPosition = ({ line, column }: OwnPosition): Position => ({ line: line - 1, character: column - 1 });

export const toOwnPosition = ({ line, character }: Position): OwnPosition => ({
  line: line + 1,
  column: character + 1,
});

export const toRange = ({ start, end }: OwnRange): Range => ({ start: toPosition(start), end: toPosition(end) });

export function toLocation(root: string, file: string, range: OwnRange): Location {
  return { uri: uriOf(root, file), range: toRange(range) };
}

export const uriOf = (root: string, file: string): string => pathToFileURL(join(root, file)).href;

/** Absolute, forward slashes; undefined for what is no file. */
export function pathOfUri(uri: string): string | undefined {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri).replaceAll("\\", "/") : undefined;
  } catch {
    return undefined;
  }
}

export function offsetOf(text: string, { line, character }: Position): number {
  let start = 0;
  for (let at = 0; at < line; at += 1) {
    const next = text.indexOf("\n", start);
    if (next === -1) return text.length;
    start = next + 1;
  }
  const end = text.indexOf("\n", start);
  return Math.min(start + character, end === -1 ? text.length : end);
}

export function positionOf(text: string, offset: number): Position {
  let line = 0;
  let start = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
    start = at + 1;
  }
  return { line, character: offset - start };
}

export const rangeOf = (text: string, start: number, end: number): Range => ({
  start: positionOf(text, start),
  end: positionOf(text, end),
});
