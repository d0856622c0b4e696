// Copies that must come out equal to their tables, whatever happens while they are made.

import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import type { Incoming } from "../../schema/connector.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import { applied, bodyOf, startCdc } from "../rig/cdc.ts";
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

/** Resolves once a question about what a publication sends waits for whoever holds the table. */
const askedInVain = (what: string): Promise<unknown> =>
  until(what, async () => {
    const rows = await server.query(
      "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%pg_publication_tables%' and pid <> pg_backend_pid()",
    );
    return rows.length > 0;
  });

test("a table that is dropped while the source asks about it halts a running source, too", async () => {
  await server.query("create table dropped (id int primary key); insert into dropped values (1)");
  await using cdc = await startCdc({ url: server.url, integration: "dropped", tables: ["dropped"], clock: quick });
  await cdc.messages(1);
  const busy = await server.connect();
  await busy.query("begin; drop table dropped; create table dropped (id int primary key)");
  await askedInVain("the look at the publication waits");
  await busy.query("commit");
  await until("it is noticed", () => cdc.rig.failures.length > 0);
  expect(cdc.rig.failures).toEqual([
    { kind: "halted", reason: expect.stringMatching(/publication/), help: expect.anything() },
  ]);
});

test("a table that is dropped and made again between two pieces of the snapshot gives no rows without a key", async () => {
  const made = "create table pieces (id int primary key, pad text default repeat('x', 900))";
  await server.query(`${made}; insert into pieces select i from generate_series(1, 20000) i`);
  await using cdc = await startCdc({ url: server.url, integration: "pieces", tables: ["pieces"] });
  await cdc.messages(1);
  const busy = await server.connect();
  await busy.query("begin; lock table pieces in access exclusive mode");
  await askedInVain("the next piece waits");
  await busy.query(`drop table pieces; ${made}; insert into pieces values (7)`);
  await busy.query("commit");
  await until("it is noticed", () => cdc.rig.failures.length > 0);
  expect(cdc.rig.failures).toEqual([
    {
      kind: "halted",
      reason: expect.stringMatching(/publication .* is without public.pieces/),
      help: expect.anything(),
    },
  ]);
  expect(cdc.bodies().filter(({ key }) => !isJsonObject(key) || key.id === undefined)).toEqual([]);
});

test("a table that gets another key while the snapshot reads it is equal in the end", async () => {
  await server.query(`
    create table rekeyed (a int not null, b int not null, n int default 0, pad text default repeat('x', 900),
      constraint rekeyed_key primary key (a));
    insert into rekeyed select i, 100000 - i from generate_series(1, 10000) i`);
  const state = new Map<string, Json>();
  const taken: Incoming[] = [];
  const busy = await server.connect();
  let n = 0;
  const round = async (): Promise<void> => {
    n += 1;
    await busy.query(`update rekeyed set n = ${n} where a % 50 = ${n % 50}; delete from rekeyed where a = ${n * 100}`);
  };
  for (let done = false; !done; ) {
    await using cdc = await startCdc({ url: server.url, integration: "rekeyed", tables: ["rekeyed"], state });
    await until("some rows", () => cdc.rig.failures.length > 0 || cdc.rig.taken.length > 300);
    await round();
    if (taken.length === 0) {
      await busy.query(
        "alter table rekeyed drop constraint rekeyed_key, add constraint rekeyed_key primary key (b, a)",
      );
    }
    for (let more = 0; more < 20; more += 1) await round();
    const ended = (): boolean => JSON.stringify([...state.values()]).includes('"done"');
    await until("the end", () => cdc.rig.failures.length > 0 || ended());
    done = cdc.rig.failures.length === 0;
    if (done) {
      await server.query("insert into rekeyed values (-1, -1)");
      await until("the last change", () => cdc.bodies().some(({ row }) => isJsonObject(row) && row.a === -1));
    }
    taken.push(...cdc.rig.taken);
  }
  // By what the row is called under both keys.
  const copy = new Map<Json | undefined, Json | undefined>();
  const seen = new Set<string>();
  for (const message of taken) {
    const { op, key, row } = bodyOf(message);
    if (seen.has(message.id ?? "")) continue;
    seen.add(message.id ?? "");
    if (op === "delete") copy.delete(isJsonObject(key) ? key.a : undefined);
    else if (isJsonObject(row)) copy.set(row.a, row.n);
  }
  const rows = await server.query("select a, n from rekeyed order by a");
  expect([...copy].map(([a, last]) => ({ a, n: last })).sort((x, y) => Number(x.a) - Number(y.a))).toEqual(rows);
});

test("a role that is set to be hasty, to read only and to write dates its own way", async () => {
  await server.query(`
    create role hasty login superuser password 'hasty';
    alter role hasty set default_transaction_read_only = on; alter role hasty set statement_timeout = '200ms';
    alter role hasty set lock_timeout = '10ms'; alter role hasty set default_transaction_isolation = serializable;
    alter role hasty set search_path = nowhere; alter role hasty set datestyle = 'SQL, DMY';
    create table slowly (id int primary key, day date);
    insert into slowly select i, '2024-02-03' from generate_series(1, 200) i`);
  const open = await server.connect();
  await open.query("begin; insert into slowly values (5000, '2024-02-03')");
  const url = new URL(server.url);
  url.username = "hasty";
  url.password = "hasty";
  const starting = startCdc({ url: url.href, integration: "hasty", tables: ["slowly"] });
  // Longer than a statement of this role may take: the slot waits for the transaction.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await open.query("commit");
  await using cdc = await starting;
  await server.query("update slowly set day = '2024-03-04' where id = 3");
  await cdc.messages(201);
  await until("the update", () => cdc.bodies().some(({ op }) => op === "update"));
  expect([...applied(cdc.rig.taken, "public.slowly").values()].filter(({ day }) => day !== "2024-02-03")).toEqual([
    { id: 3, day: "2024-03-04" },
  ]);
});

test("what a standby holds back is waited for: a moved row brings its large value, a new type is known", async () => {
  await server.query(`create table held (id int primary key, body text); insert into held select 1, ${long}`);
  await using cdc = await startCdc({ url: server.url, integration: "held", tables: ["held"] });
  await cdc.messages(1);
  const writer = await server.connect();
  const standby = async (names: string): Promise<void> => {
    await writer.query(`alter system set synchronous_standby_names = '${names}'`);
    await writer.query("select pg_reload_conf()");
    await until("it is so", async () => {
      const [{ now } = {}] = await server.query("select current_setting('synchronous_standby_names') as now");
      return now === names;
    });
  };
  await standby("nobody");
  const held = await server.connect();
  const committed = held.query(
    "create type hue as enum ('red'); alter table held add hues hue[] default '{red}'; update held set id = 2",
  );
  await until("the commit waits", async () => {
    const rows = await server.query("select from pg_stat_activity where wait_event = 'SyncRep'");
    return rows.length > 0;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await standby("");
  await committed;
  const bodies = (await cdc.messages(3)).map(bodyOf);
  const [row] = await server.query("select id, body, '[\"red\"]'::jsonb as hues from held");
  expect(bodies.slice(1)).toEqual([
    { op: "delete", key: { id: 1 }, row: null, old: null },
    { op: "insert", key: { id: 2 }, row, old: null },
  ]);
});
