// Records out of bytes: the same ones however the bytes arrive, and from any place between two of them on.

import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placeFailureOf } from "../../connectors/file/place.ts";
import { type Bytes, type FileRecord, type RecordOptions, readRecords } from "../../connectors/file/records.ts";
import { unpacked } from "../../connectors/file/unpack.ts";

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const options = (more: Partial<RecordOptions>): RecordOptions => ({
  format: "csv",
  delimiter: ",",
  schema: undefined,
  longest: 1024 * 1024,
  ...more,
});

async function all(
  content: string | Uint8Array,
  more: Partial<RecordOptions>,
  { size = 65_536, from }: { readonly size?: number; readonly from?: FileRecord["end"] } = {},
): Promise<readonly FileRecord[]> {
  const bytes = Buffer.from(content);
  const records: FileRecord[] = [];
  const open = async (offset: number): Promise<Bytes> => chunks(bytes.subarray(offset), size);
  for await (const some of readRecords(open, options(more), from)) records.push(...some);
  return records;
}

const values = (records: readonly FileRecord[]): readonly unknown[] =>
  records.map((record) => (record.kind === "value" ? record.value : record.kind));

const lines = fc.array(fc.constantFrom('{"a":1}', '"x"', "", "  ", "{", "é", "[1,\r", "\0"), { maxLength: 12 });
const end = fc.constantFrom("\n", "\r\n");
const cell = fc.constantFrom("a", "", "é", "two\nlines", "with, comma", 'a "quote"', "cr\r", "x\r\ny", "\0", " ");
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csv = fc
  .tuple(
    fc.array(fc.tuple(cell, cell), { maxLength: 8 }),
    fc.array(fc.constantFrom("\n", "\r\n", "\r"), { minLength: 9, maxLength: 9 }),
  )
  .map(([rows, ends]) =>
    [["one", "two"], ...rows].map((row, index) => `${row.map(quoted).join(",")}${ends[index]}`).join(""),
  );
const space = fc.constantFrom("", " ", "\n", "\r\n\t");
const list = fc
  .tuple(fc.array(fc.tuple(fc.jsonValue(), space), { maxLength: 6 }), space)
  .map(
    ([items, gap]) => `[${gap}${items.map(([value, after]) => `${JSON.stringify(value)}${after}`).join(`,${gap}`)}]`,
  );
const elements = fc
  .array(
    fc.constantFrom(
      "<o/>",
      '<o a="x>y">1</o>',
      "<p:o><o>in</o></p:o>",
      "<o><![CDATA[</o>]]></o>",
      "<!-- <o> -->",
      "\n",
      "<x/>",
    ),
  )
  .map((parts) => `<?xml version="1.0"?><all>${parts.join("\n")}</all>`);

const cases: readonly (readonly [string, fc.Arbitrary<string>, Partial<RecordOptions>])[] = [
  ["jsonl", fc.tuple(lines, end).map(([each, by]) => each.join(by)), { format: "jsonl" }],
  ["lines", fc.tuple(lines, end).map(([each, by]) => each.join(by)), { format: "lines" }],
  ["csv", csv, { format: "csv" }],
  ["json /*", list, { format: "json", items: "/*" }],
  [
    "json /a/b/*",
    list.map((text) => `\ufeff{"b":[1],"a":{"x":{"b":[2]},"b":${text},"c":[3]}}`),
    { format: "json", items: "/a/b/*" },
  ],
  ["xml /all/o", elements, { format: "xml", items: "/all/o" }],
];

describe.each(cases)("%s", (_, content, more) => {
  test("the same records however the bytes arrive", async () => {
    await fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 1, max: 7 }), async (text, size) => {
        expect(await all(text, more, { size })).toEqual(await all(text, more));
      }),
      { numRuns: 60 },
    );
  });

  test("from the end of any record on, the rest: nothing left out, nothing twice", async () => {
    await fc.assert(
      fc.asyncProperty(content, async (text) => {
        const whole = await all(text, more);
        for (const [index, { end: from }] of whole.entries()) {
          if (from !== undefined) expect(await all(text, more, { from })).toEqual(whole.slice(index + 1));
        }
      }),
      { numRuns: 40 },
    );
  });
});

test("csv: as another parser reads it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell), { maxLength: 8 }),
      fc.constantFrom("\n", "\r\n"),
      async (rows, by) => {
        const text = [["one", "two"], ...rows].map((row) => `${row.map(quoted).join(",")}${by}`).join("");
        const theirs = parse(text, { columns: true, skip_empty_lines: true, record_delimiter: by });
        expect(values(await all(text, { format: "csv" }))).toEqual(theirs);
      },
    ),
    { numRuns: 200 },
  );
});

test("csv: line ends of all kinds in one file, NUL, and lines by which people find a row", async () => {
  const records = await all('a,b\r1,2\r\n"x\r\ny",3\n\n\r\n\0,4\n5,"6"', {});
  expect(values(records)).toEqual([
    { a: "1", b: "2" },
    { a: "x\r\ny", b: "3" },
    { a: "\0", b: "4" },
    { a: "5", b: "6" },
  ]);
  expect(records.map(({ line }) => line)).toEqual([2, 3, 7, 8]);
});

test("csv: bytes that are no UTF-8 cost their row only", async () => {
  const records = await all(
    Buffer.concat([Buffer.from("a\n1\n"), Buffer.from([0xff, 0x0a]), Buffer.from("\ufffd\n")]),
    {},
  );
  expect(values(records)).toEqual([{ a: "1" }, "malformed", { a: "\ufffd" }]);
});

test("csv: 100,000 columns are a row like any other", async () => {
  const names = Array.from({ length: 100_000 }, (_, n) => `c${n}`);
  const [record] = await all(`${names.join(",")}\n${names.map((_, n) => n).join(",")}\n`, {});
  expect(record?.kind === "value" && Object.keys(record.value as object).length).toBe(100_000);
});

test.each([
  ["a quote that is never closed", `a\n1\n"2\n${"3\n".repeat(2_000)}`, 3, /opened and not closed/],
  ["a quote inside a field", 'a\n1\nx"y"\n2\n', 3, /not quoted/],
  ["something behind a quote", 'a\n1\n"x"y\n2\n', 3, /behind a closing quote/],
  ["two columns of one name", "a,b,a\n1,2,3\n", 1, /same name/],
  ["a header in UTF-16", Buffer.from("\ufeffa,b\n1,2\n", "utf16le"), 1, /UTF-8/],
])("csv: %s ends the reading where it stands", async (_, content, line, message) => {
  const records = await all(content, { longest: 1_000 });
  expect(records.at(-1)).toMatchObject({ kind: "stuck", line, message: expect.stringMatching(message) });
  expect(records.at(-1)?.end).toBeUndefined();
  expect(values(records.slice(0, -1))).toEqual(line === 1 ? [] : [{ a: "1" }]);
});

test.each([
  ["json", "/*", "[1,2", /inside the list/],
  ["json", "/*", '{"a":[]}', /no list/],
  ["json", "/a/*", '{"b":[1]}', /no list/],
  ["json", "/a/*", '{"a":{"a":[1]}}', /no list/],
  ["json", "/*", "", /no list/],
  ["xml", "/a/b", "<a><b>1</b><b>", /inside an element/],
  ["xml", "/a/b", "<x><b>1</b></x>", /root/],
  ["xml", "/a/b", "<a><c></d></a>", /closed/],
  ["xml", "/a/b", '<!DOCTYPE a [<!ENTITY x "y">]><a><b>&x;</b></a>', /DOCTYPE/],
  ["xml", "/a/b", '<?xml version="1.0" encoding="ISO-8859-1"?><a/>', /UTF-8/],
  ["xml", "/a/b", "", /no XML/],
  ["xml", "/a/b", `<a>${"<c>".repeat(70)}`, /deep/],
  ["xml", "/a/b", `<a ${"x".repeat(70_000)}`, /longer/],
] as const)("%s with items %s: %j is not taken as a file without records", async (format, items, content, message) => {
  const records = await all(content, { format, items, longest: 60_000 });
  expect(records.at(-1)).toMatchObject({ kind: "stuck", message: expect.stringMatching(message) });
});

test("an element that is broken or too long costs itself only", async () => {
  const big = `"${"x".repeat(2_000)}"`;
  const records = await all(`[1, {"a" 2}, ${big}, 3,, 4]`, { format: "json", items: "/*", longest: 1_000 });
  expect(values(records)).toEqual([1, "malformed", "stuck", 3, "malformed", 4]);
  const xml = await all(`<a><b>1</b><b>${"x".repeat(2_000)}</b><b>2</b></a>`, {
    format: "xml",
    items: "/a/b",
    longest: 1_000,
  });
  expect(values(xml)).toEqual(["1", "stuck", "2"]);
});

test("xml elements become what their contract says", async () => {
  const schema = {
    type: "object",
    required: ["qty", "tag"],
    properties: { qty: { type: "integer" }, tag: { type: "array", items: { $ref: "#/$defs/tag" } } },
    $defs: { tag: { type: "number" } },
  };
  const text = "<all><o><qty>1</qty><tag>2.5</tag></o><o><qty>2</qty></o></all>";
  expect(values(await all(text, { format: "xml", items: "/all/o", schema }))).toEqual([
    { qty: 1, tag: [2.5] },
    { qty: 2, tag: [] },
  ]);
});

async function unpack(packed: Uint8Array, from = 0): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of unpacked(chunks(packed, 1_000), from)) parts.push(part);
  return Buffer.concat(parts);
}

test("gzip: unpacked from an offset, several members as one", async () => {
  const packed = Buffer.concat([gzipSync("hello "), gzipSync("world")]);
  expect((await unpack(packed)).toString()).toBe("hello world");
  expect((await unpack(packed, 8)).toString()).toBe("rld");
});

test("gzip: what is none, is cut short, or swells beyond reason is the file's fault", async () => {
  const good = gzipSync(Buffer.from("x".repeat(10_000)));
  const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024));
  for (const packed of [Buffer.from("no gzip"), good.subarray(0, good.length - 4), bomb]) {
    const failure = await unpack(packed).then(() => undefined, placeFailureOf);
    expect(failure).toMatchObject({ kind: "rejected" });
  }
});

test("bytes are asked for as records are taken, not before", async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      given += 65_536;
      yield Buffer.from('{"a":1,"text":"0123456789"}\n'.repeat(2_340));
    }
  }
  const records = readRecords(async () => endless(), options({ format: "jsonl" }));
  for (let n = 0; n < 50; n += 1) {
    const { value } = await records.next();
    expect(value?.length).toBeLessThanOrEqual(500);
  }
  expect(given).toBeLessThanOrEqual(50 * 500 * 28 + 2 * 65_536);
  await records.return(undefined);
});
