// The built-in methods that the library uses, taken when the process starts. What code changes on a prototype later
// reaches no expression.

const { apply } = Reflect;
const text = String.prototype;
const list = Array.prototype;
const { hasOwn: ownsKey, keys: keysOf, defineProperty } = Object;
const { isArray: isList } = Array;
const { isFinite: finite, isInteger: whole } = Number;
const { round, floor, ceil, abs, min, max } = Math;
const encode = encodeURIComponent;
const toNumber = Number;
const toText = String;

const { trim, trimStart, trimEnd, toUpperCase, toLowerCase, startsWith, endsWith, indexOf, slice } = text;
const { split, replaceAll, padStart, padEnd, at } = text;
const { sort, slice: sliceOf, join } = list;
const { toFixed } = Number.prototype;
const { exec } = RegExp.prototype;

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
  round,
  floor,
  ceil,
  abs,
  min,
  max,
  encode,
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
  sort: (value: unknown[], by: (a: unknown, b: unknown) => number): unknown[] => apply(sort, value, [by]),
  sliceOf: (value: readonly unknown[], start: number, end: number): unknown[] => apply(sliceOf, value, [start, end]),
  join: (value: readonly string[], separator: string): string => apply(join, value, [separator]),
  toFixed: (value: number, digits: number): string => apply(toFixed, value, [digits]),
  matches: (pattern: RegExp, value: string): boolean => apply(exec, pattern, [value]) !== null,
};
