// PostgreSQL change data capture → HTTP API: what the API holds in the end is what the table holds, although the API
// fails now and then and PostgreSQL is restarted in the middle.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { postgresServer, superUser } from "../../test/rig/postgres.ts";
import type { Demo } from "../demo/demo.ts";
import { openStage } from "../demo/stage.ts";

const token = "demo-only-not-a-secret";
const rows = 200;

export const cdcToApi: Demo = {
  name: "cdc-to-api",
  title: "PostgreSQL changes → HTTP API",
  play: async ({ folder, io, check }) => {
    await using postgres = await postgresServer();
    await postgres.query("create table customers (id int primary key, name text not null, email text)");
    await postgres.query(`insert into customers select i, 'customer ' || i, null from generate_series(1, ${rows}) i`);
    await using api = await customersApi();
    await using stage = await openStage({
      workspace: new URL(".", import.meta.url).pathname,
      folder,
      settings: { dbPort: postgres.port, apiUrl: api.url },
      secrets: { db_password: superUser.password, api_token: token },
      io,
    });
    const inStep = async (): Promise<boolean> => {
      const table = await postgres.query("select id, name, email from customers order by id").catch(() => undefined);
      return table !== undefined && JSON.stringify(table) === JSON.stringify(api.customers());
    };
    check("the rows that were there are in the API", await stage.until(inStep));
    await postgres.query("insert into customers values (1001, 'Ann', 'ann@example.com'), (1002, 'Bo', null)");
    await postgres.query("update customers set name = upper(name) where id <= 20");
    await postgres.kill("SIGINT");
    await postgres.start();
    await postgres.query("delete from customers where id between 50 and 59");
    await postgres.query("update customers set email = 'bo@example.com' where id = 1002");
    await postgres.query("update customers set id = 2001 where id = 1001");
    check("every change is in the API, after a restart of PostgreSQL too", await stage.until(inStep));
    check("nothing is dead", (await stage.deadLetters()) === 0);
    return `${rows} rows and 35 changes in step, through a restart of PostgreSQL and ${api.failed()} failures of the API`;
  },
};

/** Keeps customers by id; every tenth request fails. */
async function customersApi() {
  const customers = new Map<number, unknown>();
  let requests = 0;
  let failed = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const id = Number(request.url?.split("/").at(-1));
    if (request.headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end();
    if (++requests % 10 === 0) {
      failed++;
      return void response.writeHead(503).end();
    }
    if (request.method === "DELETE") return void response.writeHead(customers.delete(id) ? 204 : 404).end();
    customers.set(id, JSON.parse(Buffer.concat(chunks).toString("utf8")));
    response.writeHead(204).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    customers: () => [...customers].sort(([a], [b]) => a - b).map(([, customer]) => customer),
    failed: () => failed,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
