// What every rule of restrict is given and gives back.

import type { Code } from "../../schema/codes.ts";
import { nearest } from "../nearest.ts";
import type { Expression, Problem } from "./template.ts";

export type Found = readonly Problem[];

export interface Place {
  readonly expression: Expression;
  /** Names that this place of the spec knows. */
  readonly roots: readonly string[];
  /** Parameters of the callbacks around. */
  readonly bound: ReadonlySet<string>;
  /** How many callbacks are around. */
  readonly callbacks: number;
}

export function refuse(
  { expression: { offset } }: Place,
  code: Code,
  node: { readonly start: number; readonly end: number },
  message: string,
  help?: string,
): Found {
  const problem = { code, message, start: offset + node.start, end: offset + node.end };
  return [help === undefined ? problem : { ...problem, help }];
}

export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const guess = nearest(name, known);
  return guess === undefined ? undefined : `Did you mean \`${guess}\`?`;
}

/** The advice for a name, when a table has one. */
export function advice(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
