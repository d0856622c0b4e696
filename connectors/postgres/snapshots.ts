// One piece of the snapshot at a time, between the changes: read beside them, handed over where its mark comes by in the
// log, without the rows that a change has touched meanwhile.

import type { Client } from "pg";
import type { Incoming, SourceContext } from "../../schema/connector.ts";
import { sees, type Table } from "./catalog.ts";
import { keyText, type RowForm, snapshotId, toMessage } from "./change-message.ts";
import { type ChunkRead, type ChunkReader, openReader, readChunk } from "./chunk.ts";
import { disconnected, halt } from "./halt.ts";
import type { Tuple } from "./pgoutput.ts";
import type { TableSnapshot } from "./place.ts";
import { markStatement } from "./slot.ts";
import { sqlFault } from "./sql-fault.ts";
import { end } from "./stream.ts";

export interface Snapshots {
  /** Between two transactions: reads the next piece, unless one is in hand. */
  start(tables: ReadonlyMap<string, TableSnapshot>): void;
  /** A change of a row has been handed over. */
  touched(form: RowForm, row: Tuple): void;
  /** The whole of a new row has been handed over. */
  inserted(form: RowForm, row: Tuple): void;
  emptied(table: string): void;
  /** A transaction has been handed over. */
  passed(xid: number): void;
  /** The piece whose mark is among them. */
  reached(marks: readonly string[]): Chunk | undefined;
  /** Throws when reading has failed. */
  check(): void;
  /** There are rows to come. */
  active(): boolean;
  unseen(): readonly number[];
  /** Transactions that every query sees from now on. */
  forget(seen: (xid: number) => boolean): void;
  close(): Promise<void>;
}

export interface Chunk {
  readonly table: string;
  readonly next: TableSnapshot;
  messages(position: string): Iterable<Incoming>;
}

export interface SnapshotOptions {
  readonly context: SourceContext;
  open(): Promise<Client>;
  readonly tables: readonly Table[];
  readonly slot: string;
  readonly version: number;
  readonly base: string;
  readonly unseen: readonly number[];
  /** Halts where the publication does not send the tables as it has to. */
  check(): Promise<unknown>;
  /** Called when there is something to check. */
  wake(): void;
}

interface Reading {
  readonly table: Table;
  readonly mark: string;
  readonly began: string | undefined;
  /** Before it. */
  readonly state: TableSnapshot;
  readonly touched: Set<string>;
  emptied: boolean;
  /** A change did not say which of its rows it touched: the table has got another key. It is read once more. */
  spoilt: boolean;
  read?: Extract<ChunkRead, { kind: "rows" }>;
}

/** Rows of a piece: few at first, since nobody knows how long they are, then so many that they are about `goodBytes`. */
const fewest = 16;
const mostRows = 5_000;
const goodBytes = 2 * 1024 * 1024;
const earlyMs = 50;
/** Rows that are known to have come as `insert`; of more, some come as `snapshot` once more. */
const mostInserted = 100_000;

export function createSnapshots(options: SnapshotOptions): Snapshots {
  const { context, slot } = options;
  const run = `${slot}/${context.clock.now()}`;
  let unseen = [...options.unseen];
  let reading: Reading | undefined;
  let client: Client | undefined;
  let reader: ChunkReader | undefined;
  let failure: unknown;
  let limit = 64;
  let number = 0;
  const inserted = new Set<string>();
  let active = false;
  let closed = false;
  let working: Promise<void> = Promise.resolve();

  const read = async (mine: Reading, state: Exclude<TableSnapshot, { kind: "done" }>): Promise<void> => {
    // Handed over before any touched row was noted: the piece must see what these did.
    const before = [...unseen];
    client ??= await options.open();
    reader ??= await openReader(client, options.tables, {
      contract: context.contract,
      publication: slot,
      version: options.version,
      check: options.check,
    });
    for (let tries = 1; !closed; tries += 1) {
      const got = await readChunk(reader, mine.table, state, before, limit);
      if (got.kind === "rows") {
        mine.read = got;
        unseen = unseen.filter((xid) => !sees(got.snapshot, xid));
        break;
      }
      if (tries === 600) {
        context.log.warn(
          { source: context.name, table: mine.table.text },
          "the snapshot waits for transactions that began before it; one of them has been open for long",
        );
      }
      await new Promise<void>((resolve) => context.clock.after(earlyMs, resolve));
    }
    if (!closed) await client.query(markStatement(mine.mark));
  };

  const finish = (mine: Reading, got: Extract<ChunkRead, { kind: "rows" }>): Chunk => {
    limit = nextLimit(limit, got);
    const { form } = got;
    const left = got.rows.filter((row) => {
      const key = keyText(form, row);
      return !mine.touched.has(key) && !inserted.has(`${form.table} ${key}`);
    });
    const rows = mine.emptied || mine.spoilt ? [] : left;
    return {
      table: mine.table.text,
      next: mine.spoilt ? mine.state : got.next,
      messages: function* (position) {
        for (const row of rows) {
          yield toMessage(
            got.form,
            { op: "snapshot", row },
            { id: snapshotId(options.base, mine.began, got.form, row), position },
          );
        }
      },
    };
  };

  return {
    start: (tables) => {
      if (reading !== undefined || closed || failure !== undefined) return;
      const next = options.tables.find(({ text }) => (tables.get(text)?.kind ?? "done") !== "done");
      active = next !== undefined;
      const state = next === undefined ? undefined : tables.get(next.text);
      if (next === undefined || state === undefined || state.kind === "done") {
        unseen = [];
        inserted.clear();
        if (client !== undefined) void release();
        return;
      }
      number += 1;
      const mine: Reading = {
        table: next,
        mark: `${run}/${number}`,
        began: state.began,
        state,
        touched: new Set(),
        emptied: false,
        spoilt: false,
      };
      reading = mine;
      working = read(mine, state).catch((error: unknown) => {
        failure = readFailure(error, next);
        options.wake();
      });
    },
    touched: (form, row) => {
      if (reading === undefined || reading.table.text !== form.table) return;
      const key = keyIn(reading.table, form, row);
      if (key === undefined) reading.spoilt = true;
      else reading.touched.add(key);
    },
    inserted: (form, row) => {
      if (!active || inserted.size >= mostInserted) return;
      const table = options.tables.find(({ text }) => text === form.table);
      const key = table === undefined ? undefined : keyIn(table, form, row);
      if (key !== undefined) inserted.add(`${form.table} ${key}`);
    },
    emptied: (table) => {
      if (reading?.table.text === table) reading.emptied = true;
    },
    passed: (xid) => {
      if (active) unseen.push(xid);
    },
    reached: (marks) => {
      const mine = reading;
      if (mine?.read === undefined || !marks.includes(mine.mark)) return undefined;
      reading = undefined;
      return finish(mine, mine.read);
    },
    check: () => {
      if (failure !== undefined && !closed) throw failure;
    },
    active: () => active,
    unseen: () => unseen,
    forget: (seen) => {
      unseen = unseen.filter((xid) => !seen(xid));
    },
    close: async () => {
      closed = true;
      client?.connection.stream.destroy();
      await release();
      await working;
    },
  };

  async function release(): Promise<void> {
    const mine = client;
    client = undefined;
    reader = undefined;
    if (mine === undefined) return;
    // The mark may come by in the log before the statement that set it is answered.
    await working;
    await end(mine, context.clock);
  }
}

/** By the key that pieces are read by, which the change may not have yet, or not any more. Undefined: it does not say. */
function keyIn(table: Table, form: RowForm, row: Tuple): string | undefined {
  const same =
    form.key.length === table.key.length && form.key.every((at, n) => form.columns[at]?.name === table.key[n]);
  if (same) return keyText(form, row);
  const cells = table.key.map((name) => row[form.columns.findIndex((column) => column.name === name)] ?? undefined);
  return cells.includes(undefined) ? undefined : JSON.stringify(cells);
}

function nextLimit(limit: number, { rows, bytes }: Extract<ChunkRead, { kind: "rows" }>): number {
  if (rows.length === 0) return limit;
  const fitting = Math.floor(goodBytes / Math.max(1, bytes / rows.length));
  return Math.max(fewest, Math.min(mostRows, fitting, limit * 4));
}

function readFailure(error: unknown, table: Table): unknown {
  const { kind, message } = sqlFault(error);
  if (kind === "denied") {
    return halt(
      `the rows of ${table.text} cannot be read: ${message}`,
      `GRANT SELECT ON ${table.text} to the connection's user, and BYPASSRLS where the table has policies`,
    );
  }
  // Its columns may have changed between two pieces: looked at anew, it goes on.
  return kind === "statement" ? disconnected(`the rows of ${table.text} cannot be read: ${message}`) : error;
}
