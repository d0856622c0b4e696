// The calendar in whole numbers: milliseconds since 1970 and the fields of a date, for the years 1 to 9999. No `Date`,
// which knows a clock and a local zone.

import { builtin } from "./intrinsics.ts";

export interface Fields {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

export const dayLength = 86_400_000;
export const earliest = -62_135_596_800_000;
export const latest = 253_402_300_799_999;

export const isInRange = (time: number): boolean => time >= earliest && time <= latest;

/** Days since 1970 of a date. The year begins in March, so that a leap day is its last. */
export function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = builtin.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = builtin.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + builtin.floor(yearOfEra / 4) - builtin.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function fieldsOf(time: number): Fields {
  const days = builtin.floor(time / dayLength);
  const rest = time - days * dayLength;
  const shifted = days + 719_468;
  const era = builtin.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leaps = builtin.floor(dayOfEra / 1460) - builtin.floor(dayOfEra / 36_524) + builtin.floor(dayOfEra / 146_096);
  const yearOfEra = builtin.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + builtin.floor(yearOfEra / 4) - builtin.floor(yearOfEra / 100));
  const monthFromMarch = builtin.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - builtin.floor((153 * monthFromMarch + 2) / 5) + 1,
    hour: builtin.floor(rest / 3_600_000),
    minute: builtin.floor(rest / 60_000) % 60,
    second: builtin.floor(rest / 1000) % 60,
    millisecond: rest % 1000,
  };
}

/** Undefined when there is no such date or time of day; second 60 of the last minute of an hour is a leap second. */
export function timeOf({ year, month, day, hour, minute, second, millisecond }: Fields): number | undefined {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > (minute === 59 ? 60 : 59)) return undefined;
  return daysOf(year, month, day) * dayLength + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** 1 (Monday) to 7 (Sunday). */
export function weekdayOf(time: number): number {
  const days = builtin.floor(time / dayLength) + 3;
  return days - builtin.floor(days / 7) * 7 + 1;
}

/** `2024-05-01T10:00:00.000Z`. */
export function isoOf(time: number): string {
  const { year, month, day, hour, minute, second, millisecond } = fieldsOf(time);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}T${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}.${padded(millisecond, 3)}Z`;
}

export const padded = (value: number, length: number): string => builtin.padStart(`${value}`, length, "0");
