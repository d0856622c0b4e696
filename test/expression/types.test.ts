// What the type checker says about expressions, with the library of our own instead of TypeScript's.

import { afterAll, describe, expect, test } from "vitest";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { libraryDts } from "../../compiler/expression/library.ts";
import { printTs, textParts } from "../../compiler/expression/print-ts.ts";
import { type Expression, parseTemplate } from "../../compiler/expression/template.ts";
import { functions, listMethods, numberMethods, stringMethods } from "../../schema/functions.ts";

const library = `${libraryDts()}
declare function $part<T extends string | number | boolean>(part: T): T;
interface Line { readonly sku: string; readonly qty: number; readonly note?: string | null }
interface Body {
  readonly id: string; readonly amount: number; readonly kind: "a" | "b"; readonly email?: string | null;
  readonly tags: readonly string[]; readonly lines: readonly Line[]; readonly either: string | number;
}
declare const body: Body;
declare const headers: { readonly [name: string]: string | undefined };`;

const checker = createTypeChecker();
afterAll(() => checker.close());

/** The findings on one expression that must be of the type. */
function findings(source: string, type = "unknown"): readonly string[] {
  const { template } = parseTemplate(`\${${source}}`);
  if (template.kind !== "expression") throw new Error(`${source} is ${template.kind}`);
  const text = `export const value: ${type} = (${asked(template.expression)});`;
  return checker.check(library, new Map([["one.ts", text]])).map(({ lines }) => lines.join(" "));
}

/** The checker's text with its questions, from the last one to the first. */
function asked(expression: Expression): string {
  const parts = textParts(expression);
  const marks = [
    ...parts.map(({ end }) => ({ at: end, text: ")" })),
    ...parts.map(({ start }) => ({ at: start, text: "$part(" })),
  ];
  return marks
    .toSorted((a, b) => b.at - a.at)
    .reduce((text, mark) => text.slice(0, mark.at) + mark.text + text.slice(mark.at), printTs(expression));
}

describe("holds", () => {
  test.each<[string, string]>([
    ["body.lines.map(l => ({ sku: l.sku, note: l.note ?? '' }))", "readonly { readonly sku: string }[]"],
    ["[...body.tags, body.id]", "readonly string[]"],
    ["{ ...body, id: 1 }.id", "number"],
    ["body.lines.reduce((sum, l) => sum + l.qty, 0)", "number"],
    ["body.lines.filter(l => exists(l.note)).length", "number"],
    ["body.tags.map(t => t === 'x' ? undefined : t).filter(t => exists(t))", "readonly string[]"],
    ["exists(body.email) ? body.email.trim() : body.id", "string"],
    ["body.lines.find(l => l.qty > 1)?.sku ?? 'none'", "string"],
    ["body.lines.flatMap(l => [l.sku, l.sku])", "readonly string[]"],
    ["body.lines.toSorted((a, b) => a.qty - b.qty).at(0)?.qty", "number | undefined"],
    ["[].concat(body.tags)", "readonly string[]"],
    ["body.id[0]", "string | undefined"],
    ["`${body.id} ${body.amount} ${body.kind} ${body.either}`", "string"],
    ["body.id + body.amount + (body.email ?? 'none')", "string"],
    ["headers['x-y'] ?? body.kind", "string"],
    ["body.kind === 'a' ? 1 : 2", "1 | 2"],
  ])("%s: %s", (source, type) => {
    expect(findings(source, type)).toEqual([]);
  });
});

describe("is told", () => {
  test.each<[string, RegExp]>([
    ["body.email.trim()", /possibly 'null' or 'undefined'/],
    ["'to ' + body.email", /'string \| null \| undefined' is not assignable to parameter of type 'string \| number/],
    ["`to ${body.email}`", /'string \| null \| undefined' is not assignable/],
    ["`to ${body.tags}`", /'readonly string\[\]' is not assignable/],
    ["body.lines.map(l => `${l.sku} ${l.note}`)", /'string \| null \| undefined' is not assignable/],
    ["body.tags[0] + ''", /'string \| undefined' is not assignable/],
    ["'a' + null", /'null' is not assignable/],
    ["headers.host + ''", /'string \| undefined' is not assignable/],
    ["body.amunt", /Did you mean 'amount'/],
    ["body.tags.push('x')", /'push' does not exist/],
    ["body.id.toString()", /'toString' does not exist/],
    ["body.constructor", /'constructor' does not exist/],
    ["body.lines.some(l => l.note)", /not assignable to type 'boolean'/],
    ["body.id < 3", /cannot be applied to types 'string' and 'number'/],
    ["body.tags - 1", /left-hand side of an arithmetic operation/],
    ["min()", /at least 1 argument/],
    ["number(body.amount)", /'number' is not assignable to parameter of type 'string'/],
    ["body.kind === 'c'", /no overlap/],
  ])("%s", (source, message) => {
    const found = findings(source);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });
});

test("every entry of the allow-list has an example that uses it", () => {
  for (const [name, { example }] of Object.entries(functions)) expect(example).toContain(`${name}(`);
  for (const methods of [stringMethods, numberMethods, listMethods]) {
    for (const [name, { example }] of Object.entries(methods)) expect(example).toContain(`.${name}(`);
  }
});
