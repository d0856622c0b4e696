// What -u writes into a file of cases, character by character: only expectations change, and where that cannot be kept
// the file is left alone.

import { expect, test } from "vitest";
import { withExpectations } from "../../cli/cases/update.ts";
import type { JsonObject } from "../../schema/json.ts";

const one: JsonObject = { drops: { out: "filter" } };
const long: JsonObject = { targets: { out: [{ text: "first line\nsecond line" }] } };

const head = "tests: orders\ncases:\n";
const spec = { locate: () => ({ start: { line: 1, column: 8 }, end: { line: 1, column: 14 } }) };
const written = (body: string, expected: JsonObject, index = 0): string | undefined =>
  withExpectations(head + body, [{ spec, index, expect: expected }])?.slice(head.length);

test.each([
  [
    "a comment behind the last line of a case stays there",
    "  - name: a\n    given: { body: 1 } # why it is so\n  - name: b\n",
    one,
    "  - name: a\n    given: { body: 1 } # why it is so\n    expect: { drops: { out: filter } }\n  - name: b\n",
  ],
  [
    "an expectation of several lines, too",
    "  - name: a\n    given: { body: 1 } # why it is so\n",
    long,
    "  - name: a\n    given: { body: 1 } # why it is so\n    expect:\n      targets:\n        out:\n          - text: |-\n              first line\n              second line\n",
  ],
  [
    "a comment of an expectation that gets several lines stands above it",
    "  - name: a\n    expect: { reply: 1 } # c\n    given: { body: 1 }\n",
    long,
    "  - name: a\n    # c\n    expect:\n      targets:\n        out:\n          - text: |-\n              first line\n              second line\n    given: { body: 1 }\n",
  ],
  [
    "so does one inside",
    "  - name: a\n    expect: # why\n      # and this\n      reply: 1\n    given: { body: 1 }\n",
    one,
    "  - name: a\n    # why\n    # and this\n    expect: { drops: { out: filter } }\n    given: { body: 1 }\n",
  ],
  [
    "the lines that a text keeps stay with it",
    '  - name: a\n    given:\n      text: |+\n        {"a":1}\n\n\n  - name: b\n',
    one,
    '  - name: a\n    given:\n      text: |+\n        {"a":1}\n\n\n    expect: { drops: { out: filter } }\n  - name: b\n',
  ],
  ["the end of the file needs no line end", "  - name: a", one, "  - name: a\n    expect: { drops: { out: filter } }"],
  ["in braces", "  - { name: a } # c\n", one, "  - { name: a, expect: { drops: { out: filter } } } # c\n"],
  [
    "line ends of Windows",
    "  - name: a\r\n    given: 1   # c\r\n",
    one,
    "  - name: a\r\n    given: 1   # c\r\n    expect: { drops: { out: filter } }\r\n",
  ],
])("%s", (_, before, expected, after) => {
  // The ends of the head's lines are those of the body.
  const windows = before.includes("\r\n");
  const text = windows ? head.replaceAll("\n", "\r\n") + before : head + before;
  const is = withExpectations(text, [{ spec, index: 0, expect: expected }]);
  expect(is?.slice(text.length - before.length)).toBe(after);
});

test("what stands elsewhere by an alias is not taken away, and a comment that has no place is not lost", () => {
  expect(written("  - name: a\n    expect: &e { reply: 1 }\n  - name: b\n    expect: *e\n", one)).toBeUndefined();
  expect(written("  - { name: a, expect: { # c\n      reply: 1 } }\n", one)).toBeUndefined();
});

test("an alias is replaced where it stands alone", () => {
  expect(written("  - name: a\n    expect: &e { reply: 1 }\n  - name: b\n    expect: *e\n", one, 1)).toBe(
    "  - name: a\n    expect: &e { reply: 1 }\n  - name: b\n    expect: { drops: { out: filter } }\n",
  );
});
