// What `addTime` adds: `1d 2h`, or ISO 8601's `P1DT2H`.

import { durationForms } from "../../schema/functions/dates.ts";
import { builtin } from "./intrinsics.ts";

/** Months and days are of the calendar, the rest is time. */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly milliseconds: number;
}

const maxLength = 150;
const part = /^(\d+)([a-z]+)$/;

/** Each unit as months, days and milliseconds. */
const units: Readonly<Record<string, Duration>> = {
  ms: { months: 0, days: 0, milliseconds: 1 },
  s: { months: 0, days: 0, milliseconds: 1000 },
  m: { months: 0, days: 0, milliseconds: 60_000 },
  h: { months: 0, days: 0, milliseconds: 3_600_000 },
  d: { months: 0, days: 1, milliseconds: 0 },
  w: { months: 0, days: 7, milliseconds: 0 },
  mo: { months: 1, days: 0, milliseconds: 0 },
  y: { months: 12, days: 0, milliseconds: 0 },
};

export function readDuration(value: string): Duration | undefined {
  if (value.length > maxLength) return undefined;
  const text = builtin.trim(value);
  if (builtin.matches(durationForms.parts, text)) return readParts(text);
  const iso = builtin.match(durationForms.iso, text);
  return iso === null ? undefined : readIso(iso);
}

function readParts(text: string): Duration {
  const negative = text[0] === "-";
  const parts = builtin.split(negative ? builtin.slice(text, 1, text.length) : text, " ", 20);
  const sign = negative ? -1 : 1;
  let months = 0;
  let days = 0;
  let milliseconds = 0;
  for (let index = 0; index < parts.length; index += 1) {
    const match = builtin.match(part, parts[index] ?? "");
    const unit = units[match?.[2] ?? ""];
    if (unit === undefined) continue;
    const count = sign * builtin.toNumber(match?.[1] ?? "0");
    months += count * unit.months;
    days += count * unit.days;
    milliseconds += count * unit.milliseconds;
  }
  return { months, days, milliseconds };
}

function readIso(match: RegExpExecArray): Duration {
  const sign = match[1] === "-" ? -1 : 1;
  const count = (index: number): number => sign * builtin.toNumber(match[index] ?? "0");
  const fraction = builtin.toNumber(builtin.slice(builtin.padEnd(match[9] ?? "", 3, "0"), 0, 3));
  return {
    months: count(2) * 12 + count(3),
    days: count(4) * 7 + count(5),
    milliseconds: ((count(6) * 60 + count(7)) * 60 + count(8)) * 1000 + sign * fraction,
  };
}
