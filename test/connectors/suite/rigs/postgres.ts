// A real PostgreSQL. The way to it breaks when the server is killed.

import { setTimeout as pause } from "node:timers/promises";
import { postgresServer } from "../../../rig/postgres.ts";
import { asItem } from "../ledger.ts";
import type { ConnectorRig } from "../rig.ts";

export const postgresRig: ConnectorRig = {
  name: "postgres",
  connector: "postgres",
  sides: {
    source: {
      poison:
        "a row that does not fit halts the source, so that no change is lost: test/connectors/postgres-halt.test.ts",
    },
    target: {},
  },
  open: async () => {
    const server = await postgresServer();
    const tables = new Set<string>();
    const tableOf = (place: string): string => place.replaceAll("-", "_");
    return {
      secrets: { db: server.url },
      connections: { db: { postgres: { url: "${ secrets.db }" } } },
      before: async () => {
        for (const table of tables) await server.query(`create table ${table} (id text primary key, n int, text text)`);
      },
      source: {
        inHand: 500,
        inOrder: true,
        // A new table's rows are all inserts.
        steps: [{ filter: '${ body.op === "insert" || body.op === "snapshot" }' }, { map: { "...": "${ body.row }" } }],
        spec: (place) => {
          tables.add(tableOf(place));
          const postgres = { connection: "db", tables: [`public.${tableOf(place)}`] };
          // A row that is inserted while the snapshot goes on may come as both: docs/decisions/0013-snapshot-by-watermarks.md.
          // So the ids of these cases are the rows'; that the source's own are the same after any restart is shown by
          // test/connectors/{postgres-source,postgres-ids}.test.ts and the lab's cdc-restarts.
          return { postgres, "message-id": "${ body.key.id }" };
        },
        put: async (place, items) => {
          const rows = JSON.stringify(items);
          const sql = `insert into ${tableOf(place)} select * from json_to_recordset($1) as t(id text, n int, text text)`;
          for (let done = false; !done; ) {
            done = await server.query(sql, [rows]).then(
              () => true,
              () => pause(20, false),
            );
          }
        },
      },
      target: {
        spec: (place) => {
          tables.add(tableOf(place));
          return { postgres: { connection: "db", table: tableOf(place), mode: "insert" } };
        },
        effects: async (place) => {
          const rows = await server.query(`select * from ${tableOf(place)}`);
          return rows.map(({ id, n, text }) => asItem({ id: String(id), n: Number(n), text: String(text) }));
        },
        // Larger than an `int`.
        poison: { id: "poison", n: 3_000_000_000, text: "" },
      },
      break: () => server.kill("SIGKILL"),
      heal: () => server.start(),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};
