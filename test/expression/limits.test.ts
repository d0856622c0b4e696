// Expressions that pass the restriction and still mean harm, or meet data that nobody expected: each ends with a clean
// failure within its budget.

import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../runtime/expression/budget.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import { evaluate, type Input } from "./evaluate.ts";

const many = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const long = "x".repeat(1_000_000);
const data: Input = {
  body: {
    many: many(150_000),
    some: many(1000),
    ten: many(10),
    long,
    half: long.slice(500_000),
    key: "constructor",
    proto: "__proto__",
    text: "text",
    object: { valueOf: 1, toString: 2, toJSON: 4 },
    flag: true,
    nothing: null,
  },
};

describe("ends in a failure", () => {
  test.each<[string, string, RegExp]>([
    ["lists doubled by reduce", "body.some.reduce((all, x) => [...all, ...all], [1])", /list longer|steps of work/],
    ["lists doubled by concat", "body.some.reduce((all, x) => all.concat(all), [1])", /list longer|steps of work/],
    [
      "lists doubled by flatMap",
      "body.ten.reduce((all, x) => all.flatMap(y => [y, y, y, y]), [1])",
      /list longer|steps/,
    ],
    ["lists spread", "[...body.many, ...body.many]", /list longer/],
    ["lists joined by concat", "body.many.concat(body.many)", /list longer/],
    ["chains of flatMap", "body.some.flatMap(a => body.some.map(b => b))", /list longer|steps of work/],
    ["loops in loops", "body.some.map(a => body.some.map(b => body.some.map(c => c)))", /steps of work/],
    ["loops in loops without lists", "body.some.some(a => body.some.some(b => body.some.some(c => c < 0)))", /steps/],
    ["sorting of much", "body.many.toSorted((a, b) => a * 7919 % 10007 - b * 7919 % 10007).length", /steps of work/],
    ["text doubled by +", "body.some.reduce((all, x) => all + all, 'x')", /text longer/],
    ["text doubled by a template", "body.some.reduce((all, x) => `${all}${all}`, 'x')", /text longer/],
    ["join", "body.some.map(x => body.long).join('')", /text longer/],
    ["join by a long separator", "body.many.join(body.long)", /text longer/],
    ["replaceAll", "body.long.replaceAll('x', 'xxxxxxxxxxxxxxxx')", /text longer/],
    ["replaceAll of nothing", "body.long.replaceAll('', 'xx')", /text longer/],
    ["padStart", "'x'.padStart(1e12)", /text longer/],
    ["padEnd", "'x'.padEnd(9007199254740991, body.long)", /text longer/],
    ["split", "body.long.split('')", /list longer/],
    ["copies of long text", "body.some.map(x => body.long.toUpperCase()).length", /steps of work/],
    ["comparisons of long text", "body.some.filter(x => body.long + 'a' === body.long + 'b').length", /steps of work/],
    ["searches in long text", "body.some.filter(x => body.long.includes('y')).length", /steps of work/],
    ["searches for long text", "body.some.map(x => body.long).includes(body.long + 'y' )", /steps|false/],
    ["a search that compares all with all", "body.long.includes(`y${body.half}`)", /steps of work/],
    ["a split that compares all with all", "body.long.split(`y${body.half}`)", /steps of work/],
    ["a replacement that compares all with all", "body.long.replaceAll(`y${body.half}`, '')", /steps of work/],
    ["orders of long text", "body.some.filter(x => body.long < body.long).length", /steps of work/],
    ["keys of long text", "body.some.filter(x => exists(body[body.long])).length", /steps of work/],
    ["spread of a large object", "body.some.map(x => ({ ...body.large })).length", /steps|0/],
    [
      "thirty doublings, written out",
      "body.ten.concat(body.ten).concat(body.ten).reduce((x, i) => [x, x], 1)",
      /values in/,
    ],
    ["doublings as members", "body.ten.concat(body.ten).reduce((x, i) => ({ a: x, b: x }), 1)", /values in/],
    ["doublings turned into text", "`${body.ten.concat(body.ten).reduce((x, i) => [x, x], 1)}`", /this is a list/],
    [
      "doublings turned into a number",
      "body.ten.concat(body.ten).reduce((x, i) => [x, x], 1) - 1",
      /`-` takes a number/,
    ],
    ["doublings compared", "body.ten.reduce((x, i) => [x, x], 1) < 1", /takes two numbers/],
    ["doublings joined", "[body.ten.reduce((x, i) => [x, x], 1)].join('')", /this is a list/],
    ["a deep result", "body.some.reduce((x, i) => [x], 1)", /nested more than 64/],
    ["a long result", "body.some.map(x => body.long)", /characters in the result/],
    ["many values", "body.many", /values in the result/],
    ["not a number", "0 / 0", /not finite/],
    ["infinity", "[1 / 0]", /not finite/],
    ["infinity in text", "`${1 / 0}`", /not a finite number/],
    ["undefined in a list", "[body.missing]", /undefined/],
    ["a path into nothing", "body.missing.name", /^cannot read `name` of undefined$/],
    ["a path into null", "body.nothing.name", /^cannot read `name` of null$/],
    ["a name of a prototype on nothing", "body.missing.link", /^cannot read `link` of undefined$/],
    ["a key into nothing", "body.missing[body.key]", /^cannot read an item of undefined$/],
    ["a method of nothing", "body.missing.trim()", /`trim` takes text, this is undefined/],
    ["a method of another kind", "body.ten.trim()", /`trim` takes text, this is a list/],
    ["a method that is data", "body.object.toString.trim()", /`trim` takes text, this is a number/],
    ["an object as text", "'' + body.object", /this is an object/],
    ["an object as a number", "body.object * 2", /`\*` takes a number, this is an object/],
    ["text and nothing", "'a' + body.missing", /this is undefined/],
    ["two flags", "body.flag + body.flag", /`\+` takes numbers or text/],
    ["a key that is an object", "body[body.object]", /a key is text or a number, not an object/],
    ["spread of text", "{ ...body.text }", /takes an object, not text/],
    ["spread of a list in an object", "{ ...body.ten }", /takes an object, not a list/],
    ["spread of text in a list", "[...body.text]", /takes a list, this is text/],
    ["a comparator without a number", "body.ten.toSorted((a, b) => a < b)", /compares to a number/],
    ["digits without end", "(1.5).toFixed(1000)", /0 to 100 digits/],
    ["half a position", "body.text.slice(0.5)", /whole number/],
  ])("%s", (_what, source, message) => {
    const result = evaluate(source, data);
    // Some have nothing to find and may as well end with a value.
    if (result.kind === "value") expect(String(result.value)).toMatch(message);
    else expect(result).toMatchObject({ kind: "failed", message: expect.stringMatching(message) });
  });

  test("a payload's content is in no message", () => {
    const secret = "hunter2";
    const input = { body: { [secret]: secret, key: secret, list: [secret] } };
    for (const source of [
      "body[body.key].x.y",
      "body.key - 1",
      "[body.key].map(k => body.missing[k])",
      "body.list + 1",
    ]) {
      const result = evaluate(source, input);
      expect(result.kind).toBe("failed");
      expect(JSON.stringify(result)).not.toContain(secret);
    }
  });
});

describe("own properties alone", () => {
  test.each([
    "body[body.key]",
    "body[body.proto]",
    "body.text[body.key]",
    "body.ten[body.key]",
    "body.flag[body.key]",
    "body.ten['at']",
    "body.text.link",
    "body.ten.values",
    "body.toString",
    "body.text['trim']",
  ])("%s is undefined", (source) => {
    expect(evaluate(source, data)).toEqual({ kind: "value", value: undefined });
  });

  test("a member that is called __proto__ stays data", () => {
    const body: unknown = JSON.parse('{ "__proto__": { "polluted": 1 }, "gone": null }');
    const result = evaluate("{ copy: { ...body, gone: undefined }, x: body.polluted }", { body });
    if (result.kind !== "value") throw new Error(JSON.stringify(result));
    expect(JSON.stringify(result.value)).toBe('{"copy":{"__proto__":{"polluted":1}}}');
    expect(evaluate("body[body.key]", { body: { key: "polluted" } })).toEqual({ kind: "value", value: undefined });
  });
});

describe("the budget", () => {
  test("is per walk", () => {
    const $ = createLibrary();
    const walk = () => {
      $.begin();
      for (let turn = 0; turn < 9; turn += 1) $.tick(100_000);
    };
    walk();
    walk();
    expect(() => $.tick(200_000)).toThrow("steps of work");
  });

  test("counts what a callback does, not only how often", () => {
    const heavy = Array.from({ length: 70 }, (_, index) => `x + ${index} === 1`).join(" || ");
    const source = `body.some.flatMap(a => body.ten.concat(body.ten)).some(x => ${heavy})`;
    const light = "body.some.flatMap(a => body.ten.concat(body.ten)).some(x => x === 1)";
    const input = { body: { some: many(1000), ten: many(10).map(() => -500) } };
    const limits = { ...defaultLimits, ticks: 200_000 };
    expect(evaluate(light, input, limits)).toEqual({ kind: "value", value: false });
    expect(evaluate(source, input, limits)).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("steps"),
    });
  });
});

test("a message is split into so many and no more, by all splits together", () => {
  const $ = createLibrary();
  $.begin();
  expect($.items(many(6000))).toHaveLength(6000);
  expect(() => $.items(many(4001))).toThrow("`split` makes more than 10000 messages of one");
  $.begin();
  expect($.items(many(10_000))).toHaveLength(10_000);
});

test("whatever is thrown becomes a failure", () => {
  const $ = createLibrary();
  for (const thrown of [
    undefined,
    "text",
    new TypeError("holds hunter2"),
    new RangeError("x"),
    { message: "hunter2" },
  ]) {
    const result = $.failed(7, thrown);
    expect(result).toMatchObject({ kind: "failed", place: 7 });
    expect(result.message).not.toContain("hunter2");
  }
});

test("what others change on prototypes reaches no expression", () => {
  const { trim, slice } = String.prototype;
  const { sort } = Array.prototype;
  const { hasOwn } = Object;
  const broken = () => {
    throw new Error("reached");
  };
  Object.assign(String.prototype, { trim: broken, slice: broken });
  Object.assign(Array.prototype, { sort: broken });
  Object.assign(Object, { hasOwn: broken });
  const source = "body.text.trim().slice(1) + body.ten.toSorted((a, b) => b - a).join('') + body[body.text]";
  try {
    // Parsing may use what was changed; evaluation may not.
    const $ = createLibrary();
    const value = $.add(
      $.slice($.trim(" abc"), 1),
      $.join(
        $.toSorted([1, 2], (a, b) => Number(b) - Number(a)),
        "",
      ),
    );
    expect(value).toBe("bc21");
    expect($.index({ a: 1 }, "a")).toBe(1);
  } finally {
    Object.assign(String.prototype, { trim, slice });
    Object.assign(Array.prototype, { sort });
    Object.assign(Object, { hasOwn });
  }
  expect(evaluate(source, { body: { text: " x", ten: [1, 2], " x": "y" } })).toEqual({ kind: "value", value: "21y" });
});

describe("data fills parts", () => {
  const $ = createLibrary();

  test.each<[keyof typeof $ & ("token" | "segment" | "fileSegment" | "url"), unknown, string]>([
    ["token", "SE", "SE"],
    ["token", 42, "42"],
    ["token", "é-ü_1", "é-ü_1"],
    ["segment", "a/b?c#d%", "a%2Fb%3Fc%23d%25"],
    ["segment", true, "true"],
    ["fileSegment", "prices 2024.csv", "prices 2024.csv"],
    ["url", "a b&c=d@e", "a%20b%26c%3Dd%40e"],
    ["url", "", ""],
  ])("%s(%j)", (bound, value, written) => {
    expect($[bound](value)).toBe(written);
  });

  test.each<[keyof typeof $ & ("token" | "segment" | "fileSegment" | "url"), unknown]>([
    ["token", ""],
    ["token", "a.b"],
    ["token", "*"],
    ["token", ">"],
    ["token", "a b"],
    ["token", "a\r\nPUB x"],
    ["token", "a\u0000"],
    ["token", "\ud800"],
    ["token", "x".repeat(256)],
    ["token", "\u2028"],
    ["token", undefined],
    ["token", {}],
    ["token", Number.NaN],
    ["segment", ""],
    ["segment", "."],
    ["segment", ".."],
    ["segment", "\udc00x"],
    ["segment", null],
    ["fileSegment", ""],
    ["fileSegment", ".."],
    ["fileSegment", "a/b"],
    ["fileSegment", "a\\b"],
    ["fileSegment", "a\u0000"],
    ["url", ".."],
    ["url", "\ud800"],
    ["url", ["a"]],
  ])("%s(%j) breaks its bound", (bound, value) => {
    expect(() => $[bound](value)).toThrow();
  });
});
