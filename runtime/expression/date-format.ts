// Dates by a pattern, in both directions. Names are English: a pattern means the same in every locale.

import { type DatePiece, readDatePattern } from "../../schema/date-pattern.ts";
import type { DatePart } from "../../schema/functions/dates.ts";
import { type Fields, fieldsOf, padded, timeOf, weekdayOf } from "./calendar.ts";
import { months, nameIn, offsetOf, type Read } from "./date-text.ts";
import { builtin } from "./intrinsics.ts";

const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

/** Undefined when the pattern is none. */
export function formatLocal(local: number, offset: number, pattern: string): string | undefined {
  const pieces = readDatePattern(pattern);
  if ("wrong" in pieces) return undefined;
  const fields = fieldsOf(local);
  let text = "";
  for (let index = 0; index < pieces.length; index += 1) {
    const piece = pieces[index];
    if (piece === undefined) continue;
    text += "literal" in piece ? piece.literal : partText(piece.part, fields, local, offset);
  }
  return text;
}

function partText(part: DatePart, fields: Fields, local: number, offset: number): string {
  switch (part) {
    case "yyyy":
      return padded(fields.year, 4);
    case "yy":
      return padded(fields.year % 100, 2);
    case "MMMM":
    case "MMM":
      return named(months, fields.month, part === "MMM");
    case "EEEE":
    case "EEE":
      return named(weekdays, weekdayOf(local), part === "EEE");
    case "MM":
    case "M":
      return padded(fields.month, part.length);
    case "dd":
    case "d":
      return padded(fields.day, part.length);
    case "HH":
    case "H":
      return padded(fields.hour, part.length);
    case "hh":
    case "h":
      return padded(((fields.hour + 11) % 12) + 1, part.length);
    case "mm":
    case "m":
      return padded(fields.minute, part.length);
    case "ss":
    case "s":
      return padded(fields.second, part.length);
    case "SSS":
      return padded(fields.millisecond, 3);
    case "a":
      return fields.hour < 12 ? "AM" : "PM";
    case "XXX":
    case "XX":
      return offsetText(offset, part === "XXX" ? ":" : "");
  }
}

function named(names: readonly string[], place: number, short: boolean): string {
  const name = names[place - 1] ?? "";
  return short ? builtin.slice(name, 0, 3) : name;
}

function offsetText(offset: number, between: string): string {
  if (offset === 0) return "Z";
  const minutes = builtin.floor(builtin.abs(offset) / 60_000);
  return `${offset < 0 ? "-" : "+"}${padded(builtin.floor(minutes / 60), 2)}${between}${padded(minutes % 60, 2)}`;
}

/** What has been read so far. */
interface Reading {
  at: number;
  readonly fields: { -readonly [Name in keyof Fields]: Fields[Name] };
  afternoon: boolean | undefined;
  offset: number | undefined;
  dated: { year: boolean; month: boolean; day: boolean };
}

/** Undefined when the text does not fit the pattern, or the pattern names no whole date. */
export function parseLocal(text: string, pattern: string): Read | undefined {
  const pieces = readDatePattern(pattern);
  if ("wrong" in pieces) return undefined;
  const reading: Reading = {
    at: 0,
    fields: { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, millisecond: 0 },
    afternoon: undefined,
    offset: undefined,
    dated: { year: false, month: false, day: false },
  };
  for (let index = 0; index < pieces.length; index += 1) {
    const piece = pieces[index];
    if (piece !== undefined && !take(piece, text, reading)) return undefined;
  }
  const { at, fields, afternoon, offset, dated } = reading;
  if (at !== text.length || !dated.year || !dated.month || !dated.day) return undefined;
  if (afternoon !== undefined) {
    if (fields.hour < 1 || fields.hour > 12) return undefined;
    fields.hour = (fields.hour % 12) + (afternoon ? 12 : 0);
  }
  const time = timeOf(fields);
  if (time === undefined) return undefined;
  return offset === undefined ? { time, local: true } : { time: time - offset, local: false };
}

function take(piece: DatePiece, text: string, reading: Reading): boolean {
  if ("part" in piece) return takePart(piece.part, text, reading);
  const end = reading.at + piece.literal.length;
  if (builtin.slice(text, reading.at, end) !== piece.literal) return false;
  reading.at = end;
  return true;
}

function takePart(part: DatePart, text: string, reading: Reading): boolean {
  const { fields, dated } = reading;
  switch (part) {
    case "yyyy":
      dated.year = true;
      return takeNumber(text, reading, "year", 4, 4);
    case "yy": {
      dated.year = true;
      const read = takeNumber(text, reading, "year", 2, 2);
      // As POSIX has it.
      fields.year += fields.year < 69 ? 2000 : 1900;
      return read;
    }
    case "MMMM":
    case "MMM": {
      dated.month = true;
      fields.month = takeName(months, text, reading, part === "MMM");
      return fields.month > 0;
    }
    case "EEEE":
    case "EEE":
      return takeName(weekdays, text, reading, part === "EEE") > 0;
    case "MM":
    case "M":
      dated.month = true;
      return takeNumber(text, reading, "month", part.length, 2);
    case "dd":
    case "d":
      dated.day = true;
      return takeNumber(text, reading, "day", part.length, 2);
    case "HH":
    case "H":
    case "hh":
    case "h":
      return takeNumber(text, reading, "hour", part.length, 2);
    case "mm":
    case "m":
      return takeNumber(text, reading, "minute", part.length, 2);
    case "ss":
    case "s":
      return takeNumber(text, reading, "second", part.length, 2);
    case "SSS":
      return takeNumber(text, reading, "millisecond", 3, 3);
    case "a": {
      const half = takeName(["AM", "PM"], text, reading, false);
      reading.afternoon = half === 2;
      return half > 0;
    }
    case "XXX":
    case "XX":
      return takeOffset(text, reading, part === "XXX" ? 6 : 5);
  }
}

function takeNumber(text: string, reading: Reading, name: keyof Fields, least: number, most: number): boolean {
  let value = 0;
  let count = 0;
  for (; count < most; count += 1) {
    const sign = text[reading.at + count] ?? "";
    if (sign === "" || sign < "0" || sign > "9") break;
    value = value * 10 + builtin.toNumber(sign);
  }
  reading.at += count;
  reading.fields[name] = value;
  return count >= least;
}

/** The place of the name that comes next, from 1; 0 when it is none. */
function takeName(names: readonly string[], text: string, reading: Reading, short: boolean): number {
  for (let index = 0; index < names.length; index += 1) {
    const length = short ? 3 : (names[index]?.length ?? 0);
    const found = nameIn(names, builtin.slice(text, reading.at, reading.at + length), length);
    if (found !== index + 1) continue;
    reading.at += length;
    return found;
  }
  return 0;
}

function takeOffset(text: string, reading: Reading, length: number): boolean {
  if (text[reading.at] === "Z") {
    reading.offset = 0;
    reading.at += 1;
    return true;
  }
  const end = reading.at + length;
  reading.offset = offsetOf(builtin.slice(text, reading.at, end));
  reading.at = end;
  return reading.offset !== undefined && end <= text.length;
}
