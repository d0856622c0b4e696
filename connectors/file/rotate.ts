// Files that grow are put aside before they grow too far. What is decided is decided by the file as it stands, so that a
// restart, or another worker that writes to it, changes nothing.

import { posix } from "node:path";
import type { TargetContext } from "../../schema/connector.ts";
import { numberSetting, objectSetting } from "../setting.ts";
import { countLines } from "./cut.ts";
import { type Found, type Place, placeError } from "./place.ts";

export interface Rotation {
  /** How many of these texts are to be appended next, one at least. Rejects with a `placeError`. */
  room(path: string, texts: readonly string[]): Promise<number>;
}

interface Known {
  /** The file's size when it held so many lines. */
  readonly size: number;
  readonly lines: number;
  /** When it was first seen, where the place does not know when it was made. */
  readonly seen: number;
}

/** Files about which something is remembered; of others it is found out again. */
const mostKnown = 1_000;

/** Undefined where nothing is to be put aside. Throws when the settings are wrong. */
export function rotationOf(
  { settings, clock }: Pick<TargetContext, "settings" | "clock">,
  place: Place,
  header: string,
): Rotation | undefined {
  const wanted = objectSetting(settings, "rotate");
  if (wanted === undefined) return undefined;
  const size = numberSetting(wanted, "size", Number.POSITIVE_INFINITY);
  const count = numberSetting(wanted, "count", Number.POSITIVE_INFINITY);
  const every = numberSetting(wanted, "every", Number.POSITIVE_INFINITY);
  const known = new Map<string, Known>();

  /** Without the header. */
  const linesIn = async (found: Found): Promise<number> => {
    const before = known.get(found.path);
    if (before?.size === found.size) return before.lines;
    let lines = 0;
    for await (const chunk of await place.read(found.path)) lines += countLines(chunk);
    return Math.max(0, lines - countLines(Buffer.from(header)));
  };
  const remember = (path: string, fact: Known): void => {
    known.delete(path);
    known.set(path, fact);
    const [oldest] = known.keys();
    if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
  };
  const start = Buffer.byteLength(header);

  return {
    room: async (path, texts) => {
      const now = clock.now();
      const found = await place.find(path);
      const seen = known.get(path)?.seen ?? now;
      const empty = { size: start, lines: 0, seen: now };
      let file: Known = empty;
      if (found !== undefined && found.size > 0) {
        file = { size: found.size, lines: count === Number.POSITIVE_INFINITY ? 0 : await linesIn(found), seen };
      }
      const fits = (bytes: number, lines: number): boolean => file.size + bytes <= size && file.lines + lines <= count;
      const old = Math.floor((found?.made ?? file.seen) / every) < Math.floor(now / every);
      const [first = ""] = texts;
      if (file !== empty && (old || !fits(Buffer.byteLength(first), linesOf(first)))) {
        await putAside(path, now, place);
        file = empty;
      }
      let bytes = Buffer.byteLength(first);
      let lines = linesOf(first);
      let room = 1;
      for (const text of texts.slice(1)) {
        if (!fits(bytes + Buffer.byteLength(text), lines + linesOf(text))) break;
        bytes += Buffer.byteLength(text);
        lines += linesOf(text);
        room += 1;
      }
      remember(path, { size: file.size + bytes, lines: file.lines + lines, seen: file.seen });
      return room;
    },
  };
}

const linesOf = (text: string): number => countLines(Buffer.from(text));

/** Nothing is overwritten: a second one of the same second gets a number. */
async function putAside(path: string, now: number, place: Place): Promise<void> {
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const ending = posix.extname(path);
  const stem = path.slice(0, path.length - ending.length);
  for (let number = 0; number < 10_000; number += 1) {
    if (await place.move(path, `${stem}.${stamp}${number === 0 ? "" : `-${number}`}${ending}`)) return;
  }
  throw placeError("unavailable", "every name for the file that is put aside is taken");
}
