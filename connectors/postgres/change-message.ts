// Rows and changes as messages: `{ op, key, row, old }`, with the same id whenever they are read again.

import { createHash } from "node:crypto";
import type { Incoming } from "../../schema/connector.ts";
import type { Json, JsonObject, JsonSchema } from "../../schema/json.ts";
import { solidSchema } from "../../schema/text-convert.ts";
import { jsonBytes } from "../json-text.ts";
import type { Types } from "./column-types.ts";
import type { Cell, Tuple } from "./pgoutput.ts";
import { columnPlace, type Form, type PlaceInContract, readValue } from "./read-value.ts";

export interface RowColumn {
  readonly name: string;
  readonly form: Form;
  readonly place: PlaceInContract | undefined;
}

/** How the tuples of a table are read. */
export interface RowForm {
  readonly table: string;
  readonly columns: readonly RowColumn[];
  /** Where the columns of the key stand. */
  readonly key: readonly number[];
}

/** The types must be known. */
export function rowForm(
  table: string,
  columns: readonly { readonly name: string; readonly type: number }[],
  key: readonly string[],
  types: Types,
  contract: JsonSchema | undefined,
): RowForm {
  return {
    table,
    columns: columns.map(({ name, type }) => ({
      name,
      form: types.formOf(type),
      place: columnPlace(contract, name),
    })),
    key: key.map((name) => columns.findIndex((column) => column.name === name)).filter((index) => index >= 0),
  };
}

/** Columns that the contract wants in every row. */
export function requiredColumns(contract: JsonSchema | undefined): ReadonlySet<string> {
  if (contract === undefined) return new Set();
  const { required } = solidSchema(contract, contract);
  return new Set(Array.isArray(required) ? required.map(String) : []);
}

/** Without what was not sent. */
function rowJson({ columns }: RowForm, row: Tuple): JsonObject {
  const entries: [string, Json][] = [];
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index];
    const cell = row[index];
    if (column !== undefined && cell !== undefined) entries.push([column.name, cellJson(column, cell)]);
  }
  return Object.fromEntries(entries);
}

function keyJson({ columns, key }: RowForm, row: Tuple): JsonObject {
  const entries = key.flatMap((index): [string, Json][] => {
    const column = columns[index];
    return column === undefined ? [] : [[column.name, cellJson(column, row[index] ?? null)]];
  });
  return Object.fromEntries(entries);
}

const cellJson = ({ form, place }: RowColumn, cell: Exclude<Cell, undefined>): Json =>
  cell === null ? null : readValue(cell, form, place);

export const keyTexts = ({ key }: RowForm, row: Tuple): readonly string[] => key.map((index) => row[index] ?? "");

/** Tells rows of a table apart. */
export const keyText = (form: RowForm, row: Tuple): string => JSON.stringify(keyTexts(form, row));

export interface Placed {
  readonly id: string;
  /** In the log, for people. */
  readonly position: string;
}

export type Op =
  | { readonly op: "insert" | "snapshot"; readonly row: Tuple }
  | { readonly op: "update"; readonly row: Tuple; readonly old: Tuple | undefined }
  | { readonly op: "delete"; readonly key: Tuple; readonly old: Tuple | undefined };

export function toMessage(form: RowForm, op: Op, { id, position }: Placed): Incoming {
  const old = "old" in op ? op.old : undefined;
  const value: JsonObject = {
    op: op.op,
    key: keyJson(form, op.op === "delete" ? op.key : op.row),
    row: op.op === "delete" ? null : rowJson(form, op.row),
    old: old === undefined ? null : rowJson(form, old),
  };
  return { body: jsonBytes(value), value, id, headers: {}, meta: { table: form.table, position } };
}

/** Ids may not be long, keys may. */
export function snapshotId(base: string, began: string | undefined, form: RowForm, row: Tuple): string {
  const start = `${base}/snapshot${began === undefined ? "" : `-${began}`}`;
  const id = `${start}/${form.table}/${keyText(form, row)}`;
  return id.length <= 500 ? id : `${start}/${createHash("sha256").update(id).digest("base64url")}`;
}
