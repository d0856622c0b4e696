// Each file of cases/ is a text as somebody wrote it and as the formatter writes it, or why it does not.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { format } from "../../compiler/format/format.ts";

const folder = new URL("cases/", import.meta.url);

interface Case {
  readonly title: string;
  /** By name: `in` and one of `out`, `same`, `left`, `broken`. */
  readonly parts: ReadonlyMap<string, string>;
}

function readCase(name: string): Case {
  const [title = "", ...rest] = readFileSync(new URL(name, folder), "utf8").split(/^-- (\w+) --\n/m);
  const parts = rest.flatMap((part, index) => (index % 2 === 0 ? [[part, rest[index + 1] ?? ""] as const] : []));
  return { title: title.trim(), parts: new Map(parts) };
}

function answer(text: string): ReadonlyMap<string, string> {
  const formatted = format(text);
  if ("diagnostics" in formatted) {
    const said = formatted.diagnostics.map(
      ({ code, range: { start }, message }) => `${code} ${start.line}:${start.column} ${message}\n`,
    );
    return new Map([["broken", said.join("")]]);
  }
  if (formatted.left !== undefined) return new Map([["left", `${formatted.left}\n`]]);
  return new Map([formatted.text === text ? ["same", ""] : ["out", formatted.text]]);
}

describe.each(readdirSync(folder).sort())("%s", (name) => {
  const { title, parts } = readCase(name);
  test(title, () => {
    const text = parts.get("in") ?? "";
    const answered = answer(text);
    expect([...answered]).toEqual([...parts].filter(([part]) => part !== "in"));
    const out = answered.get("out");
    if (out !== undefined) expect(answer(out)).toEqual(new Map([["same", ""]]));
  });
});

describe("what a file of cases cannot show", () => {
  test.each([
    ["the line ends of Windows stay", "a:   1\r\nb: |\r\n    x\r\n    y\r\n", "a: 1\r\nb: |\r\n  x\r\n  y\r\n"],
    ["a byte order mark goes", "\uFEFFa: 1\n", "a: 1\n"],
    ["a last line gets its end", "a: 1", "a: 1\n"],
    ["an empty file stays empty", "", ""],
    ["a file of blank lines becomes empty", "\n\n  \n", ""],
    ["a file of comments", "\n#a\n\n\n# b   \n", "#a\n\n# b\n"],
    ["tabs between words", "a:\t1\t# c\t\nb: [\t1,\t2 ]\n", "a: 1 # c\nb: [1, 2]\n"],
    ["spaces at the end", "a: 1   \nb:   \n  - c  \n", "a: 1\nb:\n  - c\n"],
    ["spaces at the end of a block's lines are its text", "a: |\n    x  \n    y\n", "a: |\n  x  \n  y\n"],
    ["kept line ends at the end of a file", "a: |+\n    x\n\n\n", "a: |+\n  x\n\n\n"],
    ["emoji", 'a:   "👩‍👩‍👧 ${ body.x }"\n', 'a: "👩‍👩‍👧 ${ body.x }"\n'],
  ])("%s", (_title, text, expected) => {
    expect(format(text)).toEqual({ text: expected });
    expect(format(expected)).toEqual({ text: expected });
  });

  test("a very long text is not cut", () => {
    const text = `a: ${"long ".repeat(20_000)}end\n`;
    expect(format(text)).toEqual({ text });
  });
});
