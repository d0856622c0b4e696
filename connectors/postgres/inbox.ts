// The inbox: ids of the messages that a target has written, in a table beside its rows and in their transaction, so that
// a message that comes again changes nothing. What is older than any repeat can be is removed.

import { type Clock, type Log, steadyNow } from "../../schema/connector.ts";
import { quoteTable, type TableName, tableText } from "./connection.ts";
import type { Database, Session } from "./database.ts";
import { sqlFault } from "./sql-fault.ts";

/** What people run who let nobody else create tables. */
const inboxSql = (name: TableName): string =>
  `create table if not exists ${quoteTable(name)} (target text not null, id text not null, at timestamptz not null default now(), primary key (target, id))`;

/** Rows lie in the order of their time: an index that costs next to nothing finds the old ones. */
const indexSql = (name: TableName): string => `create index on ${quoteTable(name)} using brin (at)`;

/** Makes it where it is not. Rejects with an Error that says what to run where this user must not. */
export async function ensureInbox(session: Session, name: TableName): Promise<void> {
  const there = async (): Promise<boolean> => {
    const { rows } = await session.query("select to_regclass($1) is not null as there", [quoteTable(name)]);
    return rows[0]?.there === true;
  };
  if (await there()) return;
  try {
    await session.transaction(async () => {
      await session.query(inboxSql(name));
      await session.query(indexSql(name));
    });
  } catch (error) {
    // Another worker was quicker.
    if (await there()) return;
    if (sqlFault(error).code !== "42501") throw error;
    const help = `run \`${inboxSql(name)}\` and \`grant select, insert, delete on ${quoteTable(name)} to\` this user`;
    throw new Error(`the user may not create the inbox ${tableText(name)}: ${help}, or say \`inbox: false\``);
  }
}

export interface Pruning {
  /** Something was written: it may be time. */
  written(): void;
  stop(): Promise<void>;
}

/** So many at once, so that nobody waits for it. */
const step = 5_000;
const everyMs = 600_000;

export function keepPruning(
  database: Database,
  { table, target, keepMs, clock, log }: Pruned & { readonly clock: Clock; readonly log: Log },
): Pruning {
  const stopping = new AbortController();
  let next = steadyNow(clock) + Math.min(everyMs, keepMs);
  let running: Promise<void> | undefined;
  const prune = async (): Promise<void> => {
    for (let gone = step; gone === step && !stopping.signal.aborted; ) {
      gone = await database.use(stopping.signal, (session) => removeOld(session, { table, target, keepMs }));
    }
  };
  return {
    written: () => {
      if (running !== undefined || steadyNow(clock) < next) return;
      next = steadyNow(clock) + everyMs;
      running = prune()
        .catch((error: unknown) => log.warn({ error: sqlFault(error).message }, "the inbox was not pruned"))
        .finally(() => {
          running = undefined;
        });
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

interface Pruned {
  /** As SQL. */
  readonly table: string;
  readonly target: string;
  readonly keepMs: number;
}

async function removeOld(session: Session, { table, target, keepMs }: Pruned): Promise<number> {
  const sql = `delete from ${table} where ctid = any(array(select ctid from ${table}
where target = $1 and at < now() - $2::float8 * interval '1 millisecond' limit ${step}))`;
  return (await session.query(sql, [target, keepMs])).rowCount ?? 0;
}
