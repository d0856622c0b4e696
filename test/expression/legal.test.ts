// On the legal subset a compiled expression is what plain JavaScript says it is.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../rig/runs.ts";
import { evaluate } from "./evaluate.ts";

const order = {
  id: "o-1",
  amount: 12.345,
  email: null,
  nested: { deep: { value: 7 }, link: "own", at: [1, 2], "x-y": "dashed", length: 3 },
  tags: ["b", "a", "c"],
  lines: [
    { sku: "s1", qty: 2, price: 1.5 },
    { sku: "s2", qty: 5, price: 3, note: "fragile" },
  ],
};

const own: Readonly<Record<string, unknown>> = {
  exists: (value: unknown) => value !== undefined && value !== null,
  text: String,
  floor: Math.floor,
  ceil: Math.ceil,
  abs: Math.abs,
  min: Math.min,
  max: Math.max,
};

/** The same text as plain JavaScript, without any guard. */
function plain(source: string, body: unknown): unknown {
  const run: unknown = new Function("body", ...Object.keys(own), `return (${source});`);
  return typeof run === "function" ? run(body, ...Object.values(own)) : undefined;
}

const asJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

describe("as in plain JavaScript", () => {
  test.each([
    "body",
    "body.nested.deep.value",
    "body.missing",
    "body.missing?.deep.link.x",
    "body.missing?.lines.map(l => l.sku)",
    "body.missing?.lines.map(l => l.sku).length",
    "body?.missing?.[0]?.x ?? 'none'",
    "body?.tags.slice(1)?.map(t => t).at(0)",
    "(body.missing?.x)?.y",
    "body.nested.link + body.nested['x-y'] + body.nested.at[1]",
    "body.nested.length + body.tags.length + body.id.length",
    "body.nested[body.tags[1] + 't'] ",
    "body.tags[0]",
    "body.tags[-1]",
    "body.tags[3]",
    "body.id[0] + body.id['length']",
    "body.lines[1].note ?? 'x'",
    "body.lines.map((l, i) => ({ i, ...l, total: l.qty * l.price }))",
    "body.lines.filter(l => l.qty > 2).map(l => l.sku)",
    "body.lines.flatMap(l => [l.sku, l.sku])",
    "body.lines.find(l => l.qty === 5)?.sku",
    "body.lines.find(l => l.qty === 9)",
    "body.lines.some(l => l.note) === true",
    "body.lines.every(l => l.qty > 1)",
    "body.lines.reduce((sum, l, i) => sum + l.qty * i, 100)",
    "body.tags.toSorted((a, b) => a < b ? -1 : 1).join('-')",
    "body.tags.includes('a') && !body.tags.includes('z')",
    "body.tags.indexOf('c') - body.tags.indexOf('x')",
    "body.tags.concat(['d'], )",
    "[...body.tags, 'x', ...body.tags]",
    "[[1, [2]], []]",
    "({ a: 1, 'b c': [true, null], 2: 'two', constructor: 3, toString: 4 })",
    "{ ...body.nested, ...body.missing, deep: 1 }",
    "body.lines.map(a => body.lines.map(b => a.qty * b.qty))",
    "body.lines.map(x => body.tags.map(y => x.sku + y)).flatMap(z => z)",
    "`${body.id}: ${body.amount} ${true} ${`inner ${body.tags.length}`}`",
    "``",
    "`plain\\n`",
    "'a' + 1 + true + body.id",
    "1 + 2 + 'a'",
    "1e3 + 0x10 + 1_000 + .5 + 0b11",
    "2 ** 3 ** 2",
    "-body.amount - -1",
    "10 % 4 * 3 / 2",
    "!body.email && !!body.id",
    "body.email ?? body.id",
    "body.email || 'none'",
    "body.id && 1",
    "body.amount > 10 ? 'big' : body.amount > 5 ? 'middle' : 'small'",
    "'b' > 'a' && 'a' <= 'a' && 2 >= 2 && 1 < 2",
    "body.id === 'o-1' && body.id !== body.tags[0]",
    "body.lines === body.lines",
    "body.lines[0] === body.lines[1]",
    "'  x '.trim() + ' y'.trimStart() + 'z '.trimEnd() + '|'",
    "'aBc'.toUpperCase() + 'aBc'.toLowerCase()",
    "'abc'.startsWith('ab') && 'abc'.endsWith('bc') && 'abc'.includes('b')",
    "'abc'.indexOf('c')",
    "'abcdef'.slice(1, -1) + 'abc'.slice(-2)",
    "'a,b,,c'.split(',')",
    "'abc'.split('')",
    "'a.b.c'.replaceAll('.', '')",
    "'aaa'.replaceAll('', '-')",
    "'7'.padStart(3, '0') + '7'.padEnd(3) + '7777'.padStart(2)",
    "'abc'.at(-1) + 'abc'.at(0)",
    "'abc'.at(9)",
    "(3.14159).toFixed(2) + 2..toFixed()",
    "exists(body.email) || exists(body.id)",
    "floor(2.7) + ceil(2.1) + abs(-3) + min(3, 1, 2) + max(1, 2)",
    "text(1.5) + text(false)",
    "(1).n ?? (2.5)['x'] ?? ((3)).x?.y",
    "undefined",
    "null",
    "'\\u2028</script>\\ud83d\\ude00\\ud800'",
    '"\\x41\\0\\\n"',
    "(((body)))",
    "/* one */ body.id // two\n",
  ])("%s", (source) => {
    expect(evaluate(source, { body: order })).toEqual({ kind: "value", value: asJson(plain(source, order)) });
  });
});

describe("as its own doc says", () => {
  test.each<[string, unknown]>([
    ["round(2.5)", 3],
    ["round(-2.5)", -3],
    ["round(-0.2)", 0],
    ["round(0.49999999999999994)", 0],
    ["round(1.005, 2)", 1.01],
    ["round(8.345, 2)", 8.35],
    ["round(-1.255, 2)", -1.26],
    ["round(1e-7, 3)", 0],
    ["round(123456789.125, 2)", 123456789.13],
    ["round(1e300, 2)", 1e300],
    ["round(9007199254740991)", 9007199254740991],
    ["number(' 12.5 ')", 12.5],
    ["number('-1e3')", -1000],
    ["number('')", undefined],
    ["number('12px')", undefined],
    ["number('0x10')", undefined],
    ["number('1e999')", undefined],
    ["'a$1'.replaceAll('a', '$&$&')", "$&$&$1"],
    ["{ a: undefined, b: { c: undefined, d: 1 }, e: [{ f: undefined }] }", { b: { d: 1 }, e: [{}] }],
  ])("%s", (source, value) => {
    expect(evaluate(source)).toEqual({ kind: "value", value });
  });
});

test("rounding is that of the decimal, for any amount", () => {
  const digits = fc.integer({ min: 0, max: 4 });
  fc.assert(
    fc.property(
      fc.integer({ min: -1e12, max: 1e12 }),
      fc.integer({ min: 0, max: 7 }),
      digits,
      (whole, places, kept) => {
        const value = Number(`${whole}e-${places}`);
        // Half away from zero, in whole numbers.
        const drop = 10n ** BigInt(Math.max(places - kept, 0));
        const size = BigInt(Math.abs(whole));
        const rounded = places <= kept ? size : (size + drop / 2n) / drop;
        const expected = Number(`${rounded}e-${Math.min(places, kept)}`) * (whole < 0 ? -1 : 1);
        expect(asJson(evaluate("round(body.value, body.kept)", { body: { value, kept } }))).toEqual({
          kind: "value",
          value: expected + 0,
        });
      },
    ),
    { numRuns: runs(800) },
  );
});

/** Texts of typed expressions over the body `{ n, m, s, t, ns, ss, rows }`. */
const typed = fc.letrec<{ number: string; text: string; boolean: string; numbers: string; texts: string }>((tie) => {
  const number = tie("number");
  const text = tie("text");
  const boolean = tie("boolean");
  const numbers = tie("numbers");
  const texts = tie("texts");
  const of = (...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
    fc.tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part))).map((all) => all.join(""));
  const pick = (...values: readonly string[]) => fc.constantFrom(...values);
  const limits = { depthSize: "small" as const, maxDepth: 4 };
  return {
    number: fc.oneof(
      limits,
      pick("body.n", "body.m", "1", "0", "2.5", "body.ns.length", "body.s.length"),
      of("(", number, pick(" + ", " - ", " * ", " / ", " % "), number, ")"),
      of("(-", number, ")"),
      of("(", boolean, " ? ", number, " : ", number, ")"),
      of("(", numbers, "[0] ?? ", number, ")"),
      of(numbers, ".reduce((sum, item) => sum + item, ", number, ")"),
      of(pick("floor", "ceil", "abs"), "(", number, ")"),
      of(pick("min", "max"), "(", number, ", ", number, ")"),
      of(text, ".indexOf(", text, ")"),
    ),
    text: fc.oneof(
      limits,
      pick("body.s", "body.t", "'a'", '"\\u00e9"', "`x`", "''"),
      of("(", text, " + ", fc.oneof(text, number, boolean), ")"),
      of("`<${ ", fc.oneof(text, number, boolean), " }>`"),
      of(text, pick(".trim()", ".toUpperCase()", ".toLowerCase()", ".slice(1)", ".slice(-2, 4)", ".padStart(4, 'ab')")),
      of(text, ".replaceAll(", text, ", 'q')"),
      of("(", texts, ".at(0) ?? ", text, ")"),
      of(texts, ".join(", text, ")"),
    ),
    boolean: fc.oneof(
      limits,
      pick("true", "false", "exists(body.gone)", "exists(body.n)"),
      of("(", number, pick(" < ", " <= ", " > ", " >= ", " === ", " !== "), "(", number, "))"),
      of("(", text, pick(" < ", " >= ", " === ", " !== "), text, ")"),
      of("(", boolean, pick(" && ", " || "), boolean, ")"),
      of("(!", boolean, ")"),
      of(text, pick(".startsWith(", ".endsWith(", ".includes("), text, ")"),
      of(numbers, pick(".some", ".every"), "(item => item > ", number, ")"),
    ),
    numbers: fc.oneof(
      limits,
      pick("body.ns", "[]", "body.rows.map(row => row.qty)"),
      of("[", number, ", ...", numbers, "]"),
      of(numbers, ".map((one, at) => one + at)"),
      of(numbers, ".filter(few => few > ", number, ")"),
      of(numbers, ".toSorted((left, right) => left - right)"),
      of(numbers, ".concat(", numbers, ")"),
      of(numbers, ".slice(", pick("0", "1", "-1"), ")"),
    ),
    texts: fc.oneof(
      limits,
      pick("body.ss", "body.rows.flatMap(row => [row.sku, ...row.tags])"),
      of(text, ".split(", text, ")"),
      of(texts, ".map(word => `${word}!`)"),
      of(texts, ".filter(word => word.includes(", text, "))"),
    ),
  };
});

const amount = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
const word = fc.string({ maxLength: 8, unit: "grapheme" });
const body = fc.record({
  n: amount,
  m: amount,
  s: word,
  t: word,
  ns: fc.array(amount, { maxLength: 5 }),
  ss: fc.array(word, { maxLength: 4 }),
  rows: fc.array(fc.record({ qty: amount, sku: word, tags: fc.array(word, { maxLength: 2 }) }), { maxLength: 3 }),
});

test("any typed expression over any data", () => {
  let values = 0;
  const any = fc.oneof(typed.number, typed.text, typed.boolean, typed.numbers, typed.texts);
  fc.assert(
    fc.property(any, body, (source, data) => {
      const ours = evaluate(source, { body: data });
      // Too large, or one callback's parameter in another of the same name: nothing to compare.
      if (ours.kind === "refused") {
        return ours.problems.every(({ code, message }) => code === "VRS3005" || message.includes("would hide"));
      }
      if (ours.kind === "failed") return /finite/.test(ours.message);
      values += 1;
      expect(asJson(ours.value)).toEqual(asJson(plain(source, data)));
      return true;
    }),
    { numRuns: runs(1200) },
  );
  expect(values).toBeGreaterThan(600);
});
