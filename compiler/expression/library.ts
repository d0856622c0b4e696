// The type library of expressions: what `noLib` leaves out, with exactly the allow-listed functions and methods.

import type { FunctionEntry } from "../../schema/functions/entry.ts";
import { helperTypes } from "../../schema/functions/objects.ts";
import { functions, listMethods, numberMethods, stringMethods } from "../../schema/functions.ts";

/** Without these TypeScript refuses to start; none of them has a member that an author could call. Types of ours last. */
const needed = `interface Object {}
interface Function {}
interface CallableFunction {}
interface NewableFunction {}
interface IArguments {}
interface RegExp {}
interface Boolean {}
interface Array<T> extends ReadonlyArray<T> {}
type NonNullable<T> = T & {};
type Exclude<T, U> = T extends U ? never : T;
${helperTypes}`;

/** Only spread asks for iteration: `[...list]`. */
const iteration = `interface SymbolConstructor { readonly iterator: unique symbol }
declare const Symbol: SymbolConstructor;
interface IteratorYieldResult<T> { readonly done?: false; readonly value: T }
interface IteratorReturnResult<T> { readonly done: true; readonly value: T }
type IteratorResult<T, R = undefined> = IteratorYieldResult<T> | IteratorReturnResult<R>;
interface Iterator<T, R = undefined, N = unknown> { next(...input: [] | [N]): IteratorResult<T, R> }
interface Iterable<T, R = undefined, N = unknown> { [Symbol.iterator](): Iterator<T, R, N> }
interface IterableIterator<T, R = undefined, N = unknown> extends Iterator<T, R, N> {
  [Symbol.iterator](): IterableIterator<T, R, N>;
}`;

export function libraryDts(): string {
  return `// The functions and methods of expressions. Written by the VRSky compiler.
${needed}
${iteration}
${block("interface String", stringMethods, "readonly length: number;", "readonly [index: number]: string;")}
${block("interface Number", numberMethods)}
${block(
  "interface ReadonlyArray<T>",
  listMethods,
  "readonly length: number;",
  "readonly [index: number]: T;",
  "[Symbol.iterator](): IterableIterator<T>;",
)}
${Object.entries(functions).map(declared).join("\n")}
`;
}

function declared([name, entry]: [string, FunctionEntry]): string {
  return [doc(entry), ...entry.signatures.map((signature) => `declare function ${name}${signature};`)].join("\n");
}

function block(head: string, methods: Readonly<Record<string, FunctionEntry>>, ...more: readonly string[]): string {
  const lines = Object.entries(methods).flatMap(([name, entry]) => [
    doc(entry),
    ...entry.signatures.map((signature) => `${name}${signature};`),
  ]);
  return `${head} {\n${[...more, ...lines].map((line) => `  ${line}`).join("\n")}\n}`;
}

const doc = (entry: FunctionEntry): string => `/** ${entry.doc} \`${entry.example}\` */`;
