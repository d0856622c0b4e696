// Large values that a change left as they were: PostgreSQL keeps them apart from the row and does not send them again.

import type { Client } from "pg";
import type { Table } from "./catalog.ts";
import { keyTexts, type RowForm } from "./change-message.ts";
import { quoteName, quoteTable } from "./connection.ts";
import type { Cell, OldTuple, Tuple } from "./pgoutput.ts";
import { sqlFault } from "./sql-fault.ts";

/** A value that was left as it was is the old one, where there is one. */
export function fromOld(form: RowForm, row: Tuple, old: OldTuple | undefined): Tuple {
  if (old === undefined || !row.includes(undefined)) return row;
  const known = (index: number): boolean => old.whole || form.key.includes(index);
  return row.map((cell, index) => (cell === undefined && known(index) ? old.row[index] : cell));
}

/**
 * As they are in the table now: what has changed them since is still to come. They stay out where the row is gone.
 * `visible` resolves once a query sees what the change's transaction did.
 */
export async function fromTable(
  client: Client,
  table: Table,
  form: RowForm,
  row: Tuple,
  visible: () => Promise<void>,
): Promise<Tuple> {
  const missing = form.columns.flatMap(({ name }, index) => (row[index] === undefined ? [{ name, index }] : []));
  const names = missing.map(({ name }) => name);
  let values = await valuesOf(client, table, form, row, names);
  if (values === undefined) {
    // Under its new key it may not be there yet.
    await visible();
    values = await valuesOf(client, table, form, row, names);
  }
  if (values === undefined) return row;
  const cells: Cell[] = [...row];
  for (const [position, { index }] of missing.entries()) cells[index] = values[position];
  return cells;
}

async function valuesOf(
  client: Client,
  table: Table,
  form: RowForm,
  row: Tuple,
  names: readonly string[],
): Promise<readonly (string | null)[] | undefined> {
  const key = form.key.map((index) => form.columns[index]?.name ?? "");
  const found = await client
    .query<(string | null)[]>({
      text: `select ${names.map(quoteName).join(", ")} from ${quoteTable(table.name)}
             where ${key.map((name, index) => `${quoteName(name)} = $${index + 1}`).join(" and ")}`,
      values: [...keyTexts(form, row)],
      rowMode: "array",
    })
    .catch((error: unknown) => {
      // A column that is called otherwise by now.
      if (sqlFault(error).kind === "statement") return undefined;
      throw error;
    });
  return found?.rows[0];
}
