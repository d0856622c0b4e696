// What a publication sends, as the catalogue says it.

import type { Client } from "pg";
import { namesIn } from "./catalog.ts";
import { quoteTable, type TableName, tableText } from "./connection.ts";
import { sqlFault } from "./sql-fault.ts";

/** More often than anybody drops tables one right after the other. */
const mostTries = 5;

/**
 * The server lists the tables of a publication first and opens them then: one that is dropped in between is an "internal
 * error" to it (XX000), where the next question has an answer. `ask` only reads.
 */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (sqlFault(error).code !== "XX000" || tries === mostTries) throw error;
    }
  }
}

export interface Published {
  readonly name: TableName;
  /** The columns that are sent; undefined where the server is too old to say. */
  readonly columns: readonly string[] | undefined;
  readonly filtered: boolean;
}

export interface Publication {
  /** Which of insert, update and delete it leaves out. */
  readonly without: readonly string[];
  readonly viaRoot: boolean;
  readonly tables: ReadonlyMap<string, Published>;
}

export const findPublication = (client: Client, name: string, version: number): Promise<Publication | undefined> =>
  askAgain(() => lookUp(client, name, version));

async function lookUp(client: Client, name: string, version: number): Promise<Publication | undefined> {
  const { rows } = await client.query<Readonly<Record<string, string>>>(
    'select pubinsert as "insert", pubupdate as "update", pubdelete as "delete", pubviaroot as root from pg_publication where pubname = $1',
    [name],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const details = version >= 150_000 ? "to_json(attnames)" : "null";
  const filter = version >= 150_000 ? "rowfilter is not null" : "false";
  const tables = await client.query<{ schema: string; table: string; columns: string | null; filtered: string }>(
    `select schemaname as schema, tablename as table, ${details} as columns, ${filter} as filtered
     from pg_publication_tables where pubname = $1`,
    [name],
  );
  return {
    without: ["insert", "update", "delete"].filter((each) => row[each] !== "t"),
    viaRoot: row.root === "t",
    tables: new Map(
      tables.rows.map(({ schema, table, columns, filtered }) => [
        tableText({ schema, table }),
        {
          name: { schema, table },
          columns: columns === null ? undefined : namesIn(columns),
          filtered: filtered === "t",
        },
      ]),
    ),
  };
}

/** The names of a table's columns that are sent; none of a table that is not in the publication. */
export async function sentColumns(
  client: Client,
  publication: string,
  version: number,
  { schema, table }: TableName,
): Promise<readonly string[]> {
  if (version < 150_000) return await ordinaryColumns(client, { schema, table });
  const { rows } = await client.query<{ name: string }>(
    `select unnest(attnames) as name from pg_publication_tables
     where pubname = $1 and schemaname = $2 and tablename = $3`,
    [publication, schema, table],
  );
  return rows.map(({ name }) => name);
}

/** Where no publication says so. */
async function ordinaryColumns(client: Client, { schema, table }: TableName): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select a.attname as name from pg_attribute a
     where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     order by a.attnum`,
    [quoteTable({ schema, table })],
  );
  return rows.map(({ name }) => name);
}
