// Rows that a careless target would lose, refuse though they are right, or tell others of.

import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresTarget } from "../../connectors/postgres/target.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Clock, OpenTarget } from "../../schema/connector.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { delivery, targetContext } from "../rig/connector.ts";
import { type PostgresRig, postgresServer } from "../rig/postgres.ts";
import { until } from "../rig/wait.ts";

let server: PostgresRig;
beforeAll(async () => {
  server = await postgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const open: OpenTarget[] = [];
afterAll(async () => void (await Promise.all(open.map((target) => target.close()))));

const targetOf = (settings: JsonObject, clock: Clock = systemClock): OpenTarget => {
  const target = openPostgresTarget(targetContext({ connection: { url: server.url }, ...settings }, clock));
  open.push(target);
  return target;
};

let made = 0;
const send = (target: OpenTarget, body: Json): Promise<DeliveryResult> =>
  target.deliver(delivery({}, body, { id: `m-${++made}` }));
const sendList = (target: OpenTarget, bodies: readonly Json[]): Promise<DeliveryResult> => {
  const ids = bodies.map(() => `m-${++made}`);
  return target.deliver(delivery({}, bodies, { id: ids.join(), batch: { id: ids.join(), count: ids.length, ids } }));
};

const delivered = { kind: "delivered" };

test("what a body leaves out stays as it is, also where the column may not be null", async () => {
  await server.query(`
    create table strict (id int primary key, body text not null, n int, check (length(body) > 3));
    insert into strict values (1, 'long', 0), (2, 'long', 0), (3, 'long', 0)`);
  for (const inbox of [true, false]) {
    const upsert = targetOf({ table: "strict", mode: "upsert", key: ["id"], inbox });
    const changes = targetOf({ table: "strict", mode: "changes", key: ["id"], inbox });
    const update = (row: JsonObject): JsonObject => ({ op: "update", key: { id: row.id ?? 0 }, row, old: null });
    expect(await send(upsert, { id: 1, n: 1 })).toEqual(delivered);
    expect(
      await sendList(upsert, [
        { id: 1, n: 2 },
        { id: 2, n: 2 },
        { id: 4, body: "four", n: 2 },
        { id: 2, n: 3 },
      ]),
    ).toEqual(delivered);
    expect(await send(changes, update({ id: 3, n: 5 }))).toEqual(delivered);
    expect(await sendList(changes, [update({ id: 3, n: 6 }), update({ id: 4, n: 7 })])).toEqual(delivered);
    expect(await server.query("select * from strict order by id")).toEqual([
      { id: 1, body: "long", n: 2 },
      { id: 2, body: "long", n: 3 },
      { id: 3, body: "long", n: 6 },
      { id: 4, body: "four", n: 7 },
    ]);
    expect(await send(upsert, { id: 9, n: 1 })).toMatchObject({
      kind: "permanent",
      failure: { class: "invalid", message: expect.stringMatching(/column body/) },
    });
    expect(await send(changes, update({ id: 9, n: 1 }))).toMatchObject({ kind: "permanent" });
  }
});

test("a column that takes more than before takes it at once", async () => {
  await server.query("create table wider (n int, word varchar(3), code text)");
  let now = Date.now();
  const clock = { ...systemClock, steady: () => now };
  const target = targetOf({ table: "wider" }, clock);
  expect(await send(target, { n: 5_000_000_000 })).toMatchObject({ kind: "permanent", failure: { class: "invalid" } });
  await server.query("alter table wider alter n type bigint, alter code type jsonb using code::jsonb");
  now += 2_000;
  expect(await send(target, { n: 5_000_000_000 })).toEqual(delivered);
  expect(await send(target, { code: { a: 1 } })).toEqual(delivered);
});

test("no value is in an error's message, whatever a trigger makes of it", async () => {
  for (const [name, code] of [
    ["custom", "PT400"],
    ["busy", "40001"],
    ["internal", "XX000"],
    ["denied", "42501"],
    ["syntax", "42601"],
    ["user", "U0001"],
  ] as const) {
    await server.query(`create table told_${name} (secret text);
      create function tell_${name}() returns trigger language plpgsql as $$
      begin raise exception 'no: %', new.secret using errcode = '${code}', hint = new.secret; end $$;
      create trigger tell before insert on told_${name} for each row execute function tell_${name}()`);
    const result = await send(targetOf({ table: `told_${name}` }), { secret: "4111-1111" });
    expect(result.kind).not.toBe("delivered");
    expect(JSON.stringify(result)).not.toContain("4111");
  }
});

test("texts of every kind come back as they were, by COPY too", async () => {
  await server.query("create table texts (id int primary key, t text, list text[], doc jsonb)");
  const texts = [
    "",
    "\\.",
    "\\N",
    "NULL",
    "\\",
    "a\\",
    "\t",
    "\n",
    "\r\n",
    "\\n",
    '"',
    "{}",
    "😀\u2028",
    "\u007f",
    " ",
    "\\x41",
    "a\\.\nb",
    "'; drop table texts; --",
    "$1",
    "%s",
  ];
  for (const mode of ["insert", "copy", "upsert"]) {
    const target = targetOf({ table: "texts", mode, ...(mode === "upsert" ? { key: ["id"] } : {}) });
    await server.query("truncate texts");
    expect(
      await sendList(
        target,
        texts.map((t, id) => ({ id, t, list: [t, null], doc: { [t]: t } })),
      ),
    ).toEqual(delivered);
    expect(await server.query("select * from texts order by id")).toEqual(
      texts.map((t, id) => ({ id, t, list: [t, null], doc: { [t]: t } })),
    );
    expect(await send(target, { id: 99, t: "a\u0000b" })).toMatchObject({
      kind: "permanent",
      failure: { class: "invalid", message: expect.stringMatching(/"t"/) },
    });
    expect(await send(target, { id: 99, doc: { a: "\u0000" } })).toMatchObject({
      kind: "permanent",
      failure: { class: "invalid", message: expect.stringMatching(/"doc"/) },
    });
  }
});

test("lists that meet each other's rows in another order, from many at once, all arrive", async () => {
  await server.query("create table crossed (a int primary key, b int unique, n int)");
  const targets = ["upsert", "changes"].map((mode) => targetOf({ table: "crossed", mode, key: ["a"] }));
  const row = (a: number, n: number) => ({ a, b: a, n });
  const lists = Array.from({ length: 24 }, (_, n) => {
    const rows = Array.from({ length: 50 }, (__, at) => row(n % 2 === 0 ? at : 49 - at, n));
    return n % 4 < 2 ? rows : rows.map((each) => ({ op: "update", key: { a: each.a }, row: each, old: null }));
  });
  // A deadlock undoes one of two, which the run time sends again.
  const sendUntilDone = async (n: number, list: readonly JsonObject[]): Promise<DeliveryResult> => {
    const result = await sendList(targets[n % 4 < 2 ? 0 : 1] ?? targetOf({}), list);
    return result.kind === "transient" ? sendUntilDone(n, list) : result;
  };
  const results = await Promise.all(lists.map((list, n) => sendUntilDone(n, list)));
  expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(["delivered"]));
  expect(await server.query("select count(*)::int as n from crossed")).toEqual([{ n: 50 }]);
});

test("a row that another makes at the same moment is changed, whatever else is unique in it; what is taken stays refused", async () => {
  // The second index waits for whoever holds the lock, after `on conflict` has found nothing and before it looks itself.
  await server.query(`
    create table twice (a int, b int, n int);
    create function waiting(b int) returns int language plpgsql immutable as $$
    begin perform pg_advisory_xact_lock_shared(7); return b; end $$;
    create unique index twice_b on twice (waiting(b));
    create unique index twice_a on twice (a)`);
  const another = await server.connect();
  const waits = "select 1 from pg_locks where locktype = 'advisory' and not granted";
  for (const [a, mode] of ["upsert", "changes"].entries()) {
    const target = targetOf({ table: "twice", mode, key: ["a"] });
    const put = (row: JsonObject): Promise<DeliveryResult> =>
      send(target, mode === "upsert" ? row : { op: "insert", key: { a: row.a ?? 0 }, row, old: null });
    await another.query("select pg_advisory_lock(7)");
    const sent = put({ a, b: a, n: 2 });
    await until("it waits at the second index", async () => (await server.query(waits)).length === 1);
    await another.query("insert into twice values ($1, $1, 1)", [a]);
    await another.query("select pg_advisory_unlock(7)");
    expect(await sent).toEqual(delivered);
    expect(await server.query("select b, n from twice where a = $1", [a])).toEqual([{ b: a, n: 2 }]);
    expect(await put({ a: 9, b: a, n: 3 })).toMatchObject({
      kind: "permanent",
      failure: { class: "rejected", message: expect.stringMatching(/there already .*twice_b/) },
    });
  }
});
