// A real PostgreSQL. The way to it breaks when the server is killed.

import { postgresServer } from "../../../rig/postgres.ts";
import { asItem } from "../ledger.ts";
import type { ConnectorRig } from "../rig.ts";

export const postgresRig: ConnectorRig = {
  name: "postgres",
  connector: "postgres",
  sides: { target: {} },
  open: async () => {
    const server = await postgresServer();
    const tables = new Set<string>();
    const tableOf = (place: string): string => place.replaceAll("-", "_");
    return {
      secrets: { db: server.url },
      connections: { db: { postgres: { url: "${ secrets.db }" } } },
      before: async () => {
        for (const table of tables) await server.query(`create table ${table} (id text, n int, text text)`);
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
