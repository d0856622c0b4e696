import { expect, test } from "vitest";
import { networks, publicNetwork } from "../../connectors/network.ts";
import { openClient, quoteTable, readAddress, readTableName, tableText } from "../../connectors/postgres/connection.ts";
import { sqlFault } from "../../connectors/postgres/sql-fault.ts";
import { freePort } from "../rig/free-port.ts";
import { postgresServer } from "../rig/postgres.ts";

const addressOf = (url: string, tls?: Record<string, string>) =>
  readAddress({ connection: { url, ...(tls === undefined ? {} : { tls }) } }, "a test");

test("a URL says where the server is", () => {
  expect(addressOf("postgres://me:p%40ss@db.example.com/shop?sslmode=require")).toMatchObject({
    host: "db.example.com",
    port: 5432,
    database: "shop",
    user: "me",
    password: "p@ss",
    tls: "require",
  });
  expect(addressOf("postgresql://me@[::1]:6000")).toMatchObject({
    host: "::1",
    port: 6000,
    database: "me",
    tls: "disable",
  });
  expect(addressOf("postgres://me@db/shop", { ca: "PEM" })).toMatchObject({ tls: "verify-full", ca: "PEM" });
});

test("a URL that is wrong is not repeated in the error", () => {
  for (const url of [
    "me:hunter2@db/shop",
    "http://me:hunter2@db/shop",
    "postgres://me:hunter2@db/shop?sslmode=prefer",
    "postgres://me:hunter2@db/shop?sslrootcert=/etc/passwd",
    "postgres://me:hunter2%@db/shop",
  ]) {
    expect(() => addressOf(url)).toThrow(/`connection\.url`/);
    expect(() => addressOf(url)).not.toThrow(/hunter2/);
  }
});

test("names of tables are those of the catalogue", () => {
  expect(readTableName("orders")).toEqual({ schema: "public", table: "orders" });
  expect(readTableName("sales.Orders")).toEqual({ schema: "sales", table: "Orders" });
  const odd = readTableName('"Sales.2024"."an ""odd"" one"');
  expect(odd).toEqual({ schema: "Sales.2024", table: 'an "odd" one' });
  expect(quoteTable(odd)).toBe('"Sales.2024"."an ""odd"" one"');
  expect(readTableName(tableText(odd))).toEqual(odd);
  expect(tableText(readTableName("sales.Orders"))).toBe("sales.Orders");
});

test("errors say what and where, without the values", async () => {
  await using server = await postgresServer();
  await server.query("create table people (id int primary key, name varchar(3) not null)");
  await server.query("insert into people values (4711, 'eve')");
  const client = await openClient(addressOf(server.url));
  const faultOf = async (sql: string) => sqlFault(await client.query(sql).catch((error: unknown) => error));
  const faults = {
    twice: await faultOf("insert into people values (4711, 'bob')"),
    long: await faultOf("insert into people values (1, 'mallory')"),
    form: await faultOf("insert into people values ('forty-two', 'bob')"),
    nothing: await faultOf("insert into people values (1, null)"),
    raised: await faultOf("do $$ begin raise exception 'secret %', 42; end $$"),
    table: await faultOf("select * from nowhere"),
  };
  expect(faults).toMatchObject({
    twice: { kind: "data", code: "23505", message: expect.stringContaining("constraint people_pkey") },
    long: { kind: "data", code: "22001" },
    form: { kind: "data", code: "22P02" },
    nothing: { kind: "data", code: "23502", message: expect.stringContaining("column name") },
    raised: { kind: "data", code: "P0001" },
    table: { kind: "statement", code: "42P01", message: expect.stringContaining("nowhere") },
  });
  expect(JSON.stringify(faults)).not.toMatch(/4711|mallory|forty|secret/);
  const wrong = addressOf(server.url.replace("a-password", "wrong-password"));
  const refused = sqlFault(await openClient(wrong).catch((error: unknown) => error));
  expect(refused).toMatchObject({ kind: "denied", code: "28P01" });
  const waiting = client.query("select pg_sleep(60)").catch((error: unknown) => error);
  await server.kill("SIGKILL");
  expect(sqlFault(await waiting)).toMatchObject({ kind: "connection" });
  const away = addressOf(`postgres://me@127.0.0.1:${await freePort()}/shop`);
  expect(sqlFault(await openClient(away).catch((error: unknown) => error))).toMatchObject({ kind: "connection" });
});

test.each(["127.0.0.1", "localhost"])(
  "on %s nobody is connected to unless whoever runs the worker says so",
  async (host) => {
    const url = `postgres://postgres:a@${host}:1/postgres`;
    const closed = openClient(readAddress({ connection: { url } }, "test", publicNetwork));
    await expect(closed).rejects.toThrow(
      "where this worker does not connect unless it is started with --allow-network",
    );
    const open = openClient(readAddress({ connection: { url } }, "test", networks(["loopback"])("acme")));
    await expect(open).rejects.toThrow(/ECONNREFUSED/);
  },
);
