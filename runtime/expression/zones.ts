// Time zones, by the tables that Node.js carries. How far a zone is from UTC is asked of the formatter, the one part of
// Intl that gives fields.

import { fixedOffset } from "../../schema/functions/dates.ts";
import type { Budget } from "./budget.ts";
import { dayLength, earliest, latest, timeOf } from "./calendar.ts";
import { builtin } from "./intrinsics.ts";

/** Time in UTC to the wall clock's and back; undefined when there is no such zone. */
export interface Zones {
  toLocal(time: number, zone: string): number | undefined;
  toUtc(local: number, zone: string): number | undefined;
}

const ticksPerLook = 60;
const ticksPerZone = 2000;
const maxZones = 100;
const maxName = 64;

type Asked = { readonly format: Intl.DateTimeFormat | undefined };

export function createZones(budget: Budget): Zones {
  const known = builtin.createTable<Asked>();

  const formatOf = (zone: string): Intl.DateTimeFormat | undefined => {
    if (zone.length > maxName) return undefined;
    const before = known.get(zone);
    if (before !== undefined) return before.format;
    budget.tick(ticksPerZone);
    if (known.size() >= maxZones) known.clear();
    const format = zoneFormat(zone);
    known.set(zone, { format });
    return format;
  };

  const offsetAt = (time: number, zone: string): number | undefined => {
    if (zone === "UTC") return 0;
    const fixed = offsetIn(zone);
    if (fixed !== undefined) return fixed;
    const format = formatOf(zone);
    // A day from the ends of the calendar, where the local date may lie outside.
    if (format === undefined || time < earliest + dayLength || time > latest - dayLength) return undefined;
    budget.tick(ticksPerLook);
    const seconds = builtin.floor(time / 1000) * 1000;
    const local = localTime(builtin.formatToParts(format, seconds));
    return local === undefined ? undefined : local - seconds;
  };

  return {
    toLocal: (time, zone) => {
      const offset = offsetAt(time, zone);
      return offset === undefined ? undefined : time + offset;
    },
    /** Of a time that the clock shows twice the first; one that it skips is moved on by what is skipped. */
    toUtc: (local, zone) => {
      const before = offsetAt(local - dayLength, zone);
      const after = offsetAt(local + dayLength, zone);
      if (before === undefined || after === undefined) return undefined;
      const early = local - before;
      if (before === after || offsetAt(early, zone) === before) return early;
      const late = local - after;
      return offsetAt(late, zone) === after ? late : early;
    },
  };
}

function zoneFormat(zone: string): Intl.DateTimeFormat | undefined {
  const first = zone[0] ?? "";
  // Some versions take offsets in forms of their own.
  if (!((first >= "A" && first <= "Z") || (first >= "a" && first <= "z"))) return undefined;
  try {
    return builtin.createZoneFormat(zone);
  } catch {
    return undefined;
  }
}

function offsetIn(zone: string): number | undefined {
  if (zone.length !== 6) return undefined;
  const match = builtin.match(fixedOffset, zone);
  if (match === null) return undefined;
  const size = (builtin.toNumber(match[2]) * 60 + builtin.toNumber(match[3])) * 60_000;
  return match[1] === "-" ? -size : size;
}

function localTime(parts: readonly Intl.DateTimeFormatPart[]): number | undefined {
  const fields = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, millisecond: 0 };
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (part === undefined || part.type === "literal") continue;
    if (builtin.hasOwn(fields, part.type)) fields[part.type as keyof typeof fields] = builtin.toNumber(part.value);
  }
  return timeOf(fields);
}
