// The rows that were there before: read in pieces by their key while changes go on, so that a piece is all that a kill
// can cost. Why no row overtakes a change is said in docs/decisions/0013-snapshot-by-watermarks.md.

import type { Client, QueryResult } from "pg";
import type { JsonSchema } from "../../schema/json.ts";
import { currentSnapshot, findTable, type Snapshot, seeOperators, sees, type Table } from "./catalog.ts";
import { keyTexts, type RowForm, rowForm } from "./change-message.ts";
import { createTypes, type Types } from "./column-types.ts";
import { quoteName, quoteTable } from "./connection.ts";
import { disconnected } from "./halt.ts";
import type { Tuple } from "./pgoutput.ts";
import type { TableSnapshot } from "./place.ts";
import { askAgain, sentColumns } from "./publication.ts";

export interface ChunkReader {
  readonly client: Client;
  readonly types: Types;
  readonly contract: JsonSchema | undefined;
  /** Where pg_publication_tables says which columns are sent. */
  readonly publication: string;
  readonly version: number;
  /** Halts where the tables are not sent as they have to be. */
  check(): Promise<unknown>;
}

/** `client` is the reader's from now on; its answers are texts. */
export async function openReader(
  client: Client,
  tables: readonly Table[],
  options: Pick<ChunkReader, "contract" | "publication" | "version" | "check">,
): Promise<ChunkReader> {
  // Rows that policies would hide from the role are an error: the log shows them.
  await client.query("set row_security = off");
  await seeOperators(client, tables);
  return { client, types: createTypes(client), ...options };
}

export type ChunkRead =
  /** Transactions that it must see have not ended: try again. */
  | { readonly kind: "early" }
  | {
      readonly kind: "rows";
      readonly snapshot: Snapshot;
      readonly form: RowForm;
      readonly rows: readonly Tuple[];
      readonly bytes: number;
      /** Of the table, once the rows have been stored. */
      readonly next: TableSnapshot;
    };

/** `unseen`: transactions that have been handed over already. */
export async function readChunk(
  reader: ChunkReader,
  table: Table,
  state: Exclude<TableSnapshot, { kind: "done" }>,
  unseen: readonly number[],
  limit: number,
): Promise<ChunkRead> {
  const { client } = reader;
  return await askAgain(async () => {
    await client.query("begin transaction isolation level repeatable read read only");
    try {
      const snapshot = await currentSnapshot(client);
      const barrier = state.kind === "waiting" && state.barrier ? BigInt(state.barrier) : 0n;
      if (snapshot.xmin < barrier || !unseen.every((xid) => sees(snapshot, xid))) return { kind: "early" };
      const { key } = await findTable(client, table.name);
      if (key.join("\0") !== table.key.join("\0")) throw disconnected(`the key of ${table.text} is another one now`);
      return await readRows(reader, table, state, limit, snapshot);
    } finally {
      await client.query("commit").catch(() => undefined);
    }
  });
}

async function readRows(
  reader: ChunkReader,
  table: Table,
  state: Exclude<TableSnapshot, { kind: "done" }>,
  limit: number,
  snapshot: Snapshot,
): Promise<ChunkRead> {
  const { client, types, contract, publication, version } = reader;
  const columns = await sentColumns(client, publication, version, table.name);
  // Its rows would be without what tells them apart.
  if (!table.key.every((column) => columns.includes(column))) {
    await reader.check();
    throw disconnected(`the publication ${publication} does not send ${table.text} with its key any more`);
  }
  const from = `${table.partitioned ? "" : "only "}${quoteTable(table.name)}`;
  const key = `(${table.key.map(quoteName).join(", ")})`;
  const upTo = state.kind === "reading" ? state.upTo : await lastKey(client, table, from);
  if (upTo === undefined) {
    const form = rowForm(table.text, [], [], types, contract);
    return { kind: "rows", snapshot, form, rows: [], bytes: 0, next: { kind: "done" } };
  }
  const after = state.kind === "reading" ? state.after : undefined;
  const parameters = (first: number): string => `(${table.key.map((_, index) => `$${first + index}`).join(", ")})`;
  const behind = after === undefined ? "" : ` and ${key} > ${parameters(upTo.length + 1)}`;
  const result: QueryResult<string[]> = await client.query({
    text: `select ${columns.map(quoteName).join(", ")} from ${from} where ${key} <= ${parameters(1)}${behind}
           order by ${table.key.map(quoteName).join(", ")} limit ${limit}`,
    values: [...upTo, ...(after ?? [])],
    rowMode: "array",
  });
  const fields = result.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
  await types.learn(fields.map(({ type }) => type));
  const form = rowForm(table.text, fields, table.key, types, contract);
  const rows: readonly Tuple[] = result.rows;
  const last = rows.at(-1);
  const reached = last === undefined ? upTo : keyTexts(form, last);
  const began = state.began === undefined ? {} : { began: state.began };
  const done = rows.length < limit || reached.join("\0") === upTo.join("\0");
  return {
    kind: "rows",
    snapshot,
    form,
    rows,
    bytes: rows.reduce((sum, row) => sum + row.reduce((size, cell) => size + (cell?.length ?? 0), 0), 0),
    next: done ? { kind: "done" } : { kind: "reading", ...began, key: table.key, after: reached, upTo },
  };
}

async function lastKey(client: Client, table: Table, from: string): Promise<readonly string[] | undefined> {
  const result: QueryResult<string[]> = await client.query({
    text: `select ${table.key.map(quoteName).join(", ")} from ${from}
           order by ${table.key.map((column) => `${quoteName(column)} desc`).join(", ")} limit 1`,
    rowMode: "array",
  });
  return result.rows[0];
}
