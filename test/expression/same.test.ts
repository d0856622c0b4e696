// Functions that JavaScript or Node.js has an equivalent of: the same, whatever the data.

import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { automatonText } from "../../compiler/contract/pattern.ts";
import { createLibrary } from "../../runtime/expression/library.ts";

const $ = createLibrary();

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(" ", "\n", "\r", "\t", "a", "Å", "\u00a0", "😀", "-"), maxLength: 20 }),
);
const number = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const key = fc.oneof(
  text,
  fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "1", "-1", "length"),
);
const record = fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }), { noNullPrototype: true });

function same<T>(
  what: string,
  arbitrary: fc.Arbitrary<T>,
  ours: (value: T) => unknown,
  theirs: (value: T) => unknown,
): void {
  test(what, () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        $.begin();
        expect(ours(value)).toEqual(theirs(value));
      }),
      { numRuns: 500 },
    );
  });
}

describe("text", () => {
  same("words", text, $.words, (value) => value.split(/\s+/).filter((word) => word !== ""));
  same("lines", text, $.lines, (value) => {
    const lines = value.split(/\r\n|\n|\r/);
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  });
  same("capitalize", text, $.capitalize, (value) => {
    const [first = "", ...rest] = value;
    return first.toUpperCase() + rest.join("");
  });
  const cut = fc.tuple(text, fc.integer({ min: 0, max: 25 }));
  test("truncate is never longer, and never ends inside a pair that was whole", () => {
    fc.assert(
      fc.property(cut, ([value, length]) => {
        $.begin();
        const short = $.truncate(value, length);
        expect(short.length).toBeLessThanOrEqual(length);
        expect(value.startsWith(short.replace(/…$/, ""))).toBe(true);
        if (!/\p{Cs}/u.test(value)) expect(short).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
  test("slug holds a–z, 0–9 and single dashes between them, and is its own slug", () => {
    fc.assert(
      fc.property(text, (value) => {
        $.begin();
        const slug = $.slug(value);
        expect(slug).toMatch(/^(?:[a-z0-9]+(?:-[a-z0-9]+)*)?$/);
        expect($.slug(slug)).toBe(slug);
      }),
    );
  });
});

describe("patterns", () => {
  const pattern = fc.constantFrom(
    "^a",
    "a$",
    "^[a-z]+$",
    "a|b",
    "^(?:ab)*$",
    "\\d{2,3}",
    ".",
    "[^a]",
    "😀",
    "^\\s*$",
    "",
    "a.c",
    "[Å-Ö]+",
  );
  same(
    "matches",
    fc.tuple(
      fc.oneof(text, fc.string({ unit: fc.constantFrom("a", "b", "c", "1", "\n", "😀"), maxLength: 8 })),
      pattern,
    ),
    ([value, source]) => $.matches(value, automatonText(source)),
    ([value, source]) => new RegExp(source, "u").test(value),
  );
});

describe("numbers", () => {
  const numbers = fc.array(number, { maxLength: 10 });
  same("sum", numbers, $.sum, (list) => list.reduce((sum, item) => sum + item, 0));
  same("minOf", numbers, $.minOf, (list) => (list.length === 0 ? undefined : Math.min(...list)));
  same("maxOf", numbers, $.maxOf, (list) => (list.length === 0 ? undefined : Math.max(...list)));
  const pair = fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 1e6 }));
  same(
    "mod",
    pair,
    ([a, b]) => $.mod(a, b),
    ([a, b]) => ((a % b) + b) % b,
  );
  same(
    "integer",
    fc.maxSafeInteger(),
    (value) => $.integer(`${value}`),
    (value) => value,
  );
  same(
    "formatNumber without options",
    fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-6, max: 1e20 }),
    (value) => $.formatNumber(value),
    String,
  );
  same(
    "formatNumber in groups",
    fc.integer(),
    (value) => $.formatNumber(value, { thousands: "," }),
    (value) => value.toLocaleString("en-US"),
  );
});

describe("money", () => {
  const currency = fc.constantFrom("EUR", "JPY", "KWD", "CLF");
  same(
    "minor units there and back",
    fc.tuple(fc.integer({ min: -1e12, max: 1e12 }), currency),
    ([minor, code]) => $.toMinor($.fromMinor(minor, code), code),
    ([minor]) => minor,
  );
  test("the currencies are known to Intl", () => {
    const known = Intl.supportedValuesOf("currency");
    for (const code of ["EUR", "USD", "SEK", "JPY", "KWD", "ZWL"]) expect(known).toContain(code);
    const ours = known.filter((code) => $.fromMinor(1, code) !== undefined);
    expect(ours.length).toBeGreaterThan(150);
  });
});

describe("lists", () => {
  const simple = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom("a", "1", "", null, true)));
  same("unique", simple, $.unique, (list) => [...new Set(list)]);
  same(
    "uniqueBy",
    simple,
    (list) => $.uniqueBy(list, (item) => item),
    (list) => [...new Set(list)],
  );
  same("sorted texts", fc.array(text), $.sorted, (list) => list.toSorted());
  same("sorted numbers", fc.array(number), $.sorted, (list) => list.toSorted((a, b) => a - b));
  same("toReversed", simple, $.toReversed, (list) => list.toReversed());
  same("flat", fc.array(fc.oneof(simple, fc.integer())), $.flat, (list) => list.flat());
  same(
    "findLast",
    fc.array(fc.integer()),
    (list) => $.findLast(list, (item) => Number(item) > 0),
    (list) => list.findLast((item) => item > 0),
  );
  same(
    "findIndex",
    fc.array(fc.integer()),
    (list) => $.findIndex(list, (item) => Number(item) > 0),
    (list) => list.findIndex((item) => item > 0),
  );
  same(
    "chunk",
    fc.tuple(simple, fc.integer({ min: 1, max: 5 })),
    ([list, size]) => $.flat($.chunk(list, size)),
    ([list]) => list,
  );
  same(
    "groupBy",
    fc.array(fc.record({ key, value: fc.integer() })),
    (list) => $.entries($.groupBy(list, (item) => (item as { key: string }).key)),
    (list) => {
      const groups = new Map<string, unknown[]>();
      for (const item of list) groups.set(item.key, [...(groups.get(item.key) ?? []), item]);
      return inOrder(groups);
    },
  );
  same(
    "keyBy",
    fc.array(fc.record({ key, value: fc.integer() })),
    (list) => $.entries($.keyBy(list, (item) => (item as { key: string }).key)),
    (list) => inOrder(new Map(list.map((item) => [item.key, item]))),
  );
  same(
    "sortBy",
    fc.array(fc.record({ key: fc.integer({ min: 0, max: 3 }), value: fc.integer() })),
    (list) => $.sortBy(list, (item) => (item as { key: number }).key),
    (list) => list.toSorted((a, b) => a.key - b.key),
  );
});

/** Members in the order that an object gives them. */
function inOrder(map: ReadonlyMap<string, unknown>): readonly unknown[] {
  const object = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of map) object[name] = value;
  return Object.keys(object).map((name) => ({ key: name, value: object[name] }));
}

describe("objects", () => {
  same("keys", record, $.keys, Object.keys);
  same("values", record, $.values, Object.values);
  same(
    "entries there and back",
    record,
    (value) => JSON.stringify($.fromEntries($.entries(value))),
    (value) => JSON.stringify(value),
  );
  same(
    "pick of all",
    record,
    (value) => JSON.stringify($.pick(value, ...Object.keys(value))),
    (value) => JSON.stringify(value),
  );
  same(
    "omit of nothing",
    record,
    (value) => JSON.stringify($.omit(value)),
    (value) => JSON.stringify(value),
  );
  same(
    "omit of all",
    record,
    (value) => $.omit(value, ...Object.keys(value)),
    () => ({}),
  );
  same("toJson", fc.jsonValue(), $.toJson, (value) => JSON.stringify(value));
  same(
    "parseJson",
    fc.jsonValue(),
    (value) => $.parseJson(JSON.stringify(value)),
    (value) => JSON.parse(JSON.stringify(value)),
  );
});

describe("hashes and encodings", () => {
  for (const hash of ["sha256", "sha1", "md5"] as const) {
    same(
      hash,
      text,
      (value) => $[hash](value),
      (value) => createHash(hash).update(value).digest("hex"),
    );
  }
  same(
    "hmacSha256",
    fc.tuple(text, text),
    ([value, secret]) => $.hmacSha256(value, secret, "base64"),
    ([value, secret]) => createHmac("sha256", secret).update(value).digest("base64"),
  );
  const whole = text.filter((value) => !/\p{Cs}/u.test(value));
  same("base64", text, $.base64, (value) => Buffer.from(value).toString("base64"));
  same(
    "base64 there and back",
    whole,
    (value) => $.base64Decode($.base64(value)),
    (value) => value,
  );
  same(
    "base64Url there and back",
    whole,
    (value) => $.base64UrlDecode($.base64Url(value)),
    (value) => value,
  );
  same(
    "hex there and back",
    whole,
    (value) => $.hexDecode($.hex(value)),
    (value) => value,
  );
  same("urlEncode", whole, $.urlEncode, encodeURIComponent);
  same(
    "urlDecode there and back",
    whole,
    (value) => $.urlDecode($.urlEncode(value)),
    (value) => value,
  );
});
