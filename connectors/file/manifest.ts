// What people can write under `file:`. Plain data, cheap to import.

import type { Manifest, SettingsSchema } from "../../schema/connector.ts";
import { blobBody, maxSize, maxSizeOfBlobs } from "../blob-manifest.ts";

/** Below the data folder: relative, no `..`, no back-slashes. */
const belowRoot = "^(?!/)(?!([^/]*/)*\\.\\.(/|$))[^\\\\]+$";

const source: SettingsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["path", "format"],
  properties: {
    path: {
      type: "string",
      maxLength: 512,
      description:
        "Which files, below the worker's data folder: `*` and `?` within a name, `**` for any folders. Files whose name starts with a dot are left alone unless the pattern says so.",
      examples: ["inbox/*.csv", "leads/**/*.jsonl"],
    },
    format: {
      enum: ["csv", "json", "jsonl", "lines", "xml", "blob"],
      description:
        "`xml`: the whole file is one message, converted to the contract's types. `blob`: the bytes stay beside the message, and the body is `{ name, size, type, sha256 }`. `csv`: a header row, then one message per row, converted to the contract's types. `jsonl`: one message per line. `lines`: each line is a string. `json`: the whole file is one message. Of `xml` and `json`, `items` makes many of one file.",
      examples: ["csv"],
    },
    items: {
      type: "string",
      maxLength: 512,
      description:
        "`json` and `xml` only: where the records stand in the file, which may then be larger than memory. `/*` are the elements of a list of JSON, `/data/rows/*` those of a list below these members; `/orders/order` are the elements of XML with this path, without their prefixes.",
      examples: ["/*", "/orders/order"],
    },
    compress: {
      enum: ["gzip", "none"],
      description:
        "How the file is packed. Left out: `gzip` where its name ends in `.gz`. A file that swells to more than 200 times its size is not taken.",
      examples: ["gzip"],
    },
    delimiter: {
      type: "string",
      minLength: 1,
      maxLength: 1,
      default: ",",
      description: "`csv` only: what stands between two fields.",
      examples: [";"],
    },
    after: {
      type: ["string", "object"],
      default: "keep",
      description:
        "What becomes of a file once all its records are stored: it stays and is remembered (`keep`; once it changes it is read again as a whole), is deleted, or is moved to a folder, where nothing is overwritten.",
      examples: ["delete", { move: "done" }],
      if: { type: "object" },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: {
        additionalProperties: false,
        required: ["move"],
        properties: {
          move: {
            type: "string",
            maxLength: 512,
            description: "Folder below the data folder, or on the connection's server.",
            examples: ["done"],
          },
        },
      },
      else: { enum: ["keep", "delete"] },
    },
    every: {
      type: "string",
      "x-vrsky-format": "duration",
      default: "1s",
      description:
        "How often the folder is looked through. On the local disk a change is often seen sooner, but nothing depends on that.",
      examples: ["1m"],
    },
    cron: {
      type: "string",
      minLength: 1,
      description: "Instead of `every`: when the folder is looked through.",
      examples: ["0 2 * * *"],
    },
    timezone: {
      type: "string",
      default: "UTC",
      description: "IANA name of the time zone in which `cron` is read.",
      examples: ["Europe/Oslo"],
    },
    "stable-for": {
      type: "string",
      "x-vrsky-format": "duration",
      default: "1s",
      description:
        "A file is read once it has not changed for this long; so a file that is still being written is not.",
      examples: ["30s"],
    },
    "max-record": {
      type: "string",
      "x-vrsky-format": "size",
      default: "1MiB",
      description:
        "Largest record (row, line, element; with `json` or `xml` without `items` the file) that is taken. A file with a larger one stays where it is.",
      examples: ["256KiB"],
    },
    "max-size": maxSize,
  },
  allOf: [
    maxSizeOfBlobs,
    {
      if: { properties: { format: { const: "blob" } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { properties: { "max-record": false, compress: false } },
    },
    {
      if: { properties: { format: { const: "csv" } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: {},
      else: { properties: { delimiter: false } },
    },
    {
      if: { properties: { format: { const: "json" } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { properties: { items: { pattern: "^(?:/[^/]+)*/\\*$", examples: ["/*", "/data/rows/*"] } } },
    },
    {
      if: { properties: { format: { const: "xml" } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { properties: { items: { pattern: "^(?:/[^/*@: ]+)+$", examples: ["/orders/order"] } } },
    },
    {
      if: { properties: { format: { enum: ["csv", "jsonl", "lines", "blob"] } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { properties: { items: false } },
    },
    {
      if: { required: ["cron"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { properties: { every: false } },
      else: { properties: { timezone: false } },
    },
    {
      if: { required: ["connection"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: {},
      else: {
        properties: {
          path: { pattern: belowRoot, examples: ["inbox/*.csv"] },
          after: { properties: { move: { pattern: belowRoot, examples: ["done"] } } },
        },
      },
    },
  ],
};

const target: SettingsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["path", "format"],
  properties: {
    path: {
      type: "string",
      "x-vrsky-per-message": "file-segment",
      description:
        "File below the worker's data folder; each `${ … }` is part of one name. Folders are made as needed. With `batch`, `${ batch.id }` in it makes each batch a file of its own.",
      examples: ["out/orders.jsonl", "orders/${ meta.id }.json", "orders/${ batch.id }.jsonl"],
    },
    format: {
      enum: ["json", "jsonl", "csv", "lines", "blob"],
      description:
        "`jsonl`: one line of JSON per message. `json`: the message, or with `batch` the list of them, as indented JSON. `csv`: one row per message, behind a header. `lines`: the body is a string and is written as one line. `blob`: the content that came with the message, as it came.",
      examples: ["jsonl"],
    },
    columns: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { type: "string", minLength: 1 },
      description:
        "`csv` only: the fields of the body in the order of the columns. All of them; a row holds no others.",
      examples: [["id", "total"]],
    },
    delimiter: {
      type: "string",
      minLength: 1,
      maxLength: 1,
      default: ",",
      description: "`csv` only: what stands between two fields.",
      examples: [";"],
    },
    mode: {
      enum: ["append", "create"],
      description:
        "`append` adds a line to the file; `create` makes one file per message or batch and never overwrites. Left out: `create` for `json`, for `blob` and where the path holds `${ batch.id }`, else `append`.",
      examples: ["append"],
    },
    rotate: {
      type: "object",
      additionalProperties: false,
      minProperties: 1,
      description:
        "`append` only: when the file is put aside as `name.20260301T123000Z.ending` and a new one begun, which the next message does. Nothing is overwritten.",
      examples: [{ size: "100MiB" }, { every: "1h", count: 100000 }],
      properties: {
        size: {
          type: "string",
          "x-vrsky-format": "size",
          description: "Before it would grow beyond this.",
          examples: ["100MiB"],
        },
        count: {
          type: "integer",
          minimum: 1,
          description: "Before it would hold more lines.",
          examples: [100000],
        },
        every: {
          type: "string",
          "x-vrsky-format": "duration",
          description: "At the first message of each such span of time, counted from 1970 in UTC.",
          examples: ["1h"],
        },
      },
    },
    compress: {
      enum: ["gzip"],
      description: "How the file is packed; of a file that is written once: `create`, or `${ batch.id }` in the path.",
      examples: ["gzip"],
    },
  },
  allOf: [
    {
      if: { properties: { format: { enum: ["json", "blob"] } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { properties: { mode: { const: "create" } } },
    },
    {
      if: { properties: { format: { const: "blob" } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { properties: { compress: false } },
    },
    {
      if: { properties: { format: { const: "csv" } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { required: ["columns"] },
      else: { properties: { columns: false, delimiter: false } },
    },
    {
      if: { required: ["rotate"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: {
        properties: { mode: { const: "append" }, format: { enum: ["jsonl", "csv", "lines"] }, compress: false },
      },
    },
    {
      if: {
        required: ["compress"],
        properties: { format: { enum: ["jsonl", "csv", "lines"] }, mode: { const: "append" } },
      },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: {
        properties: {
          mode: { const: "create" },
          path: { pattern: "\\$\\{[^}]*\\bbatch\\.id\\b", examples: ["out/${ batch.id }.jsonl.gz"] },
        },
      },
    },
    {
      if: { required: ["connection"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: {},
      else: { properties: { path: { pattern: belowRoot, examples: ["out/orders.jsonl"] } } },
    },
  ],
};

export const fileManifest: Manifest = {
  name: "file",
  title: "Files",
  description:
    "Reads records from files and writes messages to files, below the worker's data folder or on a connection's server.",
  stability: "stable",
  connections: ["sftp", "s3"],
  source: {
    settings: source,
    meta: {
      type: "object",
      additionalProperties: false,
      required: ["file"],
      properties: {
        file: {
          type: "object",
          description: "The file that the record came from.",
          additionalProperties: false,
          required: ["name", "path", "line"],
          properties: {
            name: { type: "string", description: "Name without folders." },
            path: { type: "string", description: "Path below the data folder." },
            line: { type: "integer", description: "Line on which the record starts, from 1." },
          },
        },
      },
    },
    owns: "path",
    bodyWhen: { setting: "format", is: "blob", body: blobBody },
    remembers: true,
    singleton: "on-connection",
    delivery:
      "At least once and in the file's order; after a crash the reading goes on inside the file, and a record that is read again keeps its id. A file is deleted, moved or remembered only after all its records are on disk. Rows that cannot be taken do not stop the others: they are kept, with line and reason, in `.rejected/` beside the file. A file that cannot be read to its end stays where it is.",
    errors: [
      {
        when: "a record cannot be read, is too long or does not fit the contract: it is kept in `.rejected/` beside the file",
        result: "refused",
      },
      { when: "`blob`: the file is larger than `max-size`: it stays where it is", result: "refused" },
      { when: "the folder cannot be read", result: "disconnected" },
    ],
  },
  target: {
    settings: target,
    payload: "body",
    seen: ["path", "format", "columns", "delimiter", "mode", "compress"],
    batches: true,
    delivery:
      "`create`: one effect when the path holds `${ meta.id }`, or `${ batch.id }` for a batch that is repeated with the same messages; a message that finds its own file there is done, one that finds another's is rejected. `append`: at least once; after a crash a line may stand twice, so let each line carry its id.",
    errors: [
      { when: "another file has the name already", result: "permanent", class: "rejected" },
      {
        when: "the path leads out of the data folder, is a folder, or is no name that a file can have",
        result: "permanent",
        class: "rejected",
      },
      {
        when: "the body does not fit the format, such as two lines with `format: lines`",
        result: "permanent",
        class: "invalid",
      },
      {
        when: "`blob`: the message has no content, or its content is gone",
        result: "permanent",
        class: "invalid",
      },
      {
        when: "the disk is full, or the folder cannot be written",
        result: "transient",
        class: "unavailable",
        codes: ["ENOSPC", "EACCES", "EIO"],
      },
    ],
  },
  examples: [
    {
      title: "CSV files become lines of JSON",
      spec: [
        "integration: leads",
        "source:",
        '  file: { path: "inbox/*.csv", format: csv, after: { move: done } }',
        "  contract: { email: string, name?: string, score: number }",
        "targets:",
        "  hot:",
        "    when: ${ body.score > 80 }",
        "    file: { path: out/hot.jsonl, format: jsonl }",
      ],
    },
    {
      title: "A packed file for each batch",
      spec: [
        "integration: archive",
        "source: { http: { path: /events }, contract: { id: string, at: string } }",
        "targets:",
        "  lake:",
        "    batch: { count: 100, within: 10s }",
        '    file: { path: "events/${ batch.id }.jsonl.gz", format: jsonl, compress: gzip }',
      ],
    },
  ],
};
