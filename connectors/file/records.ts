// The records of a file, some at a time: a file may be larger than memory. Each knows where the next one begins, so that
// reading can go on there after a restart.

import { isUtf8 } from "node:buffer";
import type { Json, JsonSchema } from "../../schema/json.ts";
import { rowConverter } from "../../schema/text-convert.ts";
import { decodeText, readJson } from "../json-text.ts";
import { readXml, readXmlElement } from "../xml-text.ts";
import { csvEnding, csvFields } from "./csv.ts";
import { beginning, type Cutter, cutAt, lineEnding, type Piece, type Position } from "./cut.ts";
import { cutElements } from "./element-cut.ts";
import { cutList } from "./list-cut.ts";
import { cutWhole } from "./whole-cut.ts";

export type Format = "csv" | "json" | "jsonl" | "lines" | "xml";

export type FileRecord =
  | { readonly kind: "value"; readonly line: number; readonly value: Json; readonly end: Position }
  /** It can be set aside as it is. */
  | {
      readonly kind: "malformed";
      readonly line: number;
      readonly message: string;
      readonly text: string;
      readonly end: Position;
    }
  /** It is too long to be kept anywhere but where it is. Without `end` the records behind it are lost to us, too. */
  | { readonly kind: "stuck"; readonly line: number; readonly message: string; readonly end?: Position };

export interface RecordOptions {
  readonly format: Format;
  /** Of `json` and `xml`: the path to the records; without one the file is one. */
  readonly items?: string | undefined;
  readonly delimiter: string;
  readonly schema: JsonSchema | undefined;
  /** Bytes. */
  readonly longest: number;
}

export type Bytes = AsyncIterable<Uint8Array>;

/** How many records are handed out together at most, and the bytes they were made of. */
const together = 500;
const togetherBytes = 1024 * 1024;

/** Pieces of a chunk: what a hostile file makes of it stays small. */
const chunkBytes = 64 * 1024;

/** `open` gives the bytes from an offset on. Throws when the file cannot be read. */
export async function* readRecords(
  open: (from: number) => Promise<Bytes>,
  options: RecordOptions,
  from: Position = beginning,
): AsyncGenerator<readonly FileRecord[]> {
  const columns = options.format === "csv" && from.offset > 0 ? await columnsOf(open, options) : undefined;
  const read = reader(options, columns);
  let some: FileRecord[] = [];
  let bytes = 0;
  for await (const piece of piecesOf(await open(from.offset), cutterOf(options, from))) {
    const record = read(piece);
    if (record === undefined) continue;
    some.push(record);
    bytes += piece.kind === "record" ? piece.bytes.length : 0;
    const over = record.kind === "stuck" && record.end === undefined;
    if (some.length >= together || bytes >= togetherBytes || over) {
      yield some;
      if (over) return;
      some = [];
      bytes = 0;
    }
  }
  if (some.length > 0) yield some;
}

async function* piecesOf(bytes: Bytes, cutter: Cutter): AsyncGenerator<Piece> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += chunkBytes) yield* cutter.push(chunk.subarray(at, at + chunkBytes));
  }
  yield* cutter.end();
}

function cutterOf({ format, items, longest }: RecordOptions, from: Position): Cutter {
  switch (format) {
    case "csv":
      return cutAt(csvEnding(), longest, from);
    case "json":
      return items === undefined ? cutWhole(longest) : cutList(namesIn(items).slice(0, -1), longest, from);
    case "xml":
      return items === undefined ? cutWhole(longest) : cutElements(namesIn(items), longest, from);
    default:
      return cutAt(lineEnding(), longest, from);
  }
}

/** `/data/rows/*` */
const namesIn = (items: string): readonly string[] => items.split("/").slice(1);

type Read = (piece: Piece) => FileRecord | undefined;

/** `columns`: of a CSV file whose header is not among the pieces. */
function reader({ format, items, delimiter, schema, longest }: RecordOptions, columns: Columns | undefined): Read {
  const rows = format === "csv" ? rowReader(delimiter, schema, columns) : undefined;
  const element = format === "xml" && items !== undefined ? (namesIn(items).at(-1) ?? "") : undefined;
  return (piece) => {
    if (piece.kind === "broken") return { kind: "stuck", line: piece.line, message: piece.message };
    const { line, end } = piece;
    if (piece.kind === "too-long") {
      return { kind: "stuck", line, message: `the record is longer than ${longest} bytes (\`max-record\`)`, end };
    }
    const { bytes } = piece;
    if (rows !== undefined) return rows(piece);
    if (format === "lines") {
      const value = decodeText(bytes);
      return value === undefined ? malformed(piece, "it is not UTF-8") : { kind: "value", line, value, end };
    }
    if (format === "jsonl" && !bytes.some((byte) => byte > 0x20)) return undefined;
    const parsed =
      format !== "xml"
        ? readJson(bytes)
        : element === undefined
          ? readXml(bytes, schema)
          : readXmlElement(bytes, element, schema);
    if (parsed.kind === "malformed") return malformed(piece, parsed.message);
    return { kind: "value", line, value: parsed.value, end };
  };
}

type Whole = Extract<Piece, { readonly kind: "record" }>;

const malformed = ({ bytes, line, end }: Whole, message: string): FileRecord => ({
  kind: "malformed",
  line,
  message,
  text: Buffer.from(bytes).toString("utf8"),
  end,
});

type Columns = readonly string[];

/** The first row is the header. A flaw in the quotes, or in the header, ends the reading. */
function rowReader(delimiter: string, schema: JsonSchema | undefined, given: Columns | undefined): Read {
  let width = given?.length ?? 0;
  let convert = given === undefined ? undefined : rowConverter(schema, given);
  let lost = false;
  return (piece) => {
    if (piece.kind !== "record" || piece.bytes.length === 0 || lost) return undefined;
    const { line, end } = piece;
    const stuck = (message: string): FileRecord => {
      lost = true;
      return { kind: "stuck", line, message: `it is not CSV (${message})` };
    };
    if (!isUtf8(piece.bytes))
      return convert === undefined ? stuck("it is not UTF-8") : malformed(piece, "it is not UTF-8");
    const text = Buffer.from(piece.bytes.buffer, piece.bytes.byteOffset, piece.bytes.length).toString("utf8");
    const row = csvFields(convert === undefined ? text.replace(/^\ufeff/, "") : text, delimiter);
    if (row.kind === "flawed") return stuck(row.message);
    if (convert === undefined) {
      const columns = row.fields.map((name) => name.trim());
      if (new Set(columns).size !== columns.length) return stuck("two columns have the same name");
      width = columns.length;
      convert = rowConverter(schema, columns);
      return undefined;
    }
    if (row.fields.length !== width) {
      return malformed(piece, `it has ${row.fields.length} columns, the header has ${width}`);
    }
    return { kind: "value", line, value: convert(row.fields), end };
  };
}

/** The header of a file that is read on from its middle. */
async function columnsOf(open: (from: number) => Promise<Bytes>, options: RecordOptions): Promise<Columns> {
  for await (const piece of piecesOf(await open(0), cutterOf(options, beginning))) {
    if (piece.kind !== "record") break;
    if (piece.bytes.length === 0) continue;
    const row = csvFields(decodeText(piece.bytes) ?? "", options.delimiter);
    if (row.kind === "fields") return row.fields.map((name) => name.trim());
  }
  throw new Error("the header cannot be read any more");
}
