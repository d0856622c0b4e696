// Not one wrong verdict on the official test suite: what contracts take they judge as JSON Schema does, the rest they
// refuse.

import { expect, test } from "vitest";
import { runSuite } from "./suite.ts";

const results = runSuite();

/** Where contracts mean something else on purpose, and why. */
const otherwise: Readonly<Record<string, string>> = Object.fromEntries([
  ...["email", "date", "date-time", "uri", "uuid"].map((name) => [
    `draft2020-12 format: ${name} format: invalid ${name} string is only an annotation by default: expected valid`,
    "a format that is declared is checked",
  ]),
  ...[
    "a quoted string with a space in the local part",
    "a quoted string with a double dot in the local part",
    "a quoted string with a @ in the local part",
    "an IPv4-address-literal after the @",
    "an IPv6-address-literal after the @",
  ].map((what) => [
    `draft2020-12 format/email: validation of e-mail addresses: ${what} is valid: expected valid`,
    "quoted names and address literals are refused, as mail providers do",
  ]),
  ...["draft7", "draft2020-12"].flatMap((draft) =>
    ["match", "recursive match"].map((test) => [
      `${draft} ref: root pointer ref: ${test}: expected valid`,
      "with its type written out, what the reference leads to is an object",
    ]),
  ),
]);

test("no verdict differs, unless on purpose", () => {
  const wrong = results.flatMap(({ draft, keyword, group, wrong: all }) =>
    all.map((one) => `${draft} ${keyword}: ${group}: ${one}`),
  );
  expect(wrong.filter((one) => otherwise[one] === undefined)).toEqual([]);
  expect(Object.keys(otherwise).filter((one) => !wrong.includes(one))).toEqual([]);
});

test("enough of the suite is judged for that to mean something", () => {
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  expect(passed).toBeGreaterThan(700);
});
