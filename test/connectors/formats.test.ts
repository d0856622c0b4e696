// What a target writes, a source reads back as the same value under its contract; what a format cannot carry is said,
// never changed in silence. Everything through the connectors' own functions, over files on a real disk.

import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FileRecord, type Format, readRecords } from "../../connectors/file/records.ts";
import { openFileTarget } from "../../connectors/file/target.ts";
import { decodeXml, encodeXml } from "../../connectors/xml-text.ts";
import type { Json, JsonObject, JsonSchema } from "../../schema/json.ts";
import { standalone } from "../../schema/standalone.ts";
import { delivery, targetContext } from "../rig/connector.ts";

let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "vrsky-formats-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

let files = 0;

async function write(settings: JsonObject, bodies: readonly Json[]): Promise<string> {
  files += 1;
  const path = `${files}.txt`;
  const target = await openFileTarget(targetContext(settings), root);
  for (const body of bodies) {
    expect(await target.deliver(delivery({ path }, body))).toMatchObject({ kind: "delivered" });
  }
  await target.close();
  return join(root, path);
}

async function read(
  path: string,
  format: Format,
  schema?: JsonSchema,
  delimiter = ",",
): Promise<readonly FileRecord[]> {
  const all: FileRecord[] = [];
  const open = async (start: number) => createReadStream(path, { start });
  const options = { format, delimiter, schema, longest: 1024 * 1024 };
  for await (const some of readRecords(open, options)) all.push(...some);
  return all;
}

const values = (records: readonly FileRecord[]): readonly unknown[] =>
  records.map((record) => (record.kind === "value" ? record.value : record));

async function readText(
  text: string | Uint8Array,
  format: Format,
  schema?: JsonSchema,
): Promise<readonly FileRecord[]> {
  const path = join(root, "given");
  await writeFile(path, text);
  return await read(path, format, schema);
}

/** Any text but lone surrogates, which no UTF-8 has, and the mark of what could not be read. */
const anyText = fc.string({ unit: "binary", maxLength: 30 }).filter((text) => !text.includes("\ufffd"));
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
/** Where a missing cell is the same as an empty one, the empty text cannot be told from nothing. */
const someText = anyText.filter((text) => text !== "");
const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as Json);

const row = {
  type: "object",
  required: ["id", "count", "paid", "status", "size"],
  properties: {
    id: { type: "string" },
    note: { type: ["string", "null"] },
    count: { type: "integer" },
    price: { type: "number" },
    paid: { type: "boolean" },
    status: { enum: ["paid", "open"] },
    size: { enum: [1, 2, 4] },
    currency: { $ref: "#/$defs/currency" },
  },
  $defs: { currency: { type: ["string", "null"] } },
} satisfies JsonSchema;

const rows = fc.array(
  fc.record(
    {
      id: anyText,
      note: someText,
      count: fc.maxSafeInteger(),
      price: number,
      paid: fc.boolean(),
      status: fc.constantFrom("paid", "open"),
      size: fc.constantFrom(1, 2, 4),
      currency: someText,
    },
    { requiredKeys: ["id", "count", "paid", "status", "size"] },
  ),
  { minLength: 1, maxLength: 8 },
);

describe("there and back", () => {
  test.each([",", ";", "\t", "|"])("csv, with %j between the fields", async (delimiter) => {
    const columns = Object.keys(row.properties);
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        const path = await write({ format: "csv", columns, delimiter }, given as Json[]);
        expect(values(await read(path, "csv", row, delimiter))).toEqual(given);
      }),
      { numRuns: 60 },
    );
  });

  test("csv: one column, whose texts may be empty", async () => {
    const schema = { type: "object", required: ["a"], properties: { a: { type: "string" } } };
    const given = [{ a: "" }, { a: "x" }, { a: "" }, { a: "\n" }];
    const path = await write({ format: "csv", columns: ["a"] }, given);
    expect(values(await read(path, "csv", schema))).toEqual(given);
  });

  test("json lines and json: any value", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 8 }), async (given) => {
        expect(values(await read(await write({ format: "jsonl" }, given), "jsonl"))).toEqual(given);
        const [first = null] = given;
        expect(values(await read(await write({ format: "json" }, [first]), "json"))).toEqual([first]);
      }),
      { numRuns: 60 },
    );
  });

  test("lines: any text without a line end", async () => {
    const line = anyText.map((text) => text.replaceAll(/[\r\n\ufeff]/g, ""));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 8 }), async (given) => {
        expect(values(await read(await write({ format: "lines" }, given), "lines"))).toEqual(given);
      }),
      { numRuns: 60 },
    );
  });

  test("xml: elements, attributes and lists of a contract that refers to others", () => {
    const address = { type: "object", properties: { City: { type: "string" }, No: { type: "integer" } } };
    const order = {
      type: "object",
      properties: {
        Order: {
          type: "object",
          required: ["Line"],
          properties: {
            Ship: { oneOf: [{ $ref: "contract:address@1" }, { type: "null" }] },
            Line: { type: "array", items: { $ref: "#/$defs/line" } },
          },
        },
      },
      $defs: { line: { type: "object", properties: { "@no": { type: "integer" }, Qty: { type: "number" } } } },
    };
    const schema = standalone(order, { "address@1": { schema: address } });
    const city = fc.string({ unit: "grapheme-ascii", minLength: 1 }).map((text) => `x${text}x`);
    const given = fc.record({
      Order: fc.record(
        {
          Ship: fc.record({ City: city, No: fc.maxSafeInteger() }),
          Line: fc.array(fc.record({ "@no": fc.maxSafeInteger(), Qty: number })),
        },
        { requiredKeys: ["Line"] },
      ),
    });
    fc.assert(
      fc.property(given, (value) => {
        expect(decodeXml(encodeXml(value as Json), schema)).toEqual({ kind: "value", value });
      }),
    );
  });
});

describe("what a format cannot carry is said", () => {
  test.each([
    [{ id: "a", more: 1 }, /more is none of the `columns`/],
    [{ id: ["a"] }, /id is a list or an object/],
    [{ id: { a: 1 } }, /id is a list or an object/],
    [["a"], /made of an object/],
    ["a", /made of an object/],
    [{ id: "\ufffd" }, /U\+FFFD/],
  ])("csv: %j", async (body, message) => {
    const target = await openFileTarget(targetContext({ format: "csv", columns: ["id"] }), root);
    const result = await target.deliver(delivery({ path: "a.csv" }, body));
    expect(result).toMatchObject({ kind: "permanent", failure: { class: "invalid", message } });
  });

  test("a number that would be another one stays text, for the contract to refuse", async () => {
    const text = "id,count,price\n1,9007199254740993,1e999\n";
    const [record] = values(await readText(text, "csv", row));
    expect(record).toEqual({ id: "1", count: "9007199254740993", price: "1e999" });
  });

  test("csv: null comes back as a field that is not there", async () => {
    const path = await write({ format: "csv", columns: ["id", "note"] }, [{ id: "1", note: null }]);
    expect(values(await read(path, "csv", row))).toEqual([{ id: "1" }]);
  });

  test("csv: formulas are data and stay what they are", async () => {
    const path = await write({ format: "csv", columns: ["id"] }, [{ id: "=1+1" }]);
    expect(await readFile(path, "utf8")).toBe("id\n=1+1\n");
  });
});

describe("hostile input ends in a message", () => {
  const inert = (records: readonly FileRecord[]): void => {
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    for (const record of records) if (record.kind !== "value") expect(record.message.length).toBeLessThan(200);
  };

  test.each<Format>(["csv", "json", "jsonl", "lines", "xml"])("%s: any bytes", async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => inert(await readText(bytes, format, row))),
      { numRuns: 100 },
    );
    const noise = fc.array(
      fc.constantFrom('"', ",", "\n", "\r", "\0", "<", ">", "/", "a", "&", "]", "{", "[", "=", " "),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (signs) => inert(await readText(signs.join(""), format, row))),
      { numRuns: 200 },
    );
  });

  test("names that JavaScript knows are data", async () => {
    const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const [first] = await readText(`${text}\n`, "jsonl");
    inert(first === undefined ? [] : [first]);
    expect(first?.kind === "value" && Object.keys(first.value as object)).toEqual(["__proto__", "constructor"]);
    const [cell] = await readText("__proto__,constructor\n1,2\n", "csv", row);
    expect(cell?.kind === "value" && Object.entries(cell.value as object)).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
    ]);
    inert(await readText("<a><__proto__><polluted>1</polluted></__proto__></a>", "xml", row));
  });

  test("xml: documents of entities, of depth, of attributes", async () => {
    const bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>';
    const outside = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>';
    for (const text of [bomb, outside, "<a>".repeat(100_000), `${"<a>".repeat(200)}${"</a>".repeat(200)}`]) {
      expect((await readText(text, "xml")).map(({ kind }) => kind)).toEqual(["malformed"]);
    }
    const attributes = Array.from({ length: 20_000 }, (_, index) => `a${index}="1"`).join(" ");
    inert(await readText(`<a ${attributes}/>`, "xml"));
    expect(values(await readText("<a>&unknown; &#0; &#x110000;</a>", "xml"))).toEqual([
      { a: "&unknown; &#0; &#x110000;" },
    ]);
  });

  test("csv: a quote without end keeps what stands before it, and says so", async () => {
    const records = await readText('id\n1\n"2\n3\n', "csv", row);
    expect(values(records.slice(0, 1))).toEqual([{ id: "1" }]);
    expect(records.at(-1)).toMatchObject({ kind: "stuck" });
  });

  test("json lines: lines of nothing, a line that is too long, ends of all kinds", async () => {
    const records = await readText(`\ufeff{"a":1}\r\n\n   \n{"a":2}\n"${"x".repeat(1024 * 1024)}"\n{"a":3}`, "jsonl");
    expect(values(records.filter(({ kind }) => kind === "value"))).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(records.find(({ kind }) => kind === "stuck")).toMatchObject({ line: 5 });
  });
});
