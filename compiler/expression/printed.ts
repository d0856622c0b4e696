// What print-js and print-chain share.

import type { AnyNode } from "acorn";

/** Parameters by the author's name; the numbers given out so far. */
export interface Scope {
  readonly bound: ReadonlyMap<string, string>;
  readonly next: () => number;
}

/** How sub-expressions are printed. */
export type Print = (node: AnyNode, scope: Scope) => string;

/** A text as a literal that is safe in any JavaScript and HTML. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u2028\u2029<]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A bug of ours: restrict lets nothing through that is not printed here. */
export function unknown(what: string): never {
  throw new Error(`an expression with \`${what}\` reached the printer`);
}
