// Attacks through the functions of the allow-list: on memory and time, on prototypes, and by what others changed on
// them. Each ends in a value that is plain data, or in a clean failure.

import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { automatonText } from "../../compiler/contract/pattern.ts";
import { printJs } from "../../compiler/expression/print-js.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import type { FunctionEntry } from "../../schema/functions/entry.ts";
import { sample } from "../../schema/functions/sample.ts";
import { functions, listMethods, numberMethods, stringMethods } from "../../schema/functions.ts";
import { evaluate, type Input, read } from "./evaluate.ts";

const many = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const long = "x".repeat(1_000_000);
const data: Input = {
  body: {
    many: many(150_000),
    some: many(1000),
    ten: many(10),
    long,
    accents: "é".repeat(1_000_000),
    gaps: " a".repeat(500_000),
    breaks: "\n".repeat(1_000_000),
    expanding: "\ufdfa".repeat(1_000_000),
    deep: "[".repeat(500_000) + "]".repeat(500_000),
    unclosed: "[".repeat(1_000_000),
    wide: `[${"1,".repeat(400_000)}1]`,
    wideFields: `{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join(",")},"z":1}`,
    texts: many(1000).map(() => long.slice(0, 100_000)),
    large: Object.fromEntries(many(100_000).map((index) => [`k${index}`, index])),
    date: "2024-05-01T10:00:00Z",
    spaces: `2024-05-01${" ".repeat(900_000)}x`,
    base64: "A".repeat(1_000_000),
    percent: "%41".repeat(300_000),
  },
};

describe("time and memory: ends in a failure", () => {
  test.each<[string, string, RegExp]>([
    ["a range without end", "range(1e9)", /list longer/],
    ["a range between the ends of the numbers", "range(-9007199254740991, 9007199254740991)", /list longer/],
    ["a range that is no number", "range(1 / 0)", /whole number/],
    ["ranges in ranges", "range(1000).flatMap(a => range(1000))", /list longer|steps of work/],
    ["ranges thrown away", "range(1000).map(a => range(100000).length)", /steps of work/],
    ["chunks of one", "body.some.map(x => chunk(body.many, 1).length)", /steps of work/],
    ["chunks of nothing", "chunk(body.many, 0)", /size of 1 or more/],
    ["zips in a loop", "body.some.map(x => zip(body.many, body.many).length)", /steps of work/],
    ["lists doubled by flat", "range(40).reduce((all, x) => [all, all].flat(), [1])", /list longer|steps of work/],
    ["lists doubled by zip and flat", "range(40).reduce((all, x) => zip(all, all).flat(), [1])", /list longer|steps/],
    ["reversals in a loop", "body.some.map(x => body.many.toReversed().length)", /steps of work/],
    ["sorting of much", "range(20).map(x => sorted(body.many.toReversed()).length)", /steps of work/],
    ["sorting by long texts", "body.some.sortBy(x => body.long + x).length", /steps of work/],
    ["sorting of long texts", "sorted(body.texts.concat(body.texts)).length", /steps of work/],
    ["unique long texts", "range(9).map(x => unique(body.texts).length)", /steps of work/],
    ["keys of long texts", "range(40).map(x => keys(body.some.groupBy(y => body.long)).length)", /steps of work/],
    ["groups in groups", "body.some.map(x => body.many.groupBy(y => y).a)", /steps of work/],
    ["a member for each item, again and again", "range(9).map(x => body.many.keyBy(y => y).a)", /steps of work/],
    ["sums in a loop", "body.some.map(x => sum(body.many))", /steps of work/],
    ["sums by callback in a loop", "body.some.map(x => body.many.sumBy(y => y))", /steps of work/],
    ["averages in a loop", "body.some.map(x => average(body.many))", /steps of work/],
    ["the least in a loop", "body.some.map(x => minOf(body.many))", /steps of work/],
    ["a search from the end in a loop", "body.some.map(x => body.many.findLast(y => y < 0))", /steps of work/],
    ["keys of a large object in a loop", "body.some.map(x => keys(body.large).length)", /steps of work/],
    ["entries of a large object in a loop", "body.some.map(x => entries(body.large).length)", /steps of work/],
    ["copies of a large object", "body.some.map(x => omit(body.large, 'k1').k2)", /steps of work/],
    ["objects of many entries", "range(9).map(x => fromEntries(entries(body.large)).k1)", /steps of work/],
    ["emptiness of a large object in a loop", "range(99).map(x => isEmpty(body.large))", /steps of work/],
    ["padding without end", "padStart('x', 1e12)".replace("padStart('x', ", "'x'.padStart("), /text longer/],
    ["a slug of signs that expand", "range(9).map(x => slug(body.expanding).length)", /text longer|steps of work/],
    ["words of much", "words(body.gaps)", /list longer/],
    ["lines of much", "lines(body.breaks)", /list longer/],
    ["words in a loop", "body.some.map(x => words(body.texts[0]).length)", /steps of work/],
    [
      "texts cut in a loop",
      "range(999).map(x => truncate(body.long, 10)).map(x => truncate(body.long, 9)).length",
      /steps/,
    ],
    ["text doubled by hex", "range(40).reduce((all, x) => hex(all), 'x')", /text longer/],
    ["text grown by base64", "range(90).reduce((all, x) => base64(all), 'x')", /text longer/],
    ["text grown by urlEncode", "urlEncode(body.accents)", /text longer/],
    ["text grown by JSON in JSON", "range(40).reduce((all, x) => toJson(all), 'a\"')", /text longer/],
    ["text grown by JSON of one text many times", "toJson(body.texts)", /text longer/],
    ["thirty doublings as JSON", "toJson(range(30).reduce((x, i) => [x, x], 1))", /text longer|steps of work/],
    ["empty doublings as JSON", "toJson(range(30).reduce((x, i) => ({ a: x, b: x }), {}))", /text longer|steps/],
    ["doublings of nothing as JSON", "toJson(range(40).reduce((x, i) => ({ a: x, b: x }), undefined))", /longer|steps/],
    ["a deep value as JSON", "toJson(range(99).reduce((x, i) => [x], 1))", /at most 64 deep/],
    ["a deep bomb of JSON", "parseJson(body.deep)", /nested more than 64|too large or too deeply/],
    ["a deep bomb of JSON, written again", "toJson(parseJson(body.deep) ?? null)", /at most 64 deep|steps of work/],
    ["a wide bomb of JSON", "parseJson(body.wide)", /values in the result/],
    ["bombs of JSON in a loop", "range(20).map(x => exists(parseJson(body.wide)))", /steps of work/],
    ["members of JSON in a loop", "range(20).map(x => exists(parseJson(body.wideFields)))", /steps of work/],
    ["hashes in a loop", "body.some.map(x => sha256(body.long))", /steps of work/],
    ["small hashes in a loop", "range(100).map(x => range(1000).map(y => md5('x')).length)", /steps of work/],
    ["keys of hashes in a loop", "body.some.map(x => hmacSha256('', body.long))", /steps of work/],
    ["names in a loop", "range(100).map(x => range(1000).map(y => uuid5('url', 'x')).length)", /steps of work/],
    ["decodings in a loop", "body.some.map(x => base64Decode(body.base64))", /steps of work/],
    ["escapes in a loop", "body.some.map(x => urlDecode(body.percent))", /steps of work/],
    ["patterns over long text in a loop", "range(99).map(x => matches(body.long, '^(?:x|xx)*y$'))", /steps of work/],
    ["dates in a loop", "range(100).map(x => range(1000).map(y => date(body.date)).length)", /steps of work/],
    ["dates of long text in a loop", "body.some.map(x => date(body.spaces))", /steps of work/],
    [
      "zones in a loop",
      "range(200).map(x => range(1000).map(y => weekday(body.date, 'Asia/Tokyo')).length)",
      /steps of work/,
    ],
    ["zones that do not exist", "range(9000).map(x => weekday(body.date, `Zone/N${x}`)).length", /steps of work/],
    ["patterns of dates in a loop", "range(9000).map(x => formatDate(body.date, '-'.padEnd(99, '-'))).length", /steps/],
    ["long patterns of dates in a loop", "body.some.map(x => formatDate(body.date, body.long))", /steps of work/],
    ["long durations in a loop", "body.some.map(x => addTime(body.date, body.long))", /steps of work/],
    ["separators that are texts of their own", "formatNumber(1e300, { thousands: body.long })", /at most 8 characters/],
    ["digits without end", "formatNumber(1, { decimals: 1e9 })", /0 to 15 digits/],
    ["a reason that is too long to tell", "orFail(null, body.texts.join(''))", /text longer/],
  ])("%s", (_what, source, message) => {
    expect(evaluate(source, data)).toEqual({ kind: "failed", message: expect.stringMatching(message) });
  });

  test.each<[string, unknown]>([
    ["formatDate(body.date, body.long)", undefined],
    ["parseDate(body.long, body.long)", undefined],
    ["addTime(body.date, body.long)", undefined],
    ["date(body.long, body.long)", undefined],
    ["startOf(body.date, 'day', body.long)", undefined],
    ["uuid5(body.long, 'x')", undefined],
    ["toMinor(1, body.long)", undefined],
    ["matches(body.long, '^(?:x+)+y$')", false],
    ["matches(body.long, '(?:x|x|xx)*$')", true],
    ["parseJson(body.unclosed)", undefined],
    ["truncate(body.long, 9007199254740991).length", 1_000_000],
    ["chunk(body.ten, 9007199254740991).length", 1],
    ["formatNumber(1.7976931348623157e308, { thousands: ',' }).length", 411],
    ["number(body.base64)", undefined],
    ["integer('9'.padStart(1000, '9'))", undefined],
  ])("%s ends in a value", (source, value) => {
    expect(evaluate(source, data)).toEqual({ kind: "value", value });
  });
});

describe("patterns that explode are refused when they are compiled", () => {
  test.each([
    "(x{1,300}y{1,300}){1,300}",
    "(?:a|aa){1000}",
    "[ab]*a[ab]{20}",
    "(a)\\\\1",
    "(?=a)b",
    "(?<!a)b",
    "a\\\\b",
    "\\\\p{L}+",
    "(?i:a)",
    "(",
    "a".repeat(1001),
  ])("%s", (pattern) => {
    const result = evaluate(`matches(body, "${pattern}")`, { body: "" });
    expect(result).toMatchObject({ kind: "refused", problems: [{ code: "VRS3011" }] });
  });

  test.each(["body", "`${body}`", "body + 'a'", "['a'][0]", "'a' + 'b'", "undefined", "1", "x => x"])(
    "a pattern that is %s",
    (pattern) => {
      expect(evaluate(`matches(body, ${pattern})`, { body: "" }).kind).toBe("refused");
    },
  );

  test("many patterns do not stay in memory for ever, and stay right", () => {
    const $ = createLibrary();
    for (let turn = 0; turn < 2000; turn += 1) {
      $.begin();
      expect($.matches(`k${turn % 700}`, automatonText(`^k${turn % 700}$`))).toBe(true);
    }
  });
});

describe("prototypes", () => {
  const hostile = {
    names: ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "__defineGetter__"],
    json: '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    proto: "__proto__",
    list: [{ key: "__proto__", value: { polluted: 1 } }],
  };

  test.each<[string, unknown]>([
    ["body.names.groupBy(n => n)[body.proto]", ["__proto__"]],
    ["body.names.groupBy(n => n).polluted", undefined],
    ["body.names.keyBy(n => n)[body.proto]", "__proto__"],
    ["body.list.groupBy(x => x.key).length", undefined],
    ["fromEntries(body.list)[body.proto]", { polluted: 1 }],
    ["fromEntries(body.list).polluted", undefined],
    ["{ ...fromEntries(body.list) }.polluted", undefined],
    ["{}.polluted", undefined],
    ["keys(fromEntries(body.list))", ["__proto__"]],
    ["values(fromEntries(body.list))", [{ polluted: 1 }]],
    ["entries(fromEntries(body.list))", hostile.list],
    ["fromEntries(body.names.map(n => ({ key: n, value: n }))).polluted", undefined],
    ["pick(body, 'constructor', '__proto__', 'toString')", {}],
    ["pick(body, body.proto)", {}],
    ["omit(fromEntries(body.list), '__proto__')", {}],
    ["keys({})", []],
    ["isEmpty({})", true],
    ["isEmpty(fromEntries(body.list))", false],
    ["unique(body.names).length", 6],
    ["body.names.uniqueBy(n => n).length", 6],
    ["uuid5(body.proto, 'x')", undefined],
    ["formatMoney(1, body.proto)", undefined],
    ["toMinor(1, 'constructor'.slice(0, 3))", undefined],
    ["addTime('2024-05-01', body.proto)", undefined],
    ["addTime('2024-05-01', '1constructor'.slice(0, 12))", undefined],
    ["weekday('2024-05-01', body.proto)", undefined],
    ["date('1 __p 2024 10:00 GMT')", undefined],
    ["date('1 May 2024 10:00 con')", undefined],
    ["slug(body.proto)", "proto"],
    ["toJson(fromEntries(body.list))", '{"__proto__":{"polluted":1}}'],
    ["matches(body.proto, '^__proto__$')", true],
  ])("%s", (source, value) => {
    expect(evaluate(source, { body: hostile })).toEqual({ kind: "value", value });
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  test("what JSON brings along stays data, also as options", () => {
    const $ = createLibrary();
    const options = $.parseJson('{"__proto__":{"thousands":"!","decimals":9}}');
    expect($.formatNumber(1234.5, options)).toBe("1234.5");
    expect(JSON.stringify($.keys($.parseJson(hostile.json)))).toBe('["__proto__","constructor"]');
    expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
  });

  test("functions are no values", () => {
    for (const name of Object.keys(functions)) {
      for (const source of [
        name,
        `[${name}]`,
        `${name}.constructor`,
        `${name}.call(body)`,
        `${name}?.(body)`,
        `${name}\`x\``,
        `new ${name}(body)`,
        `body.map(${name})`,
        `(${name})(body)`,
        `{ f: ${name} }`,
        `{ ...${name} }`,
      ]) {
        expect(evaluate(source, { body: {} }).kind, source).toBe("refused");
      }
    }
  });

  test("a name of JavaScript's own is no function", () => {
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      if (Object.hasOwn(functions, name)) throw new Error(`\`${name}\` is a global and a function of ours`);
      expect(evaluate(`${name}(body)`, { body: {} }).kind, name).toBe("refused");
    }
  });
});

test("what others change on prototypes reaches no function", () => {
  const examples = [functions, stringMethods, numberMethods, listMethods].flatMap((table) =>
    Object.values<FunctionEntry>(table).map(({ example }) => example),
  );
  const runs = examples.map((example) => {
    const expression = read(example);
    if (!("node" in expression)) throw new Error(example);
    const run: unknown = new Function("$", "body", `"use strict"; return (${printJs(expression)});`);
    if (typeof run !== "function") throw new Error(example);
    return run;
  });
  const evaluateAll = ($: ReturnType<typeof createLibrary>): readonly unknown[] => {
    const values: unknown[] = [];
    for (let index = 0; index < runs.length; index += 1) {
      $.begin();
      try {
        values[index] = runs[index]?.($, sample);
      } catch (error) {
        values[index] = error;
      }
    }
    return values;
  };
  const before = evaluateAll(createLibrary());
  // Another library: it has no zone and no pattern in memory yet.
  const fresh = createLibrary();
  const poisoned = withPoison(() => evaluateAll(fresh));
  for (const [index, example] of examples.entries()) expect(poisoned[index], example).toEqual(before[index]);
});

/** Runs with every method that could be changed on the built-in objects throwing. */
function withPoison<T>(run: () => T): T {
  const holders: readonly object[] = [
    String.prototype,
    Array.prototype,
    Number.prototype,
    Boolean.prototype,
    RegExp.prototype,
    Map.prototype,
    Set.prototype,
    Date.prototype,
    Intl.DateTimeFormat.prototype,
    TextDecoder.prototype,
    Object.getPrototypeOf([][Symbol.iterator]()),
    Object.getPrototypeOf(createHash("sha1")),
    Object.getPrototypeOf(createHmac("sha256", "")),
    JSON,
    Math,
    Number,
    Array,
    Object,
    Reflect,
    globalThis,
  ];
  const kept: (readonly [object, PropertyKey, PropertyDescriptor])[] = [];
  const { defineProperty, getOwnPropertyDescriptor } = Object;
  const spare = new Set<PropertyKey>(["prototype", "constructor", "Object", "Error", "globalThis", "toString"]);
  for (const holder of holders) {
    for (const name of Reflect.ownKeys(holder)) {
      const descriptor = getOwnPropertyDescriptor(holder, name);
      if (descriptor?.configurable !== true || typeof descriptor.value !== "function" || spare.has(name)) continue;
      kept.push([holder, name, descriptor]);
    }
  }
  const poison = (): never => {
    throw new Error("reached");
  };
  for (let index = 0; index < kept.length; index += 1) {
    const one = kept[index];
    if (one !== undefined) defineProperty(one[0], one[1], { value: poison, writable: true, configurable: true });
  }
  try {
    return run();
  } finally {
    for (let index = 0; index < kept.length; index += 1) {
      const one = kept[index];
      if (one !== undefined) defineProperty(one[0], one[1], one[2]);
    }
  }
}
