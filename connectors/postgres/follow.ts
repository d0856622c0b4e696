// A source at work: changes in the order of their commits, rows of the snapshot between them, and the server told how far
// all of it has been stored.

import type { Client } from "pg";
import { type SourceContext, type SourceFailure, sourceFailureOf } from "../../schema/connector.ts";
import type { JsonSchema } from "../../schema/json.ts";
import { readSnapshot, type Server, sees, type Table } from "./catalog.ts";
import { keyText, keyTexts, type RowForm, requiredColumns, rowForm, toMessage } from "./change-message.ts";
import { createTypes } from "./column-types.ts";
import { openClient, type PostgresAddress, quoteName, quoteTable, sqlFault, tableText } from "./connection.ts";
import { disconnected, failureOf, halt, resnapshotHelp } from "./halt.ts";
import { createStore, stopped } from "./hand-over.ts";
import { type Lsn, lsnText, lsnToken } from "./lsn.ts";
import type { Cell, Change, Relation, Tuple } from "./pgoutput.ts";
import { idBase, type Place, placeJson, placeKey, type TableSnapshot } from "./place.ts";
import { requested } from "./prepare.ts";
import { markPrefix, preparePublication, type Site } from "./slot.ts";
import { createSnapshots } from "./snapshots.ts";
import { type ChangeStream, end, type Frame } from "./stream.ts";

export interface Following {
  /** Resolves when all that was in hand is stored and told to the server, or cannot be. */
  stop(): Promise<void>;
}

export interface FollowOptions {
  readonly context: SourceContext;
  readonly address: PostgresAddress;
  /** Its answers are texts. */
  readonly client: Client;
  readonly stream: ChangeStream;
  readonly server: Server;
  readonly site: Site;
  readonly place: Place;
  readonly tables: readonly Table[];
  readonly truncate: "halt" | "ignore";
}

/** How often position and snapshot are written down, and the server is told. */
const saveMs = 1_000;
/** How often it is asked how much of the log the slot holds back, and whether somebody wants a new snapshot. */
const lookMs = 10_000;
const visibleMs = 20;

/** What is true once all messages before it are stored. */
interface Mark {
  readonly position: Lsn;
  readonly tables: ReadonlyMap<string, TableSnapshot>;
}

interface Transaction {
  readonly commit: Lsn;
  readonly xid: number;
  /** Changes so far. */
  count: number;
  /** Marks of our own that it holds. */
  readonly marks: string[];
}

/** A relation of the stream, as it is described now. */
interface Described {
  readonly relation: Relation;
  /** Undefined: not one of ours. */
  readonly table: Table | undefined;
  readonly form: RowForm;
}

export function follow(options: FollowOptions): Following {
  const { context, client, stream, place, tables } = options;
  const { contract, clock, state } = context;
  const base = idBase(place, context.name);
  const byText = new Map(tables.map((table) => [table.text, table]));
  const types = createTypes(client);
  const required = requiredColumns(contract);
  const relations = new Map<number, Relation>();
  const described = new Map<number, Described>();
  let current: Mark = { position: place.position, tables: place.tables };
  let saved = current;
  let transaction: Transaction | undefined;
  let stopping = false;
  let told = false;
  const store = createStore<Mark>(context, current, stream.wake);
  const snapshots = createSnapshots({
    context,
    open: () => openClient(options.address, { asText: true }),
    tables,
    slot: place.slot,
    version: options.server.version,
    base,
    contract,
    unseen: [...place.unseen],
    wake: stream.wake,
  });

  const reach = (mark: Mark): void => {
    current = mark;
    store.reached(mark);
  };
  const put = async (...message: Parameters<typeof toMessage>): Promise<void> => {
    const full = store.put(toMessage(...message));
    if (full !== undefined) await full;
  };

  /** A commit stands in the log before a query sees it: resolves once what the transaction did is seen. */
  const visible = async (): Promise<void> => {
    while (transaction !== undefined && !stopping) {
      const { rows } = await client.query<{ snapshot: string }>("select pg_current_snapshot() as snapshot");
      if (sees(readSnapshot(rows[0]?.snapshot ?? ""), transaction.xid)) return;
      await new Promise<void>((resolve) => clock.after(visibleMs, resolve));
    }
    // What is not known is not made up.
    if (stopping) throw stopped;
  };

  const describe = async (oid: number): Promise<Described> => {
    const known = described.get(oid);
    if (known !== undefined) return known;
    const relation = relations.get(oid);
    if (relation === undefined) throw new Error("the server sent a change of a table that it has not described");
    const text = tableText({ schema: relation.schema, table: relation.table });
    const table = byText.get(text);
    // A type that was made with them.
    if (table !== undefined && !relation.columns.every(({ type }) => types.knows(type))) await visible();
    const fresh = await formOf(relation, text, table, types, contract);
    described.set(oid, fresh);
    return fresh;
  };

  const take = async (frame: Frame): Promise<void> => {
    switch (frame.kind) {
      case "alive":
        if (transaction === undefined && frame.end > current.position) reach({ ...current, position: frame.end });
        return;
      case "begin":
        transaction = { commit: frame.commit, xid: frame.xid, count: 0, marks: [] };
        return;
      case "relation":
        relations.set(frame.relation.oid, frame.relation);
        described.delete(frame.relation.oid);
        return;
      case "message":
        if (frame.prefix === markPrefix) transaction?.marks.push(frame.content);
        return;
      case "commit":
        return await committed(frame.end);
      case "truncate":
        return truncated(frame.relations);
      case "insert":
      case "update":
      case "delete":
        return await changed(frame);
      case "other":
        return;
      default:
        return frame satisfies never;
    }
  };

  const committed = async (position: Lsn): Promise<void> => {
    const done = transaction;
    transaction = undefined;
    reach({ ...current, position });
    if (done === undefined) return;
    snapshots.passed(done.xid);
    const chunk = snapshots.reached(done.marks);
    if (chunk === undefined) return;
    for (const message of chunk.messages(lsnText(position))) {
      const full = store.put(message);
      if (full !== undefined) await full;
    }
    reach({ position, tables: new Map([...current.tables, [chunk.table, chunk.next]]) });
  };

  const truncated = (oids: readonly number[]): void => {
    const ours = oids.flatMap((oid) => {
      const relation = relations.get(oid);
      const text = relation === undefined ? "" : tableText({ schema: relation.schema, table: relation.table });
      return byText.get(text) ?? [];
    });
    if (transaction !== undefined) transaction.count += 1;
    for (const table of ours) snapshots.emptied(table.text);
    const [first] = ours;
    if (first === undefined || options.truncate === "ignore") return;
    throw halt(
      `${first.text} was truncated at ${lsnText(transaction?.commit ?? 0n)}: there is no change for any of its rows`,
      `empty the copies, then either set \`truncate: ignore\` at the source and apply, or ${resnapshotHelp(context)}`,
    );
  };

  const changed = async (change: Extract<Change, { kind: "insert" | "update" | "delete" }>): Promise<void> => {
    if (transaction === undefined) throw new Error("the server sent a change outside of a transaction");
    const id = `${base}/${lsnToken(transaction.commit)}/${transaction.count}`;
    transaction.count += 1;
    const known = described.get(change.relation);
    const { table, form, relation } = known ?? (await describe(change.relation));
    if (table === undefined) return;
    if (form.key.length === 0) throw keyless(table, relation);
    const placed = { id, position: lsnText(transaction.commit) };
    if (change.kind === "insert") {
      snapshots.touched(form, change.row);
      snapshots.inserted(form, change.row);
      return await put(form, { op: "insert", row: change.row }, placed);
    }
    if (change.kind === "delete") {
      snapshots.touched(form, change.old.row);
      const old = change.old.whole ? change.old.row : undefined;
      return await put(form, { op: "delete", key: change.old.row, old }, placed);
    }
    await updated(form, table, change, placed);
  };

  const updated = async (
    form: RowForm,
    table: Table,
    change: Extract<Change, { kind: "update" }>,
    placed: { readonly id: string; readonly position: string },
  ): Promise<void> => {
    const whole = change.old?.whole === true ? change.old.row : undefined;
    const before = change.old?.row;
    // A value that was left as it was is the old one, where there is one.
    let row: Tuple = change.row;
    if (row.includes(undefined)) {
      row = row.map((cell, index) => (cell === undefined && (whole ?? isKey(form, index)) ? before?.[index] : cell));
    }
    const moved = before !== undefined && keyText(form, before) !== keyText(form, row);
    // While there are rows to come, one that is touched is left out of its piece: then this is all there is of it.
    if (row.includes(undefined) && (moved || snapshots.active() || lacks(form, row)))
      row = await completed(form, table, row);
    snapshots.touched(form, row);
    if (!moved || before === undefined) return await put(form, { op: "update", row, old: whole }, placed);
    // Another key is another row for everybody downstream: whoever keeps the order of a key gets both in theirs.
    snapshots.touched(form, before);
    await put(form, { op: "delete", key: before, old: whole }, { ...placed, id: `${placed.id}/moved` });
    await put(form, { op: "insert", row }, placed);
  };

  const lacks = (form: RowForm, row: Tuple): boolean =>
    form.columns.some(({ name }, index) => row[index] === undefined && required.has(name));

  /** Large values that were not sent, as they are now: what has changed them since is still to come. */
  const completed = async (form: RowForm, table: Table, row: Tuple, again = false): Promise<Tuple> => {
    const missing = form.columns.flatMap(({ name }, index) => (row[index] === undefined ? [{ name, index }] : []));
    const key = form.key.map((index) => form.columns[index]?.name ?? "");
    const found = await client
      .query<(string | null)[]>({
        text: `select ${missing.map(({ name }) => quoteName(name)).join(", ")} from ${quoteTable(table.name)}
               where ${key.map((name, index) => `${quoteName(name)} = $${index + 1}`).join(" and ")}`,
        values: [...keyTexts(form, row)],
        rowMode: "array",
      })
      .catch((error: unknown) => {
        // A column that is called otherwise by now.
        if (sqlFault(error).kind === "statement") return undefined;
        throw error;
      });
    const [values] = found?.rows ?? [];
    if (values === undefined) {
      if (again) return row;
      // Under its new key it may not be there yet.
      await visible();
      return await completed(form, table, row, true);
    }
    const cells: Cell[] = [...row];
    for (const [position, { index }] of missing.entries()) cells[index] = values[position];
    return cells;
  };

  const save = async (): Promise<void> => {
    const mark = store.stored();
    if (mark === saved) return;
    if (snapshots.active()) {
      const { rows } = await client.query<{ snapshot: string }>("select pg_current_snapshot() as snapshot");
      const snapshot = readSnapshot(rows[0]?.snapshot ?? "");
      snapshots.forget((xid) => sees(snapshot, xid));
    }
    await state.put(placeKey, placeJson({ ...place, ...mark, unseen: snapshots.unseen() }));
    saved = mark;
    stream.confirm(mark.position);
  };

  const fail = (error: unknown): void => {
    if (told || stopping || error === stopped) return;
    told = true;
    context.fail(failureFrom(error, context));
  };

  const work = async (): Promise<void> => {
    while (!stopping) {
      const failure = store.failure();
      if (failure !== undefined) throw failure;
      snapshots.check();
      if (transaction === undefined) snapshots.start(current.tables);
      const frame = stream.take();
      if (frame !== undefined) {
        await take(frame);
        continue;
      }
      store.nudge();
      await stream.arrived();
    }
  };

  let saving: Promise<void> = Promise.resolve();
  let cancelSave: () => void = () => undefined;
  let cancelLook: () => void = () => undefined;
  const saveLater = (): void => {
    cancelSave = clock.after(saveMs, () => {
      saving = save()
        .catch(fail)
        .then(() => {
          if (!stopping) saveLater();
        });
    });
  };
  const lookLater = (): void => {
    cancelLook = clock.after(lookMs, () => {
      void look(options)
        .catch(fail)
        .then(() => {
          if (!stopping) lookLater();
        });
    });
  };
  const working = work().catch(fail);
  saveLater();
  lookLater();

  return {
    stop: async () => {
      stopping = true;
      stream.wake();
      cancelSave();
      cancelLook();
      await working;
      await saving;
      await store.drained().catch(() => undefined);
      await save().catch(() => undefined);
      await snapshots.close();
      await Promise.all([stream.close(), end(client, clock)]);
    },
  };
}

const isKey = (form: RowForm, index: number): true | undefined => (form.key.includes(index) ? true : undefined);

async function formOf(
  relation: Relation,
  text: string,
  table: Table | undefined,
  types: ReturnType<typeof createTypes>,
  contract: JsonSchema | undefined,
): Promise<Described> {
  if (table === undefined) return { relation, table, form: { table: text, columns: [], key: [] } };
  await types.learn(relation.columns.map(({ type }) => type));
  // With FULL all columns are marked.
  const key =
    relation.identity === "f" ? table.key : relation.columns.filter((column) => column.key).map(({ name }) => name);
  // In the order of the index, as the snapshot has it.
  const ordered = table.key.length === key.length && table.key.every((name) => key.includes(name)) ? table.key : key;
  return { relation, table, form: rowForm(text, relation.columns, ordered, types, contract) };
}

function keyless(table: Table, { identity }: Relation): Error {
  return halt(
    `${table.text} has lost what told its rows apart (replica identity \`${identity}\`)`,
    `ALTER TABLE ${quoteTable(table.name)} ADD PRIMARY KEY (…); changes from before it need a new snapshot`,
  );
}

function failureFrom(error: unknown, context: SourceContext): SourceFailure {
  return sourceFailureOf(error) ?? failureOf(error, context);
}

/** Whether somebody wants a new snapshot, whether all tables are still sent, and what the slot keeps the server from forgetting. */
async function look({ context, client, place, site }: FollowOptions): Promise<void> {
  const request = await requested(context);
  if (request !== undefined && request !== place.request) throw disconnected("a new snapshot was asked for");
  // Of a table that is called otherwise by now, or was taken out, no more changes would come.
  await preparePublication(site, new Set(site.tables.map(({ text }) => text)));
  const { rows } = await client.query<{ held: string | null; status: string | null }>(
    `select pg_current_wal_lsn() - restart_lsn as held, wal_status as status
     from pg_replication_slots where slot_name = $1`,
    [place.slot],
  );
  const held = Number(rows[0]?.held ?? 0);
  const status = rows[0]?.status ?? "";
  if (status === "unreserved" || status === "extended") {
    context.log.warn(
      { source: context.name, slot: place.slot, held, status },
      "the slot holds much of the server's log; it may be lost",
    );
  } else if (held > lagWorthTelling) {
    context.log.info({ source: context.name, slot: place.slot, held }, "bytes of the server's log that the slot holds");
  }
}

const lagWorthTelling = 64 * 1024 * 1024;
