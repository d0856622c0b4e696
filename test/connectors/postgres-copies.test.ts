// Copies that must come out equal to their tables, whatever happens while they are made.

import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import type { Json } from "../../schema/json.ts";
import { applied, startCdc } from "../rig/cdc.ts";
import { type PostgresRig, postgresServer } from "../rig/postgres.ts";
import { until } from "../rig/wait.ts";

let server: PostgresRig;
beforeAll(async () => {
  server = await postgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Long enough to be kept apart from its row. */
const long = "(select string_agg(md5(i::text), '') from generate_series(1, 400) i)";

test("a large value is in the copy, though its row was changed while the snapshot read it", async () => {
  await server.query(`
    create table thick (id int primary key, body text, n int);
    insert into thick select i, ${long}, 0 from generate_series(1, 300) i`);
  const busy = await server.connect();
  const changing = (async () => {
    for (let round = 0; round < 40; round += 1)
      await busy.query(`update thick set n = n + 1 where id % 4 = ${round % 4}`);
  })();
  await using cdc = await startCdc({ url: server.url, integration: "thick", tables: ["thick"] });
  await until("the end of the snapshot", () => JSON.stringify([...cdc.rig.state.values()]).includes('"done"'));
  await changing;
  const [{ n } = {}] = await server.query("select n from thick where id = 1");
  await until("all changes", () => [...applied(cdc.rig.taken, "public.thick").values()].every((row) => row.n === n));
  const copy = [...applied(cdc.rig.taken, "public.thick").values()].sort((a, b) => Number(a.id) - Number(b.id));
  expect(copy.filter(({ body }) => body === undefined).map(({ id }) => id)).toEqual([]);
  expect(copy).toEqual(await server.query("select id, body, n from thick order by id"));
});

test("keys of any order and any type are read to the last row", async () => {
  await server.query(`
    create schema elsewhere; create extension citext schema elsewhere;
    create collation "by letter" (provider = icu, locale = 'en');
    create collation "no case" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create domain code as elsewhere.citext;
    create type grade as enum ('z', 'a', 'm');`);
  const letter = "chr(case when i % 2 = 0 then 65 else 97 end + i / 2 % 26)";
  const keys: Readonly<Record<string, readonly [string, string]>> = {
    cased: ["elsewhere.citext", `${letter} || i`],
    codes: ["code", `${letter} || i`],
    lettered: [`text collate "by letter"`, `${letter} || i`],
    uncased: [`text collate "no case"`, `${letter} || i`],
    exact: ["numeric", "case i when 300 then 'NaN' when 299 then 'infinity' else i || '.50' end::numeric"],
    double: ["double precision", "case i when 300 then 'NaN' when 299 then '-infinity' else i / 7.0 end::float8"],
    moment: [
      "timestamptz",
      "case i when 300 then 'infinity' when 299 then '0044-03-15 BC' else 'epoch'::timestamptz + i * interval '1.000001 s' end::timestamptz",
    ],
    ident: ["uuid", "md5(i::text)::uuid"],
    bytes: ["bytea", "decode(md5(i::text), 'hex')"],
    listed: ["int[]", "array[i % 7, i]"],
    spans: ["interval", "i * interval '1 hour'"],
    flat: ["char(8)", `${letter} || i`],
  };
  const names = Object.keys(keys);
  for (const [name, [type, value]] of Object.entries(keys)) {
    await server.query(`create table ${name} (k ${type} primary key, i int);
      insert into ${name} select ${value}, i from generate_series(1, 300) i`);
  }
  await server.query(`create table graded (g grade, t text collate "by letter", i int, primary key (g, t));
    insert into graded select (array['z', 'a', 'm']::grade[])[i % 3 + 1], ${letter} || i, i from generate_series(1, 300) i`);
  await using cdc = await startCdc({ url: server.url, integration: "keys", tables: [...names, "graded"] });
  const done = (): number => (JSON.stringify([...cdc.rig.state.values()]).match(/"done"/g) ?? []).length;
  await until("the end of the snapshot", () => {
    if (cdc.rig.failures.length > 0) throw new Error(JSON.stringify(cdc.rig.failures));
    return done() === names.length + 1;
  });
  for (const name of [...names, "graded"]) {
    const is = new Set([...applied(cdc.rig.taken, `public.${name}`).values()].map(({ i }) => i));
    expect([name, is.size]).toEqual([name, 300]);
  }
});

const quick = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 20, run) };

test("a table that is renamed, or taken out of the publication, halts a running source", async () => {
  for (const [name, sql] of [
    ["swapped", "alter table swapped rename to swapped_old; create table swapped (id int primary key)"],
    ["unsent", "alter publication vrsky_acme_unsent_in drop table unsent"],
    ["partly", "alter publication vrsky_acme_partly_in set table partly where (id > 5)"],
    ["again", "drop table again; create table again (id int primary key)"],
  ] as const) {
    await server.query(`create table ${name} (id int primary key)`);
    const state = new Map<string, Json>();
    await using cdc = await startCdc({ url: server.url, integration: name, tables: [name], state, clock: quick });
    await server.query(`insert into ${name} values (1)`);
    await cdc.messages(1);
    await server.query(sql);
    await until(`${name} is noticed`, () => cdc.rig.failures.length > 0);
    expect(cdc.rig.failures).toEqual([
      { kind: "halted", reason: expect.stringMatching(/publication/), help: expect.anything() },
    ]);
  }
});
