// From an expression's text to its value, through every wall but the type checker: template, restriction, printing and
// the run time's library.

import { printJs } from "../../compiler/expression/print-js.ts";
import { restrict } from "../../compiler/expression/restrict.ts";
import { type Expression, type Problem, parseTemplate } from "../../compiler/expression/template.ts";
import { defaultLimits, type Limits } from "../../runtime/expression/budget.ts";
import { createLibrary } from "../../runtime/expression/library.ts";

const dataRoots = ["body", "headers", "meta", "vars", "settings"];

export type Result =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] };

export interface Input {
  readonly [root: string]: unknown;
}

/** The expression of a text that is one `${ … }`, or its problems. */
export function read(source: string, roots: readonly string[] = dataRoots): Expression | readonly Problem[] {
  const { template, problems } = parseTemplate(`\${${source}}`);
  if (problems.length > 0) return problems;
  if (template.kind !== "expression") throw new Error(`${source} is ${template.kind}`);
  const found = restrict(template.expression, { roots });
  return found.length > 0 ? found : template.expression;
}

/** Evaluates as a worker does, output guard included. */
export function evaluate(source: string, input: Input = {}, limits: Limits = defaultLimits): Result {
  const expression = read(source);
  if (!("node" in expression)) return { kind: "refused", problems: expression };
  const names = Object.keys(input);
  const $ = createLibrary(limits);
  const run: unknown = new Function("$", ...names, `"use strict"; return (${printJs(expression)});`);
  if (typeof run !== "function") throw new Error("no function");
  $.begin();
  try {
    const value: unknown = run($, ...Object.values(input));
    return { kind: "value", value: value === undefined ? undefined : $.json(value) };
  } catch (error) {
    return { kind: "failed", message: $.failed(0, error).message };
  }
}
