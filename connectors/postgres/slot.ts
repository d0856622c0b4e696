// Publication and slot: made where there are none, and looked at before every start. Nothing is read while anything says
// that the slot does not go on where this source has stopped.

import type { Client } from "pg";
import { findSlot, flushed, type Server, type Slot, type Table } from "./catalog.ts";
import { quoteName, quoteTable, quoteText, type TableName } from "./connection.ts";
import { disconnected, halt, resnapshotHelp, type Where } from "./halt.ts";
import { type Lsn, lsnText, readLsn } from "./lsn.ts";
import type { Place } from "./place.ts";
import { findPublication, type Publication } from "./publication.ts";
import { sqlFault } from "./sql-fault.ts";

export interface Site {
  readonly where: Where;
  /** Its answers are texts. */
  readonly client: Client;
  readonly server: Server;
  readonly user: string;
  /** Of slot and publication. */
  readonly name: string;
  readonly tables: readonly Table[];
}

/** Halts where going on from `place` would miss changes or bring those of another server. */
export async function checkPlace({ where, client, server, name }: Site, place: Place): Promise<void> {
  const again = resnapshotHelp(where);
  if (server.system !== place.system) {
    throw halt(`this is another server: its system identifier is ${server.system}, not ${place.system}`, again);
  }
  if (server.timeline !== place.timeline) {
    throw halt(
      `the server has gone over to timeline ${server.timeline} from ${place.timeline}: it was restored, or a standby took over`,
      again,
    );
  }
  if (server.database !== place.database) {
    throw halt(`this is the database ${server.database}, not ${place.database}`, `correct the connection, or ${again}`);
  }
  const slot = await findSlot(client, name, server.version);
  if (slot === undefined) throw halt(`the replication slot ${name} is gone: changes since may be lost`, again);
  checkSlot(where, name, slot, place.position, readLsn(await flushed(client)));
}

function checkSlot(where: Where, name: string, slot: Slot, position: Lsn, end: Lsn | undefined): void {
  const again = resnapshotHelp(where);
  if (slot.plugin !== "pgoutput") {
    throw halt(`the replication slot ${name} is of ${slot.plugin}, not of pgoutput`, again);
  }
  if (slot.walStatus === "lost" || slot.invalidation !== null) {
    const why = slot.invalidation ?? "the log that it needs has been removed";
    throw halt(`the replication slot ${name} has been invalidated by the server: ${why}`, again);
  }
  const confirmed = readLsn(slot.confirmed);
  if (confirmed !== undefined && confirmed > position) {
    throw halt(
      `the replication slot ${name} is at ${lsnText(confirmed)}, but only what is before ${lsnText(position)} has been stored: somebody else has read from it`,
      again,
    );
  }
  if (end !== undefined && end < position) {
    throw halt(
      `the server's log ends at ${lsnText(end)}, before ${lsnText(position)} up to which changes were stored: it was restored from a copy`,
      again,
    );
  }
  if (slot.activePid !== null) throw disconnected(`somebody else reads the slot ${name} (process ${slot.activePid})`);
}

/** Of a slot that nobody has read from yet. */
export async function makeSlot({ where, client, server, user, name, tables }: Site): Promise<Lsn> {
  const old = await findSlot(client, name, server.version);
  if (old !== undefined && old.activePid !== null) {
    throw disconnected(`somebody else reads the slot ${name} (process ${old.activePid})`);
  }
  const made = await granted(where, user, tables, name, async () => {
    if (old !== undefined) await client.query("select pg_drop_replication_slot($1)", [name]);
    return await client.query<{ lsn: string }>("select lsn from pg_create_logical_replication_slot($1, 'pgoutput')", [
      name,
    ]);
  });
  const point = readLsn(made.rows[0]?.lsn);
  if (point === undefined) throw disconnected("the server made a slot and did not say where it begins");
  return point;
}

/** `known`: tables that must be in it already, since what happened to them is expected to come. */
export async function preparePublication(site: Site, known: ReadonlySet<string>): Promise<Publication> {
  const { where, client, server, user, name, tables } = site;
  const there = await findPublication(client, name, server.version);
  if (there === undefined && known.size > 0) {
    throw halt(`the publication ${name} is gone: changes since may be lost`, resnapshotHelp(where));
  }
  const missing = tables.filter(({ text }) => there?.tables.has(text) !== true);
  const lost = missing.find(({ text }) => known.has(text));
  if (lost !== undefined) {
    throw halt(`the publication ${name} is without ${lost.text}: changes since may be lost`, resnapshotHelp(where));
  }
  if (missing.length > 0) await granted(where, user, tables, name, () => addTables(client, name, missing, there));
  const publication = missing.length === 0 ? there : await findPublication(client, name, server.version);
  if (publication === undefined) throw disconnected(`the publication ${name} is gone again`);
  checkPublication(site, publication);
  return publication;
}

const addTables = (client: Client, name: string, tables: readonly Table[], there: Publication | undefined) => {
  const list = tables.map((table) => `${table.partitioned ? "" : "ONLY "}${quoteTable(table.name)}`).join(", ");
  return client.query(
    there === undefined
      ? `CREATE PUBLICATION ${quoteName(name)} FOR TABLE ${list} WITH (publish = 'insert, update, delete, truncate', publish_via_partition_root = true)`
      : `ALTER PUBLICATION ${quoteName(name)} ADD TABLE ${list}`,
  );
};

function checkPublication({ name, tables }: Site, publication: Publication): void {
  const alter = `ALTER PUBLICATION ${quoteName(name)}`;
  if (publication.without.length > 0) {
    throw halt(
      `the publication ${name} leaves out ${publication.without.join(", ")}`,
      `${alter} SET (publish = 'insert, update, delete, truncate')`,
    );
  }
  if (!publication.viaRoot && tables.some(({ partitioned }) => partitioned)) {
    throw halt(
      `the publication ${name} sends changes in the name of the partitions`,
      `${alter} SET (publish_via_partition_root = true)`,
    );
  }
  for (const table of tables) {
    const published = publication.tables.get(table.text);
    if (published?.filtered) {
      throw halt(
        `the publication ${name} leaves out rows of ${table.text}`,
        `${alter} SET TABLE ${quoteTable(table.name)}, and filter by a step`,
      );
    }
    const unsent = table.key.find((column) => published?.columns?.includes(column) === false);
    if (unsent !== undefined) {
      throw halt(
        `the publication ${name} does not send ${table.text}'s column ${unsent}, which is part of its key`,
        `${alter} SET TABLE ${quoteTable(table.name)}`,
      );
    }
  }
}

/** Tables that are not read any more. */
export async function dropTables({ client, name }: Site, tables: readonly TableName[]): Promise<void> {
  for (const table of tables) {
    // It may be gone from the database, too, or belong to somebody else: then its changes are left out here.
    await client.query(`ALTER PUBLICATION ${quoteName(name)} DROP TABLE ${quoteTable(table)}`).catch(() => undefined);
  }
}

/** Refused for want of rights: says which. */
async function granted<T>(
  where: Where,
  user: string,
  tables: readonly Table[],
  publication: string,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const fault = sqlFault(error);
    if (fault.kind !== "denied") throw error;
    throw halt(fault.message, rightsHelp(where, user, tables, publication));
  }
}

/** Rights and settings, said as commands. */
function rightsHelp(where: Where, user: string, tables: readonly Table[], publication: string): string {
  const list = tables.map(({ name }) => quoteTable(name)).join(", ");
  return [
    `ALTER ROLE "${user}" REPLICATION`,
    `GRANT SELECT ON ${list} TO "${user}"`,
    `and by the owner of the tables: CREATE PUBLICATION "${publication}" FOR TABLE ${list} WITH (publish_via_partition_root = true)`,
    `then ${where.tenant}/${where.integration} goes on by itself`,
  ].join("; ");
}

/** A watermark in the log: it comes by in the order of all transactions. */
export const markPrefix = "vrsky";

export const markStatement = (token: string): string =>
  `select pg_logical_emit_message(true, ${quoteText(markPrefix)}, ${quoteText(token)})`;
