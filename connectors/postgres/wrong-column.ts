// Which column's value the server does not take: it says so only for some errors, so each value is tried by itself.

import type { JsonObject } from "../../schema/json.ts";
import { quoteTable } from "./connection.ts";
import type { Session } from "./database.ts";
import { isValue } from "./failure.ts";
import { groupRows, isUnfit, unfit } from "./rows.ts";
import { sqlFault } from "./sql-fault.ts";
import type { Column, Table } from "./table.ts";

/** Undefined: each of them is taken by itself. */
export async function wrongColumn(session: Session, table: Table, body: JsonObject): Promise<string | undefined> {
  const groups = groupRows(table, [{ id: "", body }]);
  if (isUnfit(groups)) return groups.message;
  for (const { columns, cells } of groups) {
    for (const [at, column] of columns.entries()) {
      const text = cells[at]?.[0] ?? null;
      if (text !== null && !(await fits(session, table, column, text))) return unfit(table, column);
    }
  }
  return undefined;
}

async function fits(session: Session, table: Table, column: Column, text: string): Promise<boolean> {
  try {
    await session.query(`select $1::text::${column.type}`, [text]);
    // A cast alone does not ask for the length.
    if (column.form !== "plain" || column.array) return true;
    const one = "json_build_object($1::text, $2::text)";
    await session.query(`select json_populate_record(null::${quoteTable(table.name)}, ${one})`, [column.name, text]);
    return true;
  } catch (error) {
    if (isValue(sqlFault(error))) return false;
    throw error;
  }
}
