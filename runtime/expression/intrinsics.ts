// The built-in methods that the library uses, taken when the process starts. What code changes on a prototype later
// reaches no expression.

const { apply } = Reflect;
const text = String.prototype;
const list = Array.prototype;
const { hasOwn: ownsKey, keys: keysOf, defineProperty } = Object;
const { isArray: isList } = Array;
const { isFinite: finite, isInteger: whole, isSafeInteger: safe } = Number;
const { round, floor, ceil, abs, min, max } = Math;
const { parse, stringify } = JSON;
const encode = encodeURIComponent;
const decode = decodeURIComponent;
const toBigInt = BigInt;
const toNumber = Number;
const toText = String;

const { trim, trimStart, trimEnd, toUpperCase, toLowerCase, startsWith, endsWith, indexOf, slice } = text;
const { split, replaceAll, padStart, padEnd, at, codePointAt, normalize } = text;
const { sort, slice: sliceOf, join } = list;
const { toFixed } = Number.prototype;
const { exec } = RegExp.prototype;
const KnownMap = Map;
const { get, set, clear } = Map.prototype;
const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, "size")?.get ?? Object;
const { DateTimeFormat } = Intl;
const { formatToParts } = DateTimeFormat.prototype;

export const builtin = {
  hasOwn: (value: object, key: PropertyKey): boolean => ownsKey(value, key),
  keys: (value: object): string[] => keysOf(value),
  /** Sets an own member, whatever its name. */
  define: (object: object, key: string, value: unknown): void => {
    defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  },
  isArray: (value: unknown): value is readonly unknown[] => isList(value),
  isFinite: (value: number): boolean => finite(value),
  isInteger: (value: number): boolean => whole(value),
  isSafeInteger: (value: number): boolean => safe(value),
  round,
  floor,
  ceil,
  abs,
  min,
  max,
  encode,
  decode,
  /** The digits of a whole number of any size. */
  wholeText: (value: number): string => `${toBigInt(value)}`,
  parseJson: (value: string): unknown => parse(value),
  /** A text, a number or a boolean as JSON: an object could bring a `toJSON` along. */
  jsonOf: (value: string | number | boolean): string => stringify(value),
  toNumber,
  toText,
  trim: (value: string): string => apply(trim, value, []),
  trimStart: (value: string): string => apply(trimStart, value, []),
  trimEnd: (value: string): string => apply(trimEnd, value, []),
  toUpperCase: (value: string): string => apply(toUpperCase, value, []),
  toLowerCase: (value: string): string => apply(toLowerCase, value, []),
  startsWith: (value: string, part: string): boolean => apply(startsWith, value, [part]),
  endsWith: (value: string, part: string): boolean => apply(endsWith, value, [part]),
  indexOf: (value: string, part: string, from: number): number => apply(indexOf, value, [part, from]),
  slice: (value: string, start: number, end: number): string => apply(slice, value, [start, end]),
  split: (value: string, separator: string, limit: number): string[] => apply(split, value, [separator, limit]),
  replaceAll: (value: string, part: string, by: string): string => apply(replaceAll, value, [part, () => by]),
  padStart: (value: string, length: number, fill: string): string => apply(padStart, value, [length, fill]),
  padEnd: (value: string, length: number, fill: string): string => apply(padEnd, value, [length, fill]),
  at: (value: string, index: number): string | undefined => apply(at, value, [index]),
  sort: <T>(value: T[], by: (a: T, b: T) => number): T[] => apply(sort, value, [by]),
  sliceOf: (value: readonly unknown[], start: number, end: number): unknown[] => apply(sliceOf, value, [start, end]),
  join: (value: readonly string[], separator: string): string => apply(join, value, [separator]),
  toFixed: (value: number, digits: number): string => apply(toFixed, value, [digits]),
  codePointAt: (value: string, index: number): number => apply(codePointAt, value, [index]) ?? 0,
  /** Letters and their accents apart, other forms of a sign as the plain one. */
  decomposed: (value: string): string => apply(normalize, value, ["NFKD"]),
  match: (pattern: RegExp, value: string): RegExpExecArray | null => apply(exec, pattern, [value]),
  matches: (pattern: RegExp, value: string): boolean => apply(exec, pattern, [value]) !== null,
  createTable: <V>(): Table<V> => {
    const map = new KnownMap<unknown, V>();
    return {
      get: (key) => apply(get, map, [key]),
      set: (key, value) => {
        apply(set, map, [key, value]);
      },
      size: () => apply(mapSize, map, []),
      clear: () => {
        apply(clear, map, []);
      },
    };
  },
  /** Throws when there is no such zone. */
  createZoneFormat: (zone: string): Intl.DateTimeFormat =>
    new DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    }),
  formatToParts: (format: Intl.DateTimeFormat, milliseconds: number): readonly Intl.DateTimeFormatPart[] =>
    apply(formatToParts, format, [milliseconds]),
};

/** What a Map does, reached by no prototype. */
export interface Table<V> {
  get(key: unknown): V | undefined;
  set(key: unknown, value: V): void;
  size(): number;
  clear(): void;
}
