// What the catalog says of a table: its columns, how each takes values, and by what rows can be told apart. Read once,
// and again when the table turns out to be another than was known.

import type { TableName } from "./connection.ts";
import type { ColumnForm } from "./value.ts";

/** The part of a connection that is needed to ask. */
export interface Asking {
  query(sql: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
}

export interface Column extends ColumnForm {
  readonly name: string;
  /** As SQL, without a length: a cast to it cuts nothing off. */
  readonly type: string;
  /** As people know it: `numeric(10,2)`. */
  readonly shownType: string;
  /** What is behind a domain, and the items of an array: `int4`, `text`. */
  readonly base: string;
  /** Of an enum, its members. */
  readonly members: readonly string[] | undefined;
  readonly notNull: boolean;
  /** A default, an identity or a generated value stands in where it is left out. */
  readonly hasDefault: boolean;
  /** Computed by the server: nothing can be written to it. */
  readonly generated: boolean;
  /** `generated always as identity`. */
  readonly identity: boolean;
  /** A check of the table reads it. */
  readonly checked: boolean;
}

export interface Table {
  readonly name: TableName;
  readonly columns: ReadonlyMap<string, Column>;
  /** Columns of each unique index without a condition; the primary key is first. */
  readonly keys: readonly (readonly string[])[];
}

const columnsOf = `
select a.attname as name, format_type(a.atttypid, -1) as type, format_type(a.atttypid, a.atttypmod) as shown,
  coalesce(item.typname, base.typname) as base, (item.oid is not null) as "array",
  (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e
    where e.enumtypid = coalesce(item.oid, base.oid)) as members,
  a.attnotnull or (t.typtype = 'd' and t.typnotnull) as "notNull", (a.atthasdef or a.attidentity <> '') as "hasDefault",
  a.attgenerated <> '' as generated, a.attidentity = 'a' as identity,
  exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any(k.conkey)) as checked
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_type t on t.oid = a.atttypid
join lateral (
  with recursive below as (
    select t.oid, t.typtype, t.typbasetype
    union all select b.oid, b.typtype, b.typbasetype from below join pg_type b on b.oid = below.typbasetype where below.typtype = 'd'
  )
  select b.* from below join pg_type b on b.oid = below.oid where below.typtype <> 'd'
) base on true
left join pg_type item on item.oid = base.typelem and base.typcategory = 'A'
where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'f') and a.attnum > 0 and not a.attisdropped
order by a.attnum`;

const keysOf = `
select (select array_agg(a.attname::text order by k.n) from unnest(i.indkey[:i.indnkeyatts - 1]) with ordinality k(at, n)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.at) as names
from pg_index i
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2 and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
order by i.indisprimary desc, i.indexrelid`;

/** Undefined: there is no such table, or none that this user may see. */
export async function readTable(asking: Asking, name: TableName): Promise<Table | undefined> {
  const { rows } = await asking.query(columnsOf, [name.schema, name.table]);
  if (rows.length === 0) return undefined;
  const keys = await asking.query(keysOf, [name.schema, name.table]);
  return {
    name,
    columns: new Map(rows.map(readColumn).map((column) => [column.name, column])),
    keys: keys.rows.map(({ names }) => texts(names) ?? []).filter(({ length }) => length > 0),
  };
}

function readColumn(row: Record<string, unknown>): Column {
  const base = String(row.base);
  return {
    name: String(row.name),
    type: String(row.type),
    shownType: String(row.shown),
    base,
    members: texts(row.members),
    notNull: row.notNull === true,
    hasDefault: row.hasDefault === true,
    generated: row.generated === true,
    identity: row.identity === true,
    checked: row.checked === true,
    array: row.array === true,
    form: base === "json" || base === "jsonb" ? "json" : base === "bytea" ? "bytes" : "plain",
  };
}

const texts = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) ? value.map((each) => String(each)) : undefined;

/** The columns of some unique index, in whatever order. */
export const isKey = (table: Table, columns: readonly string[]): boolean =>
  table.keys.some((key) => key.length === columns.length && key.every((column) => columns.includes(column)));
