// `pattern` is matched by a table: the same verdict as JavaScript's `/…/u`, one look at each character.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { patternProblem } from "../../compiler/contract/pattern.ts";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { oracle, validator } from "./run.ts";

const matcher = (pattern: string) => {
  const check = validator({ type: "string", pattern });
  return (text: string): boolean => check(text).length === 0;
};

describe("matches as JavaScript does", () => {
  test.each<[string, readonly string[]]>([
    ["^[A-Z]{3}$", ["NOK", "NO", "NOKK", "nok", "NOK\n"]],
    ["b", ["abc", "ac", ""]],
    ["^", ["", "x"]],
    ["$", ["", "x"]],
    ["^$", ["", "x", "\n"]],
    ["^a|b$", ["ax", "xb", "xa", "bx", ""]],
    ["^(?:a|b)+c?$", ["ababc", "c", "abab", "abcc"]],
    ["^\\d{4}-\\d{2}$", ["2025-01", "2025-1", "２０２５-01"]],
    ["^\\d{2,}$", ["1", "12", "123456"]],
    ["^a{0}b{2,3}?$", ["bb", "bbb", "b", "abb"]],
    ["^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$", ["a@b.c", "a@b", "a b@c.d", "a@b.c.d", "@b.c"]],
    ["^(?<year>\\d+)-(?<rest>.*)$", ["1-", "1-x", "1-\n", "-x"]],
    ["^.$", ["😀", "a", "\u2028", "\ud83d", "ab"]],
    ["^[😀-😂]$", ["😀", "😁", "😃", "\ud83d"]],
    ["^\\u{1f600}\\ud83d\\ude01$", ["😀😁", "😁😀"]],
    ["^[\\d\\-x\\]]+$", ["1-x]", "a"]],
    ["^[\\b\\t\\0]$", ["\b", "\t", "\0", "b"]],
    ["^[^]$", ["a", "\n", ""]],
    ["[]", ["a", ""]],
    ["^\\cJ\\x41\\/$", ["\nA/", "A/"]],
    ["^(a*)*$", ["aaa", "", "b"]],
    ["(^a){2}", ["aa", "a"]],
    ["(a|^)b$", ["b", "ab", "cb"]],
    ["a.{3}b", ["a123b", "aa12ab", "a12b"]],
    ["^SKU-\\w+(-[a-z]+)?", ["SKU-1_x", "sku-1", "SKU-", "SKU-1-b!"]],
  ])("%s", (pattern, texts) => {
    const matches = matcher(pattern);
    const wanted = new RegExp(pattern, "u");
    for (const text of texts) expect([text, matches(text)]).toEqual([text, wanted.test(text)]);
  });

  const atoms = ["a", "b", "é", "😀", ".", "\\d", "\\W", "\\s", "[ab]", "[^a]", "[a-c😀]", "^", "$", "-"];
  const { node: patterns } = fc.letrec<{ node: string; part: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("part"),
      fc.array(tie("node"), { minLength: 2, maxLength: 4 }).map((parts) => parts.join("")),
      fc.array(tie("node"), { minLength: 2, maxLength: 3 }).map((parts) => `(${parts.join("|")})`),
    ),
    part: fc
      .tuple(fc.constantFrom(...atoms), fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"))
      .map(([atom, count]) => (count === "" ? atom : `(?:${atom})${count}`)),
  }));

  test("any pattern, any text", () => {
    const texts = fc.array(fc.constantFrom("a", "b", "c", "é", "😀", "\ud83d", "1", " ", "\n", "-"), { maxLength: 8 });
    fc.assert(
      fc.property(patterns, fc.array(texts, { minLength: 1, maxLength: 10 }), (pattern, samples) => {
        fc.pre(patternProblem(pattern) === undefined);
        const matches = matcher(pattern);
        const wanted = new RegExp(pattern, "u");
        for (const sample of samples) {
          const text = sample.join("");
          expect([text, matches(text)]).toEqual([text, wanted.test(text)]);
        }
      }),
      { numRuns: 400 },
    );
  });
});

test("counts characters, not UTF-16 units, as ajv does", () => {
  const schema = { type: "string", pattern: "^.{2}$" } as const;
  for (const text of ["😀😀", "😀", "ab", "a\ud83d"])
    expect(validator(schema)(text).length === 0).toBe(oracle(schema)(text));
});

// A backtracking matcher needs 2^40 or more steps for these; a test that hangs has failed.
test.each([
  ["^(a+)+$", `${"a".repeat(200_000)}!`],
  ["^(a|a)*$", `${"a".repeat(200_000)}!`],
  ["^(\\w+\\s?)*$", `${"word ".repeat(40_000)}!`],
  ["(x+x+)+y", "x".repeat(200_000)],
])("%s looks at each character once", (pattern, text) => {
  expect(matcher(pattern)(text)).toBe(false);
});

test("a message never repeats the pattern or the value", () => {
  const issues = validator({ type: "string", pattern: "^secret-\\d$" })("the value");
  expect(issues).toEqual([{ path: "", message: "must match the contract's pattern" }]);
});

describe("is refused", () => {
  test.each<[string, RegExp]>([
    ["a(?=b)", /looks around/],
    ["a(?!b)", /looks around/],
    ["(?<=a)b", /looks around/],
    ["(?<!a)b", /looks around/],
    ["(a)\\1", /refers back/],
    ["(?<x>a)\\k<x>", /refers back/],
    ["\\bword\\b", /word boundaries/],
    ["^\\p{L}+$", /Unicode property/],
    ["(", /no regular expression: /],
    ["a{2,1}", /no regular expression: /],
    ["\\-", /no regular expression: /],
    ["a.{30}b", /too large a table/],
    ["^(a{100}){100}$", /too large a table/],
    ["a".repeat(1001), /longer than 1,000/],
  ])("%s", (pattern, message) => {
    const [problem, ...others] = checkSchema(
      { properties: { a: { type: "string", pattern } }, type: "object" },
      () => undefined,
    );
    expect(others).toEqual([]);
    expect(problem?.message).toMatch(message);
    expect(problem?.help).toMatch(/\w/);
    expect(problem?.path).toEqual(["properties", "a", "pattern"]);
  });
});
