// Bytes of a file cut into records, chunk by chunk, so that a file may be larger than memory and one record may not. A
// cutter knows where each record ends, in bytes and lines: there the reading can go on after a restart.

/** A place between two records. */
export interface Position {
  /** Bytes before it, of the file as it is unpacked. */
  readonly offset: number;
  /** Line that begins or goes on there, from 1. */
  readonly line: number;
  /** Records before it. */
  readonly records: number;
}

export const beginning: Position = { offset: 0, line: 1, records: 0 };

export type Piece =
  /** `line`: where it starts; `end`: where the next may. */
  | { readonly kind: "record"; readonly line: number; readonly bytes: Uint8Array; readonly end: Position }
  /** Left out; what is behind it is not. */
  | { readonly kind: "too-long"; readonly line: number; readonly end: Position }
  /** Nobody knows what is behind it. */
  | { readonly kind: "broken"; readonly line: number; readonly message: string };

/** After a piece that is broken neither is called again. */
export interface Cutter {
  push(chunk: Uint8Array): readonly Piece[];
  /** The file ends. */
  end(): readonly Piece[];
}

/** How records end that stand one after the other. */
export interface Ending {
  /** Index behind the end of the record that goes on at `from`; -1: not in this chunk. Remembers what it has seen. */
  next(chunk: Uint8Array, from: number): number;
  /** Lines that a record takes; it is given with its line end. */
  lines(record: Uint8Array): number;
  /** What is wrong when a record is too long, if nobody knows then where the next one begins. */
  lost?(): string;
}

const feed = 0x0a;
const carriageReturn = 0x0d;

/** Records come without their line end; the last needs none. */
export function cutAt(ending: Ending, longest: number, from: Position): Cutter {
  let parts: Uint8Array[] = [];
  let size = 0;
  let { offset, line, records } = from;

  const hold = (part: Uint8Array): void => {
    size += part.length;
    // Two more for its line end.
    if (size <= longest + 2) parts.push(part);
    else parts = [];
  };
  const finish = (): Piece => {
    const whole = size <= longest + 2 ? only(parts) : undefined;
    const bytes = whole === undefined ? undefined : withoutEnd(whole);
    const start = line;
    offset += size;
    line += whole === undefined ? 1 : ending.lines(whole);
    records += 1;
    parts = [];
    size = 0;
    const end = { offset, line, records };
    return bytes === undefined || bytes.length > longest
      ? { kind: "too-long", line: start, end }
      : { kind: "record", line: start, bytes, end };
  };
  return {
    push: (chunk) => {
      const pieces: Piece[] = [];
      let start = 0;
      for (;;) {
        const end = ending.next(chunk, start);
        hold(chunk.subarray(start, end < 0 ? chunk.length : end));
        const message = size > longest + 2 ? ending.lost?.() : undefined;
        if (message !== undefined) return [...pieces, { kind: "broken", line, message }];
        if (end < 0) return pieces;
        pieces.push(finish());
        start = end;
      }
    },
    end: () => (size > 0 ? [finish()] : []),
  };
}

const only = (parts: readonly Uint8Array[]): Uint8Array => {
  const [first] = parts;
  return first !== undefined && parts.length === 1 ? first : Buffer.concat(parts);
};

function withoutEnd(bytes: Uint8Array): Uint8Array {
  const feeds = bytes.at(-1) === feed ? 1 : 0;
  return bytes.subarray(0, bytes.length - feeds - (bytes.at(-1 - feeds) === carriageReturn ? 1 : 0));
}

/** LF or CRLF. */
export const lineEnding = (): Ending => ({
  next: (chunk, from) => chunk.indexOf(feed, from) + 1 || -1,
  lines: () => 1,
});

export function countLines(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let count = 0;
  for (let at = bytes.indexOf(feed, from); at >= 0 && at < to; at = bytes.indexOf(feed, at + 1)) count += 1;
  return count;
}
