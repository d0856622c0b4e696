// XML by the contract, back again, and the documents that want more than to be read.

import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeXml, encodeXml } from "../../connectors/xml-text.ts";
import type { Json } from "../../schema/json.ts";

const order = {
  type: "object",
  required: ["Order"],
  properties: {
    Order: {
      type: "object",
      required: ["Id", "Line", "Total"],
      properties: {
        Id: { type: "string" },
        Total: { type: "number" },
        Paid: { type: "boolean" },
        Note: { type: ["string", "null"] },
        Line: {
          type: "array",
          items: {
            type: "object",
            required: ["Sku", "Qty"],
            properties: { Sku: { type: "string" }, Qty: { type: "integer" }, "@unit": { type: "string" } },
          },
        },
      },
    },
  },
};

test("the contract says what is a number, a boolean and a list", () => {
  const text =
    '<?xml version="1.0"?><s:Order xmlns:s="x"><s:Id>007</s:Id><Total>12.5</Total><Paid>true</Paid><Line unit="kg"><Sku>a &amp; b &#x20AC;</Sku><Qty>2</Qty></Line></s:Order>';
  expect(decodeXml(text, order)).toEqual({
    kind: "value",
    value: {
      Order: { Id: "007", Total: 12.5, Paid: true, Line: [{ "@unit": "kg", Sku: "a & b €", Qty: 2 }] },
    },
  });
  expect(decodeXml("<Order><Id>1</Id><Total>x</Total></Order>", order)).toEqual({
    kind: "value",
    value: { Order: { Id: "1", Total: "x", Line: [] } },
  });
});

test("without a contract every text stays text", () => {
  expect(decodeXml("<a><b>1</b><b>2</b><c/></a>")).toEqual({ kind: "value", value: { a: { b: ["1", "2"], c: "" } } });
});

test("an answer is written as its keys say", () => {
  expect(
    encodeXml({ "soap:Envelope": { "@xmlns:soap": "http://x/?a&b", "soap:Body": { Id: "<1>", none: null } } }),
  ).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://x/?a&amp;b"><soap:Body><Id>&lt;1&gt;</Id></soap:Body></soap:Envelope>',
  );
});

const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .map((value) => value.replaceAll(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ""))
  .filter((value) => value.trim() === value && value !== "");

test("what is written comes back equal under its contract", () => {
  const line = fc.record({ Sku: text, Qty: fc.integer(), "@unit": text });
  const value = fc.record({
    Order: fc.record(
      {
        Id: text,
        Total: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
        Paid: fc.boolean(),
        Line: fc.array(line),
      },
      { requiredKeys: ["Id", "Total", "Line"] },
    ),
  });
  fc.assert(
    fc.property(value, (given) => {
      expect(decodeXml(encodeXml(given as Json), order)).toEqual({ kind: "value", value: given });
    }),
    { numRuns: 300 },
  );
});

const hostile: readonly (readonly [string, string])[] = [
  ["entities that multiply", '<!DOCTYPE a [<!ENTITY x "1"><!ENTITY y "&x;&x;">]><a>&y;</a>'],
  ["an entity from a file", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
  ["a DOCTYPE in small letters", "<!doctype a><a/>"],
  ["elements nested without end", "<a>".repeat(200_000)],
  ["elements nested and closed", "<a>".repeat(50_000) + "</a>".repeat(50_000)],
  ["an element that is not closed", "<a><b></a>"],
  ["a name that is no name", "<__proto__><a/></__proto__>"],
  ["nothing", ""],
  ["JSON", '{"a":1}'],
];

for (const [what, document] of hostile) {
  test(`${what} is refused`, () => {
    expect(decodeXml(document)).toEqual({ kind: "invalid", message: expect.not.stringContaining("passwd") });
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });
}

test("a reference that nobody declared stays as it is", () => {
  expect(decodeXml("<a>&nope; &#0; &#xD800; &#65;</a>")).toEqual({
    kind: "value",
    value: { a: "&nope; &#0; &#xD800; A" },
  });
});
