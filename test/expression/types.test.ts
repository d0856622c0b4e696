// What the type checker says about expressions, with the library of our own instead of TypeScript's.

import { afterAll, describe, expect, test } from "vitest";
import { typedLibrary } from "../../compiler/4-check/check.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { printTs, textParts } from "../../compiler/expression/print-ts.ts";
import { type Expression, parseTemplate } from "../../compiler/expression/template.ts";
import type { FunctionEntry } from "../../schema/functions/entry.ts";
import { sample, sampleType } from "../../schema/functions/sample.ts";
import { functions, listMethods, numberMethods, stringMethods } from "../../schema/functions.ts";
import { evaluate } from "./evaluate.ts";

const library = `${typedLibrary()}
type Line = { readonly sku: string; readonly qty: number; readonly note?: string | null }
type Body = {
  readonly id: string; readonly amount: number; readonly kind: "a" | "b"; readonly email?: string | null;
  readonly tags: readonly string[]; readonly lines: readonly Line[]; readonly either: string | number;
  readonly stock: { readonly [sku: string]: number }; readonly shape: { readonly a: 1 } | { readonly a: 2; readonly b?: "x" };
  readonly nested: readonly (readonly number[])[]; readonly any: $Any;
}
declare const body: Body;
declare const sample: ${sampleType};
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
    ["orFail(body.email, 'no email').trim()", "string"],
    ["keys({ a: 1, b: 2 })", "readonly ('a' | 'b')[]"],
    ["keys(body.stock)", "readonly string[]"],
    ["keys(body.shape)", "readonly ('a' | 'b')[]"],
    ["values(body.shape)", "readonly (1 | 2 | 'x')[]"],
    ["values(body.stock).map(n => n + 1)", "readonly number[]"],
    ["entries(body.stock).map(e => e.key + e.value)", "readonly string[]"],
    [
      "entries(pick(body, 'id', 'amount')).map(e => e.key === 'id' ? e.value.trim() : e.value.toFixed())",
      "readonly string[]",
    ],
    ["fromEntries(body.lines.map(l => ({ key: l.sku, value: l.qty }))).x", "number | undefined"],
    ["pick(body, 'id', 'email')", "{ readonly id: string; readonly email?: string | null }"],
    ["omit(body.lines.map(l => l).at(0) ?? { sku: '', qty: 1 }, 'qty').sku", "string"],
    ["body.lines.groupBy(l => l.sku).x?.map(l => l.qty)", "readonly number[] | undefined"],
    ["body.lines.keyBy(l => l.sku)[body.id]?.qty", "number | undefined"],
    ["body.lines.uniqueBy(l => l.note).sortBy(l => l.qty).sumBy(l => l.qty)", "number"],
    ["body.nested.flat()", "readonly number[]"],
    ["[1, [2]].flat()", "readonly number[]"],
    ["unique(body.lines.map(l => l.note))", "readonly (string | null | undefined)[]"],
    ["sorted(body.tags).toReversed()", "readonly string[]"],
    ["sorted(range(3)).map(n => n + 1)", "readonly number[]"],
    ["zip(body.tags, range(1, 9)).map(pair => pair[0] + pair[1])", "readonly string[]"],
    [
      "chunk(body.lines, 2).map(part => part.map(l => l.sku).join())".replace("join()", "join('')"),
      "readonly string[]",
    ],
    ["formatDate(body.id, 'yyyy', 'UTC') ?? ''", "string"],
    ["startOf(body.id, 'week')", "string | undefined"],
    ["weekday(body.id) === 7", "boolean"],
    ["matches(body.id, '^a') ? toMinor(body.amount, 'EUR') ?? 0 : 0", "number"],
    ["formatNumber(body.amount, { decimals: 2 })", "string"],
    ["toJson(body)", "string"],
    ["toJson([parseJson(body.id) ?? null])", "string"],
    ["{ raw: parseJson(body.id) }", "$Json"],
    ["isEmpty(body.email) || isEmpty(body.tags) || isEmpty(body.stock)", "boolean"],
    ["sha256(body.id, 'base64url')", "string"],
    ["body.lines.reduce((sum, text) => sum + text.qty, 0)", "number"],
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
    ["formatDate(body.id, 'yyyy').trim()", /possibly 'undefined'/],
    ["text(parseJson(body.id))", /'\$Any \| undefined' is not assignable/],
    ["orFail(parseJson(body.id), 'x').name", /'name' does not exist on type '\$Any'/],
    ["orFail(parseJson(body.id), 'x').$any", /'\$any' does not exist on type '\$Any'/],
    ["keys(orFail(parseJson(body.id), 'x'))", /'\$Any' is not assignable/],
    ["values(body.any)", /'\$Any' is not assignable/],
    ["entries(body.any)", /'\$Any' is not assignable/],
    ["pick(body.any, 'x')", /'\$Any' is not assignable/],
    ["omit(body, 'nope')", /'"nope"' is not assignable/],
    ["pick(body, 'constructor')", /'"constructor"' is not assignable/],
    ["keys(body.tags)", /is not assignable to parameter of type '\$Fields'/],
    ["values(body.id)", /is not assignable to parameter of type '\$Fields'/],
    ["sum(body.tags)", /'readonly string\[\]' is not assignable/],
    ["startOf(body.id, 'fortnight')", /'"fortnight"' is not assignable/],
    ["weekday(body.id) === 8", /no overlap/],
    ["sha256(body.id, 'latin1')", /'"latin1"' is not assignable/],
    ["toMinor(1, 'EUR') * 2", /possibly 'undefined'|not assignable/],
    ["formatNumber(1, { decimal: 2 })", /'decimal' does not exist/],
    ["uuid5('url', body.email)", /not assignable to parameter of type 'string'/],
    ["unique(body.lines)", /not assignable/],
    ["orFail(body.email)", /Expected 2 arguments/],
    ["body.lines.sumBy(l => l.sku)", /'string' is not assignable to type 'number'/],
    ["fromEntries([['a', 1]])", /not assignable|missing/],
  ])("%s", (source, message) => {
    const found = findings(source);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });
});

const entries = [functions, stringMethods, numberMethods, listMethods].flatMap((table) =>
  Object.entries<FunctionEntry>(table),
);

describe("every entry of the allow-list has an example that uses it, type-checks and gives what its type says", () => {
  test("the sample is of its own type", () => {
    expect(
      checker.check(library, new Map([["one.ts", `export const given: typeof sample = ${JSON.stringify(sample)};`]])),
    ).toEqual([]);
  });

  test.each(entries)("%s", (name, { example }) => {
    expect(example).toMatch(new RegExp(`(?<!\\w)${name}\\(`));
    const result = evaluate(example, { body: sample });
    if (result.kind !== "value") throw new Error(JSON.stringify(result));
    const text = JSON.stringify(result.value) ?? "undefined";
    // What `parseJson` gives is of no type that could be written out.
    const given = name === "parseJson" ? "" : `export const given: typeof value = ${text};`;
    const module = `export const value = (${example.replaceAll("body.", "sample.")});\n${given}`;
    expect(checker.check(library, new Map([["one.ts", module]])).map(({ lines }) => lines.join(" "))).toEqual([]);
  });
});
