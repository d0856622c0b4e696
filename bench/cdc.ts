// Changes out of PostgreSQL: the source as a worker runs it, with every value read by its type and every change made a
// message, against a loop over pg-logical-replication that takes what it is given. Both read the same changes again from
// a slot of their own; nothing is stored, so that it is the reading that is measured.

import { LogicalReplicationService, PgoutputPlugin } from "pg-logical-replication";
import { startPostgresSource } from "../connectors/postgres/source.ts";
import { sourceRig } from "../test/rig/connector.ts";
import { type PostgresRig, postgresServer } from "../test/rig/postgres.ts";
import { until } from "../test/rig/wait.ts";
import { paired, type Ratio } from "./paired.ts";

const rows = 20_000;

export interface CdcFigures {
  readonly ratio: Ratio;
  /** Changes per second. */
  readonly ours: number;
  readonly theirs: number;
  /** Rows of a snapshot per second. */
  readonly snapshot: number;
  /** Bytes that the process grew by while one transaction of ten times as many changes came, and what it had in all. */
  readonly grown: number;
  readonly most: number;
}

export async function cdc(pairs = 5): Promise<CdcFigures> {
  await using server = await postgresServer();
  await server.query(`create table orders (id int primary key, customer text, total numeric(12,2), placed timestamptz, note text, lines jsonb);
    insert into orders select i, 'customer ' || i % 977, i * 1.5, now(), repeat('a note ', i % 10), '[{"sku": "s-1", "quantity": 2}]' from generate_series(1, ${rows}) i`);
  const began = performance.now();
  const source = await follow(server, true);
  await until("the snapshot", () => source.count() >= rows);
  const snapshot = rows / ((performance.now() - began) / 1_000);
  await server.query(
    "select pg_create_logical_replication_slot('theirs', 'pgoutput'); create publication theirs for table orders",
  );
  const change = async (times = 1): Promise<void> => {
    for (let time = 0; time < times; time += 1) await server.query("update orders set total = total + 1");
  };
  const measured = await paired(
    pairs,
    async () => {
      const before = source.count();
      await source.pause();
      await change();
      const start = performance.now();
      await source.resume();
      await until("our changes", () => source.count() >= before + rows);
      return rows / ((performance.now() - start) / 1_000);
    },
    async () => {
      // Read off what ours made: only what comes now counts.
      await server.query("select pg_replication_slot_advance('theirs', pg_current_wal_lsn())");
      await change();
      return await plain(server);
    },
  );
  global.gc?.();
  const heap = process.memoryUsage().rss;
  let most = heap;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 20);
  const before = source.count();
  const client = await server.connect();
  await client.query("begin");
  for (let time = 0; time < 10; time += 1) await client.query("update orders set total = total + 1");
  await client.query("commit");
  await until("a large transaction", () => source.count() >= before + 10 * rows);
  clearInterval(watch);
  await source.pause();
  return { ...measured, snapshot, grown: most - heap, most };
}

async function follow(server: PostgresRig, snapshot: boolean) {
  let count = 0;
  const rig = sourceRig({ settings: { connection: { url: server.url }, tables: ["orders"], snapshot } });
  const context = {
    ...rig.context,
    acceptAll: async (messages: readonly unknown[]) => {
      count += messages.length;
      return messages.map(() => ({ kind: "stored", id: "", sequence: count, duplicate: false }) as const);
    },
  };
  let running = await startPostgresSource(context);
  return {
    count: () => count,
    pause: () => running.stop(),
    resume: async () => {
      running = await startPostgresSource(context);
    },
  };
}

async function plain(server: PostgresRig): Promise<number> {
  const service = new LogicalReplicationService(
    { connectionString: server.url },
    { acknowledge: { auto: false, timeoutSeconds: 0 } },
  );
  let count = 0;
  service.on("data", (_lsn: string, change: { readonly tag: string }) => {
    if (change.tag === "update") count += 1;
  });
  const start = performance.now();
  const over = service.subscribe(new PgoutputPlugin({ protoVersion: 1, publicationNames: ["theirs"] }), "theirs");
  over.catch(() => undefined);
  await until("their changes", () => count >= rows);
  const rate = rows / ((performance.now() - start) / 1_000);
  await service.stop();
  await until("their slot is free", async () => {
    const [slot] = await server.query("select active from pg_replication_slots where slot_name = 'theirs'");
    return slot?.active === false;
  });
  return rate;
}
