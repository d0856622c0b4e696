// `mode: changes`: what happened to the rows of one table happens to those of another. A list of changes is folded to
// the last state of each row, unless a row changes its key: then they are applied one by one.

import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import type { Session } from "./database.ts";
import { type Group, groupRows, isUnfit, keyOf, type Row, type Unfit } from "./rows.ts";
import {
  deleteRows,
  type Inbox,
  insertRows,
  isPatch,
  lockRow,
  moveRow,
  putRows,
  type Statement,
} from "./statements.ts";
import type { Table } from "./table.ts";

export type Change =
  | { readonly kind: "put"; readonly id: string; readonly row: JsonObject }
  /** Of a key that it had before, and has no more. */
  | { readonly kind: "move"; readonly id: string; readonly from: JsonObject; readonly row: JsonObject }
  | { readonly kind: "delete"; readonly id: string; readonly key: JsonObject };

const shape: Unfit = { kind: "value", message: "the body must be a change: { op, key, row, old }" };

export function readChange(id: string, body: Json, key: readonly string[]): Change | Unfit {
  if (!isJsonObject(body)) return shape;
  const { op, row = null, old = null } = body;
  const before = isJsonObject(old) ? old : undefined;
  if (op === "delete") {
    const gone = isJsonObject(body.key) ? body.key : before;
    return gone === undefined ? shape : { kind: "delete", id, key: only(key, { ...before, ...gone }) };
  }
  if (!isJsonObject(row)) return shape;
  if (op === "insert" || op === "snapshot") return { kind: "put", id, row };
  if (op !== "update") return shape;
  const moved = before !== undefined && key.some((name) => differs(before[name], row[name]));
  return moved ? { kind: "move", id, from: only(key, { ...row, ...before }), row } : { kind: "put", id, row };
}

const differs = (before: Json | undefined, now: Json | undefined): boolean =>
  before !== undefined && JSON.stringify(before) !== JSON.stringify(now);

const only = (key: readonly string[], row: JsonObject): JsonObject =>
  Object.fromEntries(key.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]])));

interface Folded {
  readonly deletes: readonly Row[];
  readonly puts: readonly Row[];
}

/** Of changes without a move. */
function fold(table: Table, key: readonly string[], changes: readonly Change[]): Folded | Unfit {
  const deletes = new Map<string, Row>();
  const puts = new Map<string, Row>();
  for (const change of changes) {
    const { id } = change;
    const body = change.kind === "delete" ? change.key : change.row;
    const own = keyOf(table, key, body);
    if (typeof own !== "string") return own;
    if (change.kind === "delete") {
      deletes.set(own, { id, body });
      puts.delete(own);
    } else puts.set(own, { id, body: { ...puts.get(own)?.body, ...body } });
  }
  return { deletes: sorted(deletes), puts: sorted(puts) };
}

const sorted = (rows: ReadonlyMap<string, Row>): readonly Row[] =>
  [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);

/**
 * The one statement that is all of it, the inbox included: each change is of a row of its own, and all do the same.
 * Undefined: it takes a transaction.
 */
export function changesInOne(
  table: Table,
  key: readonly string[],
  changes: readonly Change[],
  inbox: Inbox | undefined,
): Statement | Unfit | undefined {
  if (changes.some(({ kind }) => kind === "move")) return undefined;
  const folded = fold(table, key, changes);
  if (isUnfit(folded)) return folded;
  const { deletes, puts } = folded;
  if (deletes.length + puts.length < changes.length || (deletes.length > 0 && puts.length > 0)) return undefined;
  const groups = groupRows(table, deletes.length > 0 ? deletes : puts);
  if (isUnfit(groups)) return groups;
  const [only, other] = groups;
  if (only === undefined || other !== undefined) return undefined;
  if (deletes.length > 0) return deleteRows(table, only, inbox);
  return isPatch(table, only) ? undefined : insertRows(table, only, key, inbox);
}

/** Inside a transaction; what does not fit is found before anything is written of it. */
export async function applyChanges(
  session: Session,
  table: Table,
  key: readonly string[],
  changes: readonly Change[],
): Promise<Unfit | undefined> {
  if (changes.some(({ kind }) => kind === "move")) {
    for (const change of changes) {
      const wrong =
        change.kind === "move" ? await move(session, table, key, change) : await bulk(session, table, key, [change]);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  return await bulk(session, table, key, changes);
}

async function bulk(
  session: Session,
  table: Table,
  key: readonly string[],
  changes: readonly Change[],
): Promise<Unfit | undefined> {
  const folded = fold(table, key, changes);
  if (isUnfit(folded)) return folded;
  const deletes = groupRows(table, folded.deletes);
  if (isUnfit(deletes)) return deletes;
  const puts = groupRows(table, folded.puts);
  if (isUnfit(puts)) return puts;
  for (const group of deletes) await run(session, deleteRows(table, group));
  for (const group of puts) await run(session, putRows(table, group, key));
  return undefined;
}

/** Whatever else has the new key here has it no more there. */
async function move(
  session: Session,
  table: Table,
  key: readonly string[],
  change: Extract<Change, { kind: "move" }>,
): Promise<Unfit | undefined> {
  const { id, from, row } = change;
  for (const body of [from, row]) {
    const own = keyOf(table, key, body);
    if (typeof own !== "string") return own;
  }
  const one = (body: JsonObject): Group | Unfit => {
    const groups = groupRows(table, [{ id, body }]);
    return isUnfit(groups) ? groups : (groups[0] ?? { kind: "value", message: "the row is empty" });
  };
  const [before, now, target] = [one(from), one(row), one(only(key, row))];
  if (isUnfit(before)) return before;
  if (isUnfit(now)) return now;
  if (isUnfit(target)) return target;
  if ((await run(session, lockRow(table, before))) === 0) {
    await run(session, putRows(table, now, key));
    return undefined;
  }
  await run(session, deleteRows(table, target));
  await run(session, moveRow(table, before, now));
  return undefined;
}

const run = async (session: Session, { sql, values }: Statement): Promise<number> =>
  (await session.query(sql, values)).rowCount ?? 0;
