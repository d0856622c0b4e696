// Where tables are followed: PostgreSQL with a writer that never rests, a worker with source and targets, and copies of
// the tables that are made of nothing but messages. At the end PostgreSQL itself says whether they are equal.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { seeded } from "../../cli/cases/seeded.ts";
import { contextTopology } from "../../control/context-topology.ts";
import { listDeadLetters } from "../../control/dead-letters.ts";
import { directMessages } from "../../control/direct.ts";
import { sourcePlace } from "../../control/source-snapshot.ts";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { applyTo } from "../rig/apply.ts";
import { type PostgresRig, postgresServer } from "../rig/postgres.ts";
import { between, type Random } from "../rig/random.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";
import { standingOf } from "./books.ts";
import { ackWaitMs, type Hit, impatient } from "./field.ts";
import type { LabIntegration } from "./integrations.ts";
import type { Lab } from "./lab.ts";
import type { LabWorker } from "./pool.ts";
import type { Ran } from "./scenario.ts";
import { openServers } from "./server.ts";

const tables = ["orders", "items"] as const;

const unsent = {
  message: (): never => {
    throw new Error("PostgreSQL is the sender");
  },
  parts: () => [],
};

const source = `connections:
  lab: { postgres: { url: "\${ settings.database }", timeout: 5s } }
---
integration: cdc
source:
  postgres: { connection: lab, tables: [src.orders, src.items] }
  contract: { id: integer, n: integer, body?: string }
`;

/** As many rows as one likes: nothing is delivered. */
const read: LabIntegration = {
  ...unsent,
  name: "cdc",
  targets: ["nobody"],
  text: `${source}steps: [{ filter: "\${ body.key.id < 0 }" }]
targets: { nobody: { http: { url: "\${ settings.receiver }/nobody" } } }
`,
};

const copied: LabIntegration = {
  ...unsent,
  name: "cdc",
  targets: [...tables],
  text: `${source}order-by: \${ meta.table } \${ body.key.id }
route:
  - when: \${ meta.table === "src.orders" }
    to: [orders]
  - to: [items]
targets:
  orders:
    postgres: { connection: lab, table: copy.orders, mode: changes, key: [id] }
    retry: { for: 24h, initial: 60ms, max: 400ms }
  items:
    postgres: { connection: lab, table: copy.items, mode: changes, key: [id] }
    retry: { for: 24h, initial: 60ms, max: 400ms }
`,
};

export interface CdcField extends AsyncDisposable {
  readonly database: PostgresRig;
  readonly random: Random;
  readonly hits: Hit[];
  readonly worker: () => LabWorker;
  /** A new one, once the old one is gone. */
  hire(): Promise<void>;
  /** Messages in the intake so far. */
  stored(): Promise<number>;
  /** Of both tables; undefined: the source has not begun. */
  snapshotDone(): Promise<boolean | undefined>;
  /** Resolves when changes come in again. */
  moving(): Promise<number>;
  /** Ends writing, waits until all is through, compares. */
  settle(): Promise<Ran>;
}

export interface CdcFieldOptions {
  readonly seed: number;
  /** In each table, before anything is followed. */
  readonly rows: number;
  /** Milliseconds between two transactions of the writer, at most. */
  readonly pauseMs: number;
  /** `targets`: they write the copies. `intake`: its messages are applied at the end, one after the other. */
  readonly copiesBy: "targets" | "intake";
}

export async function openCdcField(lab: Lab, { seed, rows, pauseMs, copiesBy }: CdcFieldOptions): Promise<CdcField> {
  const followed = copiesBy === "targets" ? copied : read;
  const dir = await mkdtemp(join(tmpdir(), "vrsky-cdc-"));
  const compiled = lab.compiled({ ...followed, name: `${followed.name} ${copiesBy}` });
  const topology = impatient(contextTopology(compiled.topology, {}), ackWaitMs);
  const database = await postgresServer();
  await database.query(schemaOf(rows));
  const servers = await openServers({ topology, copies: 1, syncAlways: false });
  const bundles = new Map(compiled.bundles.map((coded) => [coded.bundle.hash, coded]));
  const applied = await applyTo(topology, [{ tenant: "acme", connection: servers.admin }], {
    bundles: (hash) => bundles.get(hash),
  });
  if (!applied.ok) throw new Error(applied.failure.message);
  const bundle = join(dir, "bundle.json");
  await writeFile(bundle, JSON.stringify(compiled.bundles[0]));
  const order = {
    servers: [`127.0.0.1:${servers.ports[0] ?? 0}`],
    ...servers.worker,
    bundle,
    dataDir: join(dir, "data"),
    settings: { database: database.url },
    target: "",
    inFlight: 64,
    leaseMs: 1_000,
  };
  let worker = await lab.pool.take(order);
  const writer = startWriter(database, seeded(seed + 1), rows, pauseMs);
  const stored = async (): Promise<number> => {
    const info = await api(servers.admin, `STREAM.INFO.${address.intakeStream("cdc")}`);
    return Number(Object(info.state).last_seq);
  };
  const field: CdcField = {
    database,
    random: seeded(seed),
    hits: [],
    worker: () => worker,
    hire: async () => {
      worker = await lab.pool.take(order);
    },
    stored,
    snapshotDone: async () => {
      const place = await sourcePlace(servers.admin, "cdc", "postgres");
      if (place === undefined || place.tables.size === 0) return undefined;
      return [...place.tables.values()].every(({ kind }) => kind === "done");
    },
    moving: async () => {
      const before = await stored();
      // A slot is made when all transactions of a moment have ended: a busy machine takes its time to find one.
      return until(
        "changes come in",
        async () => {
          const more = (await stored()) - before;
          return more >= 10 ? more : undefined;
        },
        150_000,
      );
    },
    settle: async () => {
      const written = await writer.stop();
      // The slot follows the changes, however much of the snapshot is still to be read.
      await until("the snapshot is through", async () => (await field.snapshotDone()) === true, 120_000);
      const [end] = await database.query("select pg_current_wal_lsn()::text as lsn");
      await until(
        "all that was written is stored",
        async () => {
          const [slot] = await database.query(
            "select confirmed_flush_lsn >= $1::pg_lsn as over from pg_replication_slots",
            [end?.lsn],
          );
          return slot?.over === true;
        },
        120_000,
      );
      await until(
        "all that was stored is delivered",
        async () => (await standingOf(servers.admin, "cdc", followed.targets)).left === 0,
        240_000,
      );
      if (copiesBy === "intake") await applyIntake(servers.admin, database);
      const letters = await listDeadLetters(servers.admin, { integration: "cdc", limit: 5 });
      const dead = letters.ok ? letters.value.letters.map(({ letter }) => `! dead: ${letter?.failure.message}`) : [];
      const found: string[] = [];
      const counts: string[] = [];
      for (const table of tables) {
        const [row] = await database.query(differenceOf(table));
        if (Number(row?.differ) > 0) found.push(`! ${row?.differ} rows of ${table} and its copy differ`);
        counts.push(`${row?.rows} rows of ${table}`);
      }
      const note = `EXCEPT between ${counts.join(", ")} and their copies: ${found.length === 0 ? "empty" : "not empty"}; ${written} transactions written, ${await stored()} messages`;
      return { kind: "ran", hits: field.hits, verdicts: [], notes: [note, ...found, ...dead] };
    },
    [Symbol.asyncDispose]: async () => {
      await writer.stop();
      await worker.kill();
      await servers[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return field;
}

/** In the order in which they were stored, and nothing else is known of the tables. */
async function applyIntake(connection: NatsConnection, database: PostgresRig): Promise<void> {
  const copies = new Map(tables.map((table) => [`src.${table}`, new Map<number, JsonObject>()]));
  const stream = address.intakeStream("cdc");
  for await (const { body, headers } of directMessages(connection, { stream, filter: address.intakeFilter("cdc") })) {
    const change: Json = JSON.parse(Buffer.from(body).toString("utf8"));
    const table = tableIn(headers);
    const copy = copies.get(table);
    if (copy === undefined || !isJsonObject(change) || !isJsonObject(change.key)) throw new Error("not a change");
    const id = Number(change.key.id);
    if (change.op === "delete") copy.delete(id);
    else if (isJsonObject(change.row)) copy.set(id, { ...(change.op === "update" ? copy.get(id) : {}), ...change.row });
  }
  for (const table of tables) {
    const rows = JSON.stringify([...(copies.get(`src.${table}`)?.values() ?? [])]);
    await database.query(`insert into copy.${table} select * from json_populate_recordset(null::copy.${table}, $1)`, [
      rows,
    ]);
  }
}

function tableIn(headers: MsgHdrs): string {
  const envelope: Json = JSON.parse(headers.last(header.envelope));
  const meta = isJsonObject(envelope) && isJsonObject(envelope.meta) ? envelope.meta : {};
  return String(meta.table);
}

const schemaOf = (rows: number): string => `
  create schema src; create schema copy;
  create table src.orders (id int primary key, n int not null, body text);
  create table src.items (id int primary key, n int not null, body text);
  alter table src.items replica identity full;
  alter table src.orders alter column body set storage external;
  create table copy.orders (id int primary key, n int not null, body text);
  create table copy.items (id int primary key, n int not null, body text);
  insert into src.orders select i, 0, case when i % 10 = 0 then repeat('x', 3000) end from generate_series(1, ${rows}) i;
  insert into src.items select i, 0, md5(i::text) from generate_series(1, ${rows}) i`;

const differenceOf = (table: string): string => `
  with missing as (select id, n, body from src.${table} except select id, n, body from copy.${table}),
       surplus as (select id, n, body from copy.${table} except select id, n, body from src.${table})
  select (select count(*) from missing) + (select count(*) from surplus) as differ,
         (select count(*) from src.${table}) as rows`;

/** Transactions of a few changes each, one after the other, as long as there is a server. */
function startWriter(database: PostgresRig, random: Random, rows: number, pauseMs: number) {
  let stopped = false;
  let written = 0;
  const work = async (): Promise<void> => {
    while (!stopped) {
      try {
        const client = await database.connect();
        while (!stopped) {
          await client.query(transaction(random, rows));
          written += 1;
          await pause(between(random, 0, pauseMs));
        }
        await client.end();
      } catch {
        // The server was killed; whether the last one was committed, its table says.
        await pause(50);
      }
    }
  };
  const working = work();
  return {
    stop: async () => {
      stopped = true;
      await working;
      return written;
    },
  };
}

function transaction(random: Random, rows: number): string {
  const some = (): number => between(random, 1, rows + 200);
  const changes = Array.from({ length: between(random, 1, 4) }, () => {
    const table = random() < 0.5 ? "src.orders" : "src.items";
    const dice = random();
    if (dice < 0.45) return `update ${table} set n = n + 1 where id = ${some()}`;
    if (dice < 0.6) return `delete from ${table} where id = ${some()}`;
    if (dice < 0.7)
      return `update ${table} set id = ${rows + 200} + ${between(random, 1, 400)} where id = ${some()} and not exists (select from ${table} where id > ${rows + 200})`;
    if (dice < 0.75) return `delete from ${table} where id > ${rows + 200}`;
    const body = dice < 0.85 ? `repeat('${between(random, 0, 9)}', 4000)` : `md5('${between(random, 0, 1e9)}')`;
    return `insert into ${table} values (${some()}, 0, ${body}) on conflict (id) do update set n = excluded.n, body = excluded.body`;
  });
  return `begin; ${changes.join("; ")}; ${random() < 0.05 ? "rollback" : "commit"}`;
}
