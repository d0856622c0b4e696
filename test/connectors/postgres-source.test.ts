import { afterAll, beforeAll, expect, test } from "vitest";
import type { Incoming } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { applied, bodyOf, startCdc } from "../rig/cdc.ts";
import { type PostgresRig, postgresServer } from "../rig/postgres.ts";
import { until } from "../rig/wait.ts";

let server: PostgresRig;
beforeAll(async () => {
  server = await postgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const rowOf = (body: JsonObject | undefined): JsonObject => (isJsonObject(body?.row) ? body.row : {});

/** Long enough to be kept apart from its row. */
const long = (letter: string): string =>
  `repeat('${letter}', 20) || (select string_agg(md5(i::text), '') from generate_series(1, 400) i)`;

test("every type has one form, in the snapshot and in a change", async () => {
  await server.query(`
    create type mood as enum ('sad', 'ok');
    create domain cents as bigint check (value >= 0);
    create domain moods as mood[];
    create table types (
      id int primary key, small smallint, big bigint, huge bigint, real4 real, real8 double precision, nan double precision,
      exact numeric(10,2), precise numeric, whole numeric, flag boolean, words text, padded char(4), code varchar(5),
      bytes bytea, day date, never date, old date, at timestamp, zoned timestamptz, end_of_time timestamptz, hour time,
      span interval, doc jsonb, raw json, ident uuid, feeling mood, price cents, list int[], texts text[], grid int[],
      feelings mood[], of_domain moods, empty text[], shifted int[], flags boolean[], docs jsonb[], boxes box[], addr inet, gone text,
      doubled int generated always as (id * 2) stored
    )`);
  const insert = (id: number) => `
    insert into types values (${id}, 7, 9007199254740991, 9007199254740993, 0.1, 1.2345678901234567e15, 'NaN',
      12.50, 0.1234567890123456789, 100, true, 'a "b" ü😀', 'ab', 'x',
      '\\xdeadbeef', '2024-02-29', 'infinity', '0044-03-15 BC', '2024-02-29 10:00:00.123456', '2024-02-29 10:00:00.5+02', '-infinity', '23:59:59.5',
      '1 year 2 days 03:04:05', '{"a": [1, null], "b": "x"}', '[1,  2]', '6f1f5b0e-5b0e-4f1f-8b0e-5b0e6f1f5b0e', 'ok', 5, '{1,NULL,3}',
      array['a,b', '"q"', 'NULL', NULL, 'back\\slash', ''], '{{1,2},{3,4}}', '{ok,sad}', '{sad}', '{}', '[0:1]={5,6}', '{t,f}',
      array['{"a":1}'::jsonb], '{(1,1),(0,0);(2,2),(1,1)}', '10.0.0.1/8', null)`;
  await server.query(insert(1));
  await using cdc = await startCdc({ url: server.url, integration: "types", tables: ["types"] });
  await cdc.messages(1);
  await server.query(insert(2));
  const [first, second] = (await cdc.messages(2)).map(bodyOf);
  expect([first?.op, second?.op]).toEqual(["snapshot", "insert"]);
  const { id: _, ...snapshot } = rowOf(first);
  const { id: __, ...change } = rowOf(second);
  expect(change).toEqual(snapshot);
  expect(change).toEqual({
    small: 7,
    big: 9007199254740991,
    huge: "9007199254740993",
    real4: 0.1,
    real8: Number("1.2345678901234567e15"),
    nan: "NaN",
    exact: 12.5,
    precise: "0.1234567890123456789",
    whole: 100,
    flag: true,
    words: 'a "b" ü😀',
    padded: "ab  ",
    code: "x",
    bytes: "\\xdeadbeef",
    day: "2024-02-29",
    never: "infinity",
    old: "0044-03-15 BC",
    at: "2024-02-29T10:00:00.123456",
    zoned: "2024-02-29T08:00:00.5Z",
    end_of_time: "-infinity",
    hour: "23:59:59.5",
    span: "P1Y2DT3H4M5S",
    doc: { a: [1, null], b: "x" },
    raw: [1, 2],
    ident: "6f1f5b0e-5b0e-4f1f-8b0e-5b0e6f1f5b0e",
    feeling: "ok",
    price: 5,
    list: [1, null, 3],
    texts: ["a,b", '"q"', "NULL", null, "back\\slash", ""],
    grid: [
      [1, 2],
      [3, 4],
    ],
    feelings: ["ok", "sad"],
    of_domain: ["sad"],
    empty: [],
    shifted: [5, 6],
    flags: [true, false],
    docs: [{ a: 1 }],
    boxes: ["(1,1),(0,0)", "(2,2),(1,1)"],
    addr: "10.0.0.1/8",
    gone: null,
  });
});

test("the contract has the last word on what a value is", async () => {
  await server.query(
    "create table shapes (id bigint primary key, total numeric(12,2), flag boolean, doc jsonb, code text, list int[])",
  );
  await server.query(`insert into shapes values (1, 12.50, true, '{"a": 1}', '007', '{1,2}')`);
  await using cdc = await startCdc({
    url: server.url,
    integration: "shapes",
    tables: ["public.shapes"],
    contract: {
      type: "object",
      properties: {
        id: { type: "string" },
        total: { type: "string" },
        flag: { type: "string" },
        doc: { type: "string" },
        code: { oneOf: [{ type: "integer" }, { type: "null" }] },
        list: { type: "array", items: { type: "string" } },
      },
      required: ["id"],
    },
  });
  const [message] = await cdc.messages(1);
  expect(message === undefined ? undefined : bodyOf(message)).toMatchObject({
    key: { id: "1" },
    row: { id: "1", total: "12.50", flag: "true", doc: '{"a": 1}', code: 7, list: ["1", "2"] },
  });
});

test("a change says which row, what it is and, where the server tells, what it was", async () => {
  await server.query(`
    create table plain (id int primary key, note text);
    create table whole (id int primary key, note text); alter table whole replica identity full;
    create table by_index (id int primary key, code text not null unique, note text);
    alter table by_index replica identity using index by_index_code_key;
    create table pair (b int, a text, note text, primary key (a, b))`);
  const tables = ["plain", "whole", "by_index", "pair"];
  await using cdc = await startCdc({ url: server.url, integration: "identity", tables });
  await server.query(`
    begin;
    insert into plain values (1, 'a'); update plain set note = 'b'; update plain set id = 2; delete from plain;
    insert into whole values (1, 'a'); update whole set note = 'b'; update whole set id = 2; delete from whole;
    insert into by_index values (1, 'x', 'a'); update by_index set id = 5; update by_index set code = 'y'; delete from by_index;
    insert into pair values (1, 'x', 'a'); update pair set note = null; delete from pair;
    commit`);
  const messages = await cdc.messages(18);
  const told = messages.map((message) => {
    const { op, key, row, old } = bodyOf(message);
    return [message.meta.table, op, key, row, old];
  });
  expect(told).toEqual([
    ["public.plain", "insert", { id: 1 }, { id: 1, note: "a" }, null],
    ["public.plain", "update", { id: 1 }, { id: 1, note: "b" }, null],
    ["public.plain", "delete", { id: 1 }, null, null],
    ["public.plain", "insert", { id: 2 }, { id: 2, note: "b" }, null],
    ["public.plain", "delete", { id: 2 }, null, null],
    ["public.whole", "insert", { id: 1 }, { id: 1, note: "a" }, null],
    ["public.whole", "update", { id: 1 }, { id: 1, note: "b" }, { id: 1, note: "a" }],
    ["public.whole", "delete", { id: 1 }, null, { id: 1, note: "b" }],
    ["public.whole", "insert", { id: 2 }, { id: 2, note: "b" }, null],
    ["public.whole", "delete", { id: 2 }, null, { id: 2, note: "b" }],
    ["public.by_index", "insert", { code: "x" }, { id: 1, code: "x", note: "a" }, null],
    ["public.by_index", "update", { code: "x" }, { id: 5, code: "x", note: "a" }, null],
    ["public.by_index", "delete", { code: "x" }, null, null],
    ["public.by_index", "insert", { code: "y" }, { id: 5, code: "y", note: "a" }, null],
    ["public.by_index", "delete", { code: "y" }, null, null],
    ["public.pair", "insert", { a: "x", b: 1 }, { b: 1, a: "x", note: "a" }, null],
    ["public.pair", "update", { a: "x", b: 1 }, { b: 1, a: "x", note: null }, null],
    ["public.pair", "delete", { a: "x", b: 1 }, null, null],
  ]);
  expect(new Set(messages.map(({ id }) => id)).size).toBe(18);
  expect(new Set(messages.map(({ meta }) => meta.position)).size).toBe(1);
});

test("a large value that a change left as it was is not made up", async () => {
  await server.query(`
    create table big (id int primary key, body text, n int);
    create table big_full (id int primary key, body text, n int); alter table big_full replica identity full;
    create table big_wanted (id int primary key, body text, n int)`);
  await using loose = await startCdc({ url: server.url, integration: "big", tables: ["big", "big_full"] });
  await using strict = await startCdc({
    url: server.url,
    integration: "bigwanted",
    tables: ["big_wanted"],
    contract: {
      type: "object",
      properties: { id: { type: "integer" }, body: { type: "string" }, n: { type: "integer" } },
      required: ["id", "body"],
    },
  });
  for (const table of ["big", "big_full", "big_wanted"]) {
    await server.query(`insert into ${table} select 1, ${long("a")}, 1`);
    await server.query(`update ${table} set n = 2`);
    await server.query(`update ${table} set id = 9`);
  }
  const bodies = (await loose.messages(8)).map(bodyOf);
  const [, update, , moved, inFull, fullUpdate, , fullMoved] = bodies;
  // Absent is not null: nobody overwrites what they have.
  expect(rowOf(update)).toEqual({ id: 1, n: 2 });
  expect(String(rowOf(moved).body).length).toBeGreaterThan(10_000);
  const value = rowOf(inFull).body;
  expect([rowOf(fullUpdate), rowOf(fullMoved)]).toEqual([
    { id: 1, body: value, n: 2 },
    { id: 9, body: value, n: 2 },
  ]);
  const wanted = (await strict.messages(4)).map(bodyOf);
  expect(wanted.flatMap((body) => (body.op === "delete" ? [] : [typeof rowOf(body).body]))).toEqual([
    "string",
    "string",
    "string",
  ]);
});

test("columns come, go and change their names and types while changes go on", async () => {
  await server.query(`create table living (id int primary key, a text); insert into living values (1, 'one')`);
  await using cdc = await startCdc({ url: server.url, integration: "living", tables: ["living"] });
  await cdc.messages(1);
  await server.query(`
    insert into living values (2, 'two');
    alter table living add column b int default 5;
    insert into living values (3, 'three', 6);
    alter table living rename column a to name;
    insert into living values (4, 'four', 7);
    alter table living alter column b type text using 'b' || b;
    insert into living values (5, 'five', 'b8');
    alter table living drop column name;
    insert into living values (6, 'b9');
    create type colour as enum ('red');
    alter table living add column c colour[];
    insert into living values (7, null, '{red}')`);
  const rows = (await cdc.messages(7)).map((message) => rowOf(bodyOf(message)));
  expect(rows).toEqual([
    { id: 1, a: "one" },
    { id: 2, a: "two" },
    { id: 3, a: "three", b: 6 },
    { id: 4, name: "four", b: 7 },
    { id: 5, name: "five", b: "b8" },
    { id: 6, b: "b9" },
    { id: 7, b: null, c: ["red"] },
  ]);
});

test("partitions speak in the name of their table, quoted names are names", async () => {
  await server.query(`
    create table parts (id int, region text, n int, primary key (id, region)) partition by list (region);
    create table parts_eu partition of parts for values in ('eu');
    create table parts_us partition of parts for values in ('us');
    create schema "Odd.Schema";
    create table "Odd.Schema"."a ""table"" 'x'" ("the id" int primary key, "__proto__" text, "select" int);
    insert into parts values (1, 'eu', 1);
    insert into "Odd.Schema"."a ""table"" 'x'" values (1, 'p', 2)`);
  const odd = `"Odd.Schema"."a ""table"" 'x'"`;
  await using cdc = await startCdc({ url: server.url, integration: "names", tables: ["parts", odd] });
  await cdc.messages(2);
  await server.query(`
    update parts set region = 'us'; update parts set n = 3; update ${odd} set "select" = 3; delete from ${odd}`);
  const told = (await cdc.messages(7)).map((message) => [
    message.meta.table,
    bodyOf(message).op,
    JSON.stringify(bodyOf(message).row),
  ]);
  expect(told).toEqual([
    ["public.parts", "snapshot", '{"id":1,"region":"eu","n":1}'],
    [odd, "snapshot", '{"the id":1,"__proto__":"p","select":2}'],
    ["public.parts", "delete", "null"],
    ["public.parts", "insert", '{"id":1,"region":"us","n":1}'],
    ["public.parts", "update", '{"id":1,"region":"us","n":3}'],
    [odd, "update", '{"the id":1,"__proto__":"p","select":3}'],
    [odd, "delete", "null"],
  ]);
});

test("what was read comes again with the same ids, and nothing is left out", async () => {
  await server.query(
    `create table again (id int primary key, n int); insert into again select i, 0 from generate_series(1, 500) i`,
  );
  const state = new Map<string, Json>();
  const start = () => startCdc({ url: server.url, integration: "again", tables: ["again"], state });
  const taken: Incoming[] = [];
  for (let round = 0; round < 5; round += 1) {
    await using cdc = await start();
    // As a worker that is killed: nothing is written down any more.
    const put = cdc.rig.context.state.put;
    let written = 0;
    Object.assign(cdc.rig.context.state, {
      put: async (key: string, value: Json) => {
        written += 1;
        if (written > 1) throw new Error("gone");
        await put(key, value);
      },
    });
    await server.query(
      `update again set n = n + 1 where id % 5 = ${round}; insert into again values (${1000 + round}, 0)`,
    );
    await until("a change of this round", () =>
      cdc.bodies().some(({ op, key }) => op === "insert" && isJsonObject(key) && key.id === 1000 + round),
    );
    taken.push(...cdc.rig.taken);
  }
  await using last = await start();
  await server.query("insert into again values (2000, 0)");
  await until(
    "the last change and all rows",
    () => applied([...taken, ...last.rig.taken], "public.again").size === 506,
  );
  const byId = new Map<string, string>();
  for (const message of [...taken, ...last.rig.taken]) {
    const { op } = bodyOf(message);
    const text = Buffer.from(message.body).toString();
    // A row of the snapshot may have been changed between two readings; its first one counts.
    if (op !== "snapshot" && byId.has(message.id ?? "")) expect(byId.get(message.id ?? "")).toBe(text);
    else byId.set(message.id ?? "", text);
  }
  const rows = await server.query("select id, n from again order by id");
  const copy = [...applied([...taken, ...last.rig.taken], "public.again").values()].sort(
    (a, b) => Number(a.id) - Number(b.id),
  );
  expect(copy).toEqual(rows);
});

test("a table that is added later gets its snapshot, one that is taken out is not read any more", async () => {
  await server.query(`
    create table early (id int primary key); create table late (id int primary key);
    insert into early values (1); insert into late values (1)`);
  const state = new Map<string, Json>();
  const start = (tables: readonly string[]) => startCdc({ url: server.url, integration: "tables", tables, state });
  {
    await using cdc = await start(["early"]);
    await cdc.messages(1);
  }
  {
    await using cdc = await start(["early", "late"]);
    await server.query("insert into early values (2); insert into late values (2)");
    await until(
      "both",
      () => applied(cdc.rig.taken, "public.late").size === 2 && applied(cdc.rig.taken, "public.early").size === 1,
    );
  }
  await using cdc = await start(["late"]);
  await server.query("insert into early values (3); insert into late values (3)");
  await until("the change", () => applied(cdc.rig.taken, "public.late").has('{"id":3}'));
  expect(applied(cdc.rig.taken, "public.early").size).toBe(0);
});

test("a slot whose tables rest does not hold back the log", async () => {
  await server.query("create table resting (id int primary key); create table busy (id int)");
  await using cdc = await startCdc({ url: server.url, integration: "resting", tables: ["resting"] });
  const [start] = await server.query("select pg_current_wal_lsn() as lsn");
  await server.query("insert into busy select i from generate_series(1, 20000) i");
  const [now] = await server.query("select pg_current_wal_lsn() as lsn");
  await until("what the slot has confirmed", async () => {
    const [slot] = await server.query(
      "select confirmed_flush_lsn >= $1::pg_lsn as over from pg_replication_slots where slot_name = $2",
      [now?.lsn, cdc.slot],
    );
    return slot?.over === true;
  });
  expect(start?.lsn).not.toEqual(now?.lsn);
  expect(cdc.rig.taken).toEqual([]);
});

test("what is not stored is not confirmed, and the rest waits", async () => {
  await server.query("create table waits (id int primary key)");
  await using cdc = await startCdc({ url: server.url, integration: "waits", tables: ["waits"] });
  let away = true;
  cdc.rig.answer = ({ id = "" }) =>
    away
      ? { kind: "unavailable", reason: "NATS is away", retryAfterSeconds: 0.02 }
      : { kind: "stored", id, sequence: 1, duplicate: false };
  const confirmed = async () => {
    const [slot] = await server.query(
      "select confirmed_flush_lsn::text as lsn from pg_replication_slots where slot_name = $1",
      [cdc.slot],
    );
    return slot?.lsn;
  };
  const before = await confirmed();
  await server.query("insert into waits select i from generate_series(1, 3000) i");
  await until("some tries", () => cdc.rig.taken.length > 50);
  // Two writes of the position could have been since.
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  // What the log holds before the commit may be confirmed, the commit may not.
  const [held] = await server.query("select $1::pg_lsn <= $2::pg_lsn as held", [
    await confirmed(),
    cdc.rig.taken[0]?.meta.position,
  ]);
  expect(held).toEqual({ held: true });
  away = false;
  await until("all", () => applied(cdc.rig.taken, "public.waits").size === 3000);
  await until("the confirmation", async () => (await confirmed()) !== before);
});
