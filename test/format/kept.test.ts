// Random documents in a random layout, with comments in random places: meaning and comments are kept, and a formatted
// text is formatted.

import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { format } from "../../compiler/format/format.ts";

/** Lines of a node, the first of which may go on behind its key or dash. */
type Node =
  | { readonly kind: "scalar"; readonly text: string }
  | { readonly kind: "block"; readonly header: string; readonly lines: readonly string[]; readonly by: number }
  | { readonly kind: "flow"; readonly list: boolean; readonly items: readonly Node[]; readonly layout: readonly Gap[] }
  | {
      readonly kind: "map" | "seq";
      readonly items: readonly Node[];
      readonly by: number;
      readonly gaps: readonly Gap[];
    };

/** What stands between two things. */
interface Gap {
  readonly comment: "none" | "behind" | "above" | "both";
  readonly blanks: number;
  readonly spaces: number;
  /** Columns that a comment above is off. */
  readonly off: number;
}

const gap: fc.Arbitrary<Gap> = fc.record({
  comment: fc.constantFrom("none", "none", "none", "behind", "above", "both"),
  blanks: fc.constantFrom(0, 0, 0, 1, 3),
  spaces: fc.constantFrom(1, 1, 1, 3, 9),
  off: fc.constantFrom(0, 0, 0, 1, -1, 2),
});

const scalar = fc.constantFrom(
  "a",
  "two words",
  "${ body.a }",
  "${body.a}",
  '"${body.b} and ${  body.c }"',
  "'it''s'",
  '"say \\"x\\""',
  "'${ body.d ?? \"d\" }'",
  "1.5",
  "null",
  "~",
  '"tab\\t"',
  "https://example.com/x#y",
  '"# no comment"',
  '"😀 ${ body.e }"',
  '""',
  `"\${ ${"body.long.".repeat(9)}a } and \${ ${"body.long.".repeat(4)}a }"`,
);
const flowScalar = fc.constantFrom(
  "a",
  "two words",
  '"${body.a}"',
  "'b'",
  "1",
  "null",
  '"x: y"',
  `"${"long ".repeat(12)}"`,
);

const { node } = fc.letrec<{ node: Node; flow: Node }>((tie) => ({
  flow: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    flowScalar.map((text) => ({ kind: "scalar" as const, text })),
    fc.record({
      kind: fc.constant("flow" as const),
      list: fc.boolean(),
      items: fc.array(tie("flow"), { maxLength: 4 }),
      layout: fc.array(gap, { minLength: 5, maxLength: 5 }),
    }),
  ),
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar.map((text) => ({ kind: "scalar" as const, text })),
    tie("flow"),
    fc.record({
      kind: fc.constant("block" as const),
      header: fc.constantFrom("|", "|-", "|+", ">", ">-"),
      lines: fc.array(fc.constantFrom("text", "  further in", "", "# no comment", "${body.x}", "trailing  "), {
        minLength: 1,
        maxLength: 4,
      }),
      by: fc.integer({ min: 1, max: 4 }),
    }),
    fc.record({
      kind: fc.constantFrom("map" as const, "seq" as const),
      items: fc.array(tie("node"), { minLength: 1, maxLength: 4 }),
      by: fc.integer({ min: 1, max: 4 }),
      gaps: fc.array(gap, { minLength: 4, maxLength: 4 }),
    }),
  ),
}));

const document = fc.record({
  kind: fc.constantFrom("map" as const, "seq" as const),
  items: fc.array(node, { minLength: 1, maxLength: 4 }),
  by: fc.integer({ min: 1, max: 4 }),
  gaps: fc.array(gap, { minLength: 4, maxLength: 4 }),
});

function write(documents: readonly Node[]): string {
  let count = 0;
  const comment = (): string => {
    count += 1;
    return `# c${count}`;
  };
  const pad = (columns: number): string => " ".repeat(Math.max(0, columns));
  const above = ({ comment: where, blanks, off }: Gap, indent: number): string =>
    "\n".repeat(blanks) + (where === "above" || where === "both" ? `${pad(indent + off)}${comment()}\n` : "");
  const behind = ({ comment: where, spaces }: Gap): string =>
    where === "behind" || where === "both" ? `${pad(spaces)}${comment()}\n` : "\n";

  const flow = (item: Node): string => {
    if (item.kind === "scalar") return item.text;
    if (item.kind !== "flow") return "";
    const [open, close] = item.list ? ["[", "]"] : ["{", "}"];
    const parts = item.items.map((inner, index) => `${item.list ? "" : `k${index}: `}${flow(inner)}`);
    const between = (at: number): string => {
      const here = item.layout[at % 5];
      if (here === undefined || here.comment === "none")
        return here?.blanks === 3 ? "\n          " : pad(here?.spaces ?? 1);
      return here.comment === "above" ? `\n          ${comment()}\n          ` : ` ${comment()}\n          `;
    };
    const inner = parts.map((part, index) => `${index === 0 ? "" : ","}${between(index)}${part}`).join("");
    return `${open}${inner}${between(parts.length)}${close}`;
  };
  /** What stands behind a key or a dash. */
  const value = (item: Node, indent: number, here: Gap, dash: boolean): string => {
    switch (item.kind) {
      case "scalar":
        return `${pad(here.spaces)}${item.text}${behind(here)}`;
      case "flow":
        return `${pad(here.spaces)}${flow(item)}${behind(here)}`;
      case "block": {
        const [first, ...rest] = item.lines;
        const lines = [first === "" || first?.startsWith(" ") ? "first" : first, ...rest];
        const body = lines.map((line) => (line === "" ? "" : pad(indent + item.by) + line));
        return `${pad(here.spaces)}${item.header}\n${body.join("\n")}\n`;
      }
      default: {
        if (dash && here.comment === "none") {
          const inner = indent + 1 + here.spaces;
          return pad(here.spaces) + collection(item, inner).slice(inner);
        }
        return behind(here) + collection(item, item.kind === "seq" && !dash ? indent + item.by - 1 : indent + item.by);
      }
    }
  };
  const collection = (item: Node, indent: number): string => {
    if (item.kind !== "map" && item.kind !== "seq") return "";
    return item.items
      .map((inner, index) => {
        const here = item.gaps[index] ?? { comment: "none", blanks: 0, spaces: 1, off: 0 };
        const sign = item.kind === "map" ? `k${index}:` : "-";
        const front = index === 0 ? "" : above(here, indent);
        return `${front}${pad(indent)}${sign}${value(inner, indent, here, item.kind === "seq")}`;
      })
      .join("");
  };
  return documents.map((each) => collection(each, 0)).join(`--- ${comment()}\n`);
}

const values = (text: string): unknown =>
  parseAllDocuments(text, { logLevel: "silent" }).map((each) => {
    expect(each.errors).toEqual([]);
    return spaced(each.toJS());
  });

/** The spaces inside the braces of an expression mean nothing. */
function spaced(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(/\$\{\s*(.*?)\s*\}/g, "${ $1 }");
  if (Array.isArray(value)) return value.map(spaced);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spaced(inner)]));
}

const comments = (text: string): readonly string[] => text.match(/# c\d+/g) ?? [];

test("whatever is written: the same documents and comments, in order, and nothing to do the second time", () => {
  let whole = 0;
  fc.assert(
    fc.property(fc.array(document, { minLength: 1, maxLength: 2 }), (documents) => {
      const text = write(documents);
      fc.pre(parseAllDocuments(text, { logLevel: "silent" }).every(({ errors }) => errors.length === 0));
      const formatted = format(text);
      expect(Object.keys(formatted), text).toEqual(["text"]);
      if (!("text" in formatted)) return;
      whole += 1;
      expect(values(formatted.text)).toEqual(values(text));
      expect(comments(formatted.text)).toEqual(comments(text));
      expect(format(formatted.text)).toEqual({ text: formatted.text });
    }),
    { numRuns: 300 },
  );
  expect(whole).toBe(300);
});
