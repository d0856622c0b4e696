// Expressions written into braces as they come, several and nested: what is mended is what was meant, every value at its
// place; nothing else in the text becomes text.

import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { format } from "../../compiler/format/format.ts";

type Meant = string | readonly Meant[] | { readonly [key: string]: Meant };

const leaf = fc.constantFrom(
  "${ a }",
  '${ a ? "b" : "c" }',
  "${ a['b, c'] ?? 'd' }",
  "${ list.map(each => ({ of: each, to: [1, 2] })) }",
  "Hi ${ a } and ${ b ?? 'c' }",
  'at ${ a ? "b: c" : "d # e" } there',
  "plain",
);

const { value } = fc.letrec<{ value: Meant }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  ),
}));

const naive = (meant: Meant): string => {
  if (typeof meant === "string") return meant;
  if (Array.isArray(meant)) return `[${meant.map(naive).join(", ")}]`;
  const members = Object.entries(meant).map(([key, each]) => `${key}: ${naive(each)}`);
  return `{ ${members.join(", ")} }`;
};

test("whatever is written into braces, and below each other", () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), (values) => {
      const text = values.map((each, index) => `k${index}: ${naive(each)} # c${index}\n`).join("");
      const formatted = format(text);
      if (!("text" in formatted)) throw new Error(text);
      expect(Object.values(parse(formatted.text)), formatted.text).toEqual(values);
      expect(formatted.text.match(/# c\d/g)).toHaveLength(values.length);
    }),
    { numRuns: 100 },
  );
});
