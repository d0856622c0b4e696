// Messages as the text of a file, by `format`.

import type { Json, JsonObject } from "../../schema/json.ts";
import { csvHeader, csvRow, type Written } from "../csv-text.ts";
import { choiceSetting, textSetting, textsSetting } from "../setting.ts";

export interface FileWriter {
  readonly format: "json" | "jsonl" | "csv" | "lines";
  readonly mode: "append" | "create" | undefined;
  readonly compress: "gzip" | undefined;
  /** Stands once, at the beginning of a file. */
  readonly header: string;
  one(body: Json): Written;
  /** Of a batch, one after the other; one bad message refuses all of them. */
  all(list: Json): Written;
}

/** Throws when the settings are wrong. */
export function fileWriter(settings: JsonObject): FileWriter {
  const format = choiceSetting(settings, "format", ["json", "jsonl", "csv", "lines"]) ?? "jsonl";
  const columns = format === "csv" ? textsSetting(settings, "columns") : [];
  const delimiter = textSetting(settings, "delimiter") ?? ",";
  const one = (body: Json): Written => (format === "csv" ? csvRow(body, columns, delimiter) : written(body, format));
  return {
    format,
    mode: choiceSetting(settings, "mode", ["append", "create"]),
    compress: choiceSetting(settings, "compress", ["gzip"]),
    header: format === "csv" ? csvHeader(columns, delimiter) : "",
    one,
    all: (list) => {
      let text = "";
      for (const body of Array.isArray(list) ? list : []) {
        const row = one(body);
        if (row.kind === "invalid") return row;
        text += row.text;
      }
      return { kind: "written", text };
    },
  };
}

function written(body: Json, format: "json" | "jsonl" | "lines"): Written {
  switch (format) {
    case "json":
      return { kind: "written", text: `${JSON.stringify(body, null, 2)}\n` };
    case "jsonl":
      return { kind: "written", text: `${JSON.stringify(body)}\n` };
    case "lines":
      return typeof body === "string" && !/[\n\r]/.test(body)
        ? { kind: "written", text: `${body}\n` }
        : { kind: "invalid", message: "`format: lines` writes the body, which must be a text of one line" };
  }
}
