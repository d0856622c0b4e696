// Transactions of the log, one after the other, as messages: each change with the id that it has whenever it is read
// again, and pieces of the snapshot where their marks come by.

import type { Client } from "pg";
import type { Incoming, SourceContext } from "../../schema/connector.ts";
import { currentSnapshot, sees, type Table } from "./catalog.ts";
import { keyText, type Placed, type RowForm, requiredColumns, toMessage } from "./change-message.ts";
import { createTypes } from "./column-types.ts";
import { quoteTable } from "./connection.ts";
import { halt, resnapshotHelp } from "./halt.ts";
import { stopped } from "./hand-over.ts";
import { fromOld, fromTable } from "./large-values.ts";
import { type Lsn, lsnText, lsnToken } from "./lsn.ts";
import type { Change, Relation, Tuple } from "./pgoutput.ts";
import { createRelations } from "./relations.ts";
import { markPrefix } from "./slot.ts";
import type { Chunk, Snapshots } from "./snapshots.ts";

export interface Transactions {
  take(change: Change): Promise<void>;
  /** In the middle of one. */
  open(): boolean;
}

export interface TransactionsOptions {
  readonly context: SourceContext;
  /** Its answers are texts. */
  readonly client: Client;
  readonly tables: readonly Table[];
  readonly truncate: "halt" | "ignore";
  /** What all ids begin with. */
  readonly base: string;
  readonly snapshots: Snapshots;
  put(message: Incoming): Promise<void> | undefined;
  /** Everything that was committed before `position` has been put, and the piece of a snapshot, if any. */
  reached(position: Lsn, chunk?: Chunk): void;
  stopping(): boolean;
}

const visibleMs = 20;

interface Transaction {
  readonly commit: Lsn;
  readonly xid: number;
  /** Changes so far. */
  count: number;
  /** Marks of our own that it holds. */
  readonly marks: string[];
}

type RowChange = Extract<Change, { kind: "insert" | "update" | "delete" }>;

export function createTransactions(options: TransactionsOptions): Transactions {
  const { context, client, base, snapshots } = options;
  const required = requiredColumns(context.contract);
  let transaction: Transaction | undefined;

  /** A commit stands in the log before a query sees it: resolves once what the transaction did is seen. */
  const visible = async (): Promise<void> => {
    while (transaction !== undefined && !options.stopping()) {
      if (sees(await currentSnapshot(client), transaction.xid)) return;
      await new Promise<void>((resolve) => context.clock.after(visibleMs, resolve));
    }
    // What is not known is not made up.
    if (options.stopping()) throw stopped;
  };
  const relations = createRelations({
    tables: options.tables,
    types: createTypes(client),
    contract: context.contract,
    visible,
  });
  const put = async (message: Incoming): Promise<void> => {
    const full = options.put(message);
    if (full !== undefined) await full;
  };

  const committed = async (position: Lsn): Promise<void> => {
    const done = transaction;
    transaction = undefined;
    options.reached(position);
    if (done === undefined) return;
    snapshots.passed(done.xid);
    const chunk = snapshots.reached(done.marks);
    if (chunk === undefined) return;
    for (const message of chunk.messages(lsnText(position))) await put(message);
    options.reached(position, chunk);
  };

  const truncated = (oids: readonly number[]): void => {
    const ours = oids.flatMap((oid) => relations.tableOf(oid) ?? []);
    if (transaction !== undefined) transaction.count += 1;
    for (const table of ours) snapshots.emptied(table.text);
    const [first] = ours;
    if (first === undefined || options.truncate === "ignore") return;
    throw halt(
      `${first.text} was truncated at ${lsnText(transaction?.commit ?? 0n)}: there is no change for any of its rows`,
      `empty the copies, then either set \`truncate: ignore\` at the source and apply, or ${resnapshotHelp(context)}`,
    );
  };

  const changed = async (change: RowChange): Promise<void> => {
    if (transaction === undefined) throw new Error("the server sent a change outside of a transaction");
    const { commit } = transaction;
    const placed = { id: `${base}/${lsnToken(commit)}/${transaction.count}`, position: lsnText(commit) };
    transaction.count += 1;
    const known = relations.describe(change.relation);
    const { table, form, relation } = known instanceof Promise ? await known : known;
    if (table === undefined) return;
    if (form.key.length === 0) throw keyless(table, relation);
    if (change.kind === "update") return await updated(form, table, change, placed);
    if (change.kind === "insert") {
      snapshots.touched(form, change.row);
      snapshots.inserted(form, change.row);
      return await put(toMessage(form, { op: "insert", row: change.row }, placed));
    }
    snapshots.touched(form, change.old.row);
    const old = change.old.whole ? change.old.row : undefined;
    await put(toMessage(form, { op: "delete", key: change.old.row, old }, placed));
  };

  const updated = async (
    form: RowForm,
    table: Table,
    change: Extract<Change, { kind: "update" }>,
    placed: Placed,
  ): Promise<void> => {
    const old = change.old?.whole === true ? change.old.row : undefined;
    const before = change.old?.row;
    let row = fromOld(form, change.row, change.old);
    const moved = before !== undefined && keyText(form, before) !== keyText(form, row);
    // While there are rows to come, one that is touched is left out of its piece: then this is all there is of it.
    if (row.includes(undefined) && (moved || snapshots.active() || lacks(form, row, required))) {
      row = await fromTable(client, table, form, row, visible);
    }
    snapshots.touched(form, row);
    if (!moved) return await put(toMessage(form, { op: "update", row, old }, placed));
    // Another key is another row for everybody downstream: whoever keeps the order of a key gets both in theirs.
    snapshots.touched(form, before);
    await put(toMessage(form, { op: "delete", key: before, old }, { ...placed, id: `${placed.id}/moved` }));
    await put(toMessage(form, { op: "insert", row }, placed));
  };

  const take = async (change: Change): Promise<void> => {
    switch (change.kind) {
      case "begin":
        transaction = { commit: change.commit, xid: change.xid, count: 0, marks: [] };
        return;
      case "relation":
        return relations.set(change.relation);
      case "message":
        if (change.prefix === markPrefix) transaction?.marks.push(change.content);
        return;
      case "commit":
        return await committed(change.end);
      case "truncate":
        return truncated(change.relations);
      case "insert":
      case "update":
      case "delete":
        return await changed(change);
      case "other":
        return;
      default:
        return change satisfies never;
    }
  };
  return { take, open: () => transaction !== undefined };
}

/** It is without a column that the contract wants. */
const lacks = ({ columns }: RowForm, row: Tuple, required: ReadonlySet<string>): boolean =>
  columns.some(({ name }, index) => row[index] === undefined && required.has(name));

function keyless(table: Table, { identity }: Relation): Error {
  return halt(
    `${table.text} has lost what told its rows apart (replica identity \`${identity}\`)`,
    `ALTER TABLE ${quoteTable(table.name)} ADD PRIMARY KEY (…); changes from before it need a new snapshot`,
  );
}
