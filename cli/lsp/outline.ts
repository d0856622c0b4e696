// The keys and values of a YAML text with their places, read line by line: while somebody is typing, the text is not
// YAML, and still everything around the cursor has its path. What the compiler says of a text never comes from here.

import { readFlow } from "./flow.ts";

export type Segment = string | number;
export type Path = readonly Segment[];

export interface Key {
  /** Of the key itself: `["source", "http"]`. */
  readonly path: Path;
  readonly start: number;
  readonly end: number;
}

export interface Scalar {
  readonly path: Path;
  readonly start: number;
  readonly end: number;
  /** A word on a line of its own: it may become a key. */
  readonly bare?: true;
}

/** Nothing yet: where a key or a value may be written. */
export interface Slot {
  /** Of the map or list around, or of what the value is for. */
  readonly path: Path;
  readonly start: number;
  readonly end: number;
  readonly at: "key" | "value" | "either";
}

export interface Outline {
  readonly start: number;
  readonly end: number;
  readonly keys: readonly Key[];
  readonly scalars: readonly Scalar[];
  readonly slots: readonly Slot[];
  /** What each line with content leaves open, by the offset where it starts. */
  readonly lines: readonly OpenLine[];
}

export interface OpenLine {
  readonly start: number;
  readonly open: readonly Open[];
}

/** A key or a list item that what is indented deeper belongs to. */
export interface Open {
  readonly indent: number;
  readonly segment: Segment;
}

export interface Collected {
  readonly keys: Key[];
  readonly scalars: Scalar[];
  readonly slots: Slot[];
}

/** One for each document of the text. */
export function outlines(text: string): readonly Outline[] {
  const breaks = [...text.matchAll(/^---(?=\s|$).*$\n?/gm)];
  const starts = [0, ...breaks.map((found) => found.index + found[0].length)];
  return starts.map((start, index) => outline(text, start, breaks[index]?.index ?? text.length));
}

export const pathOf = (open: readonly Open[]): Path => open.map(({ segment }) => segment);

const keyPattern =
  /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#{}[\],"'&*!|>%@`-][^\s:]*(?:[^\S\r\n]+[^\s:#][^\s:]*)*|-[^\s:]+|\.\.\.)[^\S\r\n]*:(?=\s|$)/;

function outline(text: string, start: number, end: number): Outline {
  const found: Collected = { keys: [], scalars: [], slots: [] };
  const lines: OpenLine[] = [];
  let open: readonly Open[] = [];
  for (let at = start; at < end; ) {
    const newline = text.indexOf("\n", at);
    const next = newline === -1 || newline >= end ? end : newline + 1;
    const line = text.slice(at, next).replace(/\r?\n$/, "");
    if (/^\s*(?:#.*)?$/.test(line)) {
      at = next;
      continue;
    }
    const read = readLine(text, line, at, end, open, found);
    open = read.open;
    lines.push({ start: at, open });
    at = Math.max(next, read.end ?? 0);
  }
  return { start, end, ...found, lines };
}

interface LineRead {
  readonly open: readonly Open[];
  /** Where to go on, when a value goes on over several lines. */
  readonly end?: number;
}

function readLine(
  text: string,
  line: string,
  start: number,
  end: number,
  before: readonly Open[],
  found: Collected,
): LineRead {
  let open = before;
  let column = line.length - line.trimStart().length;
  for (
    let dash = /^-(?:\s+|$)/.exec(line.slice(column));
    dash !== null;
    dash = /^-(?:\s+|$)/.exec(line.slice(column))
  ) {
    open = item(open, column);
    column += dash[0].length;
    if (column >= line.length) {
      found.slots.push({ path: pathOf(open), start: start + column, end: start + line.length, at: "either" });
      return { open };
    }
  }
  const key = keyPattern.exec(line.slice(column));
  if (key === null) {
    open = open.filter(({ indent }) => indent < column);
    return { open, ...readValue(text, start + column, end, open, column - 1, true, found) };
  }
  const [whole, raw = ""] = key;
  open = [...open.filter(({ indent }) => indent < column), { indent: column, segment: unquoted(raw) }];
  found.keys.push({ path: pathOf(open), start: start + column, end: start + column + raw.length });
  const from = start + column + whole.length;
  return { open, ...readValue(text, from, end, open, column, false, found) };
}

/** A dash at the column of the key above belongs to it. */
function item(open: readonly Open[], column: number): readonly Open[] {
  const kept = open.filter(
    ({ indent, segment }) => indent < column || (indent === column && typeof segment === "string"),
  );
  const before = open.find(({ indent, segment }) => indent === column && typeof segment === "number")?.segment;
  return [...kept, { indent: column, segment: typeof before === "number" ? before + 1 : 0 }];
}

export const unquoted = (raw: string): string => (/^(["']).*\1$/s.test(raw) ? raw.slice(1, -1) : raw);

/** From behind the colon, or from a word on its own. `indent`: lines that are indented deeper may go on with it. */
function readValue(
  text: string,
  from: number,
  end: number,
  open: readonly Open[],
  indent: number,
  bare: boolean,
  found: Collected,
): { readonly end?: number } {
  const lineEnd = endOfLine(text, from, end);
  const rest = text.slice(from, lineEnd);
  const start = from + (rest.length - rest.trimStart().length);
  const path = pathOf(open);
  const content = text.slice(start, lineEnd);
  if (content === "" || content.startsWith("#")) {
    found.slots.push({ path, start: from, end: start, at: "value" });
    return {};
  }
  if (start > from) found.slots.push({ path, start: from, end: start - 1, at: "value" });
  if (/^[|>][-+\d]*\s*(?:#.*)?$/.test(content)) {
    const last = blockEnd(text, lineEnd, end, indent);
    found.scalars.push({ path, start: Math.min(last, lineEnd + 1), end: last });
    return { end: last };
  }
  if (/^[{[]/.test(content)) return { end: readFlow(text, start, end, path, found) };
  const quote = content[0];
  const last = quote === '"' || quote === "'" ? endOfQuoted(text, start, end, quote) : plainEnd(text, start, lineEnd);
  found.scalars.push({ path, start, end: last, ...(bare ? { bare: true } : {}) });
  return last > lineEnd ? { end: last } : {};
}

function endOfLine(text: string, from: number, end: number): number {
  const newline = text.indexOf("\n", from);
  const last = newline === -1 ? end : Math.min(newline, end);
  return text[last - 1] === "\r" ? last - 1 : last;
}

/** Behind the last line that is indented deeper. */
function blockEnd(text: string, from: number, end: number, indent: number): number {
  let last = from;
  for (let at = text.indexOf("\n", from) + 1; at > 0 && at < end; at = text.indexOf("\n", at) + 1) {
    const lineEnd = endOfLine(text, at, end);
    const line = text.slice(at, lineEnd);
    if (line.trim() !== "" && line.length - line.trimStart().length <= indent) return last;
    last = lineEnd;
  }
  return last === from ? from : last;
}

/** An unclosed one ends with its line: the rest is what somebody is not yet done with. */
export function endOfQuoted(text: string, start: number, end: number, quote: string): number {
  const most = Math.min(end, start + 20_000);
  for (let at = start + 1; at < most; at += 1) {
    if (quote === '"' && text[at] === "\\") at += 1;
    else if (text[at] === quote && quote === "'" && text[at + 1] === quote) at += 1;
    else if (text[at] === quote) return at + 1;
    else if (text[at] === "\n" && /^\s*(?:- )*[\w.-]+:(?:\s|$)/.test(text.slice(at + 1, at + 200))) break;
  }
  return endOfLine(text, start, end);
}

function plainEnd(text: string, start: number, lineEnd: number): number {
  const content = text.slice(start, lineEnd);
  const comment = content.search(/\s#/);
  return start + (comment === -1 ? content : content.slice(0, comment)).trimEnd().length;
}
