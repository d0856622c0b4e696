// The elements of a list in a JSON document, cut without reading the document whole: `/*` are those of the outermost
// list, `/data/rows/*` those of the list below these members. What an element holds is left to the JSON parser.

import type { Cutter, Piece, Position } from "./cut.ts";

const code = (sign: string): number => sign.charCodeAt(0);
const feed = 0x0a;
const quote = code('"');
const backslash = code("\\");
const comma = code(",");
const colon = code(":");
const openers = [code("["), code("{")];
const closers = [code("]"), code("}")];

/** Longer names are none that somebody asks for. */
const longestName = 1_024;

/** `path`: names of the members down to the list. */
export function cutList(path: readonly string[], longest: number, from: Position): Cutter {
  const walk = walker(path, longest, from);
  return {
    push: (chunk) => {
      const pieces: Piece[] = [];
      for (let at = 0; at < chunk.length; at += 1) {
        const piece = walk.step(chunk, at);
        if (piece !== undefined) pieces.push(piece);
        if (piece?.kind === "broken") return pieces;
      }
      walk.keep(chunk);
      return pieces;
    },
    end: () => walk.end(),
  };
}

interface Walker {
  step(chunk: Uint8Array, at: number): Piece | undefined;
  /** The chunk is over, the element may not be. */
  keep(chunk: Uint8Array): void;
  end(): readonly Piece[];
}

function walker(path: readonly string[], longest: number, from: Position): Walker {
  const where = path.map((name) => `/${name}`).join("");
  /** `before` the list, `in` it, or `after` it. */
  let stage: "before" | "in" | "after" = from.offset > 0 ? "in" : "before";
  let { offset, line, records } = from;
  let inText = false;
  let escaped = false;
  /** Open lists and objects: in the list those of the element only. */
  let depth = 0;

  /** Where in the chunk the element starts or goes on; -1: none has begun. */
  let start = -1;
  let startLine = line;
  let parts: Uint8Array[] = [];
  let size = 0;
  /** A comma asks for another. */
  let wanted = false;

  /** Names of the path that lead here. */
  let matched = 0;
  /** The next value is what these names lead to. */
  let here = true;
  /** Next comes a member's name, of the object on the path. */
  let naming = false;
  let name: number[] | undefined;
  let last = "";

  const broken = (message: string): Piece => ({ kind: "broken", line, message });
  const noList = (): Piece => broken(`there is no list at \`${where}/*\``);
  const hold = (part: Uint8Array): void => {
    size += part.length;
    if (size <= longest) parts.push(part);
    else parts = [];
  };
  const element = (chunk: Uint8Array, at: number): Piece => {
    if (start >= 0) hold(chunk.subarray(start, at));
    records += 1;
    const end = { offset, line, records };
    const piece: Piece =
      size > longest
        ? { kind: "too-long", line: startLine, end }
        : { kind: "record", line: start < 0 ? line : startLine, bytes: Buffer.concat(parts), end };
    parts = [];
    size = 0;
    start = -1;
    return piece;
  };

  const inList = (chunk: Uint8Array, at: number, byte: number): Piece | undefined => {
    if (depth === 0 && (byte === comma || closers.includes(byte))) {
      const piece = start >= 0 || wanted ? element(chunk, at) : undefined;
      wanted = byte === comma;
      if (byte !== comma) stage = "after";
      return piece;
    }
    if (byte > 0x20 && start < 0) {
      start = at;
      startLine = line;
    }
    if (byte === quote) inText = true;
    else if (openers.includes(byte)) depth += 1;
    else if (closers.includes(byte)) depth -= 1;
    return undefined;
  };
  const beforeList = (byte: number): Piece | undefined => {
    const onPath = depth === matched + (here ? 0 : 1);
    if (byte === quote) {
      inText = true;
      if (here) return noList();
      if (onPath && naming) name = [];
    } else if (openers.includes(byte)) {
      if (here && (byte === openers[0]) !== (matched === path.length)) return noList();
      if (here && byte === openers[0]) {
        stage = "in";
        depth = 0;
        return undefined;
      }
      depth += 1;
      naming = here;
      here = false;
    } else if (closers.includes(byte)) {
      depth -= 1;
      if (depth < matched + 1) return noList();
    } else if (byte === comma) naming = onPath;
    else if (byte === colon) {
      here = onPath && naming && last === path[matched];
      if (here) matched += 1;
      naming = false;
    } else if (here && byte > 0x20) return noList();
    return undefined;
  };
  const inString = (byte: number): void => {
    if (escaped) escaped = false;
    else if (byte === backslash) escaped = true;
    else if (byte === quote) {
      inText = false;
      if (name !== undefined) last = nameOf(name);
      name = undefined;
      return;
    }
    if (name !== undefined && name.length < longestName) name.push(byte);
  };

  return {
    step: (chunk, at) => {
      const byte = chunk[at] ?? 0;
      let piece: Piece | undefined;
      if (inText) inString(byte);
      else if (stage === "in") piece = inList(chunk, at, byte);
      else if (stage === "before" && !(offset < 3 && byte > 0x7f)) piece = beforeList(byte);
      offset += 1;
      if (byte === feed) line += 1;
      return piece;
    },
    keep: (chunk) => {
      if (start < 0) return;
      hold(chunk.subarray(start));
      start = 0;
    },
    end: () => {
      if (stage === "after") return [];
      return [stage === "in" ? broken("the document ends inside the list") : noList()];
    },
  };
}

function nameOf(bytes: readonly number[]): string {
  try {
    const name: unknown = JSON.parse(`"${Buffer.from(bytes).toString("utf8")}"`);
    return typeof name === "string" ? name : "";
  } catch {
    return "";
  }
}
