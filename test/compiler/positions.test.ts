// Every character of a scalar knows where it stands in the file, whatever YAML did to the scalar.

import fc from "fast-check";
import { expect, test } from "vitest";
import { isMap, isScalar, parseDocument } from "yaml";
import { scalarOffsets } from "../../compiler/2-parse/offsets.ts";
import { compileTexts } from "../rig/compile.ts";

/** Where each unit of the value was written, for styles in which a unit is written as itself. */
function offsetsOf(text: string): { readonly value: string; readonly offsets: readonly number[] } {
  const document = parseDocument(text, { keepSourceTokens: true });
  expect(document.errors).toEqual([]);
  const node = isMap(document.contents) ? document.contents.items[0]?.value : undefined;
  if (!isScalar(node) || node.range == null) throw new Error("no scalar");
  const value = String(node.value);
  return { value, offsets: scalarOffsets(text, node.range[0], node.range[1], node.type, value) };
}

const printable = fc.stringMatching(/^[a-zA-Z0-9{}$.()?+*/<>=åØ€\u{1f600}-]{1,12}$/u);
const words = fc.array(printable, { minLength: 1, maxLength: 6 });
const newline = fc.constantFrom("\n", "\r\n");

/** Every unit that is neither white space nor escaped stands at its offset. */
function holds(text: string): void {
  const { value, offsets } = offsetsOf(text);
  expect(offsets.length).toBeGreaterThanOrEqual(value.length);
  for (let index = 0; index < value.length; index += 1) {
    const unit = value[index] ?? "";
    if (/\s/.test(unit)) continue;
    expect([text[offsets[index] ?? -1], index]).toEqual([unit, index]);
  }
}

test("plain and quoted scalars on one line", () => {
  fc.assert(
    fc.property(words, fc.constantFrom("'", '"', ""), fc.constantFrom("", "  # a comment"), (parts, quote, comment) => {
      const inner = parts.join(" ");
      const first = quote === "" ? `x${inner}` : inner;
      holds(`key: ${quote}${first}${quote}${comment}\n`);
    }),
  );
});

test("quotes that are doubled, and escapes", () => {
  fc.assert(fc.property(words, (parts) => holds(`key: '${parts.join("''")}'\n`)));
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "\\n", "\\t", "\\x41", "\\u00e5", "\\U0001F600", '\\"', "\\\\", "\\/", "ö"), {
        maxLength: 20,
      }),
      (parts) => {
        const text = `key: "${parts.join("")}z"\n`;
        const { value, offsets } = offsetsOf(text);
        // Whatever came before, the last letter is found.
        expect(text[offsets[value.length - 1] ?? -1]).toBe("z");
        let at = 'key: "'.length;
        let index = 0;
        for (const part of parts) {
          expect(offsets[index]).toBe(at);
          at += part.length;
          index += part === "\\U0001F600" ? 2 : 1;
        }
      },
    ),
  );
});

test("blocks: literal and folded, every chomping, indentation indicators, comments inside, both line ends", () => {
  const line = fc.oneof(
    words.map((parts) => parts.join(" ")),
    fc.constant(""),
    fc.constant("// a: b # c"),
  );
  fc.assert(
    fc.property(
      fc.constantFrom("|", ">"),
      fc.constantFrom("", "-", "+"),
      fc.boolean(),
      fc.array(line, { minLength: 1, maxLength: 6 }),
      newline,
      fc.integer({ min: 1, max: 4 }),
      (style, chomping, indicated, lines, end, indent) => {
        const pad = " ".repeat(indent);
        const body = [`x${lines[0]}`, ...lines.slice(1)].map((text) => (text === "" ? "" : `${pad}${text}`));
        holds(`key: ${style}${indicated ? indent : ""}${chomping}${end}${body.join(end)}${end}`);
      },
    ),
  );
});

test("scalars that go on over lines, plain and quoted, are folded", () => {
  fc.assert(
    fc.property(
      words,
      fc.constantFrom("'", '"', ""),
      newline,
      fc.integer({ min: 1, max: 6 }),
      (parts, quote, end, indent) => {
        const inner = parts.map((part) => `x${part}`).join(`${end}${" ".repeat(indent)}`);
        holds(`key: ${quote}${inner}${quote}${end}`);
      },
    ),
  );
});

test("a mistake in an expression is told at its line and column in every style", () => {
  const styles: readonly ((expression: string) => string)[] = [
    (e) => `x: ${e}`,
    (e) => `x: "${e}"`,
    (e) => `x: '${e}'`,
    (e) => `x: |-\n          ${e}`,
    (e) => `x: >-\n          ${e}`,
    (e) => `x: |\n          hello\n          ${e} and more`,
    (e) => `{ y: 1, x: "å\\u00e5 ${e}" }`,
    (e) => `x: 'it''s ${e}'`,
    (e) => `x: some text\n        that goes on ${e}`,
    (e) => `x: "\u{1f600} ${e}"`,
  ];
  for (const end of ["\n", "\r\n"]) {
    for (const style of styles) {
      const written = style("${ body.idd }");
      const step = written.startsWith("{") ? `  - map: ${written}` : `  - map:\n      ${written}`;
      const text =
        `integration: a\nsource: { http: { path: /a }, contract: { id: string } }\nsteps:\n${step}\ntargets: { out: { nats: { subject: a.b } } }\n`.replaceAll(
          "\n",
          end,
        );
      const [finding, ...others] = compileTexts({ "tenants/acme/a.yaml": text }).diagnostics;
      expect(others).toEqual([]);
      const { start } = finding?.range ?? { start: { line: 0, column: 0 } };
      const line = text.split(end)[start.line - 1] ?? "";
      expect(line.slice(start.column - 1, start.column + 2)).toBe("idd");
    }
  }
});
