// The way to PostgreSQL breaks: what became of the row is said as it is, the target comes back by itself, and whoever
// answers in the server's place is not believed.

import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientConfig, readAddress } from "../../connectors/postgres/connection.ts";
import { openDatabase } from "../../connectors/postgres/database.ts";
import { openPostgresTarget } from "../../connectors/postgres/target.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { OpenTarget } from "../../schema/connector.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { authority } from "../rig/certificates.ts";
import { delivery, targetContext } from "../rig/connector.ts";
import { faultProxy } from "../rig/fault-proxy.ts";
import { type PostgresRig, postgresServer } from "../rig/postgres.ts";
import { postgresPrograms } from "../rig/postgres-programs.ts";
import { until } from "../rig/wait.ts";

let server: PostgresRig;
const open: OpenTarget[] = [];
beforeAll(async () => {
  server = await postgresServer();
});
afterAll(async () => {
  await Promise.all(open.map((target) => target.close()));
  await server[Symbol.asyncDispose]();
});

const targetOf = (connection: JsonObject, settings: JsonObject): OpenTarget => {
  const target = openPostgresTarget(targetContext({ connection, ...settings }));
  open.push(target);
  return target;
};
const send = (target: OpenTarget, body: Json, id: string): Promise<DeliveryResult> =>
  target.deliver(delivery({}, body, { id }));
const failed = (kind: string, message: RegExp) => ({
  kind,
  failure: { class: "unavailable", message: expect.stringMatching(message) },
});

const waitingFor = (event: string): Promise<unknown> =>
  until("a statement waits", async () => {
    const rows = await server.query("select 1 from pg_stat_activity where wait_event_type = $1 and state = 'active'", [
      event,
    ]);
    return rows.length > 0;
  });

test("cut in the middle of the decisive statement it is not known, and the same message again is one row", async () => {
  await server.query("create table cut (n int)");
  await using wire = await faultProxy(() => server.port);
  const target = targetOf({ url: server.url.replace(`:${server.port}`, `:${wire.port}`) }, { table: "cut" });
  expect(await send(target, { n: 0 }, "cut-0")).toEqual({ kind: "delivered" });
  // Held up by a lock while the wire is cut; the server goes on when the lock is gone.
  const holder = await server.connect();
  await holder.query("begin; lock table cut");
  const result = send(target, { n: 1 }, "cut-1");
  await waitingFor("Lock");
  wire.cut();
  expect(await result).toMatchObject(failed("unknown", /broke before the server answered whether it is done/));
  await holder.query("commit");
  expect(await send(target, { n: 1 }, "cut-1")).toMatchObject({ kind: "delivered" });
  expect(await server.query("select n from cut order by n")).toEqual([{ n: 0 }, { n: 1 }]);
});

test("what takes too long is cancelled at the server, and the next one gets through", async () => {
  await server.query("create table slow (n int)");
  const target = targetOf({ url: server.url, timeout: 2_000, connections: 1 }, { table: "slow" });
  const holder = await server.connect();
  await holder.query("begin; lock table slow");
  expect(await send(target, { n: 1 }, "slow-1")).toMatchObject(failed("transient", /not done within 2 s/));
  await holder.query("commit");
  expect(await server.query("select n from slow")).toEqual([]);
  expect(await send(target, { n: 1 }, "slow-1")).toEqual({ kind: "delivered" });
});

test("a deadlock, a full house and a server that goes away are tried again, and the target comes back by itself", async () => {
  await server.query("create table lively (id int primary key, n int)");
  await server.query("insert into lively values (1, 0), (2, 0)");
  const target = targetOf({ url: server.url }, { table: "lively", mode: "upsert", key: ["id"] });
  const holder = await server.connect();
  await holder.query("begin; set local deadlock_timeout = '60s'; update lively set n = 1 where id = 2");
  const both = ["l-1", "l-2"];
  const batch = { id: "b", count: 2, ids: both };
  const result = target.deliver(
    delivery(
      {},
      [
        { id: 1, n: 5 },
        { id: 2, n: 5 },
      ],
      { id: "b", batch },
    ),
  );
  await waitingFor("Lock");
  await holder.query("update lively set n = 1 where id = 1").catch(() => undefined);
  expect(await result).toMatchObject(failed("transient", /40P01/));
  await holder.query("commit");
  await server.kill("SIGKILL");
  // The backends outlive their postmaster by a moment.
  await until("it does not answer", async () => {
    const answer = await send(target, { id: 4 }, "l-4");
    if (answer.kind === "delivered") return false;
    expect(answer.failure.class).toBe("unavailable");
    return true;
  });
  expect(await send(target, { id: 3 }, "l-3")).toMatchObject(failed("transient", /ECONNREFUSED/));
  await server.start();
  expect(await send(target, { id: 3 }, "l-3")).toMatchObject({ kind: "delivered" });
  await server.query("create role few login password 'f' connection limit 0");
  const few = targetOf({ url: server.url.replace(/\/\/[^@]+@/, "//few:f@") }, { table: "lively" });
  expect(await send(few, { id: 5 }, "l-5")).toMatchObject(failed("transient", /53300/));
  const stranger = targetOf({ url: server.url.replace(/\/\/[^@]+@/, "//few:hunter2@") }, { table: "lively" });
  const denied = await send(stranger, { id: 5 }, "l-5");
  expect(denied).toMatchObject(failed("transient", /password authentication failed.*28P01/));
  expect(JSON.stringify(denied)).not.toContain("hunter2");
});

test("no more connections than it may have, however much comes at once", async () => {
  await server.query("create table many (n int)");
  const target = targetOf({ url: server.url, connections: 3 }, { table: "many" });
  await server.query(
    "create view mine as select count(*)::int as count from pg_stat_activity where application_name like 'vrsky acme/orders%' and state is not null",
  );
  const before = (await server.query("select count from mine"))[0]?.count;
  const results = await Promise.all(Array.from({ length: 60 }, (_, n) => send(target, { n }, `many-${n}`)));
  expect(results.every(({ kind }) => kind === "delivered")).toBe(true);
  const [now] = await server.query("select count from mine");
  expect(Number(now?.count) - Number(before)).toBeLessThanOrEqual(3);
  expect(await server.query("select distinct n from many")).toHaveLength(60);
});

test("over TLS only the right server is believed: not one whose certificate has expired, is another's, or is nobody's", async () => {
  await server.query("create table secret (n int)");
  const dir = await mkdtemp(join(tmpdir(), "vrsky-tls-"));
  const { owner } = await postgresPrograms();
  const ca = authority("our own");
  const use = async (name: string, issued: { certificate: string; key: string }): Promise<void> => {
    for (const [suffix, text] of [
      ["crt", issued.certificate],
      ["key", issued.key],
    ] as const) {
      const path = join(dir, `${name}.${suffix}`);
      await writeFile(path, text, { mode: 0o600 });
      if (owner !== undefined) await chown(path, owner, owner);
      await server.query(`alter system set ssl_${suffix === "crt" ? "cert" : "key"}_file = '${path}'`);
    }
    await server.query("alter system set ssl = on");
    await server.query("select pg_reload_conf()");
    // Each connection is made by the server as it is configured then.
    await until("it is read", async () => {
      const [row] = await server.query(
        "select current_setting('ssl_cert_file') as file, current_setting('ssl') as ssl",
      );
      return row?.ssl === "on" && String(row.file).includes(name);
    });
  };
  if (owner !== undefined) await chown(dir, owner, owner);
  try {
    let number = 0;
    const over = (mode: string, given: string | undefined): Promise<DeliveryResult> => {
      const url = `${server.url}?sslmode=${mode}`;
      const target = targetOf({ url, ...(given === undefined ? {} : { tls: { ca: given } }) }, { table: "secret" });
      number += 1;
      return send(target, { n: number }, `tls-${number}`);
    };
    await use("good", ca.issue({ name: "db", hosts: ["127.0.0.1"] }));
    expect(await over("verify-full", ca.certificate)).toEqual({ kind: "delivered" });
    expect(await over("require", undefined)).toEqual({ kind: "delivered" });
    expect(await over("verify-full", authority("another").certificate)).toMatchObject(
      failed("transient", /self.signed|unable to (get|verify)/i),
    );
    await use("expired", ca.issue({ name: "db", hosts: ["127.0.0.1"], from: -10, to: -1 }));
    expect(await over("verify-full", ca.certificate)).toMatchObject(failed("transient", /certificate has expired/));
    await use("elsewhere", ca.issue({ name: "db", hosts: ["localhost"] }));
    expect(await over("verify-full", ca.certificate)).toMatchObject(failed("transient", /does not match|altnames/));
    expect(await over("verify-ca", ca.certificate)).toEqual({ kind: "delivered" });
    await server.query("alter system set ssl = off");
    await server.query("select pg_reload_conf()");
    await until("it is read", async () => (await server.query("show ssl"))[0]?.ssl === "off");
    expect(await over("verify-full", ca.certificate)).toMatchObject(failed("transient", /does not support SSL/));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

/** Says in one breath that it is ready and that it goes: what a server does that is stopped at that moment. */
async function leavingServer(): Promise<{ readonly port: number; close(): void }> {
  const message = (type: string, body: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length + 4);
    return Buffer.concat([Buffer.from(type), length, body]);
  };
  const farewell = Buffer.concat([
    message("R", Buffer.alloc(4)),
    message("Z", Buffer.from("I")),
    message("E", Buffer.from("SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0")),
  ]);
  const leaving = createServer((socket) => {
    socket.on("error", () => undefined).once("data", () => socket.end(farewell));
  });
  await new Promise<void>((listening) => leaving.listen(0, "127.0.0.1", listening));
  const address = leaving.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: () => void leaving.close(),
  };
}

test("a server that says goodbye in the moment in which it is ready does not end the process", async () => {
  const leaving = await leavingServer();
  const url = `postgres://postgres:a@127.0.0.1:${leaving.port}/postgres`;
  const config = clientConfig(readAddress({ connection: { url } }, "a test"));
  const database = openDatabase({ config, clock: systemClock, connections: 1, timeout: 5_000 });
  const work = database.use(new AbortController().signal, ({ query }) => query("select 1"));
  // An error that nobody listens to would end the run of all tests.
  await expect(work).rejects.toThrow(/./);
  await database.close();
  leaving.close();
});
