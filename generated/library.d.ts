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
type $Fields = { readonly [key: string]: unknown };
type $Key<T> = T extends unknown ? `${keyof T & (string | number)}` : never;
type $Member<T> = T extends unknown ? Exclude<T[keyof T], undefined> : never;
type $Entry<T> = T extends unknown
  ? { [K in keyof T]-?: { readonly key: `${K & (string | number)}`; readonly value: Exclude<T[K], undefined> } }[keyof T]
  : never;
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
  /** In lower case, the same in every locale. `body.name.toLowerCase()` */
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
  /** The pieces between the separators. `body.csv.split(",")` */
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
  /** The last item for which it holds. `body.lines.findLast(l => l.qty > 1)` */
  findLast(by: (item: T, index: number) => boolean): T | undefined;
  /** Where the first item stands for which it holds, -1 when it does for none. `body.lines.findIndex(l => l.sku === "b")` */
  findIndex(by: (item: T, index: number) => boolean): number;
  /** In reverse order. `body.tags.toReversed()` */
  toReversed(): readonly T[];
  /** Lists inside the list joined, one level deep. `[[1, 2], [3]].flat()` */
  flat(): readonly (T extends readonly (infer U)[] ? U : T)[];
  /** Sorted by text or a number of each item, ascending; equal ones keep their order. `body.lines.sortBy(l => l.sku)` */
  sortBy<K extends string | number>(by: (item: T, index: number) => K): readonly T[];
  /** The first item for each value. `body.lines.uniqueBy(l => l.sku)` */
  uniqueBy(by: (item: T, index: number) => string | number | boolean | null | undefined): readonly T[];
  /** An object of lists: the items by the value as text. `body.lines.groupBy(l => l.sku)` */
  groupBy(by: (item: T, index: number) => string | number | boolean): { readonly [key: string]: readonly T[] };
  /** An object of items by the value as text; of two with one value the later wins. `body.lines.keyBy(l => l.sku)` */
  keyBy(by: (item: T, index: number) => string | number | boolean): { readonly [key: string]: T };
  /** The numbers of all items added up. `body.lines.sumBy(l => l.qty * l.price)` */
  sumBy(by: (item: T, index: number) => number): number;
  /** One item; negative counts from the end. `body.lines.at(-1)` */
  at(index: number): T | undefined;
  /** This list, then the other. `body.to.concat(body.cc)` */
  concat<U>(other: readonly U[]): readonly (T | U)[];
}
/** True when the value is there: neither undefined nor null. Narrows what follows. `exists(body.email)` */
declare function exists<T>(value: T): value is NonNullable<T>;
/** The value; when it is missing the message fails with exactly this reason. `orFail(body.email, "the order has no email")` */
declare function orFail<T>(value: T, reason: string): NonNullable<T>;
/** True for a missing value, empty text, an empty list and an object without fields. `isEmpty(body.tags)` */
declare function isEmpty(value: string | readonly unknown[] | $Fields | null | undefined): boolean;
/** Reads JSON; undefined when the text is none. Its shape is unknown: it can be passed on, not looked into. `parseJson("{ \"a\": 1 }")` */
declare function parseJson(text: string): $Any | undefined;
/** The value as JSON on one line; members that are undefined are left out. `toJson(body.address)` */
declare function toJson(value: $Json): string;
/** Rounds half away from zero to `digits` decimals (default 0). `round(body.amount * 100)` */
declare function round(value: number, digits?: number): number;
/** The greatest whole number that is not above the value. `floor(2.7)` */
declare function floor(value: number): number;
/** The least whole number that is not below the value. `ceil(2.1)` */
declare function ceil(value: number): number;
/** The value without its sign. `abs(-3)` */
declare function abs(value: number): number;
/** The least of its arguments; of a list: `minOf`. `min(body.qty, 10)` */
declare function min(first: number, ...others: readonly number[]): number;
/** The greatest of its arguments; of a list: `maxOf`. `max(body.qty, 1)` */
declare function max(first: number, ...others: readonly number[]): number;
/** The value, kept between the two bounds; the upper one wins. `clamp(body.qty, 1, 100)` */
declare function clamp(value: number, least: number, greatest: number): number;
/** What division leaves, with the sign of the divisor: `mod(-1, 7)` is 6, where `-1 % 7` is -1. `mod(-1, 7)` */
declare function mod(value: number, divisor: number): number;
/** All numbers added up; 0 for an empty list. Round what is money: `round(sum(…), 2)`. `sum(body.lines.map(line => line.qty))` */
declare function sum(list: readonly number[]): number;
/** The sum divided by the count; undefined for an empty list. `average([1, 2, 6]) ?? 0` */
declare function average(list: readonly number[]): number | undefined;
/** The least number of a list; undefined for an empty one. `minOf(body.lines.map(line => line.price))` */
declare function minOf(list: readonly number[]): number | undefined;
/** The greatest number of a list; undefined for an empty one. `maxOf(body.lines.map(line => line.price))` */
declare function maxOf(list: readonly number[]): number | undefined;
/** Reads a decimal number; undefined when the text is not one. `number("12.5") ?? 0` */
declare function number(text: string): number | undefined;
/** Reads a whole number; undefined when the text is not one or has more digits than a number keeps. `integer("42") ?? 0` */
declare function integer(text: string): number | undefined;
/** The number as text, the same in every locale: `decimals` (as many as it has), `thousands` (""), `point` ("."). `formatNumber(1234567.5, { decimals: 2, thousands: "," })` */
declare function formatNumber(value: number, options?: { readonly decimals?: number; readonly thousands?: string; readonly point?: string }): string;
/** The value as text. `text(body.qty)` */
declare function text(value: string | number | boolean): string;
/** The pieces between white space; none of them is empty. `words(body.name)` */
declare function words(text: string): readonly string[];
/** The lines, without their ends (`\n`, `\r\n` or `\r`); an end after the last line makes no further line. `lines("a\nb\n")` */
declare function lines(text: string): readonly string[];
/** The first character in upper case, the rest as it is. `capitalize("order")` */
declare function capitalize(text: string): string;
/** At most `length` characters; text that is cut ends with `end` (default "…"), which counts. `truncate(body.note, 12)` */
declare function truncate(text: string, length: number, end?: string): string;
/** Lower-case letters a–z and digits with `-` between them, accents taken off; may be empty. `slug("Ångström & Søn, 2nd ed.")` */
declare function slug(text: string): string;
/** Whether the pattern occurs in the text; `^…$` asks for the whole text. The pattern is a literal in the subset that contracts have, so it takes linear time: no look-around, back-references or `\b`. `matches(body.sku, "^[A-Z]{2}-\\d+$")` */
declare function matches(text: string, pattern: string): boolean;
/** An amount in minor units, rounded half away from zero: 12.5 EUR is 1250, 500 JPY is 500. Undefined for an unknown currency. `toMinor(12.5, "EUR")` */
declare function toMinor(amount: number, currency: string): number | undefined;
/** Whole minor units as an amount: 1250 EUR is 12.5. Undefined for an unknown currency. `fromMinor(1250, "EUR")` */
declare function fromMinor(minor: number, currency: string): number | undefined;
/** Whole minor units as an amount with its currency, the same in every locale. Undefined for an unknown currency. `formatMoney(123450, "EUR", { thousands: "," })` */
declare function formatMoney(minor: number, currency: string, options?: { readonly thousands?: string; readonly point?: string }): string | undefined;
/** Reads ISO 8601, RFC 3339 and RFC 2822 dates and gives UTC. A text without an offset is in `zone` (default UTC). `date("2024-05-01T12:00:00+02:00")` */
declare function date(text: string, zone?: string): string | undefined;
/** Reads a date by a pattern with year, month and day, such as `dd.MM.yyyy HH:mm`; see `formatDate` for its parts. `parseDate("01.05.2024", "dd.MM.yyyy", "Europe/Berlin")` */
declare function parseDate(text: string, pattern: string, zone?: string): string | undefined;
/** The date in `zone` (default UTC) by a pattern of `yyyy` `MMMM` `EEEE` `MMM` `EEE` `SSS` `XXX` `yy` `MM` `dd` `HH` `hh` `mm` `ss` `XX` `M` `d` `H` `h` `m` `s` `a`; other letters stand in single quotes. `formatDate(body.createdAt, "d MMMM yyyy, HH:mm", "Europe/Stockholm")` */
declare function formatDate(date: string, pattern: string, zone?: string): string | undefined;
/** The date of a Unix time in seconds; of milliseconds: `dateFromUnix(ms / 1000)`. `dateFromUnix(1714557600)` */
declare function dateFromUnix(seconds: number): string | undefined;
/** Unix time in seconds, with milliseconds as decimals. `unix(body.createdAt)` */
declare function unix(date: string): number | undefined;
/** The date moved by `250ms 1s 5m 24h 7d`, `2w 1mo 1y`, several of them (`1d 2h`) or ISO 8601 (`PT1H`), back with `-`. Days and longer follow the calendar of `zone` (default UTC); a month's missing day is its last. `addTime(body.createdAt, "1mo")` */
declare function addTime(date: string, duration: string, zone?: string): string | undefined;
/** When the unit around the date began in `zone` (default UTC); weeks begin on Monday. `startOf(body.createdAt, "day", "Europe/Stockholm")` */
declare function startOf(date: string, unit: "second" | "minute" | "hour" | "day" | "week" | "month" | "quarter" | "year", zone?: string): string | undefined;
/** Midnights in `zone` (default UTC) from one date to the other; negative when `to` is earlier. `daysBetween("2024-02-28", "2024-03-01")` */
declare function daysBetween(from: string, to: string, zone?: string): number | undefined;
/** The day of the week in `zone` (default UTC), from 1 (Monday) to 7 (Sunday). `weekday("2024-05-01")` */
declare function weekday(date: string, zone?: string): 1 | 2 | 3 | 4 | 5 | 6 | 7 | undefined;
/** Each value once, where it stood first. Of objects: `list.uniqueBy(…)`. `unique(body.tags)` */
declare function unique<T extends string | number | boolean | null | undefined>(list: readonly T[]): readonly T[];
/** Text or numbers in ascending order; text by its characters' codes, the same in every locale. `sorted(body.tags)` */
declare function sorted<T extends string>(list: readonly T[]): readonly T[];
declare function sorted<T extends number>(list: readonly T[]): readonly T[];
/** Whole numbers from 0 up to `count`, or from `start` up to `end`; the last is left out. `range(3)` */
declare function range(count: number): readonly number[];
declare function range(start: number, end: number): readonly number[];
/** The list in pieces of `size` items; the last one may be shorter. `chunk(body.tags, 2)` */
declare function chunk<T>(list: readonly T[], size: number): readonly (readonly T[])[];
/** Pairs of the items at the same place, as many as the shorter list has. `zip(body.tags, range(9))` */
declare function zip<A, B>(first: readonly A[], second: readonly B[]): readonly (readonly [A, B])[];
/** The names of the object's members; whole numbers first, as in JavaScript. `keys(body.address)` */
declare function keys<T extends $Fields>(object: T): readonly $Key<T>[];
/** The values of the object's members. `values(body.stock)` */
declare function values<T extends $Fields>(object: T): readonly $Member<T>[];
/** The object's members as a list of `{ key, value }`. `entries(body.stock).map(one => ({ sku: one.key, qty: one.value }))` */
declare function entries<T extends $Fields>(object: T): readonly $Entry<T>[];
/** An object of a list of `{ key, value }`; of two with one key the later wins. `fromEntries(body.lines.map(line => ({ key: line.sku, value: line.qty })))` */
declare function fromEntries<V>(list: readonly { readonly key: string; readonly value: V }[]): { readonly [key: string]: V };
/** A copy with these members alone. `pick(body.address, "city", "country")` */
declare function pick<T extends $Fields, K extends keyof T & string>(object: T, ...keys: readonly K[]): { readonly [P in K]: T[P] };
/** A copy without these members. `omit(body.address, "street")` */
declare function omit<T extends $Fields, K extends keyof T & string>(object: T, ...keys: readonly K[]): { readonly [P in keyof T as P extends K ? never : P]: T[P] };
/** SHA-256, in lower-case hex unless told otherwise. `sha256(body.id)` */
declare function sha256(text: string, encoding?: "hex" | "base64" | "base64url"): string;
/** SHA-1, for systems that ask for it; it protects nothing. `sha1(body.id)` */
declare function sha1(text: string, encoding?: "hex" | "base64" | "base64url"): string;
/** MD5, for systems that ask for it; it protects nothing. `md5(body.id)` */
declare function md5(text: string, encoding?: "hex" | "base64" | "base64url"): string;
/** HMAC with SHA-256. Secrets are not in payloads, so the key is plain text. `hmacSha256(body.id, "partition-key")` */
declare function hmacSha256(text: string, key: string, encoding?: "hex" | "base64" | "base64url"): string;
/** The UUID (version 5) of a name in a namespace, which is a UUID or "dns", "url", "oid" or "x500". `uuid5("url", "https://example.com/orders/1")` */
declare function uuid5(namespace: string, name: string): string | undefined;
/** Base64, padded. `base64("a?b")` */
declare function base64(text: string): string;
/** Reads Base64, padded or not; undefined when it is none or its bytes are not UTF-8. `base64Decode("YT9i") ?? ""` */
declare function base64Decode(text: string): string | undefined;
/** Base64 for URLs, not padded. `base64Url("a?b")` */
declare function base64Url(text: string): string;
/** Reads Base64 for URLs, padded or not; undefined when it is none or its bytes are not UTF-8. `base64UrlDecode("YT9i") ?? ""` */
declare function base64UrlDecode(text: string): string | undefined;
/** The bytes in lower-case hex. `hex("é")` */
declare function hex(text: string): string;
/** Reads hex; undefined when it is none or its bytes are not UTF-8. `hexDecode("c3a9") ?? ""` */
declare function hexDecode(text: string): string | undefined;
/** Percent-encoded for one part of a URL. `urlEncode("a b&c")` */
declare function urlEncode(text: string): string;
/** Reads percent-encoding; `+` stays `+`. Undefined when the text is malformed. `urlDecode("a%20b") ?? ""` */
declare function urlDecode(text: string): string | undefined;


/** Text of a secret: may stand in connections and connector settings only. */
interface $Secret { readonly $secret: never }
/** A body whose contract is `any`: it can be passed on, not looked into. */
declare const $any: unique symbol;
interface $Any { readonly [$any]: never }
/** The body at a target of `on-error`: whatever failed, wherever that was. */
interface $Failed extends $Any {}
type $Primitive = string | number | boolean | null | undefined;
/** What a message may hold. */
type $Json = $Primitive | $Any | readonly $Json[] | { readonly [key: string]: $Json };
/** A setting's value, with secrets allowed wherever text is. */
type $Setting<T> = T extends string ? T | $Secret : T extends null ? null | undefined : T extends $Primitive ? T : { readonly [K in keyof T]: $Setting<T[K]> };
type $Keys<C> = C extends unknown ? keyof C : never;
type $At<C, K> = C extends unknown ? (K extends keyof C ? C[K] : never) : never;
type $Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** The keys of T that contract C does not declare: at any depth, in types that hold themselves as far as 16. */
type $Excess<T, C, Depth extends readonly 0[] = []> = T extends $Primitive ? never
  : C extends $Any ? never
  : $Same<T, C> extends true ? never
  : Depth["length"] extends 16 ? never
  : T extends readonly (infer E)[] ? (C extends readonly (infer D)[] ? $Excess<E, D, [...Depth, 0]> : never)
  : { [K in keyof T]-?: K extends $Keys<C> ? $Excess<T[K], $Solid<$At<C, K>>, [...Depth, 0]> : K }[keyof T];
type $Solid<T> = T extends $Primitive ? never : T;
/** What is only known when it comes, and asked then. */
declare function $answer<T>(): T;
declare function $maybe<T>(value: T): T | undefined;
declare function $items<T>(list: readonly T[]): T;
/** What a source's own steps leave; a filter may leave nothing. */
type $Left<F> = F extends (scope: never) => infer R ? (R extends undefined ? never : R) : never;
type $Batch<T> = { readonly id: string; readonly count: number; readonly items: readonly T[] };
/** What happened to a row. A column that is left out stays as it is. */
type $Part<Row> = { readonly [K in keyof Row]?: Row[K] };
type $Change<Row> = { readonly op: "insert" | "snapshot" | "update"; readonly key?: $Part<Row>; readonly row: $Part<Row>; readonly old?: $Part<Row> | null }
  | { readonly op: "delete"; readonly key?: $Part<Row>; readonly row?: null; readonly old?: $Part<Row> | null };
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
