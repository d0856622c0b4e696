// The functions and methods of expressions. Written by the VRSky compiler.
interface Object {}
interface Function {}
interface CallableFunction {}
interface NewableFunction {}
interface IArguments {}
interface RegExp {}
interface Boolean {}
interface Array<T> extends ReadonlyArray<T> {}
type NonNullable<T> = T & {};
type Exclude<T, U> = T extends U ? never : T;
interface SymbolConstructor { readonly iterator: unique symbol }
declare const Symbol: SymbolConstructor;
interface IteratorYieldResult<T> { readonly done?: false; readonly value: T }
interface IteratorReturnResult<T> { readonly done: true; readonly value: T }
type IteratorResult<T, R = undefined> = IteratorYieldResult<T> | IteratorReturnResult<R>;
interface Iterator<T, R = undefined, N = unknown> { next(...input: [] | [N]): IteratorResult<T, R> }
interface Iterable<T, R = undefined, N = unknown> { [Symbol.iterator](): Iterator<T, R, N> }
interface IterableIterator<T, R = undefined, N = unknown> extends Iterator<T, R, N> {
  [Symbol.iterator](): IterableIterator<T, R, N>;
}
interface String {
  readonly length: number;
  readonly [index: number]: string;
  /** Without white space at both ends. `body.name.trim()` */
  trim(): string;
  /** Without white space at the start. `body.name.trimStart()` */
  trimStart(): string;
  /** Without white space at the end. `body.name.trimEnd()` */
  trimEnd(): string;
  /** In upper case, the same in every locale. `body.country.toUpperCase()` */
  toUpperCase(): string;
  /** In lower case, the same in every locale. `body.email.toLowerCase()` */
  toLowerCase(): string;
  /** Whether the text starts so. `body.ref.startsWith("refs/heads/")` */
  startsWith(part: string): boolean;
  /** Whether the text ends so. `body.file.endsWith(".csv")` */
  endsWith(part: string): boolean;
  /** Whether the part occurs. `body.title.includes("urgent")` */
  includes(part: string): boolean;
  /** Where the part occurs first, -1 when it does not. `body.id.indexOf("-")` */
  indexOf(part: string): number;
  /** The part from `start` up to `end`; negative counts from the end. `body.sha.slice(0, 7)` */
  slice(start: number, end?: number): string;
  /** The pieces between the separators. `body.tags.split(",")` */
  split(separator: string): readonly string[];
  /** Every occurrence replaced; both are plain text. `body.phone.replaceAll(" ", "")` */
  replaceAll(part: string, by: string): string;
  /** Filled at the start to the length. `body.no.padStart(8, "0")` */
  padStart(length: number, fill?: string): string;
  /** Filled at the end to the length. `body.code.padEnd(10)` */
  padEnd(length: number, fill?: string): string;
  /** One character; negative counts from the end. `body.code.at(-1)` */
  at(index: number): string | undefined;
}
interface Number {
  /** Text with that many decimals. `body.amount.toFixed(2)` */
  toFixed(digits?: number): string;
}
interface ReadonlyArray<T> {
  readonly length: number;
  readonly [index: number]: T;
  [Symbol.iterator](): IterableIterator<T>;
  /** Each item turned into another. `body.lines.map(l => l.sku)` */
  map<U>(by: (item: T, index: number) => U): readonly U[];
  /** The items for which it holds. `body.lines.filter(l => l.qty > 0)` */
  filter<S extends T>(by: (item: T, index: number) => item is S): readonly S[];
  filter(by: (item: T, index: number) => boolean): readonly T[];
  /** Each item turned into a list, the lists joined. `body.orders.flatMap(o => o.lines)` */
  flatMap<U>(by: (item: T, index: number) => readonly U[]): readonly U[];
  /** The first item for which it holds. `body.lines.find(l => l.sku === "a")` */
  find(by: (item: T, index: number) => boolean): T | undefined;
  /** Whether it holds for an item. `body.lines.some(l => l.qty > 9)` */
  some(by: (item: T, index: number) => boolean): boolean;
  /** Whether it holds for all items. `body.lines.every(l => l.qty > 0)` */
  every(by: (item: T, index: number) => boolean): boolean;
  /** All items folded into one value. `body.lines.reduce((sum, l) => sum + l.qty, 0)` */
  reduce<U>(by: (sum: U, item: T, index: number) => U, start: U): U;
  /** Sorted; `by` is negative when a comes first. `body.lines.toSorted((a, b) => a.qty - b.qty)` */
  toSorted(by: (a: T, b: T) => number): readonly T[];
  /** Whether the item is in the list. `body.tags.includes("vip")` */
  includes(item: T): boolean;
  /** Where the item is first, -1 when it is not. `body.tags.indexOf("vip")` */
  indexOf(item: T): number;
  /** Text or numbers joined to one text. `body.tags.join(", ")` */
  join(separator: string): string;
  /** The items from `start` up to `end`. `body.commits.slice(0, 5)` */
  slice(start: number, end?: number): readonly T[];
  /** One item; negative counts from the end. `body.lines.at(-1)` */
  at(index: number): T | undefined;
  /** This list, then the other. `body.to.concat(body.cc)` */
  concat<U>(other: readonly U[]): readonly (T | U)[];
}
/** True when the value is there: neither undefined nor null. Narrows what follows. `exists(body.email)` */
declare function exists<T>(value: T): value is NonNullable<T>;
/** Rounds half away from zero to `digits` decimals (default 0). `round(body.amount * 100)` */
declare function round(value: number, digits?: number): number;
/** The greatest whole number that is not above the value. `floor(2.7)` */
declare function floor(value: number): number;
/** The least whole number that is not below the value. `ceil(2.1)` */
declare function ceil(value: number): number;
/** The value without its sign. `abs(-3)` */
declare function abs(value: number): number;
/** The least of its arguments. `min(body.qty, 10)` */
declare function min(first: number, ...others: readonly number[]): number;
/** The greatest of its arguments. `max(body.qty, 1)` */
declare function max(first: number, ...others: readonly number[]): number;
/** Reads a decimal number; undefined when the text is not one. `number("12.5") ?? 0` */
declare function number(text: string): number | undefined;
/** The value as text. `text(body.qty)` */
declare function text(value: string | number | boolean): string;


/** Text of a secret: may stand in connections and connector settings only. */
interface $Secret { readonly $secret: never }
/** A body whose contract is `any`: it can be passed on, not looked into. */
interface $Any { readonly $any: never }
type $Primitive = string | number | boolean | null | undefined;
/** What a message may hold. */
type $Json = $Primitive | $Any | readonly $Json[] | { readonly [key: string]: $Json };
/** A setting's value, with secrets allowed wherever text is. */
type $Setting<T> = T extends string ? T | $Secret : T extends null ? null | undefined : T extends $Primitive ? T : { readonly [K in keyof T]: $Setting<T[K]> };
type $Keys<C> = C extends unknown ? keyof C : never;
type $At<C, K> = C extends unknown ? (K extends keyof C ? C[K] : never) : never;
/** The keys of T that contract C does not declare, at any depth. */
type $Excess<T, C> = T extends $Primitive ? never
  : C extends $Any ? never
  : T extends readonly (infer E)[] ? (C extends readonly (infer D)[] ? $Excess<E, D> : never)
  : { [K in keyof T]-?: K extends $Keys<C> ? $Excess<T[K], $Solid<$At<C, K>>> : K }[keyof T];
type $Solid<T> = T extends $Primitive ? never : T;
/** What is only known when it comes, and asked then. */
declare function $answer<T>(): T;
declare function $maybe<T>(value: T): T | undefined;
declare function $items<T>(list: readonly T[]): T;
/** What a source's own steps leave; a filter may leave nothing. */
type $Left<F> = F extends (scope: never) => infer R ? (R extends undefined ? never : R) : never;
type $Batch<T> = { readonly id: string; readonly count: number; readonly items: readonly T[] };
type $Error = { readonly class: "invalid" | "not-found" | "rejected" | "unavailable"; readonly message: string };
declare function $closed<E extends never>(): void;
declare function $types(...values: readonly unknown[]): void;
declare function $boolean(condition: boolean): void;
declare function $text(...parts: readonly (string | number | boolean)[]): string;
declare function $settingText(...parts: readonly (string | number | boolean | $Secret)[]): string;
declare function $part<T extends string | number | boolean>(part: T): T;
declare function $settingPart<T extends string | number | boolean | $Secret>(part: T): T;
declare function $template(...parts: readonly string[]): string;
declare function $each<L extends readonly $Json[]>(list: L | null | undefined, by: (item: L[number], index: number) => string): string;
declare function $with<T>(value: T, by: (value: $Given<T>) => string): string;
type $Given<T> = T extends null | undefined ? never : T;
declare function $fields<T extends $Record>(value: T): T;
type $Record = { readonly [key: string]: $Json };
type $Headers = { readonly [name: string]: string | undefined };
type $Meta = { readonly id: string; readonly source: string; readonly receivedAt: string };
