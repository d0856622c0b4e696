// What people can write under `postgres:`. Plain data, cheap to import.

import type { Manifest, SettingsSchema } from "../../schema/connector.ts";

const table: SettingsSchema = {
  type: "string",
  pattern: "^[A-Za-z_][A-Za-z0-9_$]*(\\.[A-Za-z_][A-Za-z0-9_$]*)?$",
  maxLength: 127,
};

/** Stands for the contract of the row. */
const row = { "x-vrsky-contract": true };
const rowOrNull = { oneOf: [row, { type: "null" }] };

const change = (op: readonly string[], members: Readonly<Record<string, typeof row | typeof rowOrNull>>) => ({
  type: "object",
  additionalProperties: false,
  required: ["op", "key", "row", "old"],
  properties: { op: { enum: op }, key: row, ...members },
});

export const postgresManifest: Manifest = {
  name: "postgres",
  title: "PostgreSQL",
  description: "Reads changes by logical replication and writes rows.",
  source: {
    settings: {
      type: "object",
      additionalProperties: false,
      required: ["connection", "tables"],
      properties: {
        tables: {
          type: "array",
          items: table,
          minItems: 1,
          uniqueItems: true,
          "x-vrsky-constant": true,
          description: "Tables whose changes are read, with their schema.",
          examples: [["public.orders"]],
        },
        snapshot: {
          type: "boolean",
          default: true,
          "x-vrsky-constant": true,
          description: "Whether the rows that are there already come first.",
          examples: [false],
        },
      },
    },
    meta: {
      type: "object",
      additionalProperties: false,
      required: ["table", "position"],
      properties: {
        table: { type: "string", description: "Table of the row, with its schema." },
        position: { type: "string", description: "Position in the write-ahead log." },
      },
    },
    wraps: {
      type: "object",
      oneOf: [
        change(["insert", "snapshot"], { row, old: { oneOf: [{ type: "null" }] } as never }),
        change(["update"], { row, old: rowOrNull }),
        change(["delete"], { row: { oneOf: [{ type: "null" }] } as never, old: rowOrNull }),
      ],
    },
    delivery:
      "At least once, in the order of commit; the server keeps what has not been stored, and a change that comes again keeps its id.",
  },
  target: {
    settings: {
      type: "object",
      additionalProperties: false,
      required: ["connection", "table"],
      properties: {
        table: {
          ...table,
          "x-vrsky-constant": true,
          description: "Table to write to, with its schema when it is not `public`.",
          examples: ["orders", "sales.orders"],
        },
        mode: {
          enum: ["insert", "upsert", "copy", "changes"],
          default: "insert",
          "x-vrsky-constant": true,
          description:
            "`insert` a row · `upsert` by the `key` · `copy` a batch by COPY · `changes` applies `{ op, key, row }` as it comes from a postgres source.",
          examples: ["upsert"],
        },
        key: {
          type: "array",
          items: { type: "string", minLength: 1 },
          minItems: 1,
          uniqueItems: true,
          "x-vrsky-constant": true,
          description: "`upsert` and `changes`: columns that tell rows apart.",
          examples: [["id"]],
        },
      },
      if: { properties: { mode: { enum: ["upsert", "changes"] } }, required: ["mode"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { required: ["key"] },
    },
    payload: "body",
    batches: true,
    delivery: "`upsert`, `copy` and `changes`: one effect per message. `insert`: at least once.",
  },
  connection: {
    type: "object",
    additionalProperties: false,
    required: ["url"],
    properties: {
      url: {
        type: "string",
        minLength: 1,
        description: "Connection URL; the password is a secret.",
        examples: ["postgres://vrsky:${ secrets.shop_db }@shop:5432/shop"],
      },
    },
  },
};
