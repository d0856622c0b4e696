// One delivery, from bodies to rows in the table: in one statement where that is possible, else in one transaction.

import type { Json } from "../../schema/json.ts";
import { applyChanges, type Change, changesInOne, readChange } from "./changes.ts";
import { copyGroup } from "./copy.ts";
import type { Session } from "./database.ts";
import { asRows, type Group, groupRows, isUnfit, mergeByKey, type Unfit } from "./rows.ts";
import { sqlFault } from "./sql-fault.ts";
import { type Inbox, insertRows, isPatch, putRows, remember, type Statement } from "./statements.ts";
import type { Table } from "./table.ts";

export type Mode = "insert" | "upsert" | "copy" | "changes";

export interface Item {
  readonly id: string;
  readonly body: Json;
}

export interface Write {
  readonly session: Session;
  readonly table: Table;
  readonly mode: Mode;
  readonly key: readonly string[];
  readonly inbox: Inbox | undefined;
}

/** How many of the messages had an effect now; the others had it before. */
export type Written = { readonly fresh: number } | Unfit;

/** What only another's row of the same moment refuses is asked again, so many times; the rest is the run time's to repeat. */
const mostRepeats = 4;

export async function write(given: Write, items: readonly Item[]): Promise<Written> {
  for (let left = mostRepeats; ; left -= 1) {
    try {
      return await (given.mode === "changes" ? writeChanges(given, items) : writeRows(given, items));
    } catch (error) {
      if (left === 0 || !mayPassNow(given.mode, error)) throw error;
    }
  }
}

/**
 * All of it was undone, and the row that stood in the way can be seen now. `on conflict` looks at its own index
 * alone: of a row that another makes at the same moment, a second unique index says "it is there already", though the
 * row could be updated. What still is so after that is so.
 */
function mayPassNow(mode: Mode, error: unknown): boolean {
  const puts = mode === "upsert" || mode === "changes";
  return puts && takenBy.has(sqlFault(error).code ?? "");
}

/** A unique index, an exclusion constraint. */
const takenBy: ReadonlySet<string> = new Set(["23505", "23P01"]);

async function writeRows(given: Write, items: readonly Item[]): Promise<Written> {
  const { table, mode, key } = given;
  const rows = asRows(items);
  if (isUnfit(rows)) return rows;
  const merged = mode === "upsert" ? mergeByKey(table, key, rows) : { rows, merged: false };
  if (isUnfit(merged)) return merged;
  const groups = groupRows(table, merged.rows);
  if (isUnfit(groups)) return groups;
  const [only] = groups;
  const alone = mode !== "copy" && groups.length === 1 && !merged.merged ? only : undefined;
  if (alone !== undefined && !(mode === "upsert" && isPatch(table, alone))) {
    return await inOne(given, insertRows(table, alone, mode === "upsert" ? key : undefined, given.inbox), rows.length);
  }
  return await inTransaction(given, rows, async (fresh) => {
    // Which rows take part is known only now.
    const again =
      fresh.length === rows.length ? merged : mode === "upsert" ? mergeByKey(table, key, fresh) : { rows: fresh };
    if (isUnfit(again)) return again;
    const left = again === merged ? groups : groupRows(table, again.rows);
    if (isUnfit(left)) return left;
    for (const group of left) await writeGroup(given, group);
    return undefined;
  });
}

/** A statement is a transaction, too. */
async function inOne({ session, inbox }: Write, { sql, values }: Statement, all: number): Promise<Written> {
  const { rowCount } = await session.query(sql, values, "decisive");
  return { fresh: inbox === undefined ? all : (rowCount ?? 0) };
}

async function writeGroup({ session, table, mode, key }: Write, group: Group): Promise<void> {
  // A row of defaults alone has no columns, which COPY does not know.
  if (mode === "copy" && group.columns.length > 0) return await copyGroup(session, table, group);
  const { sql, values } = mode === "upsert" ? putRows(table, group, key) : insertRows(table, group, undefined);
  await session.query(sql, values);
}

async function writeChanges(given: Write, items: readonly Item[]): Promise<Written> {
  const { session, table, key } = given;
  const changes = new Map<string, Change>();
  for (const { id, body } of items) {
    const change = readChange(id, body, key);
    if (!("id" in change)) return change;
    changes.set(id, change);
  }
  const all = [...changes.values()];
  const alone = changesInOne(table, key, all, given.inbox);
  if (alone === undefined) return await inTransaction(given, all, (fresh) => applyChanges(session, table, key, fresh));
  return "sql" in alone ? await inOne(given, alone, all.length) : alone;
}

/** What does not fit undoes all of it. */
async function inTransaction<T extends { readonly id: string }>(
  { session, inbox }: Write,
  all: readonly T[],
  work: (fresh: readonly T[]) => Promise<Unfit | undefined>,
): Promise<Written> {
  const end: { unfit?: Unfit } = {};
  try {
    return await session.transaction(async () => {
      const fresh = inbox === undefined ? all : await notYet(session, inbox, all);
      const wrong = fresh.length === 0 ? undefined : await work(fresh);
      if (wrong === undefined) return { fresh: fresh.length };
      end.unfit = wrong;
      throw new Error(wrong.message);
    });
  } catch (error) {
    if (end.unfit !== undefined) return end.unfit;
    throw error;
  }
}

async function notYet<T extends { readonly id: string }>(
  session: Session,
  inbox: Inbox,
  all: readonly T[],
): Promise<readonly T[]> {
  const { sql, values } = remember(
    inbox,
    all.map(({ id }) => id),
  );
  const { rows } = await session.query(sql, values);
  const fresh = new Set(rows.map(({ id }) => id));
  return all.filter(({ id }) => fresh.has(id));
}
