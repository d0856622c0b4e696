// The SQL of the target: names are quoted, values travel as parameters, one list of texts for each column, which the
// server turns into the columns' types. With an inbox, whoever's id is in it already takes no part, in the same statement.

import { quoteName, quoteTable } from "./connection.ts";
import type { Group } from "./rows.ts";
import type { Column, Table } from "./table.ts";
import { textArray } from "./value.ts";

/** The inbox's table, as SQL, and who writes. */
export interface Inbox {
  readonly table: string;
  readonly target: string;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** `key`: what is there is updated. */
export const insertRows = (
  table: Table,
  group: Group,
  key: readonly string[] | undefined,
  inbox?: Inbox,
): Statement => ({
  sql: `${fresh(inbox)}insert into ${quoteTable(table.name)} ${columnList(group.columns)}
select ${selected(group.columns)} from ${given(group, inbox)} order by r.n${conflict(group.columns, key)}`,
  values: valuesOf(group, inbox),
});

/**
 * Rows of which columns are left out that a new row must have: those that are there are changed, and what an insert
 * would need is asked of the others alone. `on conflict` asks it of all, whatever is there already.
 */
function patchRows(table: Table, group: Group, key: readonly string[]): Statement {
  const name = quoteTable(table.name);
  const columns = group.columns.map((column, at) => ({ at, name: quoteName(column.name), own: column.name }));
  const [keys, rest] = [
    columns.filter(({ own }) => key.includes(own)),
    columns.filter(({ own }) => !key.includes(own)),
  ];
  const same = (to: string): string => keys.map((each) => `${to}.${each.name} = g.c${each.at}`).join(" and ");
  const answer = keys.map((each) => `t.${each.name}`).join(", ");
  const there =
    rest.length === 0
      ? `select ${answer} from ${name} t join given g on ${same("t")}`
      : `update ${name} t set ${rest.map((each) => `${each.name} = g.c${each.at}`).join(", ")} from given g where ${same("t")} returning ${answer}`;
  return {
    sql: `with given as materialized (select r.n, ${group.columns.map((column, at) => `${cast(column, at)} as c${at}`).join(", ")} from ${given(group, undefined)}),
there as (${there})
insert into ${name} ${columnList(group.columns)}
select ${columns.map(({ at }) => `g.c${at}`).join(", ")} from given g where not exists (select from there t where ${same("t")}) order by g.n${conflict(group.columns, key)}`,
    values: valuesOf(group, undefined),
  };
}

/** Whether a row that has these columns only could be refused as a new one though it is none. */
export const isPatch = (table: Table, { columns }: Group): boolean =>
  [...table.columns.values()].some(
    (column) =>
      !column.generated && !columns.includes(column) && (column.checked || (column.notNull && !column.hasDefault)),
  );

/** `key`: what is there is changed. */
export const putRows = (table: Table, group: Group, key: readonly string[]): Statement =>
  isPatch(table, group) ? patchRows(table, group, key) : insertRows(table, group, key);

/** `group`: of the key's columns alone. With an inbox it counts the messages, whether or not there was a row. */
export const deleteRows = (table: Table, group: Group, inbox?: Inbox): Statement => {
  const sql = `delete from ${quoteTable(table.name)} t using (select r.* from ${given(group, inbox)}) r
where ${group.columns.map((column, at) => `t.${quoteName(column.name)} = ${cast(column, at)}`).join(" and ")}`;
  const counted = inbox === undefined ? sql : `${fresh(inbox).trimEnd()}, gone as (${sql})\nselect id from fresh`;
  return { sql: counted, values: valuesOf(group, inbox) };
};

const where = (key: Group): string =>
  key.columns.map((column, at) => `${quoteName(column.name)} = $${at + 1}::text::${column.type}`).join(" and ");

/** Gives a row when it is there. */
export const lockRow = (table: Table, key: Group): Statement => ({
  sql: `select 1 from ${quoteTable(table.name)} where ${where(key)} for update`,
  values: key.cells.map(([text]) => text ?? null),
});

/** One row, whose key is another from now on. */
export function moveRow(table: Table, key: Group, row: Group): Statement {
  const first = key.columns.length + 1;
  const to = row.columns.map((column, at) => `${quoteName(column.name)} = $${at + first}::text::${column.type}`);
  const values = [...key.cells, ...row.cells].map(([text]) => text ?? null);
  return { sql: `update ${quoteTable(table.name)} set ${to.join(", ")} where ${where(key)}`, values };
}

export const copyRows = (table: Table, columns: readonly Column[]): string =>
  `copy ${quoteTable(table.name)} (${columns.map(({ name }) => quoteName(name)).join(", ")}) from stdin`;

/** Ids that were not there. */
export const remember = ({ table, target }: Inbox, ids: readonly string[]): Statement => ({
  sql: `insert into ${table} (target, id) select $1, i from unnest($2::text[]) i order by i on conflict do nothing returning id`,
  values: [target, textArray(ids)],
});

const fresh = (inbox: Inbox | undefined): string =>
  inbox === undefined
    ? ""
    : `with fresh as (insert into ${inbox.table} (target, id)
select $2, i from unnest($1::text[]) i order by i on conflict do nothing returning id)\n`;

function given(group: Group, inbox: Inbox | undefined): string {
  const first = inbox === undefined ? 2 : 3;
  const lists = group.columns.map((_, at) => `$${first + at}::text[]`);
  const names = group.columns.map((_, at) => `c${at}`);
  const rows = `unnest(${["$1::text[]", ...lists].join(", ")}) with ordinality r(${["id", ...names, "n"].join(", ")})`;
  return inbox === undefined ? rows : `${rows} join fresh f on f.id = r.id`;
}

const valuesOf = (group: Group, inbox: Inbox | undefined): readonly unknown[] => [
  textArray(group.ids),
  ...(inbox === undefined ? [] : [inbox.target]),
  ...group.cells.map(textArray),
];

const cast = (column: Column, at: number): string => `r.c${at}::${column.type}`;

const selected = (columns: readonly Column[]): string => columns.map(cast).join(", ");

/** A value that is given is written, also where the server would count by itself. */
function columnList(columns: readonly Column[]): string {
  if (columns.length === 0) return "";
  const names = `(${columns.map(({ name }) => quoteName(name)).join(", ")})`;
  return columns.some(({ identity }) => identity) ? `${names} overriding system value` : names;
}

function conflict(columns: readonly Column[], key: readonly string[] | undefined): string {
  if (key === undefined) return "";
  const rest = columns.filter(({ name }) => !key.includes(name)).map(({ name }) => quoteName(name));
  const action =
    rest.length === 0 ? "nothing" : `update set ${rest.map((name) => `${name} = excluded.${name}`).join(", ")}`;
  return `\non conflict (${key.map(quoteName).join(", ")}) do ${action}`;
}
