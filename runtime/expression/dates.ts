// Dates and times as ISO 8601 text. Whatever their text is, these give a date or undefined, never a failure: it comes
// from messages.

import { numberOf, textOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { dayLength, daysInMonth, daysOf, fieldsOf, isInRange, isoOf, weekdayOf } from "./calendar.ts";
import { formatLocal, parseLocal } from "./date-format.ts";
import { type Read, readDate } from "./date-text.ts";
import { type Duration, readDuration } from "./durations.ts";
import { fail } from "./failure.ts";
import { builtin } from "./intrinsics.ts";
import { createZones, type Zones } from "./zones.ts";

/** Reading or writing one date, beside the characters of its text. */
const ticksPerDate = 20;
const maxText = 200;

export function createDateFunctions(budget: Budget) {
  const zones = createZones(budget);

  const zoneIn = (zone: unknown, what: string): string => (zone === undefined ? "UTC" : textOf(zone, what, budget));

  const resolve = (read: Read | undefined, zone: string): number | undefined => {
    if (read === undefined) return undefined;
    const time = read.local ? zones.toUtc(read.time, zone) : read.time;
    return time !== undefined && isInRange(time) ? time : undefined;
  };

  const timeIn = (value: unknown, what: string): number | undefined => {
    budget.tick(ticksPerDate);
    return resolve(readDate(textOf(value, what, budget)), "UTC");
  };

  const localIn = (value: unknown, zone: unknown, what: string): number | undefined => {
    const time = timeIn(value, what);
    return time === undefined ? undefined : zones.toLocal(time, zoneIn(zone, what));
  };

  const isoIn = (time: number | undefined): string | undefined =>
    time === undefined || !isInRange(time) ? undefined : isoOf(time);

  return {
    date: (value: unknown, zone?: unknown): string | undefined => {
      budget.tick(ticksPerDate);
      return isoIn(resolve(readDate(textOf(value, "date", budget)), zoneIn(zone, "date")));
    },
    parseDate: (value: unknown, pattern: unknown, zone?: unknown): string | undefined => {
      const text = textOf(value, "parseDate", budget);
      const form = textOf(pattern, "parseDate", budget);
      budget.tick(ticksPerDate + builtin.min(form.length, maxText));
      if (text.length > maxText) return undefined;
      return isoIn(resolve(parseLocal(builtin.trim(text), form), zoneIn(zone, "parseDate")));
    },
    formatDate: (value: unknown, pattern: unknown, zone?: unknown): string | undefined => {
      const time = timeIn(value, "formatDate");
      const form = textOf(pattern, "formatDate", budget);
      budget.tick(builtin.min(form.length, maxText));
      const local = time === undefined ? undefined : zones.toLocal(time, zoneIn(zone, "formatDate"));
      if (time === undefined || local === undefined || !isInRange(local)) return undefined;
      return formatLocal(local, local - time, form);
    },
    dateFromUnix: (seconds: unknown): string | undefined => {
      budget.tick(ticksPerDate);
      const time = builtin.round(numberOf(seconds, "dateFromUnix") * 1000);
      return isoIn(time);
    },
    unix: (value: unknown): number | undefined => {
      const time = timeIn(value, "unix");
      return time === undefined ? undefined : time / 1000;
    },
    addTime: (value: unknown, duration: unknown, zone?: unknown): string | undefined => {
      const time = timeIn(value, "addTime");
      const moved = readDuration(textOf(duration, "addTime", budget));
      const name = zoneIn(zone, "addTime");
      return time === undefined || moved === undefined ? undefined : isoIn(moveTime(time, moved, name, zones));
    },
    startOf: (value: unknown, unit: unknown, zone?: unknown): string | undefined => {
      const time = timeIn(value, "startOf");
      const name = zoneIn(zone, "startOf");
      const local = time === undefined ? undefined : zones.toLocal(time, name);
      const start = startIn(local ?? 0, unit);
      if (time === undefined || local === undefined) return undefined;
      // The clock may show an hour twice: the one that is meant is the distance to its start away.
      const away = time - (local - start);
      return isoIn(isTimeUnit(unit) && zones.toLocal(away, name) === start ? away : zones.toUtc(start, name));
    },
    daysBetween: (from: unknown, to: unknown, zone?: unknown): number | undefined => {
      const first = localIn(from, zone, "daysBetween");
      const last = localIn(to, zone, "daysBetween");
      if (first === undefined || last === undefined) return undefined;
      return builtin.floor(last / dayLength) - builtin.floor(first / dayLength);
    },
    weekday: (value: unknown, zone?: unknown): number | undefined => {
      const local = localIn(value, zone, "weekday");
      return local === undefined ? undefined : weekdayOf(local);
    },
  };
}

function moveTime(time: number, by: Duration, zone: string, zones: Zones): number | undefined {
  if (by.months === 0 && by.days === 0) return time + by.milliseconds;
  const local = zones.toLocal(time, zone);
  const moved = local === undefined ? undefined : moveMonths(local, by.months);
  const day = moved === undefined ? undefined : moved + by.days * dayLength;
  if (day === undefined || !isInRange(day)) return undefined;
  const start = zones.toUtc(day, zone);
  return start === undefined ? undefined : start + by.milliseconds;
}

function moveMonths(local: number, by: number): number | undefined {
  const { year, month, day } = fieldsOf(local);
  const months = year * 12 + (month - 1) + by;
  const newYear = builtin.floor(months / 12);
  const newMonth = months - newYear * 12 + 1;
  if (newYear < 1 || newYear > 9999) return undefined;
  const newDay = builtin.min(day, daysInMonth(newYear, newMonth));
  return local + (daysOf(newYear, newMonth, newDay) - daysOf(year, month, day)) * dayLength;
}

const isTimeUnit = (unit: unknown): boolean => unit === "second" || unit === "minute" || unit === "hour";

function startIn(local: number, unit: unknown): number {
  const { year, month } = fieldsOf(local);
  const day = builtin.floor(local / dayLength);
  switch (unit) {
    case "second":
      return builtin.floor(local / 1000) * 1000;
    case "minute":
      return builtin.floor(local / 60_000) * 60_000;
    case "hour":
      return builtin.floor(local / 3_600_000) * 3_600_000;
    case "day":
      return day * dayLength;
    case "week":
      return (day - weekdayOf(local) + 1) * dayLength;
    case "month":
      return daysOf(year, month, 1) * dayLength;
    case "quarter":
      return daysOf(year, month - ((month - 1) % 3), 1) * dayLength;
    case "year":
      return daysOf(year, 1, 1) * dayLength;
    default:
      return fail('`startOf` takes "second", "minute", "hour", "day", "week", "month", "quarter" or "year"');
  }
}
