// The allow-list of expressions, declared once: it gives the checker's types, the run time's obligations, the docs
// and, later, completion. A name that is not here does not exist for an author.

export interface FunctionEntry {
  /** TypeScript signatures after the name: type parameters, parameters, result. Several are overloads. */
  readonly signatures: readonly [string, ...string[]];
  readonly doc: string;
  readonly example: string;
}

const entry = (signature: string, doc: string, example: string): FunctionEntry => ({
  signatures: [signature],
  doc,
  example,
});

/** Called by name: `round(x)`. No function carries the name of a method: the run time keeps both in one record. */
export const functions = {
  exists: entry(
    "<T>(value: T): value is NonNullable<T>",
    "True when the value is there: neither undefined nor null. Narrows what follows.",
    "exists(body.email)",
  ),
  round: entry(
    "(value: number, digits?: number): number",
    "Rounds half away from zero to `digits` decimals (default 0).",
    "round(body.amount * 100)",
  ),
  floor: entry("(value: number): number", "The greatest whole number that is not above the value.", "floor(2.7)"),
  ceil: entry("(value: number): number", "The least whole number that is not below the value.", "ceil(2.1)"),
  abs: entry("(value: number): number", "The value without its sign.", "abs(-3)"),
  min: entry(
    "(first: number, ...others: readonly number[]): number",
    "The least of its arguments.",
    "min(body.qty, 10)",
  ),
  max: entry(
    "(first: number, ...others: readonly number[]): number",
    "The greatest of its arguments.",
    "max(body.qty, 1)",
  ),
  number: entry(
    "(text: string): number | undefined",
    "Reads a decimal number; undefined when the text is not one.",
    'number("12.5") ?? 0',
  ),
  text: entry("(value: string | number | boolean): string", "The value as text.", "text(body.qty)"),
} as const satisfies Record<string, FunctionEntry> & { readonly [Name in MethodName]?: never };

export type FunctionName = keyof typeof functions;

/** Methods of text. */
export const stringMethods = {
  trim: entry("(): string", "Without white space at both ends.", "body.name.trim()"),
  trimStart: entry("(): string", "Without white space at the start.", "body.name.trimStart()"),
  trimEnd: entry("(): string", "Without white space at the end.", "body.name.trimEnd()"),
  toUpperCase: entry("(): string", "In upper case, the same in every locale.", "body.country.toUpperCase()"),
  toLowerCase: entry("(): string", "In lower case, the same in every locale.", "body.email.toLowerCase()"),
  startsWith: entry("(part: string): boolean", "Whether the text starts so.", 'body.ref.startsWith("refs/heads/")'),
  endsWith: entry("(part: string): boolean", "Whether the text ends so.", 'body.file.endsWith(".csv")'),
  includes: entry("(part: string): boolean", "Whether the part occurs.", 'body.title.includes("urgent")'),
  indexOf: entry("(part: string): number", "Where the part occurs first, -1 when it does not.", 'body.id.indexOf("-")'),
  slice: entry(
    "(start: number, end?: number): string",
    "The part from `start` up to `end`; negative counts from the end.",
    "body.sha.slice(0, 7)",
  ),
  split: entry("(separator: string): readonly string[]", "The pieces between the separators.", 'body.tags.split(",")'),
  replaceAll: entry(
    "(part: string, by: string): string",
    "Every occurrence replaced; both are plain text.",
    'body.phone.replaceAll(" ", "")',
  ),
  padStart: entry(
    "(length: number, fill?: string): string",
    "Filled at the start to the length.",
    'body.no.padStart(8, "0")',
  ),
  padEnd: entry("(length: number, fill?: string): string", "Filled at the end to the length.", "body.code.padEnd(10)"),
  at: entry("(index: number): string | undefined", "One character; negative counts from the end.", "body.code.at(-1)"),
} as const satisfies Record<string, FunctionEntry>;

/** Methods of numbers. */
export const numberMethods = {
  toFixed: entry("(digits?: number): string", "Text with that many decimals.", "body.amount.toFixed(2)"),
} as const satisfies Record<string, FunctionEntry>;

/** Methods of lists of T. */
export const listMethods = {
  map: entry(
    "<U>(by: (item: T, index: number) => U): readonly U[]",
    "Each item turned into another.",
    "body.lines.map(l => l.sku)",
  ),
  filter: {
    signatures: [
      "<S extends T>(by: (item: T, index: number) => item is S): readonly S[]",
      "(by: (item: T, index: number) => boolean): readonly T[]",
    ],
    doc: "The items for which it holds.",
    example: "body.lines.filter(l => l.qty > 0)",
  },
  flatMap: entry(
    "<U>(by: (item: T, index: number) => readonly U[]): readonly U[]",
    "Each item turned into a list, the lists joined.",
    "body.orders.flatMap(o => o.lines)",
  ),
  find: entry(
    "(by: (item: T, index: number) => boolean): T | undefined",
    "The first item for which it holds.",
    'body.lines.find(l => l.sku === "a")',
  ),
  some: entry(
    "(by: (item: T, index: number) => boolean): boolean",
    "Whether it holds for an item.",
    "body.lines.some(l => l.qty > 9)",
  ),
  every: entry(
    "(by: (item: T, index: number) => boolean): boolean",
    "Whether it holds for all items.",
    "body.lines.every(l => l.qty > 0)",
  ),
  reduce: entry(
    "<U>(by: (sum: U, item: T, index: number) => U, start: U): U",
    "All items folded into one value.",
    "body.lines.reduce((sum, l) => sum + l.qty, 0)",
  ),
  toSorted: entry(
    "(by: (a: T, b: T) => number): readonly T[]",
    "Sorted; `by` is negative when a comes first.",
    "body.lines.toSorted((a, b) => a.qty - b.qty)",
  ),
  includes: entry("(item: T): boolean", "Whether the item is in the list.", 'body.tags.includes("vip")'),
  indexOf: entry("(item: T): number", "Where the item is first, -1 when it is not.", 'body.tags.indexOf("vip")'),
  join: entry("(separator: string): string", "Text or numbers joined to one text.", 'body.tags.join(", ")'),
  slice: entry(
    "(start: number, end?: number): readonly T[]",
    "The items from `start` up to `end`.",
    "body.commits.slice(0, 5)",
  ),
  at: entry("(index: number): T | undefined", "One item; negative counts from the end.", "body.lines.at(-1)"),
  concat: entry(
    "<U>(other: readonly U[]): readonly (T | U)[]",
    "This list, then the other.",
    "body.to.concat(body.cc)",
  ),
} as const satisfies Record<string, FunctionEntry>;

export type MethodName = keyof typeof stringMethods | keyof typeof numberMethods | keyof typeof listMethods;

/** Methods whose first argument is a callback, with the most parameters that it may take. */
export const callbackParameters = {
  map: 2,
  filter: 2,
  flatMap: 2,
  find: 2,
  some: 2,
  every: 2,
  reduce: 3,
  toSorted: 2,
} as const satisfies { readonly [Name in MethodName]?: number };

export type CallbackMethod = keyof typeof callbackParameters;

export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(functions, name);
}

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(stringMethods, name) || Object.hasOwn(numberMethods, name) || Object.hasOwn(listMethods, name);
}

export function isCallbackMethod(name: string): name is CallbackMethod {
  return Object.hasOwn(callbackParameters, name);
}
