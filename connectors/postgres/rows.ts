// Messages to rows: which columns each fills, and with what text. Rows that fill the same columns go together; a column
// that a body leaves out gets its default.

import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { tableText } from "./connection.ts";
import type { Column, Table } from "./table.ts";
import { toText } from "./value.ts";

export interface Row {
  /** Of the message, for the inbox. */
  readonly id: string;
  readonly body: JsonObject;
}

export interface Group {
  readonly columns: readonly Column[];
  readonly ids: string[];
  /** A list for each column, with a text for each row. */
  readonly cells: readonly (string | null)[][];
}

/** `columns`: of the table, unknown to what was read of it. */
export type Unfit = { readonly kind: "unknown" | "value"; readonly message: string };

export const isUnfit = (given: object): given is Unfit => "kind" in given;

/** The same message twice is one. */
export function asRows(items: readonly { readonly id: string; readonly body: Json }[]): readonly Row[] | Unfit {
  const rows = new Map<string, Row>();
  for (const { id, body } of items) {
    if (!isJsonObject(body))
      return { kind: "value", message: "the body must be an object: its fields are the columns" };
    rows.set(id, { id, body });
  }
  return [...rows.values()];
}

export function groupRows(table: Table, rows: readonly Row[]): readonly Group[] | Unfit {
  const groups = new Map<string, Group>();
  for (const { id, body } of rows) {
    const names = Object.keys(body);
    const signature = JSON.stringify(names);
    let group = groups.get(signature);
    if (group === undefined) {
      const columns = columnsOf(table, names);
      if (isUnfit(columns)) return columns;
      group = { columns, ids: [], cells: columns.map(() => []) };
      groups.set(signature, group);
    }
    for (const [at, column] of group.columns.entries()) {
      const text = toText(body[column.name] ?? null, column);
      if (text === undefined) return { kind: "value", message: unfit(table, column) };
      group.cells[at]?.push(text);
    }
    group.ids.push(id);
  }
  return [...groups.values()];
}

function columnsOf(table: Table, names: readonly string[]): readonly Column[] | Unfit {
  const columns: Column[] = [];
  for (const name of names) {
    const column = table.columns.get(name);
    if (column === undefined)
      return { kind: "unknown", message: `${tableText(table.name)} has no column ${shown(name)}` };
    if (column.generated) {
      return { kind: "value", message: `${tableText(table.name)}: column ${shown(name)} is computed by the server` };
    }
    columns.push(column);
  }
  return columns;
}

/** Names the column, never the value. */
export const unfit = (table: Table, { name, shownType }: Column): string =>
  `${tableText(table.name)}: the value of column ${shown(name)} is no ${shownType}`;

/** A field's name may come from a message. */
const shown = (name: string): string => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);

export interface Merged {
  readonly rows: readonly Row[];
  /** More than one message for one key. */
  readonly merged: boolean;
}

/**
 * One row for each key, as if one after the other had been written: what a later one leaves out stays. Sorted, so that
 * two batches never wait for each other's rows crosswise.
 */
export function mergeByKey(table: Table, key: readonly string[], rows: readonly Row[]): Merged | Unfit {
  const byKey = new Map<string, Row>();
  for (const row of rows) {
    const own = keyOf(table, key, row.body);
    if (typeof own !== "string") return own;
    const before = byKey.get(own);
    byKey.set(own, before === undefined ? row : { id: row.id, body: { ...before.body, ...row.body } });
  }
  const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  return { rows: sorted, merged: sorted.length < rows.length };
}

/** The values of the key as one text, in the server's form of them. */
export function keyOf(table: Table, key: readonly string[], body: JsonObject): string | Unfit {
  const texts: string[] = [];
  for (const name of key) {
    const column = table.columns.get(name);
    if (column === undefined)
      return { kind: "unknown", message: `${tableText(table.name)} has no column ${shown(name)}` };
    const value = body[name] ?? null;
    if (value === null) {
      return {
        kind: "value",
        message: `${tableText(table.name)}: the body has no ${shown(name)}, which is part of the key`,
      };
    }
    const text = toText(value, column);
    if (typeof text !== "string") return { kind: "value", message: unfit(table, column) };
    texts.push(text);
  }
  return JSON.stringify(texts);
}
