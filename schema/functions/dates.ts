// Dates and times are ISO 8601 text; there is no clock. Every function reads what `date` reads, gives UTC with
// milliseconds and is undefined when its text is no date, so that the author decides what then.

import { type Entries, entry } from "./entry.ts";

/** Parts of a pattern for `formatDate`, longest first. */
export const dateParts = [
  "yyyy",
  "MMMM",
  "EEEE",
  "MMM",
  "EEE",
  "SSS",
  "XXX",
  "yy",
  "MM",
  "dd",
  "HH",
  "hh",
  "mm",
  "ss",
  "XX",
  "M",
  "d",
  "H",
  "h",
  "m",
  "s",
  "a",
] as const;

export type DatePart = (typeof dateParts)[number];

/** Characters of a pattern; a longer one is not read. */
export const maxDatePattern = 100;

/** What `addTime` adds: `1d 2h`, `-30m`, or ISO 8601's `P1Y2M3W4DT5H6M7.5S`. */
export const durationForms = {
  parts: /^-?\d{1,15}(?:ms|s|m|h|d|w|mo|y)(?: \d{1,15}(?:ms|s|m|h|d|w|mo|y)){0,7}$/,
  iso: /^(-)?P(?=\d|T\d)(?:(\d{1,15})Y)?(?:(\d{1,15})M)?(?:(\d{1,15})W)?(?:(\d{1,15})D)?(?:T(?=\d)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15})(?:\.(\d{1,9}))?S)?)?$/,
} as const;

/** A zone by its distance from UTC. */
export const fixedOffset = /^([+-])(0\d|1[0-4]):([0-5]\d)$/;

const units = '"second" | "minute" | "hour" | "day" | "week" | "month" | "quarter" | "year"';

export const dateFunctions = {
  date: entry(
    "(text: string, zone?: string): string | undefined",
    "Reads ISO 8601, RFC 3339 and RFC 2822 dates and gives UTC. A text without an offset is in `zone` (default UTC).",
    'date("2024-05-01T12:00:00+02:00")',
    { 1: "zone" },
  ),
  parseDate: entry(
    "(text: string, pattern: string, zone?: string): string | undefined",
    "Reads a date by a pattern with year, month and day, such as `dd.MM.yyyy HH:mm`; see `formatDate` for its parts.",
    'parseDate("01.05.2024", "dd.MM.yyyy", "Europe/Berlin")',
    { 1: "date-pattern", 2: "zone" },
  ),
  formatDate: entry(
    "(date: string, pattern: string, zone?: string): string | undefined",
    `The date in \`zone\` (default UTC) by a pattern of ${dateParts.map((part) => `\`${part}\``).join(" ")}; other letters stand in single quotes.`,
    'formatDate(body.createdAt, "d MMMM yyyy, HH:mm", "Europe/Stockholm")',
    { 1: "date-format", 2: "zone" },
  ),
  dateFromUnix: entry(
    "(seconds: number): string | undefined",
    "The date of a Unix time in seconds; of milliseconds: `dateFromUnix(ms / 1000)`.",
    "dateFromUnix(1714557600)",
  ),
  unix: entry(
    "(date: string): number | undefined",
    "Unix time in seconds, with milliseconds as decimals.",
    "unix(body.createdAt)",
  ),
  addTime: entry(
    "(date: string, duration: string, zone?: string): string | undefined",
    "The date moved by `250ms 1s 5m 24h 7d`, `2w 1mo 1y`, several of them (`1d 2h`) or ISO 8601 (`PT1H`), back with `-`. Days and longer follow the calendar of `zone` (default UTC); a month's missing day is its last.",
    'addTime(body.createdAt, "1mo")',
    { 1: "duration", 2: "zone" },
  ),
  startOf: entry(
    `(date: string, unit: ${units}, zone?: string): string | undefined`,
    "When the unit around the date began in `zone` (default UTC); weeks begin on Monday.",
    'startOf(body.createdAt, "day", "Europe/Stockholm")',
    { 2: "zone" },
  ),
  daysBetween: entry(
    "(from: string, to: string, zone?: string): number | undefined",
    "Midnights in `zone` (default UTC) from one date to the other; negative when `to` is earlier.",
    'daysBetween("2024-02-28", "2024-03-01")',
    { 2: "zone" },
  ),
  weekday: entry(
    "(date: string, zone?: string): 1 | 2 | 3 | 4 | 5 | 6 | 7 | undefined",
    "The day of the week in `zone` (default UTC), from 1 (Monday) to 7 (Sunday).",
    'weekday("2024-05-01")',
    { 1: "zone" },
  ),
} as const satisfies Entries;
