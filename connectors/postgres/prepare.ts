// Before the first change is read: which place it goes on from, and that the server still has what is behind it.

import type { Client } from "pg";
import type { SourceContext } from "../../schema/connector.ts";
import { isJsonObject } from "../../schema/json.ts";
import { findSlot, type Table } from "./catalog.ts";
import { readTableName } from "./connection.ts";
import { halt, resnapshotHelp } from "./halt.ts";
import { type Place, placeJson, placeKey, readPlace, requestKey, type TableSnapshot } from "./place.ts";
import { checkPlace, dropTables, makeSlot, preparePublication, type Site } from "./slot.ts";

export interface Preparing {
  readonly context: SourceContext;
  readonly site: Site;
  /** Rows that are there already come first. */
  readonly snapshot: boolean;
}

/** Halts rather than going on from anywhere else. */
export async function prepare(preparing: Preparing): Promise<Place> {
  const { context, site } = preparing;
  const { client, server, name: slot } = site;
  const place = readPlace(await context.state.get(placeKey));
  const request = await requested(context);
  const asked = request !== undefined && request !== place?.request;
  if (place === undefined && !asked && (await findSlot(client, slot, server.version)) !== undefined) {
    throw halt(
      `the replication slot ${slot} is there, but this source does not know how far it has read from it`,
      resnapshotHelp(context),
    );
  }
  if (place === undefined || place.phase === "making" || asked) {
    return await begin(preparing, place, asked, request ?? place?.request ?? "");
  }
  return await goOn(preparing, place);
}

/** The id of a person's request for a new snapshot. */
export async function requested({ state }: SourceContext): Promise<string | undefined> {
  const request = await state.get(requestKey);
  return isJsonObject(request) && typeof request.id === "string" ? request.id : undefined;
}

async function begin(
  { context, site, snapshot }: Preparing,
  old: Place | undefined,
  asked: boolean,
  request: string,
): Promise<Place> {
  const { client, server, tables, name: slot } = site;
  const again = old?.phase === "making" && !asked;
  const making: Place = {
    system: server.system,
    timeline: server.timeline,
    database: server.database,
    slot,
    generation: (old?.generation ?? 0) + (again ? 0 : 1),
    since: 0n,
    phase: "making",
    position: 0n,
    tables: new Map(),
    unseen: [],
    request,
  };
  // Written before there is a slot: one that is found without it was made by somebody else.
  await context.state.put(placeKey, placeJson(making));
  await preparePublication(site, new Set());
  const position = await makeSlot(site);
  const state: TableSnapshot = snapshot ? { kind: "waiting", barrier: (await now(client)).barrier } : { kind: "done" };
  const ready: Place = {
    ...making,
    since: position,
    phase: "ready",
    position,
    tables: new Map(tables.map(({ text }) => [text, state])),
  };
  await context.state.put(placeKey, placeJson(ready));
  return ready;
}

async function goOn({ context, site, snapshot }: Preparing, place: Place): Promise<Place> {
  const { client, tables } = site;
  await checkPlace(site, place);
  await preparePublication(site, new Set(place.tables.keys()));
  const wanted = new Set(tables.map(({ text }) => text));
  const gone = [...place.tables.keys()].filter((text) => !wanted.has(text));
  await dropTables(site, gone.map(readTableName));
  const kept = new Map(tables.flatMap((table) => keptOf(table, place.tables.get(table.text))));
  if (gone.length === 0 && kept.size === tables.length) return { ...place, tables: kept };
  const fresh: TableSnapshot = snapshot ? { kind: "waiting", ...(await now(client)) } : { kind: "done" };
  const next = new Map(tables.map(({ text }) => [text, kept.get(text) ?? fresh]));
  const going = { ...place, tables: next };
  await context.state.put(placeKey, placeJson(going));
  return going;
}

/** Another key has another order: what was read by the old one says nothing. */
function keptOf(table: Table, known: TableSnapshot | undefined): readonly (readonly [string, TableSnapshot])[] {
  if (known === undefined) return [];
  const same = known.kind !== "reading" || known.key.join("\0") === table.key.join("\0");
  return same ? [[table.text, known]] : [];
}

/**
 * `barrier`: a transaction that ended just now may be in the log before the slot's first position and yet not be seen by a query
 * that comes after: rows are read once all that run now have ended.
 */
async function now(client: Client): Promise<{ readonly barrier: string; readonly began: string }> {
  const { rows } = await client.query<{ xmax: string; lsn: string }>(
    "select pg_snapshot_xmax(pg_current_snapshot()) as xmax, pg_current_wal_insert_lsn() as lsn",
  );
  return { barrier: rows[0]?.xmax ?? "", began: (rows[0]?.lsn ?? "").replace("/", "-") };
}
