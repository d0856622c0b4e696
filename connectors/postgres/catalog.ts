// What the source asks the server about itself and its tables. Answers are texts, as all values on these connections.

import type { Client } from "pg";
import { quoteTable, type TableName, tableText } from "./connection.ts";
import { halt } from "./halt.ts";

export interface Server {
  readonly system: string;
  readonly timeline: string;
  readonly database: string;
  /** Such as 180004. */
  readonly version: number;
}

/** `client`: of the replication protocol, which takes no parameters. */
export async function identify(client: Client): Promise<Server> {
  const { rows } = await client.query<{ systemid: string; timeline: string; dbname: string }>("IDENTIFY_SYSTEM");
  const version = await client.query<{ server_version_num: string }>("SHOW server_version_num");
  const [row] = rows;
  return {
    system: row?.systemid ?? "",
    timeline: row?.timeline ?? "",
    database: row?.dbname ?? "",
    version: Number(version.rows[0]?.server_version_num),
  };
}

/** Refuses what cannot work at all. */
export async function checkServer(client: Client, server: Server): Promise<void> {
  if (server.version < 140_000) {
    throw halt("the server is older than PostgreSQL 14", "upgrade it: reading changes needs PostgreSQL 14 or newer");
  }
  const { rows } = await client.query<{ level: string; standby: string }>(
    "select current_setting('wal_level') as level, pg_is_in_recovery() as standby",
  );
  if (rows[0]?.standby === "t") {
    throw halt("the server is a standby, which takes no publication", "connect to the primary");
  }
  if (rows[0]?.level !== "logical") {
    throw halt(
      `the server's wal_level is ${rows[0]?.level}, not logical`,
      "ALTER SYSTEM SET wal_level = logical; then restart PostgreSQL",
    );
  }
}

/** A table that is read. */
export interface Table {
  readonly name: TableName;
  /** For people, state and ids. */
  readonly text: string;
  readonly partitioned: boolean;
  /** As in pg_class.relreplident. */
  readonly identity: string;
  /** Columns that tell its rows apart. */
  readonly key: readonly string[];
}

interface TableRow {
  readonly oid: string;
  readonly relkind: string;
  readonly relreplident: string;
  readonly persistence: string;
  readonly key: string | null;
}

/** Halts where the table cannot be read so that each change names its row. */
export async function findTable(client: Client, name: TableName): Promise<Table> {
  const text = tableText(name);
  const { rows } = await client.query<TableRow>(
    `select c.oid, c.relkind, c.relreplident, c.relpersistence as persistence,
       (select json_agg(a.attname order by k.place)
        from pg_index i, unnest(i.indkey) with ordinality k(number, place), pg_attribute a
        where i.indrelid = c.oid and k.place <= i.indnkeyatts
          and a.attrelid = c.oid and a.attnum = k.number
          and case c.relreplident when 'i' then i.indisreplident else i.indisprimary end) as key
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f')`,
    [name.schema, name.table],
  );
  const [row] = rows;
  if (row === undefined) throw halt(`there is no table ${text}`, "correct `tables`; capitals count");
  if (!["r", "p"].includes(row.relkind) || row.persistence !== "p") {
    throw halt(`${text} is no ordinary table: its changes are not in the log`, "take it out of `tables`");
  }
  if (row.relreplident === "n") {
    throw halt(
      `${text} has REPLICA IDENTITY NOTHING: changes do not say of which row they are`,
      `ALTER TABLE ${quoteTable(name)} REPLICA IDENTITY DEFAULT`,
    );
  }
  const key = row.key === null ? [] : namesIn(row.key);
  if (key.length === 0) {
    throw halt(
      `${text} has no primary key: nothing tells its rows apart`,
      `ALTER TABLE ${quoteTable(name)} ADD PRIMARY KEY (…), or REPLICA IDENTITY USING INDEX of a unique index over columns that are NOT NULL`,
    );
  }
  return { name, text, partitioned: row.relkind === "p", identity: row.relreplident, key };
}

/**
 * Keys are compared by the operators of their types, wherever these are: `order by` finds them by itself, `>` looks into
 * the search path, and takes those of another type when it finds none.
 */
export async function seeOperators(client: Client, tables: readonly Table[]): Promise<void> {
  const keys = tables.flatMap(({ name, key }) => key.map((column) => [name.schema, name.table, column]));
  await client.query(
    `with recursive keys as (
       select a.atttypid as type
       from unnest($1::text[], $2::text[], $3::text[]) k(schema, name, col)
       join pg_namespace n on n.nspname = k.schema
       join pg_class c on c.relnamespace = n.oid and c.relname = k.name
       join pg_attribute a on a.attrelid = c.oid and a.attname = k.col
       union select t.typbasetype from keys join pg_type t on t.oid = keys.type where t.typtype = 'd')
     select set_config('search_path', concat_ws(', ', 'pg_catalog', string_agg(distinct quote_ident(n.nspname), ', ')), false)
     from keys join pg_type t on t.oid = keys.type join pg_namespace n on n.oid = t.typnamespace
     where n.nspname <> 'pg_catalog'`,
    [0, 1, 2].map((at) => keys.map((parts) => parts[at])),
  );
}

export function namesIn(json: string): readonly string[] {
  const names: unknown = JSON.parse(json);
  return Array.isArray(names) ? names.map(String) : [];
}

export interface Slot {
  readonly plugin: string;
  readonly database: string;
  readonly confirmed: string | null;
  readonly walStatus: string | null;
  readonly invalidation: string | null;
  readonly activePid: string | null;
}

export async function findSlot(client: Client, name: string, version: number): Promise<Slot | undefined> {
  const invalidation =
    version >= 170_000
      ? "invalidation_reason"
      : version >= 160_000
        ? "case when conflicting then 'conflict' end"
        : "null";
  const { rows } = await client.query<{ [K in keyof Slot]: Slot[K] }>(
    `select plugin, database, confirmed_flush_lsn as confirmed, wal_status as "walStatus",
       ${invalidation} as invalidation, active_pid as "activePid"
     from pg_replication_slots where slot_name = $1`,
    [name],
  );
  return rows[0];
}

/** Up to where the log has been written for good. */
export async function flushed(client: Client): Promise<string> {
  const { rows } = await client.query<{ lsn: string }>("select pg_current_wal_flush_lsn() as lsn");
  return rows[0]?.lsn ?? "";
}

export interface Snapshot {
  readonly xmin: bigint;
  readonly xmax: bigint;
  readonly running: ReadonlySet<bigint>;
}

function readSnapshot(text: string): Snapshot {
  const [xmin = "0", xmax = "0", running = ""] = text.split(":");
  return {
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
    running: new Set(running === "" ? [] : running.split(",").map((xid) => BigInt(xid))),
  };
}

export async function currentSnapshot(client: Client): Promise<Snapshot> {
  const { rows } = await client.query<{ snapshot: string }>("select pg_current_snapshot() as snapshot");
  return readSnapshot(rows[0]?.snapshot ?? "");
}

/** Whether a query under the snapshot sees what the transaction did. `xid`: the 32 bits that the log has of it. */
export function sees({ xmin, xmax, running }: Snapshot, xid: number): boolean {
  const distance = BigInt.asIntN(32, BigInt(xid) - xmax);
  if (distance >= 0n) return false;
  const whole = xmax + distance;
  return whole < xmin || !running.has(whole);
}
