// Dates as systems write them: ISO 8601 and RFC 3339, in long and in short form, and RFC 2822 as in mail and HTTP.

import { type Fields, timeOf } from "./calendar.ts";
import { builtin } from "./intrinsics.ts";

/** A time in UTC, or one on a clock whose zone the text does not name. */
export interface Read {
  readonly time: number;
  readonly local: boolean;
}

const maxLength = 100;
const long =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?([Zz]|[+-]\d\d(?::?\d\d)?))?)?$/;
const short = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const mail =
  /^(?:[A-Za-z]{3}, ?)?(\d{1,2}) ([A-Za-z]{3}) (\d{4}|\d\d) (\d\d):(\d\d)(?::(\d\d))? ([A-Za-z]{1,3}|[+-]\d{4})(?: \([^()]{0,40}\))?$/;
const zoneText = /^([+-])(\d\d):?(\d\d)?$/;

export const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** Hours of the zones that RFC 2822 names. */
const mailZones: Readonly<Record<string, number>> = {
  Z: 0,
  UT: 0,
  UTC: 0,
  GMT: 0,
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
};

export function readDate(value: string): Read | undefined {
  if (value.length > maxLength) return undefined;
  const text = builtin.trim(value);
  const iso = builtin.match(long, text) ?? builtin.match(short, text);
  if (iso !== null) return readIso(iso);
  const match = builtin.match(mail, text);
  return match === null ? undefined : readMail(match);
}

function readIso(match: RegExpExecArray): Read | undefined {
  const time = timeOf({
    year: numberIn(match[1]),
    month: numberIn(match[2]),
    day: numberIn(match[3]),
    hour: numberIn(match[4]),
    minute: numberIn(match[5]),
    second: numberIn(match[6]),
    millisecond: millisecondsIn(match[7]),
  });
  const zone = match[8];
  if (time === undefined || zone === undefined) return time === undefined ? undefined : { time, local: true };
  return minus(time, zone === "Z" || zone === "z" ? 0 : offsetOf(zone));
}

function readMail(match: RegExpExecArray): Read | undefined {
  const year = numberIn(match[3]);
  const fields: Fields = {
    // RFC 2822, 4.3: two digits are of 1950 to 2049.
    year: match[3]?.length === 4 ? year : year < 50 ? 2000 + year : 1900 + year,
    month: nameIn(months, match[2] ?? "", 3),
    day: numberIn(match[1]),
    hour: numberIn(match[4]),
    minute: numberIn(match[5]),
    second: numberIn(match[6]),
    millisecond: 0,
  };
  const zone = builtin.toUpperCase(match[7] ?? "");
  const hours = builtin.hasOwn(mailZones, zone) ? mailZones[zone] : undefined;
  const offset = hours === undefined ? offsetOf(zone) : hours * 3_600_000;
  const time = timeOf(fields);
  return time === undefined ? undefined : minus(time, offset);
}

const minus = (time: number, offset: number | undefined): Read | undefined =>
  offset === undefined ? undefined : { time: time - offset, local: false };

/** `+02:00`, `+0200` or `+02` in milliseconds. */
export function offsetOf(text: string): number | undefined {
  const match = builtin.match(zoneText, text);
  if (match === null) return undefined;
  const hours = numberIn(match[2]);
  const minutes = numberIn(match[3]);
  if (hours > 23 || minutes > 59) return undefined;
  const size = (hours * 60 + minutes) * 60_000;
  return match[1] === "-" ? -size : size;
}

/** The place of a name, from 1, by its first characters in any case; 0 when it is none. */
export function nameIn(names: readonly string[], text: string, length: number): number {
  const wanted = builtin.toLowerCase(text);
  for (let index = 0; index < names.length; index += 1) {
    const name = builtin.toLowerCase(names[index] ?? "");
    if (builtin.slice(name, 0, length) === wanted) return index + 1;
  }
  return 0;
}

const numberIn = (text: string | undefined): number => (text === undefined ? 0 : builtin.toNumber(text));

/** What is beyond a millisecond is dropped. */
function millisecondsIn(fraction: string | undefined): number {
  return fraction === undefined ? 0 : builtin.toNumber(builtin.slice(builtin.padEnd(fraction, 3, "0"), 0, 3));
}
