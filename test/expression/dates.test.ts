// Dates, times and zones: against the calendar of JavaScript where it has one, and by hand where clocks jump.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLibrary } from "../../runtime/expression/library.ts";
import { evaluate } from "./evaluate.ts";

function all(cases: readonly (readonly [source: string, value: unknown])[]): void {
  test.each(cases)("%s", (source, value) => {
    expect(evaluate(source)).toEqual({ kind: "value", value });
  });
}

describe("reads", () => {
  all([
    ["date('2024-05-01')", "2024-05-01T00:00:00.000Z"],
    ["date('2024-05-01T10:20')", "2024-05-01T10:20:00.000Z"],
    ["date('2024-05-01T10:20:30Z')", "2024-05-01T10:20:30.000Z"],
    ["date('2024-05-01t10:20:30z')", "2024-05-01T10:20:30.000Z"],
    ["date(' 2024-05-01 10:20:30.5+02 ')", "2024-05-01T08:20:30.500Z"],
    ["date('2024-05-01T10:20:30.123456789-0530')", "2024-05-01T15:50:30.123Z"],
    ["date('2024-05-01T10:20:30,25+05:45')", "2024-05-01T04:35:30.250Z"],
    ["date('20240501T102030Z')", "2024-05-01T10:20:30.000Z"],
    ["date('20240501')", "2024-05-01T00:00:00.000Z"],
    ["date('2024-02-29')", "2024-02-29T00:00:00.000Z"],
    ["date('2016-12-31T23:59:60Z')", "2017-01-01T00:00:00.000Z"],
    ["date('Wed, 01 May 2024 10:00:00 +0200')", "2024-05-01T08:00:00.000Z"],
    ["date('1 may 2024 10:00 GMT')", "2024-05-01T10:00:00.000Z"],
    ["date('Sun, 06 Nov 94 08:49:37 EST')", "1994-11-06T13:49:37.000Z"],
    ["date('Wed, 1 May 2024 10:00:00 +0000 (UTC)')", "2024-05-01T10:00:00.000Z"],
    ["date('2024-05-01T12:00', 'Europe/Stockholm')", "2024-05-01T10:00:00.000Z"],
    ["date('2024-05-01T12:00Z', 'Europe/Stockholm')", "2024-05-01T12:00:00.000Z"],
    ["date('2024-05-01T12:00', '-03:30')", "2024-05-01T15:30:00.000Z"],
    ["date('0001-01-01')", "0001-01-01T00:00:00.000Z"],
    ["date('9999-12-31T23:59:59.999Z')", "9999-12-31T23:59:59.999Z"],
    ["dateFromUnix(0)", "1970-01-01T00:00:00.000Z"],
    ["dateFromUnix(1714557600.0004)", "2024-05-01T10:00:00.000Z"],
    ["dateFromUnix(-1.5)", "1969-12-31T23:59:58.500Z"],
    ["unix('2024-05-01T10:00:00.250Z')", 1714557600.25],
    ["date(dateFromUnix(1714557600) ?? '') === dateFromUnix(1714557600)", true],
  ]);
});

describe("is no date", () => {
  test.each([
    "",
    "yesterday",
    "2024-02-30",
    "2023-02-29",
    "2024-13-01",
    "2024-00-01",
    "2024-05-01T24:00:00Z",
    "2024-05-01T10:60:00Z",
    "2024-05-01T10:30:60Z",
    "2024-05-01T10Z",
    "2024-5-1",
    "05/01/2024",
    "01.05.2024",
    "0000-01-01",
    "+12024-01-01",
    "2024-05-01T10:00:00+24:00",
    "2024-05-01T10:00:00+02:60",
    "0001-01-01T00:00:00+02:00",
    "1 Mai 2024 10:00 GMT",
    "1 May 2024 10:00 XYZ",
    "1 May 2024 10:00",
    "٢٠٢٤-٠٥-٠١",
    "2024-05-01T10:00:00Z; DROP",
    "1714557600",
    `2024-05-01${" ".repeat(200)}`,
  ])("%j", (text) => {
    const sources = [
      "date(body)",
      "unix(body)",
      "formatDate(body, 'yyyy')",
      "addTime(body, '1d')",
      "startOf(body, 'day')",
      "daysBetween(body, '2024-01-01')",
      "daysBetween('2024-01-01', body)",
      "weekday(body)",
    ];
    for (const source of sources) expect(evaluate(source, { body: text })).toEqual({ kind: "value", value: undefined });
  });

  all([
    ["dateFromUnix(1e18)", undefined],
    ["dateFromUnix(0 / 0)", undefined],
    ["dateFromUnix(1 / 0)", undefined],
    ["addTime('9999-12-31', '1d')", undefined],
    ["addTime('0001-01-01', '-1ms')", undefined],
    ["addTime('2024-01-01', '999999999999999y')", undefined],
    ["addTime('2024-01-01', '999999999999999d')", undefined],
  ]);

  test.each(["Europe/Stokholm", "", "x".repeat(1000), "+25:00", "+2", "constructor", "../etc/passwd"])(
    "a zone %j that only data has",
    (body) => {
      for (const source of [
        "date('2024-05-01', body)",
        "formatDate('2024-05-01', 'yyyy', body)",
        "parseDate('2024-05-01', 'yyyy-MM-dd', body)",
        "startOf('2024-05-01', 'day', body)",
        "weekday('2024-05-01', body)",
      ]) {
        expect(evaluate(source, { body })).toEqual({ kind: "value", value: undefined });
      }
    },
  );

  test.each([
    "",
    "1",
    "1x",
    "1 d",
    "P",
    "PT",
    "P1S",
    "1d2h",
    "1d  2h",
    "--1d",
    "1.5h",
    "PT1.5H",
    "1h ".repeat(20),
    "x".repeat(9999),
  ])("a duration %j that only data has", (body) => {
    expect(evaluate("addTime('2024-05-01', body)", { body })).toEqual({ kind: "value", value: undefined });
  });
});

describe("adds", () => {
  all([
    ["addTime('2024-05-01', 'PT1H')", "2024-05-01T01:00:00.000Z"],
    ["addTime('2024-05-01', '1d 2h 3m 4s 5ms')", "2024-05-02T02:03:04.005Z"],
    ["addTime('2024-05-01', '-1d 2h')", "2024-04-29T22:00:00.000Z"],
    ["addTime('2024-05-01', 'P1Y2M3W4DT5H6M7.5S')", "2025-07-26T05:06:07.500Z"],
    ["addTime('2024-05-01', '-P1D')", "2024-04-30T00:00:00.000Z"],
    ["addTime('2024-01-31', '1mo')", "2024-02-29T00:00:00.000Z"],
    ["addTime('2024-02-29', '1y')", "2025-02-28T00:00:00.000Z"],
    ["addTime('2024-03-31', '-1mo')", "2024-02-29T00:00:00.000Z"],
    ["addTime('2024-01-15', '-13mo')", "2022-12-15T00:00:00.000Z"],
    ["addTime('2024-05-01', '2w')", "2024-05-15T00:00:00.000Z"],
    // A day in March has 23 hours, and keeps its wall clock.
    ["addTime('2024-03-30T12:00:00Z', '1d', 'Europe/Stockholm')", "2024-03-31T11:00:00.000Z"],
    ["addTime('2024-03-30T12:00:00Z', '24h', 'Europe/Stockholm')", "2024-03-31T12:00:00.000Z"],
    ["addTime('2024-03-30T12:00:00Z', '1d')", "2024-03-31T12:00:00.000Z"],
    // 02:30 does not exist on that day.
    ["addTime('2024-03-30T01:30:00Z', '1d', 'Europe/Stockholm')", "2024-03-31T01:30:00.000Z"],
  ]);
});

describe("formats and parses", () => {
  all([
    ["formatDate('2024-05-01T09:08:07.006Z', 'yyyy-MM-dd HH:mm:ss.SSS XXX')", "2024-05-01 09:08:07.006 Z"],
    ["formatDate('2024-05-01T09:08:07Z', 'd.M.yy H:m:s')", "1.5.24 9:8:7"],
    ["formatDate('2024-05-01T00:08:00Z', 'EEEE EEE, MMMM MMM, hh:mm h a')", "Wednesday Wed, May May, 12:08 12 AM"],
    ["formatDate('2024-05-01T23:00:00Z', 'dd HH:mm XXX XX', 'America/New_York')", "01 19:00 -04:00 -0400"],
    ["formatDate('2024-05-01T23:00:00Z', 'dd HH:mm', 'Asia/Kathmandu')", "02 04:45"],
    ["formatDate('2024-05-01', \"yyyy'-W'''MM''\")", "2024-W'05'"],
    ["formatDate('2024-05-01', '')", ""],
    ["formatDate('0099-05-01', 'yyyy yy')", "0099 99"],
    ["formatDate('2024-05-01', 'yyyy年MM月')", "2024年05月"],
    ["parseDate('01.05.2024', 'dd.MM.yyyy')", "2024-05-01T00:00:00.000Z"],
    ["parseDate('1.5.24 9:08', 'd.M.yy H:mm', 'Europe/Stockholm')", "2024-05-01T07:08:00.000Z"],
    ["parseDate('May 1, 2024 12:05 am', 'MMM d, yyyy h:mm a')", "2024-05-01T00:05:00.000Z"],
    ["parseDate('wednesday 1 MAY 2024 12:05 PM', 'EEEE d MMMM yyyy hh:mm a')", "2024-05-01T12:05:00.000Z"],
    ["parseDate('20240501102030123+0200', 'yyyyMMddHHmmssSSSXX')", "2024-05-01T08:20:30.123Z"],
    ["parseDate('2024-05-01T10:00Z', \"yyyy-MM-dd'T'HH:mmXXX\", 'Asia/Tokyo')", "2024-05-01T10:00:00.000Z"],
    ["parseDate('01.05.69', 'dd.MM.yy')", "1969-05-01T00:00:00.000Z"],
    ["parseDate('31.04.2024', 'dd.MM.yyyy')", undefined],
    ["parseDate('1.5.2024', 'dd.MM.yyyy')", undefined],
    ["parseDate('01.05.2024 ', 'dd.MM.yyyy')", "2024-05-01T00:00:00.000Z"],
    ["parseDate('01.05.2024x', 'dd.MM.yyyy')", undefined],
    ["parseDate('01.05.', 'dd.MM.yyyy')", undefined],
    ["parseDate('13:00 PM 01.05.2024', 'HH:mm a dd.MM.yyyy')", undefined],
    ["parseDate('', 'dd.MM.yyyy')", undefined],
    ["parseDate('01.05.2024 +0', 'dd.MM.yyyy XXX')", undefined],
  ]);

  test.each(["YYYY", "DD", "yyyyy", "'open", "x".repeat(101), "-".repeat(1_000_000), "T", "Z"])(
    "a pattern that only data has",
    (body) => {
      expect(evaluate("formatDate('2024-05-01', body)", { body })).toEqual({ kind: "value", value: undefined });
      expect(evaluate("parseDate('2024-05-01', body)", { body })).toEqual({ kind: "value", value: undefined });
    },
  );
});

describe("asks the calendar", () => {
  all([
    ["startOf('2024-05-01T10:20:30.5Z', 'second')", "2024-05-01T10:20:30.000Z"],
    ["startOf('2024-05-01T10:20:30Z', 'hour')", "2024-05-01T10:00:00.000Z"],
    ["startOf('2024-05-01T10:20:30Z', 'hour', 'Asia/Kathmandu')", "2024-05-01T10:15:00.000Z"],
    ["startOf('2024-05-01T23:00:00Z', 'day', 'Europe/Stockholm')", "2024-05-01T22:00:00.000Z"],
    ["startOf('2024-05-01', 'week')", "2024-04-29T00:00:00.000Z"],
    ["startOf('2024-05-05', 'week')", "2024-04-29T00:00:00.000Z"],
    ["startOf('2024-05-31', 'month')", "2024-05-01T00:00:00.000Z"],
    ["startOf('2024-06-30', 'quarter')", "2024-04-01T00:00:00.000Z"],
    ["startOf('2024-06-30', 'year', 'Asia/Tokyo')", "2023-12-31T15:00:00.000Z"],
    // An hour that the clock shows twice: each of them begins at its own time.
    ["startOf('2024-10-27T00:30:00Z', 'hour', 'Europe/Stockholm')", "2024-10-27T00:00:00.000Z"],
    ["startOf('2024-10-27T01:30:00Z', 'hour', 'Europe/Stockholm')", "2024-10-27T01:00:00.000Z"],
    // An hour of which half is shown twice, and one of which half is left out.
    ["startOf('2024-04-06T15:15:00Z', 'hour', 'Australia/Lord_Howe')", "2024-04-06T14:00:00.000Z"],
    ["startOf('2024-10-05T15:45:00Z', 'hour', 'Australia/Lord_Howe')", "2024-10-05T15:30:00.000Z"],
    // A day without a midnight.
    ["startOf('2018-11-04T12:00:00Z', 'day', 'America/Sao_Paulo')", "2018-11-04T03:00:00.000Z"],
    ["date('2024-10-27T02:30', 'Europe/Stockholm')", "2024-10-27T00:30:00.000Z"],
    ["date('2024-03-31T02:30', 'Europe/Stockholm')", "2024-03-31T01:30:00.000Z"],
    ["date('2011-12-30T12:00', 'Pacific/Apia')", "2011-12-30T22:00:00.000Z"],
    ["daysBetween('2024-02-28', '2024-03-01')", 2],
    ["daysBetween('2024-03-01', '2024-02-28')", -2],
    ["daysBetween('2024-05-01T23:59:00Z', '2024-05-02T00:01:00Z')", 1],
    ["daysBetween('2024-05-01T23:59:00Z', '2024-05-02T00:01:00Z', 'Europe/Stockholm')", 0],
    ["weekday('2024-05-01') ", 3],
    ["weekday('2024-05-05')", 7],
    ["weekday('1969-12-29')", 1],
    ["weekday('2024-05-05T23:00:00Z', 'Asia/Tokyo')", 1],
  ]);

  test("an unknown unit is a failure", () => {
    expect(evaluate("startOf('2024-05-01', body)", { body: "eon" })).toMatchObject({ kind: "failed" });
  });
});

const $ = createLibrary();
const time = fc.integer({ min: -62_135_596_800_000 + 172_800_000, max: 253_402_300_799_999 - 172_800_000 });
const zone = fc.constantFrom(
  "UTC",
  "Europe/Stockholm",
  "America/New_York",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Pacific/Apia",
  "America/St_Johns",
  "+05:45",
  "-11:00",
);
const recent = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2037, 0, 1) });

function check(property: () => void): void {
  $.begin();
  property();
}

test("the calendar is JavaScript's own", () => {
  fc.assert(
    fc.property(time, (milliseconds) =>
      check(() => {
        const date = new Date(milliseconds);
        const iso = date.toISOString();
        expect($.date(iso)).toBe(iso);
        expect($.unix(iso)).toBe(milliseconds / 1000);
        expect($.weekday(iso)).toBe(date.getUTCDay() === 0 ? 7 : date.getUTCDay());
        if (date.getUTCFullYear() >= 1950) expect($.date(date.toUTCString())).toBe($.startOf(iso, "second"));
        expect($.startOf(iso, "month")).toBe(`${iso.slice(0, 8)}01T00:00:00.000Z`);
        expect($.daysBetween("1970-01-01", iso)).toBe(Math.floor(milliseconds / 86_400_000));
      }),
    ),
    { numRuns: 2000 },
  );
});

test("a zone's wall clock is that of Intl, and leads back to the same time", () => {
  fc.assert(
    fc.property(recent, zone, (milliseconds, name) =>
      check(() => {
        const iso = new Date(milliseconds).toISOString();
        const pattern = "yyyy-MM-dd HH:mm:ss.SSS XXX";
        const shown = $.formatDate(iso, pattern, name);
        expect($.parseDate(shown, pattern)).toBe(iso);
        if (!/^[+-]/.test(name)) {
          const intl = new Intl.DateTimeFormat("sv-SE", { timeZone: name, dateStyle: "short", timeStyle: "medium" });
          expect(shown?.slice(0, 19)).toBe(intl.format(milliseconds));
        }
        // Without the offset only an hour that the clock shows twice is told apart.
        const local = $.unix($.parseDate(shown?.slice(0, 23), "yyyy-MM-dd HH:mm:ss.SSS", name) ?? "");
        expect([0, 1800, 3600, 7200, 86_400]).toContain(milliseconds / 1000 - (local ?? 0));
      }),
    ),
    { numRuns: 2000 },
  );
});

test("a unit begins no later than the date, in its own zone at its own start", () => {
  const unit = fc.constantFrom("hour", "day", "week", "month", "quarter", "year");
  fc.assert(
    fc.property(recent, zone, unit, (milliseconds, name, of) =>
      check(() => {
        const iso = new Date(milliseconds).toISOString();
        const start = $.startOf(iso, of, name);
        if (start === undefined) throw new Error("no start");
        expect(start <= iso).toBe(true);
        expect($.startOf(start, of, name)).toBe(start);
        if (of === "week") expect($.weekday(start, name)).toBe(1);
      }),
    ),
    { numRuns: 2000 },
  );
});

test("adding and taking away whole days, in any zone, is what the calendar says", () => {
  fc.assert(
    fc.property(recent, zone, fc.integer({ min: 0, max: 900 }), (milliseconds, name, days) =>
      check(() => {
        const iso = new Date(milliseconds).toISOString();
        const later = $.addTime(iso, `${days}d`, name);
        if (later === undefined) throw new Error("no date");
        // A day that a zone skipped altogether cannot be landed on.
        if (name !== "Pacific/Apia") expect($.daysBetween(iso, later, name)).toBe(days);
        expect($.addTime(iso, `${days * 24}h`)).toBe(new Date(milliseconds + days * 86_400_000).toISOString());
      }),
    ),
    { numRuns: 2000 },
  );
});
