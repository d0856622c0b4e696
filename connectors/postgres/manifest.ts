// What people can write under `postgres:`. Plain data, cheap to import.

import type { Manifest, SettingsSchema } from "../../schema/connector.ts";

const table: SettingsSchema = {
  type: "string",
  // As it is in the catalogue; double quotes only around what would not be a name without them.
  pattern:
    '^(?:"(?:[^"\\u0000]|"")+"|[A-Za-z_][A-Za-z0-9_$]*)(?:\\.(?:"(?:[^"\\u0000]|"")+"|[A-Za-z_][A-Za-z0-9_$]*))?$',
  maxLength: 255,
};

/** Stands for the contract of the row. */
const row = { "x-vrsky-contract": true };
const rowOrNull = { oneOf: [row, { type: "null" }] };
/** Has the types of the row, and only the columns of the table's key. */
const key = { "x-vrsky-contract": true, "x-vrsky-partial": true };

const change = (op: readonly string[], members: Readonly<Record<string, typeof row | typeof rowOrNull>>) => ({
  type: "object",
  additionalProperties: false,
  required: ["op", "key", "row", "old"],
  properties: { op: { enum: op }, key, ...members },
});

export const postgresManifest: Manifest = {
  name: "postgres",
  title: "PostgreSQL",
  description: "Reads changes by logical replication and writes rows.",
  stability: "beta",
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
          description:
            "Tables whose changes are read, with their schema; each has a primary key. One that is added later gets its own snapshot.",
          examples: [["public.orders"]],
        },
        snapshot: {
          type: "boolean",
          default: true,
          "x-vrsky-constant": true,
          description:
            "Whether the rows that are there already come too, as `snapshot`: in pieces, between the changes.",
          examples: [false],
        },
        truncate: {
          enum: ["halt", "ignore"],
          default: "halt",
          "x-vrsky-constant": true,
          description:
            "What a TRUNCATE of one of the tables does, which has no change for any row: `halt` the source, so that somebody can empty the copies, or nothing.",
          examples: ["ignore"],
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
    remembers: true,
    singleton: "always",
    delivery:
      "At least once, in the order of commit; the server keeps what has not been stored, and a change that comes again keeps its id.",
    errors: [
      { when: "the server is away, or somebody else reads the slot", result: "disconnected" },
      { when: "a row does not fit the contract, and `on-error` does not say what then", result: "halted" },
      {
        when: "the slot is lost, or another server answers: changes may be missing, and a new snapshot is to be asked for",
        result: "halted",
      },
      { when: "a table has no key, or the user no right to read it", result: "halted" },
      { when: "a table was truncated, unless `truncate: ignore`", result: "halted" },
    ],
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
          description: "`upsert` and `changes`: columns that tell rows apart, those of a unique index.",
          examples: [["id"]],
        },
        inbox: {
          type: "boolean",
          default: true,
          "x-vrsky-constant": true,
          description:
            "Notes the id of each message in the transaction of its row, so that a message that comes again changes nothing. Without it `insert` and `copy` may write a row twice, and an old `upsert` that comes again may overwrite a newer one.",
          examples: [false],
        },
        "inbox-table": {
          ...table,
          "x-vrsky-constant": true,
          description: "Where; made if it is not there. `vrsky_inbox` in the schema of `table` unless told.",
          examples: ["vrsky.inbox"],
        },
        "inbox-keep": {
          type: "string",
          "x-vrsky-format": "duration",
          "x-vrsky-constant": true,
          "x-vrsky-outlasts-retries": "inbox",
          default: "14d",
          description: "How long an id is kept: longer than messages are retried, and than any outage of the worker.",
          examples: ["30d"],
        },
      },
      if: { properties: { mode: { enum: ["upsert", "changes"] } }, required: ["mode"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { required: ["key"] },
    },
    payload: "body",
    seen: ["table", "key"],
    batches: true,
    declared: { in: "tables", by: "table", prefix: "public.", key: "key" },
    changes: { setting: "mode", is: "changes" },
    delivery:
      "One effect per message in every mode, by the inbox; with `inbox: false` at least once, where a repeat of `upsert` and `changes` writes the same row again.",
    errors: [
      {
        when: "a value does not fit its column, or one that must be there is missing",
        result: "permanent",
        class: "invalid",
        codes: ["22xxx", "23502"],
      },
      {
        when: "a constraint or a trigger forbids the row",
        result: "permanent",
        class: "rejected",
        codes: ["23xxx", "P0xxx"],
      },
      {
        when: "the table has no such column, or the statement makes no sense to the server",
        result: "permanent",
        class: "rejected",
        codes: ["42xxx"],
      },
      {
        when: "the table is not there, or the user has no right to write: somebody will see to it",
        result: "transient",
        class: "unavailable",
        codes: ["42P01", "42501", "28xxx", "3D000"],
      },
      {
        when: "the server refuses for now: no room, too many connections, a deadlock, a restart",
        result: "transient",
        class: "unavailable",
        codes: ["40xxx", "53xxx", "55xxx", "57xxx"],
      },
      { when: "there is no connection", result: "transient", class: "unavailable", codes: ["08xxx"] },
      { when: "the connection broke before the commit was answered", result: "unknown", class: "unavailable" },
    ],
  },
  call: {
    settings: {
      type: "object",
      additionalProperties: false,
      required: ["connection", "query"],
      properties: {
        query: {
          type: "string",
          minLength: 1,
          "x-vrsky-constant": true,
          description: "One statement; data stand in it as `$1`, `$2`, never as text.",
          examples: ["select name, tier from customers where id = $1"],
        },
        params: {
          type: "array",
          "x-vrsky-per-message": "payload",
          description: "What `$1`, `$2` are. A list becomes an array, an object JSON.",
          examples: [["${ body.customerId }"]],
        },
        "read-only": {
          type: "boolean",
          default: true,
          "x-vrsky-constant": true,
          description:
            "The query runs in a transaction that cannot write. With `false` it can, and writes again when the message is tried again.",
          examples: [false],
        },
      },
    },
    delivery:
      "The answer is the list of rows, 10,000 and 8 MiB at most: numbers where JSON holds them exactly, else text; times in ISO 8601; JSON and arrays as they are. Asked again by its own retries; the answer is not stored.",
    errors: [
      {
        when: "a parameter does not fit, or the values make no result",
        result: "permanent",
        class: "invalid",
        codes: ["22xxx"],
      },
      {
        when: "the statement makes no sense to the server, or writes where it may not, or has too many rows",
        result: "permanent",
        class: "rejected",
        codes: ["42xxx", "25006"],
      },
      {
        when: "a table or a right is not there, or the server refuses for now, or there is no connection",
        result: "transient",
        class: "unavailable",
        codes: ["42P01", "42501", "28xxx", "3D000", "40xxx", "53xxx", "55xxx", "57xxx", "08xxx"],
      },
      {
        when: "`read-only: false`, and the connection broke before the commit was answered",
        result: "unknown",
        class: "unavailable",
      },
    ],
  },
  connection: {
    type: "object",
    additionalProperties: false,
    required: ["url"],
    properties: {
      url: {
        type: "string",
        minLength: 1,
        description:
          "Connection URL; the password is a secret. `?sslmode=` takes `disable`, `require`, `verify-ca` and `verify-full`, as libpq knows them; without it `verify-full` where `tls` is given, else `disable`.",
        examples: ["postgres://vrsky:${ secrets.shop_db }@shop:5432/shop?sslmode=verify-full"],
      },
      tables: {
        type: "object",
        "x-vrsky-page": true,
        description:
          "What the tables look like, as `vrsky import postgres` writes it: a target that leaves out a column that must be there, has one that is not, or one of another type does not compile.",
        examples: [{ "public.orders": { contract: "orders-row@1", keys: [["id"]] } }],
        additionalProperties: {
          type: "object",
          additionalProperties: false,
          required: ["contract"],
          properties: {
            contract: {
              type: ["string", "object"],
              description: "The shape of a row.",
              examples: ["orders-row@1"],
            },
            keys: {
              type: "array",
              items: { type: "array", items: { type: "string", minLength: 1 }, minItems: 1 },
              description: "Columns that tell rows apart: the primary key, and each unique index.",
              examples: [[["id"], ["number", "year"]]],
            },
          },
        },
      },
      connections: {
        type: "integer",
        minimum: 1,
        maximum: 100,
        default: 8,
        description: "How many connections one target or call has open at most.",
        examples: [4],
      },
      timeout: {
        type: "string",
        "x-vrsky-format": "duration",
        default: "30s",
        description: "How long a delivery or a call may take; then it is cancelled at the server.",
        examples: ["5m"],
      },
      tls: {
        type: "object",
        additionalProperties: false,
        description: "Certificates, as PEM texts.",
        properties: {
          ca: {
            type: "string",
            minLength: 1,
            description: "Who may have signed the server's certificate; the system's list unless told.",
            examples: ["${ secrets.shop_db_ca }"],
          },
          cert: {
            type: "string",
            minLength: 1,
            description: "The client's own certificate.",
            examples: ["${ secrets.shop_db_cert }"],
          },
          key: {
            type: "string",
            minLength: 1,
            description: "The key of `cert`.",
            examples: ["${ secrets.shop_db_key }"],
          },
        },
      },
    },
  },
  examples: [
    {
      title: "Orders into a table",
      spec: [
        "connections:",
        '  shop: { postgres: { url: "postgres://vrsky:${ secrets.shop_db }@shop:5432/shop" } }',
        "---",
        "integration: orders-to-shop",
        "source: { http: { path: /orders }, contract: { id: string, total: number } }",
        "targets:",
        "  shop: { postgres: { connection: shop, table: orders, mode: upsert, key: [id] } }",
      ],
    },
    {
      title: "Asking a table on the way",
      spec: [
        "connections:",
        '  shop: { postgres: { url: "postgres://vrsky:${ secrets.shop_db }@shop:5432/shop" } }',
        "---",
        "integration: priced-orders",
        "source: { http: { path: /orders }, contract: { id: string, sku: string } }",
        "steps:",
        "  - as: prices",
        '    call: { postgres: { connection: shop, query: select price from prices where sku = $1, params: ["${ body.sku }"] }, cache: 1m }',
        "    contract: [{ price: number }]",
        '  - map: { id: "${ body.id }", price: "${ vars.prices[0]?.price ?? 0 }" }',
        "targets:",
        "  priced: { postgres: { connection: shop, table: priced_orders, mode: upsert, key: [id] } }",
      ],
    },
    {
      title: "Changes of a table, as they are committed",
      spec: [
        "connections:",
        '  shop: { postgres: { url: "postgres://vrsky:${ secrets.shop_db }@shop:5432/shop" } }',
        "---",
        "integration: shop-orders",
        "source:",
        "  postgres: { connection: shop, tables: [public.orders] }",
        "  contract: { id: string, total: number }",
        "targets:",
        '  api: { http: { url: https://api.example.com/changes, json: { op: "${ body.op }", row: "${ body.row }" } } }',
      ],
    },
  ],
};
