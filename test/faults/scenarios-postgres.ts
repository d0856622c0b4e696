// A webhook into tables, while worker, nats-server and PostgreSQL are killed in turn: at the end each table holds what
// the ledger says, each row once.

import { setTimeout as pause } from "node:timers/promises";
import { canonical, sha256 } from "../../schema/canonical.ts";
import type { Effect } from "../rig/oracle.ts";
import { type PostgresRig, postgresServer } from "../rig/postgres.ts";
import { until } from "../rig/wait.ts";
import type { Field } from "./field.ts";
import { rows } from "./integrations.ts";
import { anyWorker, inField, type Scenario, someTime } from "./scenario.ts";

export const postgresRows: Scenario = {
  name: "postgres-rows",
  title: "SIGKILL of worker, nats-server and PostgreSQL in turn, rows by insert, COPY and upsert",
  faults: 9,
  longFaults: 60,
  run: async (lab, { seed, faults, long }) => {
    await using database = await postgresServer();
    for (const table of rows.targets) {
      // No key but where rows are told apart: a row that is there twice is seen.
      const id = table === "upserted" ? "id text primary key" : "id text";
      await database.query(`create table ${table} (${id}, double bigint check (double > 0), text text)`);
    }
    const wanted = long ? 100_000 : 0;
    return await inField(
      lab,
      {
        integration: rows,
        seed,
        workers: 0,
        settings: { database: database.url },
        written: (table) => effectsIn(database, table),
        senders: long ? 64 : 8,
        pauseMs: long ? 5 : 20,
        backlog: 20_000,
        ackWaitMs: 4_000,
      },
      async (field) => {
        await field.hire();
        await field.hire();
        await moving(field, database);
        for (let made = 0; made < faults; made++) {
          const { size } = field.producer.accepted;
          lab.say(`kill ${made + 1} of ${faults}, ${size} accepted`);
          // Spread over the whole load.
          await until("it is time", () => field.producer.accepted.size >= (wanted * made) / faults, 600_000);
          await someTime(field, 50, 400);
          await strikes[made % strikes.length]?.(field, database);
          await moving(field, database);
        }
        await until("all is sent", () => field.producer.accepted.size >= wanted, 600_000);
        const [row] = await database.query("select count(*) as count from vrsky_inbox");
        return [`${field.producer.accepted.size} accepted, ${row?.count} rows in the inbox`];
      },
    );
  },
};

type Strike = (field: Field, database: PostgresRig) => Promise<void>;

const strikes: readonly Strike[] = [
  async (field) => {
    const victim = anyWorker(field);
    victim.pause();
    const { inHand } = await field.standing();
    const held = Object.values(inHand).reduce((sum, count) => sum + count, 0);
    field.dismiss(victim);
    await victim.kill();
    field.hit("SIGKILL of a worker", held > 0 ? `${held} messages in hand` : undefined);
    await field.hire();
  },
  async (field) => {
    const open = await waiting(field);
    await field.servers.kill(0, "SIGKILL");
    field.hit("SIGKILL of nats-server", open > 0 ? `${open} senders waited` : undefined);
    await someTime(field, 0, 300);
    await field.servers.restart(0);
  },
  async (field, database) => {
    const { inHand } = await field.standing();
    const held = Object.values(inHand).reduce((sum, count) => sum + count, 0);
    await database.kill("SIGKILL");
    field.hit("SIGKILL of PostgreSQL", held > 0 ? `${held} messages in hand` : undefined);
    await someTime(field, 100, 1_500);
    await database.start();
  },
];

async function waiting(field: Field): Promise<number> {
  await until("somebody waits for an answer", () => field.producer.open() > 0, 10_000).catch(() => undefined);
  return field.producer.open();
}

/** Rows come, at each table. */
async function moving(field: Field, database: PostgresRig): Promise<void> {
  const counts = async (): Promise<readonly number[]> => {
    const counted = rows.targets.map((table) => `(select count(*) from ${table}) as ${table}`);
    const [row] = await database.query(`select ${counted.join(", ")}`);
    return rows.targets.map((table) => Number(row?.[table]));
  };
  const before = await counts();
  const moved = async (): Promise<boolean> =>
    (await counts()).every((count, at) => count > (before[at] ?? 0)) || !field.room();
  await until("rows come", moved, 120_000);
  await pause(20);
}

async function effectsIn(database: PostgresRig, table: string): Promise<readonly Effect[]> {
  const found = await database.query(`select id, double, text from ${table}`);
  return found.map(({ id, double, text }) => ({
    id: String(id),
    hash: sha256(canonical({ id: String(id), double: Number(double), text: String(text) })),
  }));
}
