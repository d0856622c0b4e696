// The target against a real PostgreSQL: what becomes of rows, of messages that come again, and of what does not fit.

import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresTarget } from "../../connectors/postgres/target.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { OpenTarget } from "../../schema/connector.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { delivery, targetContext } from "../rig/connector.ts";
import { type PostgresRig, postgresServer } from "../rig/postgres.ts";

let server: PostgresRig;
beforeAll(async () => {
  server = await postgresServer();
  await server.query("create type mood as enum ('happy', 'sad')");
  await server.query("create domain positive as int check (value > 0)");
});
afterAll(() => server[Symbol.asyncDispose]());

const open: OpenTarget[] = [];
afterAll(async () => void (await Promise.all(open.map((target) => target.close()))));

const targetOf = (settings: JsonObject, url = server.url): OpenTarget => {
  const target = openPostgresTarget(targetContext({ connection: { url }, ...settings }));
  open.push(target);
  return target;
};

let made = 0;
const send = (target: OpenTarget, body: Json, id = `m-${++made}`): Promise<DeliveryResult> =>
  target.deliver(delivery({}, body, { id }));

const sendList = (target: OpenTarget, bodies: readonly Json[], ids?: readonly string[]): Promise<DeliveryResult> => {
  const own = ids ?? bodies.map(() => `m-${++made}`);
  return target.deliver(
    delivery({}, bodies, { id: own.join(), batch: { id: own.join(), count: own.length, ids: own } }),
  );
};

const delivered = { kind: "delivered" };
const again = { kind: "delivered", detail: "it was there already" };
const refused = (kind: string, message: RegExp) => ({
  kind: "permanent",
  failure: { class: kind, message: expect.stringMatching(message) },
});

test("a message that comes again is one row, in every mode, alone and in a list", async () => {
  for (const mode of ["insert", "copy"]) {
    await server.query(`create table again_${mode} (n int, text text)`);
    const target = targetOf({ table: `again_${mode}`, mode });
    expect(await send(target, { n: 1, text: "a" }, `${mode}-1`)).toEqual(delivered);
    expect(await send(target, { n: 1, text: "a" }, `${mode}-1`)).toEqual(again);
    expect(
      await sendList(
        target,
        [{ n: 1 }, { n: 2 }, { n: 3, text: "c" }],
        [1, 2, 3].map((n) => `${mode}-${n}`),
      ),
    ).toEqual({
      kind: "delivered",
      detail: "1 of 3 were there already",
    });
    expect(await sendList(target, [{ n: 4 }, { n: 4 }], [`${mode}-4`, `${mode}-4`])).toMatchObject(delivered);
    expect(await server.query(`select n, text from again_${mode} order by n`)).toEqual([
      { n: 1, text: "a" },
      { n: 2, text: null },
      { n: 3, text: "c" },
      { n: 4, text: null },
    ]);
  }
  await server.query("create table twice (n int)");
  const without = targetOf({ table: "twice", inbox: false });
  await send(without, { n: 1 }, "t-1");
  await send(without, { n: 1 }, "t-1");
  expect(await server.query("select n from twice")).toHaveLength(2);
});

test("many deliveries of one message at once are one row", async () => {
  await server.query("create table rush (n int)");
  const targets = [targetOf({ table: "rush" }), targetOf({ table: "rush", mode: "copy" })];
  const results = await Promise.all(
    Array.from({ length: 40 }, (_, at) => send(targets[at % 2] ?? targetOf({}), { n: at % 5 }, `rush-${at % 5}`)),
  );
  expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(["delivered"]));
  expect(await server.query("select n from rush order by n")).toEqual([0, 1, 2, 3, 4].map((n) => ({ n })));
});

test("an upsert changes what the body has, keeps what it leaves out, and an old one that comes again changes nothing", async () => {
  await server.query("create table stock (sku text primary key, n int default 7, place text)");
  const target = targetOf({ table: "stock", mode: "upsert", key: ["sku"] });
  expect(await send(target, { sku: "a", place: "x" }, "s-1")).toEqual(delivered);
  expect(await send(target, { sku: "a", n: null }, "s-2")).toEqual(delivered);
  expect(await send(target, { sku: "a", place: "x" }, "s-1")).toEqual(again);
  await sendList(target, [{ sku: "b", n: 1, place: "p" }, { sku: "a", n: 2 }, { sku: "b", n: 3 }, { sku: "c" }]);
  expect(await server.query("select * from stock order by sku")).toEqual([
    { sku: "a", n: 2, place: "x" },
    { sku: "b", n: 3, place: "p" },
    { sku: "c", n: 7, place: null },
  ]);
  expect(await send(target, { n: 1 })).toMatchObject(
    refused("invalid", /the body has no "sku", which is part of the key/),
  );
  const keyless = targetOf({ table: "stock", mode: "upsert", key: ["place"] });
  expect(await send(keyless, { place: "x" })).toMatchObject({
    kind: "transient",
    failure: { message: expect.stringMatching(/public\.stock has no primary key and no unique index on \(place\)/) },
  });
});

test("changes of one table happen to another: rows come, change, change their key and go, also in a list", async () => {
  await server.query("create table copy (a int, b text, big text, primary key (a, b))");
  const settings = { table: "copy", mode: "changes", key: ["a", "b"] };
  const put = (op: string, row: Json, old: Json = null) => ({ op, key: {}, row, old });
  const changes = [
    put("snapshot", { a: 1, b: "x", big: "one" }),
    put("insert", { a: 2, b: "x", big: "two" }),
    put("update", { a: 1, b: "x", big: "ONE" }),
    // What did not change and is large does not come along.
    put("update", { a: 3, b: "x" }, { a: 2, b: "x" }),
    put("insert", { a: 4, b: "x", big: "four" }),
    { op: "delete", key: { a: 4, b: "x" }, row: null, old: null },
    put("insert", { a: 4, b: "x" }),
    { op: "delete", key: { a: 1, b: "x" }, row: null, old: { a: 1, b: "x", big: "ONE" } },
    put("insert", { a: 5, b: "y", big: "five" }),
    put("update", { a: 6, b: "y", big: "six" }, { a: 5, b: "y", big: "five" }),
  ];
  const ids = changes.map((_, at) => `c-${at}`);
  const want = [
    { a: 3, b: "x", big: "two" },
    { a: 4, b: "x", big: null },
    { a: 6, b: "y", big: "six" },
  ];
  const target = targetOf(settings);
  for (const [at, change] of changes.entries()) expect(await send(target, change, ids[at])).toEqual(delivered);
  expect(await server.query("select * from copy order by a")).toEqual(want);
  // A suffix comes again, and an older change after newer ones.
  for (const at of [6, 7, 8, 9, 0]) expect(await send(target, changes[at] ?? null, ids[at])).toEqual(again);
  expect(await server.query("select * from copy order by a")).toEqual(want);
  await server.query("truncate copy, vrsky_inbox");
  expect(await sendList(target, changes, ids)).toEqual(delivered);
  expect(await server.query("select * from copy order by a")).toEqual(want);
  // Without a key that changes they are folded.
  await server.query("truncate copy, vrsky_inbox");
  expect(await sendList(target, changes.slice(0, 3).concat(changes.slice(4, 9)))).toEqual(delivered);
  expect(await server.query("select * from copy order by a")).toEqual([
    { a: 2, b: "x", big: "two" },
    { a: 4, b: "x", big: null },
    { a: 5, b: "y", big: "five" },
  ]);
  // Alone, or all of one kind: one statement, which counts the messages and not the rows.
  const gone = (a: number): Json => ({ op: "delete", key: { a, b: "x" }, row: null, old: null });
  expect(await sendList(target, [gone(2), gone(4), gone(9)], ["g-2", "g-4", "g-9"])).toEqual(delivered);
  expect(await send(target, gone(9), "g-10")).toEqual(delivered);
  expect(await send(target, gone(9), "g-9")).toEqual(again);
  expect(await server.query("select a from copy")).toEqual([{ a: 5 }]);
  expect(await send(target, { op: "truncate" })).toMatchObject(refused("invalid", /must be a change/));
  expect(await send(target, put("insert", { a: 1 }))).toMatchObject(refused("invalid", /has no "b"/));
});

test("an older change that meets a row with its new key makes it as the source has it", async () => {
  await server.query("create table met (id int primary key, text text)");
  const target = targetOf({ table: "met", mode: "changes", key: ["id"] });
  await server.query("insert into met values (1, 'old'), (2, 'stale')");
  const moved = { op: "update", key: { id: 2 }, row: { id: 2, text: "new" }, old: { id: 1 } };
  expect(await send(target, moved)).toEqual(delivered);
  expect(await server.query("select * from met")).toEqual([{ id: 2, text: "new" }]);
});

const odd = `Odd "Table".ö`;
const values: readonly (readonly [type: string, given: Json, shown: string])[] = [
  ["json", { a: [1, null, "x\\y\t"], b: "ö" }, `{"a":[1,null,"x\\\\y\\t"],"b":"ö"}`],
  ["jsonb", "a text", `"a text"`],
  ["jsonb", [1, 2], "[1, 2]"],
  ["text[]", ["a", 'b"c', "d\\e", null, "", "NULL", "{,}"], `{a,"b\\"c","d\\\\e",NULL,"","NULL","{,}"}`],
  [
    "int[]",
    [
      [1, 2],
      [3, 4],
    ],
    "{{1,2},{3,4}}",
  ],
  ["jsonb[]", [{ a: 1 }, [1]], `{"{\\"a\\": 1}",[1]}`],
  ["bytea[]", ["AQI=", null], `{"\\\\x0102",NULL}`],
  ["numeric", "12345678901234567890.123456789", "12345678901234567890.123456789"],
  ["numeric(10,2)", 1.5, "1.50"],
  ["bigint", "9223372036854775807", "9223372036854775807"],
  ["bigint", 9007199254740991, "9007199254740991"],
  ["double precision", 1e21, "1e+21"],
  ["boolean", true, "true"],
  ["timestamptz", "2024-02-29T12:00:00.123456+02:00", "2024-02-29 10:00:00.123456+00"],
  ["timestamp", "2024-02-29T12:00:00", "2024-02-29 12:00:00"],
  ["date", "2024-02-29", "2024-02-29"],
  ["uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  ["bytea", "AAH/", "\\x0001ff"],
  ["mood", "happy", "happy"],
  ["mood[]", ["happy", "sad"], "{happy,sad}"],
  ["positive", 3, "3"],
  ["inet", "10.0.0.0/8", "10.0.0.0/8"],
  ["interval", "P1DT2H", "1 day 02:00:00"],
  ["int4range", "[1,5)", "[1,5)"],
  [
    "text",
    "line\nbreak\ttab \\N \\. back\\slash 🎉 '); drop table x; --",
    "line\nbreak\ttab \\N \\. back\\slash 🎉 '); drop table x; --",
  ],
  ["text", "", ""],
  ["varchar(3)", "abc", "abc"],
  ["char(3)", "ab", "ab"],
];

test("values of all common types arrive in each mode, names in quotes too, and no text is anything but a value", async () => {
  const columns = values.map(([type], at) => `"C""${at} ö" ${type}`);
  const id = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  await server.query(`create schema "My Schema"`);
  await server.query(`create table "My Schema".${id(odd)} ("Id" int primary key, ${columns.join(", ")})`);
  const body = Object.fromEntries(values.map(([, given], at) => [`C"${at} ö`, given]));
  const table = `"My Schema".${id(odd)}`;
  await send(targetOf({ table }), { Id: 1, ...body }).then((result) => expect(result).toEqual(delivered));
  await send(targetOf({ table, mode: "upsert", key: ["Id"] }), { Id: 2, ...body }).then((r) =>
    expect(r).toEqual(delivered),
  );
  await send(targetOf({ table, mode: "copy" }), { Id: 3, ...body }).then((result) => expect(result).toEqual(delivered));
  const change = { op: "insert", key: { Id: 4 }, row: { Id: 4, ...body }, old: null };
  await send(targetOf({ table, mode: "changes", key: ["Id"] }), change).then((r) => expect(r).toEqual(delivered));
  const shown = values.map((_, at) => `"C""${at} ö"::text as c${at}`);
  const rows = await server.query(`select "Id", ${shown.join(", ")} from ${table} order by "Id"`);
  expect(rows).toHaveLength(4);
  for (const row of rows) {
    for (const [at, [type, , text]] of values.entries()) {
      const got = type.startsWith("char") ? String(row[`c${at}`]).trim() : row[`c${at}`];
      expect(type === "timestamptz" ? new Date(String(got)).toISOString() : got, type).toBe(
        type === "timestamptz" ? "2024-02-29T10:00:00.123Z" : text,
      );
    }
  }
  expect(await server.query(`select * from "My Schema".vrsky_inbox`)).toHaveLength(4);
});

test("what does not fit is refused with the column's name and never the value", async () => {
  await server.query(
    "create table strict (id int primary key, at timestamptz, n int, short varchar(3), price numeric(5,2), m mood, j jsonb, b bytea, l int[], must text not null default 'x', u int unique, parent int references strict, c int check (c > 0), g int generated always as (n + 1) stored)",
  );
  const wrong: readonly (readonly [JsonObject, string, RegExp])[] = [
    [{ at: "SECRET" }, "invalid", /column "at" is no timestamp with time zone/],
    [{ n: "SECRET" }, "invalid", /column "n" is no integer/],
    [{ n: 1.5 }, "invalid", /column "n" is no integer/],
    [{ n: 12345678901 }, "invalid", /column "n" is no integer/],
    [{ n: { SECRET: 1 } }, "invalid", /column "n" is no integer/],
    [{ short: "SECRET" }, "invalid", /column "short" is no character varying\(3\)/],
    [{ price: 12345.678 }, "invalid", /column "price" is no numeric\(5,2\)/],
    [{ m: "SECRET" }, "invalid", /column "m" is no mood/],
    [{ j: { SECRET: "\u0000" } }, "invalid", /column "j" is no jsonb/],
    [{ short: "a\u0000" }, "invalid", /column "short" is no/],
    [{ short: "\ud800" }, "invalid", /column "short" is no/],
    [{ b: "SECRET?" }, "invalid", /column "b" is no bytea/],
    [{ l: "SECRET" }, "invalid", /column "l" is no integer\[\]/],
    [{ l: ["SECRET"] }, "invalid", /column "l" is no integer\[\]/],
    [{ must: null }, "invalid", /a value is missing .*column must/],
    [{ g: 1 }, "invalid", /column "g" is computed by the server/],
    [{ nothing: "SECRET" }, "rejected", /public\.strict has no column "nothing"/],
    [{ parent: 4711 }, "rejected", /constraint strict_parent_fkey/],
    [{ c: -4711 }, "rejected", /constraint strict_c_check/],
  ];
  for (const mode of ["insert", "copy", "upsert"]) {
    const target = targetOf({ table: "strict", mode, ...(mode === "upsert" ? { key: ["id"] } : {}) });
    for (const [body, type, message] of wrong) {
      const result = await send(target, { id: 1, ...body });
      expect(result, `${mode} ${JSON.stringify(body)}`).toMatchObject(refused(type, message));
      expect(JSON.stringify(result)).not.toMatch(/SECRET|4711/);
    }
    expect(await send(target, "SECRET")).toMatchObject(refused("invalid", /must be an object/));
  }
  const target = targetOf({ table: "strict" });
  expect(await send(target, { id: 1, u: 1 })).toEqual(delivered);
  expect(await send(target, { id: 2, u: 1 })).toMatchObject(refused("rejected", /constraint strict_u_key/));
  expect(await sendList(target, [{ id: 3 }, { id: 4, n: "SECRET" }])).toMatchObject({ kind: "permanent" });
  // A list is written whole or not at all, and what was refused is not in the inbox.
  expect(await server.query("select id from strict")).toEqual([{ id: 1 }]);
});

test("a column that is left out gets its default, one that is null gets none; a row may be all defaults", async () => {
  await server.query("create table defaults (id int generated always as identity, n int default 5, t text)");
  for (const mode of ["insert", "copy"]) {
    const target = targetOf({ table: "defaults", mode });
    for (const body of [{}, { n: null }, { id: 100, t: "x" }]) expect(await send(target, body)).toEqual(delivered);
    expect(await sendList(target, [{ n: 1 }, {}, { t: "y" }])).toEqual(delivered);
    const rows = await server.query("select n, t, id = 100 as given from defaults order by ctid");
    expect(rows.filter(({ given }) => given)).toHaveLength(1);
    expect(rows.map(({ n }) => n).sort()).toEqual([1, 5, 5, 5, 5, null]);
    await server.query("truncate defaults");
  }
});

test("a table that changes under the target is looked at again", async () => {
  const target = targetOf({ table: "later" });
  expect(await send(target, { a: 1 })).toMatchObject({
    kind: "transient",
    failure: { class: "unavailable", message: expect.stringMatching(/there is no table public\.later/) },
  });
  await server.query("create table later (a int)");
  expect(await send(target, { a: 1 })).toEqual(delivered);
  await server.query("alter table later add b text, alter a type text");
  // Looked at once in a second at most.
  await expect.poll(() => send(target, { a: "x", b: "y" }), { timeout: 10_000 }).toEqual(delivered);
  await server.query("drop table vrsky_inbox");
  await expect.poll(() => send(target, { a: "z" }), { timeout: 10_000 }).toEqual(delivered);
});

test("ids are removed when they are older than `inbox-keep`, those of this target alone", async () => {
  await server.query("create table kept (n int)");
  let now = Date.now();
  const clock = { ...systemClock, steady: () => now };
  const context = targetContext({ connection: { url: server.url }, table: "kept", "inbox-keep": 86_400_000 }, clock);
  const target = openPostgresTarget(context);
  open.push(target);
  await send(target, { n: 1 }, "kept-1");
  await server.query(
    `insert into vrsky_inbox select target, id, now() - age from (values
      ('acme/orders/out', 'old', interval '25 hours'), ('acme/orders/out', 'young', interval '23 hours'),
      ('acme/orders/another', 'old', interval '25 hours')) as v(target, id, age)`,
  );
  const ids = async () =>
    (await server.query("select id from vrsky_inbox where id in ('kept-1', 'old', 'young') order by target, id")).map(
      ({ id }) => id,
    );
  expect(await ids()).toEqual(["old", "kept-1", "old", "young"]);
  now += 3_600_000;
  await send(target, { n: 2 }, "kept-2");
  await expect.poll(ids, { timeout: 30_000 }).toEqual(["old", "kept-1", "young"]);
});

test("without the right to make the inbox the message waits, and is told what to run", async () => {
  await server.query("create schema guarded");
  await server.query("create table guarded.t (n int)");
  await server.query("create role writer login password 'w'");
  await server.query("grant usage on schema guarded to writer");
  const url = server.url.replace(/\/\/[^@]+@/, "//writer:w@");
  const target = targetOf({ table: "guarded.t" }, url);
  const refusedBy = async () => JSON.stringify(await send(target, { n: 1 }, "g-1"));
  const said = await refusedBy();
  expect(said).toMatch(/transient.*create table if not exists .*vrsky_inbox/);
  const [, sql = ""] = /run `(create table[^`]+)`/.exec(JSON.parse(said).failure.message) ?? [];
  await server.query(sql);
  await server.query("grant select, insert, delete on guarded.vrsky_inbox to writer");
  expect(await send(target, { n: 1 }, "g-1")).toMatchObject({
    kind: "transient",
    failure: { message: expect.stringMatching(/42501/) },
  });
  await server.query("grant select, insert on guarded.t to writer");
  expect(await send(target, { n: 1 }, "g-1")).toEqual(delivered);
});
