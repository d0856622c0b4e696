// The elements of an XML document that stand at a path, `/orders/order`, cut without reading the document whole. What
// an element holds is left to the XML parser; prefixes do not count, and a DOCTYPE ends it.

import { type Cutter, countLines, type Piece, type Position } from "./cut.ts";

const less = 0x3c;
const greater = 0x3e;
const slash = 0x2f;

/** `path`: names from the root to the elements, at least one. */
export function cutElements(path: readonly string[], longest: number, from: Position): Cutter {
  let buffer: Buffer = Buffer.alloc(0);
  /** Offset in the file of the buffer's first byte, and the line there. */
  let { offset: base, line: baseLine, records } = from;
  /** Everything before is looked at. */
  let at = 0;
  /** Names of the open elements outside of a record; where reading goes on, the record's are. */
  const open: string[] = from.offset > 0 ? path.slice(0, -1) : [];
  let rooted = from.offset > 0;
  /** Where the record starts; -1: outside of one. */
  let start = -1;
  let startLine = 1;
  let inner = 0;
  let dropping = false;

  const lineAt = (place: number): number => baseLine + countLines(buffer, 0, place);
  const broken = (message: string): Piece => ({ kind: "broken", line: lineAt(at), message });
  const forget = (before: number): void => {
    baseLine = lineAt(before);
    base += before;
    buffer = buffer.subarray(before);
    at -= before;
    if (start >= 0) start = Math.max(0, start - before);
  };
  const record = (end: number): Piece => {
    records += 1;
    const place = { offset: base + end, line: lineAt(end), records };
    const bytes = buffer.subarray(start, end);
    const piece: Piece =
      dropping || bytes.length > longest
        ? { kind: "too-long", line: startLine, end: place }
        : { kind: "record", line: startLine, bytes, end: place };
    start = -1;
    inner = 0;
    dropping = false;
    return piece;
  };

  /** `end`: behind the tag. */
  const tag = (end: number): Piece | undefined => {
    const closing = buffer[at + 1] === slash;
    const alone = buffer[end - 2] === slash;
    if (start >= 0) {
      inner += closing ? -1 : alone ? 0 : 1;
      return inner === 0 ? record(end) : undefined;
    }
    const name = nameIn(buffer, at + (closing ? 2 : 1), end - 1);
    if (closing) return open.pop() === name ? undefined : broken("an element is not closed, or closed twice");
    if (open.length === 0 && (rooted || name !== path[0])) {
      return broken(rooted ? "it has more than one root" : `its root is not \`${path[0]}\``);
    }
    rooted = true;
    const fits = open.length === path.length - 1 && name === path.at(-1) && open.every((each, n) => each === path[n]);
    if (!fits) {
      if (!alone) open.push(name);
      return open.length > 64 ? broken("it is nested more than 64 deep") : undefined;
    }
    start = at;
    startLine = lineAt(at);
    inner = alone ? 0 : 1;
    return alone ? record(end) : undefined;
  };

  return {
    push: (chunk) => {
      buffer = buffer.length === 0 ? Buffer.from(chunk) : Buffer.concat([buffer, chunk]);
      const pieces: Piece[] = [];
      for (;;) {
        const next = buffer.indexOf(less, at);
        if (next < 0) {
          at = buffer.length;
          break;
        }
        at = next;
        const end = endOfMarkup(buffer, at);
        if (end === "declaration") return [...pieces, broken("it has a DOCTYPE, which is not taken")];
        if (end < 0) break;
        const piece = isTag(buffer, at) ? tag(end) : foreign(buffer, at, end) ? broken("it is not UTF-8") : undefined;
        if (piece !== undefined) pieces.push(piece);
        if (piece?.kind === "broken") return pieces;
        at = end;
      }
      if (start >= 0 && buffer.length - start > longest + chunk.length) {
        dropping = true;
        start = at;
      }
      if (buffer.length - at > longest) return [...pieces, broken("a tag is longer than `max-record`")];
      forget(start >= 0 ? start : at);
      return pieces;
    },
    end: () => {
      if (rooted && open.length === 0 && start < 0) return [];
      return [broken(rooted ? "the document ends inside an element" : "it is no XML document")];
    },
  };
}

const isTag = (buffer: Buffer, at: number): boolean => buffer[at + 1] !== 0x21 && buffer[at + 1] !== 0x3f;

/** A declaration that names another encoding. */
function foreign(buffer: Buffer, at: number, end: number): boolean {
  if (!buffer.subarray(at, at + 6).equals(Buffer.from("<?xml "))) return false;
  const encoding = /\sencoding\s*=\s*["']([^"']*)["']/.exec(buffer.toString("latin1", at, end))?.[1];
  return encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding);
}

/** Index behind it; -1: not all of it is there yet. */
function endOfMarkup(buffer: Buffer, at: number): number | "declaration" {
  const second = buffer[at + 1];
  if (second === undefined) return -1;
  if (second === 0x3f) return behind(buffer, "?>", at + 2);
  if (second !== 0x21) return endOfTag(buffer, at + 1);
  const opening = buffer.toString("latin1", at + 2, at + 9);
  if (opening.startsWith("--")) return behind(buffer, "-->", at + 4);
  if (opening === "[CDATA[") return behind(buffer, "]]>", at + 9);
  return "--".startsWith(opening) || "[CDATA[".startsWith(opening) ? -1 : "declaration";
}

function behind(buffer: Buffer, sign: string, from: number): number {
  const found = buffer.indexOf(sign, from, "latin1");
  return found < 0 ? -1 : found + sign.length;
}

/** A `>` inside of quotes is none. */
function endOfTag(buffer: Buffer, from: number): number {
  let inside = 0;
  for (let at = from; at < buffer.length; at += 1) {
    const byte = buffer[at] ?? 0;
    if (inside !== 0) inside = byte === inside ? 0 : inside;
    else if (byte === 0x22 || byte === 0x27) inside = byte;
    else if (byte === greater) return at + 1;
  }
  return -1;
}

/** Without its prefix. */
function nameIn(buffer: Buffer, from: number, to: number): string {
  const [whole = ""] = /^[^\s/>]*/.exec(buffer.toString("utf8", from, to)) ?? [];
  return whole.slice(whole.indexOf(":") + 1);
}
