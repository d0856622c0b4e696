// The formats that are checked. The cases are those of the RFCs: 3339 for dates, 5321 for addresses, 9562, 3986.

import { describe, expect, test } from "vitest";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { validator } from "./run.ts";

const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    "date",
    ["2025-01-31", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"],
    [
      "2025-02-29",
      "1900-02-29",
      "2025-13-01",
      "2025-00-01",
      "2025-04-31",
      "2025-1-1",
      "2025-01-31T00:00:00Z",
      "2025-01-31\n",
      "２０２５-01-01",
      "",
    ],
  ],
  [
    "date-time",
    [
      "2025-01-31T12:00:00Z",
      "2025-01-31t12:00:00z",
      "2025-01-31T12:00:00.123456789+05:30",
      "2025-01-31T23:59:59-23:59",
      "1990-12-31T23:59:60Z",
      "1990-12-31T15:59:60-08:00",
      "1991-01-01T05:29:60+05:30",
    ],
    [
      "2025-01-31",
      "2025-01-31T12:00:00",
      "2025-01-31 12:00:00Z",
      "2025-02-30T12:00:00Z",
      "2025-01-31T24:00:00Z",
      "2025-01-31T12:60:00Z",
      "2025-01-31T12:00:60Z",
      "1990-12-31T15:59:60Z",
      "2025-01-31T12:00:00.Z",
      "2025-01-31T12:00:00+0530",
      "2025-01-31T12:00:00+24:00",
      "2025-01-31T12:00:00Z\n",
    ],
  ],
  [
    "email",
    ["a@b.example", "first.last+tag@sub.example.org", "o'neil@example.org", "a@localhost", "x_y=z@a-b.example"],
    [
      "a",
      "a@",
      "@b.example",
      "a@@b.example",
      "a b@c.example",
      ".a@b.example",
      "a.@b.example",
      "a..b@c.example",
      "a@-b.example",
      "a@b-.example",
      "a@b..example",
      "a@b.example\n",
      `${"a".repeat(320)}@b.example`,
    ],
  ],
  [
    "uuid",
    [
      "123e4567-e89b-12d3-a456-426614174000",
      "123E4567-E89B-12D3-A456-426614174000",
      "00000000-0000-0000-0000-000000000000",
    ],
    [
      "123e4567e89b12d3a456426614174000",
      "{123e4567-e89b-12d3-a456-426614174000}",
      "123e4567-e89b-12d3-a456-42661417400g",
      "123e4567-e89b-12d3-a456-426614174000\n",
      "",
    ],
  ],
  [
    "uri",
    [
      "https://example.org/a?b=c#d",
      "urn:isbn:0451450523",
      "mailto:a@b.example",
      "nats://[::1]:4222",
      "x:",
      "https://example.org/%7Euser",
    ],
    [
      "/path",
      "example.org",
      "//example.org",
      "https://example.org/a b",
      "https://example.org/%zz",
      "1http://x",
      "https://example.org/<x>",
      "https://exämple.org",
      "x:\n",
    ],
  ],
];

describe.each(cases)("%s", (format, fitting, others) => {
  const check = validator({ type: "string", format });
  test.each(fitting)("takes %j", (text) => {
    expect(check(text)).toEqual([]);
  });
  test.each(others)("refuses %j", (text) => {
    const [issue, ...more] = check(text);
    expect(more).toEqual([]);
    expect(issue?.message).toMatch(/^must be an? /);
  });
});

// A test that hangs has failed: each of these would take a backtracking expression for ever.
test.each([
  ["email", `${"a.".repeat(150)}!`],
  ["email", `a@${"a-".repeat(150)}!`],
  ["email", `a@${"a.".repeat(100_000)}`],
  ["uri", `x:${"a%20".repeat(100_000)} `],
  ["date-time", `2025-01-31T12:00:00.${"1".repeat(200_000)}`],
])("%s over a hostile text", (format, text) => {
  expect(validator({ type: "string", format })(text)).toHaveLength(1);
});

test("a format that is not checked is refused, so that it does not look as if it held", () => {
  const [problem, ...more] = checkSchema({ type: "string", format: "ipv4" }, () => undefined);
  expect(more).toEqual([]);
  expect(problem).toEqual({
    path: ["format"],
    message: "This `format` is not checked.",
    help: "Known are date, date-time, email, uuid, uri.",
  });
});
