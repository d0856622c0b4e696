// CSV (RFC 4180) by bytes: where a row ends, and its fields. Rows end with LF, CRLF or CR, each of them in one file if
// need be; inside quotes all of these are data.

import type { Ending } from "./cut.ts";

const feed = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;

export function csvEnding(): Ending {
  const feeds = finder(feed);
  const returns = finder(carriageReturn);
  const quotes = finder(quote);
  let quoted = false;
  /** The chunk before ended with CR: a LF belongs to it. */
  let returned = false;
  return {
    next: (chunk, from) => {
      if (returned && chunk.length > 0) {
        returned = false;
        return chunk[from] === feed ? from + 1 : from;
      }
      for (let at = from; ; ) {
        if (quoted) {
          const close = quotes(chunk, at);
          if (close === Number.POSITIVE_INFINITY) return -1;
          quoted = false;
          at = close + 1;
        }
        const end = Math.min(feeds(chunk, at), returns(chunk, at));
        const open = quotes(chunk, at);
        if (open < end) {
          quoted = true;
          at = open + 1;
          continue;
        }
        if (end === Number.POSITIVE_INFINITY) return -1;
        if (chunk[end] === feed) return end + 1;
        returned = end + 1 === chunk.length;
        if (returned) return -1;
        return chunk[end + 1] === feed ? end + 2 : end + 1;
      }
    },
    lines: rowLines,
    lost: () =>
      quoted ? "a quote is opened and not closed within `max-record`" : "the row is longer than `max-record`",
  };
}

/** Where the next such byte is; looked for once for all that stands before it. */
function finder(byte: number): (chunk: Uint8Array, from: number) => number {
  let known: Uint8Array | undefined;
  let place = -1;
  return (chunk, from) => {
    if (known === chunk && place >= from) return place;
    known = chunk;
    const found = chunk.indexOf(byte, from);
    place = found < 0 ? Number.POSITIVE_INFINITY : found;
    return place;
  };
}

/** CRLF is one line end. */
function rowLines(row: Uint8Array): number {
  let count = 0;
  for (const [at, byte] of row.entries()) {
    if (byte === feed || (byte === carriageReturn && row[at + 1] !== feed)) count += 1;
  }
  return Math.max(1, count);
}

export type Fields =
  | { readonly kind: "fields"; readonly fields: readonly string[] }
  /** What is wrong with the quotes: where the next row begins is a guess then. */
  | { readonly kind: "flawed"; readonly message: string };

export function csvFields(text: string, delimiter: string): Fields {
  if (!text.includes('"')) return { kind: "fields", fields: text.split(delimiter) };
  const fields: string[] = [];
  for (let at = 0; ; at += delimiter.length) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at, delimiter);
    if (typeof field === "string") return { kind: "flawed", message: field };
    fields.push(field.value);
    at = field.end;
    if (at === text.length) return { kind: "fields", fields };
    if (!text.startsWith(delimiter, at)) return { kind: "flawed", message: "something stands behind a closing quote" };
  }
}

interface Field {
  readonly value: string;
  readonly end: number;
}

function plainField(text: string, from: number, delimiter: string): Field | string {
  const found = text.indexOf(delimiter, from);
  const end = found < 0 ? text.length : found;
  const value = text.slice(from, end);
  return value.includes('"') ? "a quote stands inside a field that is not quoted" : { value, end };
}

function quotedField(text: string, from: number): Field | string {
  let value = "";
  for (let at = from + 1; ; ) {
    const close = text.indexOf('"', at);
    if (close < 0) return "a quote is opened and never closed";
    value += text.slice(at, close);
    if (text[close + 1] !== '"') return { value, end: close + 1 };
    value += '"';
    at = close + 2;
  }
}
