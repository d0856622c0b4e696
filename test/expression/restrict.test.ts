// Everything an author could write that the language does not have: refused with a code, at the place, with advice.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinNames } from "../../compiler/expression/builtin-names.ts";
import { printJs } from "../../compiler/expression/print-js.ts";
import { printTs } from "../../compiler/expression/print-ts.ts";
import { restrict } from "../../compiler/expression/restrict.ts";
import { parseTemplate } from "../../compiler/expression/template.ts";
import { read } from "./evaluate.ts";

function problemsOf(source: string, roots?: readonly string[]) {
  const result = read(source, roots);
  return "node" in result ? [] : result;
}

describe("refused", () => {
  test.each<[string, string]>([
    // Ways out.
    ["this", "VRS3002"],
    ["this.constructor", "VRS3002"],
    ["body.constructor", "VRS3002"],
    ['body["constructor"]', "VRS3002"],
    ["body?.constructor.prototype", "VRS3002"],
    ["body.__proto__", "VRS3002"],
    ["body['__proto__']", "VRS3002"],
    ["body.x.prototype", "VRS3002"],
    ["body.__lookupGetter__('x')", "VRS3004"],
    ["body.con\\u0073tructor", "VRS3002"],
    ["b\\u006fdy", "VRS3002"],
    ["globalThis", "VRS3003"],
    ["process.env", "VRS3003"],
    ["require('fs')", "VRS3004"],
    ["eval('1')", "VRS3004"],
    ["Function('return 1')()", "VRS3002"],
    ["import('fs')", "VRS3002"],
    ["import.meta", "VRS3002"],
    ["new Date()", "VRS3002"],
    ["new body.x", "VRS3002"],
    ["$", "VRS3003"],
    ["$.json", "VRS3003"],
    ["scope.secrets", "VRS3003"],
    ["arguments", "VRS3003"],
    ["undefined.x.constructor", "VRS3002"],
    // Calls of what is not listed.
    ["body.x()", "VRS3004"],
    ["body['map'](x => x)", "VRS3002"],
    ["(body.map)(x => x)", "VRS3002"],
    ["body.map?.(x => x)", "VRS3002"],
    ["body()", "VRS3004"],
    ["(x => x)(1)", "VRS3002"],
    ["round?.(1)", "VRS3002"],
    ["(round)(1)", "VRS3002"],
    ["body.map(round)", "VRS3002"],
    ["body.map()", "VRS3002"],
    ["body.call(body)", "VRS3004"],
    ["body.map.apply(body, [x => x])", "VRS3004"],
    ["'a'.repeat(1000000000)", "VRS3004"],
    ["body.fill(1)", "VRS3004"],
    ["min(...body)", "VRS3002"],
    ["body.concat(...body)", "VRS3002"],
    ["body.hasOwnProperty('x')", "VRS3004"],
    ["round", "VRS3002"],
    ["[round]", "VRS3002"],
    // Functions and statements.
    ["() => 1", "VRS3002"],
    ["{ f: x => x }.f", "VRS3002"],
    ["[x => x]", "VRS3002"],
    ["body.map(x => y => x)", "VRS3002"],
    ["body.map(function (x) { return x })", "VRS3002"],
    ["body.map(x => { return x })", "VRS3002"],
    ["body.map(async x => x)", "VRS3002"],
    ["body.map(({ a }) => a)", "VRS3002"],
    ["body.map(([a]) => a)", "VRS3002"],
    ["body.map((...x) => x)", "VRS3002"],
    ["body.map((x = body) => x)", "VRS3002"],
    ["body.map((a, b, c) => c)", "VRS3002"],
    ["body.map(body => body)", "VRS3002"],
    ["body.map(round => round(1))", "VRS3004"],
    ["body.map(secrets => secrets.key)", "VRS3002"],
    ["body.map($ => $)", "VRS3002"],
    ["body.map($p0 => $p0)", "VRS3002"],
    ["body.map(undefined => 1)", "VRS3002"],
    ["body.map(x => x.map(x => x))", "VRS3002"],
    ["body.map(é => é)", "VRS3002"],
    ["body.join(x => x)", "VRS3002"],
    ["body.reduce((s, x) => s, x => x)", "VRS3002"],
    ["class {}", "VRS3002"],
    ["body = 1", "VRS3002"],
    ["body.x = 1", "VRS3002"],
    ["body.x++", "VRS3002"],
    ["delete body.x", "VRS3002"],
    ["void 0", "VRS3002"],
    ["typeof body", "VRS3002"],
    ["(1, body)", "VRS3002"],
    ["#x in body", "VRS3001"],
    ["body.#x", "VRS3001"],
    ["await body", "VRS3002"],
    ["yield", "VRS3001"],
    // Literals.
    ["/a+/", "VRS3002"],
    ["/(a+)+$/.test(body.x)", "VRS3002"],
    ["10n", "VRS3002"],
    ["1e400", "VRS3002"],
    ["body`x`", "VRS3002"],
    ["`a`.trim`b`", "VRS3002"],
    ["{ get x() { return 1 } }", "VRS3002"],
    ["{ set x(v) {} }", "VRS3002"],
    ["{ f() { return 1 } }", "VRS3002"],
    ["{ [body.key]: 1 }", "VRS3002"],
    ["{ __proto__: body }", "VRS3002"],
    ["{ '__proto__': body }", "VRS3002"],
    ["{ 1.5: body }", "VRS3002"],
    ["[1, , 2]", "VRS3002"],
    // Operators.
    ["body == 1", "VRS3002"],
    ["body != null", "VRS3002"],
    ["'x' in body", "VRS3002"],
    ["body instanceof body", "VRS3002"],
    ["body & 1", "VRS3002"],
    ["body >>> 1", "VRS3002"],
    ["~body", "VRS3002"],
    ["+body.text", "VRS3002"],
    ["1 < body < 3", "VRS3002"],
    ["body.a < body.b > (body.c)", "VRS3002"],
    ["min(body.a < 1, body.b > (2))", "VRS3002"],
    ["[body.a < 1, body.b > `x`]", "VRS3002"],
    ["[body.a < 1, body.b >\n body.c]", "VRS3002"],
    ["[true && body.a < 1, body.b > (2) ? 1 : 2]", "VRS3002"],
    // Names.
    ["bodi.x", "VRS3003"],
    ["Math.round(body.x)", "VRS3003"],
    ["JSON.stringify(body)", "VRS3003"],
    ["rond(body.x)", "VRS3004"],
    ["body.x.forEach(x => x)", "VRS3004"],
    ["params.country", "VRS3007"],
    ["secrets.key", "VRS3008"],
    ["secrets", "VRS3008"],
    ["settings", "VRS3002"],
    ["settings[body.key]", "VRS3002"],
    ["(settings).key", "VRS3002"],
    ["{ ...settings }", "VRS3002"],
  ])("%s", (source, code) => {
    const problems = problemsOf(source);
    expect(problems.map((problem) => problem.code)).toContain(code);
    for (const { start, end, message } of problems) {
      expect(start).toBeGreaterThanOrEqual(2);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(end).toBeLessThanOrEqual(source.length + 2);
      expect(message).toMatch(/\.$/);
    }
  });

  test.each<[string, string]>([
    ["parentheses", `${"(".repeat(1900)}1${")".repeat(1900)}`],
    ["operators before a value", `${"!".repeat(3990)}1`],
    ["lists", `${"[".repeat(40)}1${"]".repeat(40)}`],
    ["conditions", `${"body?1:".repeat(400)}1`],
    ["items", `[${"1,".repeat(600)}]`],
    ["templates", `${"`${".repeat(600)}1${"}`".repeat(600)}`],
    ["characters", `"${"x".repeat(100_000)}"`],
    ["templates without an end in sight", `${"`${".repeat(100_000)}1${"}`".repeat(100_000)}`],
    ["callbacks", "body.map(a => a.map(b => b.map(c => c.map(d => d))))"],
  ])("too many %s", (_what, source) => {
    expect(problemsOf(source).map((problem) => problem.code)).toEqual(["VRS3005"]);
  });

  test("names outside the constant roots, where a value is fixed before any message", () => {
    const [problem] = problemsOf("body.x", ["settings"]);
    expect(problem).toMatchObject({ code: "VRS3007", message: expect.stringContaining("before any message") });
    expect(problemsOf("settings.x", ["settings"])).toEqual([]);
    expect(problemsOf("secrets.x", ["settings", "secrets"])).toEqual([]);
  });

  test("every mistake of one expression, in the order of the text", () => {
    const problems = problemsOf("bodi.x == this.y ? Math.abs(1) : foo(2)");
    expect(problems.map(({ code, start }) => [code, start])).toEqual([
      ["VRS3002", 2],
      ["VRS3003", 2],
      ["VRS3002", 12],
      ["VRS3003", 21],
      ["VRS3004", 35],
    ]);
  });

  test.each([
    ["bodi.x", "Did you mean `body`?"],
    ["rond(1)", "Did you mean `round`?"],
    ["body.x.tolowercase()", "Did you mean `toLowerCase`?"],
    ["body.x == 1", "Write `===`; for a value that may be missing, `exists(x)`."],
    ["new Date()", "Values are made of literals, `{ … }` and `[ … ]`."],
    ["body.list.sort()", "Write `sorted(list)`, `sortBy(x => …)` or `toSorted((a, b) => …)`."],
    ["[].constructor()", undefined],
    ["Date.now()", "Write `date(text)` to read one; there is no clock, the time of arrival is `meta.receivedAt`."],
    ["now()", "There is no clock: steps run again on retry. The time of arrival is `meta.receivedAt`."],
    [
      "JSON.parse(body.x)",
      "Write `parseJson(text)` or `toJson(value)`; bodies are parsed and written by source and target.",
    ],
    [
      "Object.keys(body)",
      "Write `keys(x)`, `values(x)`, `entries(x)` or `fromEntries(list)`; objects are made by `{ … }`.",
    ],
    ["body.x.match(body.y)", 'Write `matches(text, "^…$")`.'],
    ["/x/", 'Write `matches(text, "^…$")`.'],
    ["body.tags.unique()", "It is a function: `unique(body.tags)`."],
    ["trim(body.x)", "It is a method: `x.trim(…)`."],
    ["qwertyuiop(1)", "All functions are listed in docs/expressions.md."],
    ["body.list.map(sum => sum(body.list))", "Rename the parameter."],
  ])("%s is told: %s", (source, help) => {
    expect(problemsOf(source)[0]?.help).toBe(help);
  });
});

describe("let through", () => {
  test.each([
    "body",
    "body.a?.b[0]['x-y'][body.key]",
    "body.lines.map(date => date.keys).reduce((sum, x) => sum + x, 0) + sum(body.list)",
    "body.link + body.values.at + body.length",
    "body.lines.map((l, i) => ({ ...l, i, 'a b': [l.qty, ...body.tags], constructor: 1 }))",
    "body.a < 1 && body.b > (2)",
    "[(body.a < 1), (body.b > (2))]",
    "min(body.a, body.b) > (2)",
    "body.orders.map(a => a.map(b => b.map(c => c.x)))",
    Array.from({ length: 60 }, (_, index) => `body.f${index}`).join(" + "),
    "`${ body.a }-${ `x` }`",
    "-body.x ** 2 === 1".replace("-body.x ** 2", "(-body.x) ** 2"),
    "undefined ?? null ?? true",
    "settings.url + settings['big-order']",
  ])("%s", (source) => {
    expect(problemsOf(source)).toEqual([]);
  });
});

test("no text makes it throw, and what is let through can be printed and loaded", () => {
  const token = fc.constantFrom(
    ..."body|headers|settings.x|x|y|1|2.5|'a'|`|${|}|{|}|(|)|[|]|.|?.|...|,|:|?|=>|===|<|>|+|-|*|!|&&|||".split("|"),
    ..." |\n|/*|*/|//|\"|'|\\|=|==|new|this|undefined|null|__proto__|constructor|.map(x => |.trim()|round(|$|😀".split(
      "|",
    ),
  );
  const text = fc.array(token, { maxLength: 25 }).map((tokens) => tokens.join(""));
  const wrapped = fc.oneof(
    text,
    text.map((inner) => `\${ body.map(x => ${inner}) } tail`),
    text.map((inner) => `\${${inner}}`),
  );
  let printed = 0;
  fc.assert(
    fc.property(wrapped, (source) => {
      const { template, problems } = parseTemplate(source);
      const parts =
        template.kind === "expression" ? [template.expression] : template.kind === "text" ? template.parts : [];
      for (const part of parts) {
        if (typeof part === "string") continue;
        expect(printTs(part)).toHaveLength(part.source.length);
        if (restrict(part, { roots: ["body", "headers", "settings"] }).length > 0) continue;
        new Function("$", "body", "headers", "settings", `"use strict"; return (${printJs(part)});`);
        printed += 1;
      }
      for (const { start, end } of problems) {
        expect(start).toBeLessThanOrEqual(end);
        expect(end).toBeLessThanOrEqual(source.length);
      }
    }),
    { numRuns: 20_000 },
  );
  expect(printed).toBeGreaterThan(100);
});

test("the names of prototypes are those of this Node.js, and some more", () => {
  const prototypes = [Object.prototype, Array.prototype, String.prototype, Number.prototype, Boolean.prototype];
  const names = prototypes.flatMap((prototype) => Object.getOwnPropertyNames(prototype));
  expect(names.filter((name) => !builtinNames.has(name) && name !== "length")).toEqual([]);
});
