// `{ a: 1, b: [ … ] }` in the outline of a text: keys, values and the gaps where one may be written.

import type { Collected, Path, Segment } from "./outline.ts";
import { endOfQuoted, unquoted } from "./outline.ts";

interface Level {
  readonly close: "}" | "]";
  readonly path: Path;
  /** Of the value that comes next: the key in a map, the number in a list. */
  segment: Segment | undefined;
}

/** Reads from the opening sign; gives where it ends, or where the text ceases to look like it. */
export function readFlow(text: string, start: number, end: number, path: Path, found: Collected): number {
  const levels: Level[] = [];
  const here = (): Path => {
    const level = levels.at(-1);
    return level === undefined ? path : level.segment === undefined ? level.path : [...level.path, level.segment];
  };
  let at = start;
  let gap = start;
  const slot = (to: number): void => {
    const level = levels.at(-1);
    if (level === undefined) return;
    found.slots.push({ path: here(), start: gap, end: to, at: level.segment === undefined ? "key" : "value" });
  };
  while (at < end) {
    const unit = text[at] ?? "";
    const level = levels.at(-1);
    if (unit === "{" || unit === "[") {
      levels.push(open(unit, here()));
      gap = at + 1;
      at += 1;
    } else if (unit === "}" || unit === "]") {
      slot(at);
      levels.pop();
      at += 1;
      gap = at;
      if (levels.length === 0) return at;
    } else if (unit === ",") {
      slot(at);
      if (level !== undefined) level.segment = typeof level.segment === "number" ? level.segment + 1 : undefined;
      at += 1;
      gap = at;
    } else if (/\s/.test(unit)) {
      if (unit === "\n" && leaves(text, at)) return at;
      at += 1;
    } else if (unit === "#" && /\s/.test(text[at - 1] ?? "")) at = lineEnd(text, at, end);
    else {
      const last = tokenEnd(text, at, end);
      const colon = /^[^\S\n]*:(?=[\s,}\]"']|$)/.exec(text.slice(last, Math.min(end, last + 50)));
      const isKey = level?.close === "}" && level.segment === undefined;
      if (isKey && colon !== null) {
        level.segment = unquoted(text.slice(at, last));
        found.keys.push({ path: here(), start: at, end: last });
        at = last + colon[0].length;
        gap = at;
      } else {
        if (isKey) found.slots.push({ path: here(), start: at, end: last, at: "key" });
        else found.scalars.push({ path: here(), start: at, end: last });
        at = last;
        gap = last;
      }
    }
  }
  return at;
}

const open = (sign: string, path: Path): Level =>
  sign === "{" ? { close: "}", path, segment: undefined } : { close: "]", path, segment: 0 };

/** The next line starts a block entry: the flow was never closed. */
const leaves = (text: string, at: number): boolean => /^\s*(?:- )*[\w.-]+:\s+[^,]*$/.test(nextLine(text, at));

const nextLine = (text: string, at: number): string => (text.slice(at + 1).split("\n", 1)[0] ?? "").trimEnd();

function lineEnd(text: string, from: number, end: number): number {
  const newline = text.indexOf("\n", from);
  return newline === -1 ? end : Math.min(newline, end);
}

function tokenEnd(text: string, start: number, end: number): number {
  const quote = text[start];
  if (quote === '"' || quote === "'") return endOfQuoted(text, start, end, quote);
  let at = start;
  while (at < end) {
    const unit = text[at] ?? "";
    if (/[,{}[\]\n]/.test(unit) && !(unit === "{" && text[at - 1] === "$")) break;
    if (unit === ":" && /[\s,}\]]|^$/.test(text[at + 1] ?? "")) break;
    // An expression that was not quoted: YAML cuts it, its author does not mean to.
    if (unit === "$" && text[at + 1] === "{") {
      const close = text.indexOf("}", at);
      const line = lineEnd(text, at, end);
      at = close === -1 || close > line ? line : close + 1;
    } else at += 1;
  }
  return start + text.slice(start, Math.max(at, start + 1)).trimEnd().length;
}
