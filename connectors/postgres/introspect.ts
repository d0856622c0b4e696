// Tables of a database as contracts: what their catalog says, as JSON Schema of a row.

import type { JsonObject, JsonSchema } from "../../schema/json.ts";
import { openClient, type PostgresAddress, type TableName } from "./connection.ts";
import { type Column, readTable, type Table } from "./table.ts";

export interface Introspected {
  readonly name: TableName;
  readonly schema: JsonSchema;
  readonly keys: readonly (readonly string[])[];
}

/** `undefined` stands for a table that is not there. Rejects with pg's own error. */
export async function introspect(
  address: PostgresAddress,
  names: readonly TableName[],
): Promise<readonly (Introspected | undefined)[]> {
  const client = await openClient(address, { statementMs: 30_000 });
  try {
    const found: (Introspected | undefined)[] = [];
    for (const name of names) {
      const table = await readTable({ query: (sql, values = []) => client.query(sql, [...values]) }, name);
      found.push(table === undefined ? undefined : { name, schema: rowSchema(table), keys: table.keys });
    }
    return found;
  } finally {
    await client.end();
  }
}

/** Ordinary and partitioned tables of a schema, but for the inbox. */
export async function tablesIn(address: PostgresAddress, schema: string): Promise<readonly TableName[]> {
  const client = await openClient(address, { statementMs: 30_000 });
  try {
    const { rows } = await client.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'vrsky_inbox' order by 1`,
      [schema],
    );
    return rows.map(({ name }) => ({ schema, table: name }));
  } finally {
    await client.end();
  }
}

/** What can be written: computed columns are left out. */
function rowSchema({ columns }: Pick<Table, "columns">): JsonSchema {
  const written = [...columns.values()].filter(({ generated }) => !generated);
  return {
    type: "object",
    properties: Object.fromEntries(written.map((column) => [column.name, columnSchema(column)])),
    required: written.filter(({ notNull, hasDefault }) => notNull && !hasDefault).map(({ name }) => name),
  };
}

function columnSchema(column: Column): JsonSchema {
  const described = { description: column.shownType };
  // Items of a list may be NULL whatever the column says.
  if (column.array) return { ...orNull("array", column.notNull), items: valueSchema(column, false), ...described };
  return { ...valueSchema(column, column.notNull), ...described };
}

function valueSchema({ base, members, shownType, array }: Column, notNull: boolean): JsonObject {
  if (members !== undefined) return { enum: notNull ? members : [...members, null] };
  const [type, more] = kinds[base] ?? ["string", {}];
  if (type === undefined) return {};
  const most =
    array || type !== "string" ? undefined : /^(?:character varying|character)\((\d+)\)$/.exec(shownType)?.[1];
  return { ...orNull(type, notNull), ...more, ...(most === undefined ? {} : { maxLength: Number(most) }) };
}

const orNull = (type: string, notNull: boolean): JsonObject => ({ type: notNull ? type : [type, "null"] });

/** `undefined` is any JSON. What is not here is text. */
const kinds: Readonly<Record<string, readonly [type: string | undefined, more: JsonObject]>> = {
  int2: ["integer", { minimum: -32_768, maximum: 32_767 }],
  int4: ["integer", { minimum: -2_147_483_648, maximum: 2_147_483_647 }],
  int8: ["integer", {}],
  oid: ["integer", { minimum: 0, maximum: 4_294_967_295 }],
  numeric: ["number", {}],
  float4: ["number", {}],
  float8: ["number", {}],
  bool: ["boolean", {}],
  uuid: ["string", { format: "uuid" }],
  date: ["string", { format: "date" }],
  timestamptz: ["string", { format: "date-time" }],
  json: [undefined, {}],
  jsonb: [undefined, {}],
};
