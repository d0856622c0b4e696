// The records of a file, streamed: a file may be larger than memory.

import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { parse } from "csv-parse";
import type { Json, JsonSchema } from "../../schema/json.ts";
import { convertText } from "../../schema/text-convert.ts";
import { readJson } from "../json-text.ts";

export type Format = "csv" | "json" | "jsonl" | "lines";

export type FileRecord =
  | { readonly kind: "value"; readonly line: number; readonly value: Json }
  | { readonly kind: "malformed"; readonly line: number; readonly message: string; readonly text: string };

export async function* readRecords(
  path: string,
  format: Format,
  options: { readonly delimiter: string; readonly schema: JsonSchema | undefined },
): AsyncGenerator<FileRecord> {
  if (format === "csv") yield* readCsv(path, options.delimiter, options.schema);
  else if (format === "json") yield toRecord(await readFile(path), 1);
  else {
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1;
      if (format === "lines") yield { kind: "value", line, value: text };
      else if (text.trim() !== "") yield toRecord(Buffer.from(text), line);
    }
  }
}

function toRecord(bytes: Uint8Array, line: number): FileRecord {
  const read = readJson(bytes);
  if (read.kind === "value") return { kind: "value", line, value: read.value };
  return { kind: "malformed", line, message: read.message, text: Buffer.from(bytes).toString("utf8") };
}

async function* readCsv(path: string, delimiter: string, schema: JsonSchema | undefined): AsyncGenerator<FileRecord> {
  const parser = createReadStream(path).pipe(
    parse({ bom: true, delimiter, info: true, relax_column_count: true, skip_empty_lines: true }),
  );
  let columns: readonly string[] | undefined;
  for await (const row of parser) {
    const { record, info } = row as { readonly record: readonly string[]; readonly info: { readonly lines: number } };
    if (columns === undefined) columns = record.map((name) => name.trim());
    else if (record.length !== columns.length) {
      const message = `it has ${record.length} columns, the header has ${columns.length}`;
      yield { kind: "malformed", line: info.lines, message, text: record.join(delimiter) };
    } else {
      const cells = Object.fromEntries(columns.map((name, index) => [name, record[index] ?? ""]));
      yield { kind: "value", line: info.lines, value: schema === undefined ? cells : convertText(schema, cells) };
    }
  }
}
