// The records of a file, streamed: a file may be larger than memory.

import { Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import type { Json, JsonSchema } from "../../schema/json.ts";
import { convertText } from "../../schema/text-convert.ts";
import { decodeText, readJson } from "../json-text.ts";
import { readXml } from "../xml-text.ts";
import { readLines } from "./lines.ts";

export type Format = "csv" | "json" | "jsonl" | "lines" | "xml";

export type FileRecord =
  | { readonly kind: "value"; readonly line: number; readonly value: Json }
  /** It can be set aside as it is. */
  | { readonly kind: "malformed"; readonly line: number; readonly message: string; readonly text: string }
  /** It is too long to be kept anywhere but where it is; the records behind it may be lost to us, too. */
  | { readonly kind: "stuck"; readonly line: number; readonly message: string };

export interface RecordOptions {
  readonly delimiter: string;
  readonly schema: JsonSchema | undefined;
  /** Bytes. */
  readonly longest: number;
}

export type Bytes = AsyncIterable<Uint8Array>;

/** Throws when the file cannot be read. */
export async function* readRecords(path: Bytes, format: Format, options: RecordOptions): AsyncGenerator<FileRecord> {
  if (format === "csv") yield* readCsv(path, options);
  else if (format === "json" || format === "xml") yield await readWhole(path, format, options);
  else yield* readByLine(path, format, options);
}

const tooLong = (line: number, longest: number): FileRecord => ({
  kind: "stuck",
  line,
  message: `the record is longer than ${longest} bytes (\`max-record\`)`,
});

async function readWhole(path: Bytes, format: "json" | "xml", { longest, schema }: RecordOptions): Promise<FileRecord> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of path) {
    size += part.length;
    if (size > longest) return tooLong(1, longest);
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  return toRecord(bytes, 1, format === "json" ? readJson(bytes) : readXml(bytes, schema));
}

async function* readByLine(
  path: Bytes,
  format: "jsonl" | "lines",
  { longest }: RecordOptions,
): AsyncGenerator<FileRecord> {
  for await (const line of readLines(path, longest)) {
    if (line.kind === "too-long") yield tooLong(line.number, longest);
    else if (format === "lines") yield toText(line.bytes, line.number);
    else if (line.bytes.some((byte) => byte > 0x20)) yield toRecord(line.bytes, line.number);
  }
}

function toText(bytes: Uint8Array, line: number): FileRecord {
  const value = decodeText(bytes);
  return value === undefined ? malformed(bytes, line, "it is not UTF-8") : { kind: "value", line, value };
}

function toRecord(bytes: Uint8Array, line: number, read = readJson(bytes)): FileRecord {
  return read.kind === "value" ? { kind: "value", line, value: read.value } : malformed(bytes, line, read.message);
}

const malformed = (bytes: Uint8Array, line: number, message: string): FileRecord => ({
  kind: "malformed",
  line,
  message,
  text: Buffer.from(bytes).toString("utf8"),
});

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

async function* readCsv(path: Bytes, { delimiter, schema, longest }: RecordOptions): AsyncGenerator<FileRecord> {
  const skipped: { readonly line: number; readonly flaw: string }[] = [];
  const rows = Readable.from(path, { objectMode: false }).pipe(
    parse({
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: longest,
      // Without it the rows before the error are lost with it.
      skip_records_with_error: true,
      on_skip: (error) => void (error && skipped.push({ line: Number(error.lines), flaw: csvFlaw(error) })),
    }),
  );
  let columns: readonly string[] | undefined;
  for await (const row of rows) {
    const { record, info } = row as Row;
    if (columns === undefined) columns = record.map((name) => name.trim());
    else yield toRow(columns, record, { line: info.lines, delimiter, schema });
  }
  // Where quotes are wrong nobody knows where the next row begins.
  const [first] = skipped;
  if (first !== undefined) yield { kind: "stuck", line: first.line, message: `it is not CSV (${first.flaw})` };
}

function toRow(
  columns: readonly string[],
  record: readonly string[],
  {
    line,
    delimiter,
    schema,
  }: { readonly line: number; readonly delimiter: string; readonly schema?: JsonSchema | undefined },
): FileRecord {
  const text = record.join(delimiter);
  if (record.length !== columns.length) {
    return {
      kind: "malformed",
      line,
      message: `it has ${record.length} columns, the header has ${columns.length}`,
      text,
    };
  }
  // The parser puts it where bytes are not UTF-8.
  if (text.includes("\ufffd")) return { kind: "malformed", line, message: "it is not UTF-8", text };
  const cells = Object.fromEntries(columns.map((name, index) => [name, record[index] ?? ""]));
  return { kind: "value", line, value: schema === undefined ? cells : convertText(schema, cells) };
}

/** Its message quotes the row; its code does not. */
const csvFlaw = ({ code }: CsvError): string => code.replace(/^CSV_/, "").replaceAll("_", " ").toLowerCase();
