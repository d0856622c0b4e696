// The expression around the cursor, and the text with a mark in it: while somebody is typing, the expression does not
// parse, so what is missing behind the cursor is put there, in several ways, until one of them is an expression.

import { grammarErrors } from "../../compiler/2-parse/yaml.ts";
import { closingBrace } from "../../compiler/expression/closing-brace.ts";
import { mark } from "../../compiler/offer.ts";

export interface Cursor {
  /** Behind `${`. */
  readonly start: number;
  /** Of the closing brace, or of the cursor's word where there is none. */
  readonly end: number;
  readonly closed: boolean;
  /** The name that is being written; empty behind a dot. */
  readonly word: { readonly start: number; readonly end: number };
  /** Where the dot stands (`.` or `?.`), when the word is a member. */
  readonly dot?: number;
  /** The quote that is open at the cursor. */
  readonly quote?: string;
}

/** Undefined when the offset is in no `${ … }`. */
export function expressionAt(text: string, offset: number): Cursor | undefined {
  const limit = limitOf(text, offset);
  for (
    let open = text.indexOf("${", limit.start);
    open !== -1 && open + 2 <= offset;
    open = text.indexOf("${", open + 1)
  ) {
    if (text[open - 1] === "$") continue;
    const start = open + 2;
    const body = text.slice(start, limit.end);
    const close = closingBrace(body, 0);
    // The brace of the next expression is not this one's.
    const next = text.indexOf("${", offset);
    const closed = close !== undefined && !(next !== -1 && next < start + close && !body.includes("`"));
    if (closed && start + close < offset) {
      open = start + close - 1;
      continue;
    }
    return cursorIn(text, offset, start, closed ? start + close : undefined);
  }
  return undefined;
}

function cursorIn(text: string, offset: number, start: number, close: number | undefined): Cursor {
  const before = /[\w$]*$/.exec(text.slice(start, offset))?.[0] ?? "";
  const after = /^[\w$]*/.exec(text.slice(offset, close))?.[0] ?? "";
  const word = { start: offset - before.length, end: offset + after.length };
  const { quote } = openIn(text.slice(start, word.start));
  const dot = /(\?\.|(?<![\d.])\.)\s*$/.exec(text.slice(start, word.start));
  return {
    start,
    end: close ?? word.end,
    closed: close !== undefined,
    word,
    ...(dot === null || quote !== undefined ? {} : { dot: start + dot.index }),
    ...(quote === undefined ? {} : { quote }),
  };
}

/** A block's expression may take all of its lines, any other one line. */
function limitOf(text: string, offset: number): { readonly start: number; readonly end: number } {
  const from = text.lastIndexOf("\n", offset - 1) + 1;
  const newline = text.indexOf("\n", offset);
  const line = { start: from, end: newline === -1 ? text.length : newline };
  const indent = indentOf(text.slice(line.start, line.end));
  for (let at = from; at > 0; ) {
    const above = text.lastIndexOf("\n", at - 2) + 1;
    const content = text.slice(above, at).trimEnd();
    at = above;
    if (content.trim() === "" || indentOf(content) >= indent) continue;
    if (/[|>][-+\d]*$/.test(content)) return { start: above, end: blockEnd(text, line.end, indentOf(content)) };
    // Lines of a block may be indented less than this one.
    if (/^\s*(?:- )*[\w.-]+:/.test(content)) return line;
  }
  return line;
}

function blockEnd(text: string, from: number, indent: number): number {
  let last = from;
  for (let at = text.indexOf("\n", from); at !== -1; at = text.indexOf("\n", at + 1)) {
    const end = text.indexOf("\n", at + 1);
    const line = text.slice(at + 1, end === -1 ? text.length : end);
    if (line.trim() !== "" && indentOf(line) <= indent) return last;
    last = end === -1 ? text.length : end;
  }
  return last;
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** Texts with the mark at the cursor, the likeliest first. */
export function* marked(text: string, cursor: Cursor): Generator<string> {
  const { start, end, closed, word, quote } = cursor;
  const before = text.slice(start, word.start);
  const rest = closed ? text.slice(word.end, end) : "";
  const put = (expression: string): string =>
    `${text.slice(0, start)}${expression}${closed ? "" : " }"}${text.slice(end)}`;
  const open = openIn(before);
  const closers = (quote ?? "") + open.closers;
  if (closed) yield put(`${before}${mark}${rest}`);
  yield put(`${before}${mark}${closers}`);
  yield put(`${before}${mark}${quote ?? ""} : undefined${open.closers}`);
  const chain = /[\w$\]).?["'-]*$/.exec(before)?.[0] ?? "";
  if (quote === undefined && chain !== "") yield put(` ${chain}${mark} `);
}

/** What is open at the end of a piece of an expression, and what would close it. */
function openIn(piece: string): { readonly closers: string; readonly quote?: string } {
  const open: string[] = [];
  let quote: string | undefined;
  for (let at = 0; at < piece.length; at += 1) {
    const unit = piece[at] ?? "";
    if (quote !== undefined) {
      if (unit === "\\") at += 1;
      else if (unit === quote) quote = undefined;
      else if (quote === "`" && unit === "$" && piece[at + 1] === "{") {
        open.push("`}");
        quote = undefined;
        at += 1;
      }
    } else if (unit === '"' || unit === "'" || unit === "`") quote = unit;
    else if (unit === "(") open.push(")");
    else if (unit === "[") open.push("]");
    else if (unit === "{") open.push("}");
    else if (/[)\]}]/.test(unit)) {
      if (open.pop() === "`}") quote = "`";
    }
  }
  const closers = open
    .reverse()
    .map((sign) => (sign === "`}" ? "}`" : sign))
    .join("");
  return { closers, ...(quote === undefined ? {} : { quote }) };
}

/** Names that an arrow function in front of the cursor may bind. */
export function parametersIn(text: string, { start, word }: Cursor): readonly string[] {
  const before = text.slice(start, word.start);
  const found = [...before.matchAll(/(?:\(([^()]*)\)|([A-Za-z_$][\w$]*))\s*=>/g)];
  const names = found.flatMap(([, several, one]) => (several ?? one ?? "").split(","));
  return [...new Set(names.map((name) => name.trim()).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name)))];
}

/** Without the lines that YAML cannot read, the cursor's aside: what is wrong elsewhere shall not be in the way. */
export function healed(text: string, offset: number): string {
  const ownLine = text.slice(0, offset).split("\n").length;
  let now = text;
  for (let round = 0; round < 5; round += 1) {
    const [error] = grammarErrors(now);
    if (error === undefined) break;
    const lines = now.split("\n");
    // What is missing at the end is missing from the last line that says something.
    const found = now.slice(0, error.pos[0]).trimEnd().split("\n").length;
    const line = (lines[found - 1] ?? "").trim() === "" ? found + 1 : found;
    if (line === ownLine) break;
    lines[line - 1] = (lines[line - 1] ?? "").replaceAll(/[^\r]/g, " ");
    now = lines.join("\n");
  }
  return now;
}
