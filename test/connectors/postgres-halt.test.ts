import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgresSource } from "../../connectors/postgres/source.ts";
import { systemClock } from "../../runtime/clock.ts";
import { sourceFailureOf } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { applied, bodyOf, type Cdc, startCdc } from "../rig/cdc.ts";
import { sourceRig } from "../rig/connector.ts";
import { type PostgresRig, postgresServer } from "../rig/postgres.ts";
import { until } from "../rig/wait.ts";

let server: PostgresRig;
beforeAll(async () => {
  server = await postgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

interface Ask {
  readonly integration: string;
  readonly state?: Map<string, Json>;
  readonly tables?: readonly string[];
  readonly url?: string;
}

/** Why it does not start. */
async function refusal({ integration, state = new Map(), tables = [integration], url = server.url }: Ask) {
  const rig = sourceRig({ settings: { connection: { url }, tables: [...tables] }, state });
  const started = await startPostgresSource({ ...rig.context, integration }).catch((error: unknown) => error);
  const failure = sourceFailureOf(started);
  if (failure === undefined) throw new Error(`it started, or is wrong: ${String(started)}`);
  const help = failure.kind === "halted" ? failure.help : "";
  return { kind: failure.kind, reason: failure.reason, help, taken: rig.taken.length };
}

const slotOf = (integration: string): string => `vrsky_acme_${integration}_in`;

/** A source that has read something and was stopped. */
async function used(integration: string): Promise<Map<string, Json>> {
  await server.query(
    `create table ${integration} (id int primary key, n int); insert into ${integration} values (1, 0)`,
  );
  const state = new Map<string, Json>();
  await using cdc = await start(integration, state);
  await cdc.messages(1);
  await until("it is remembered", () => JSON.stringify([...state.values()]).includes('"done"'));
  return state;
}

const start = (integration: string, state: Map<string, Json>, url = server.url): Promise<Cdc> =>
  startCdc({ url, integration, tables: [integration], state });

/** What `vrsky source resnapshot` writes. */
const ask = (state: Map<string, Json>, id: string): void => void state.set("resnapshot", { id });

test("a slot that was dropped: nothing is skipped, and a new snapshot heals it", async () => {
  const state = await used("dropped");
  await server.query("select pg_drop_replication_slot($1)", [slotOf("dropped")]);
  await server.query("insert into dropped values (2, 0)");
  for (let looks = 0; looks < 2; looks += 1) {
    expect(await refusal({ integration: "dropped", state })).toMatchObject({
      kind: "halted",
      reason: expect.stringContaining(`slot ${slotOf("dropped")} is gone`),
      help: expect.stringContaining("vrsky source resnapshot . acme/dropped in"),
      taken: 0,
    });
  }
  ask(state, "1");
  await using cdc = await start("dropped", state);
  const [first, second] = await cdc.messages(2);
  expect([first, second].map((message) => (message === undefined ? undefined : bodyOf(message).op))).toEqual([
    "snapshot",
    "snapshot",
  ]);
  // Of another generation: the same row has another id.
  expect(first?.id).toMatch(/^\d+\/1\/in\/2-[0-9A-F]+\/snapshot\/public\.dropped\/\["1"\]$/);
  await server.query("update dropped set n = 1");
  await until("changes", () => [...applied(cdc.rig.taken, "public.dropped").values()].every(({ n }) => n === 1));
});

test("a request that comes while the source runs is obeyed, once", async () => {
  const state = await used("asked");
  {
    const quick = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 20, run) };
    await using cdc = await startCdc({ url: server.url, integration: "asked", tables: ["asked"], state, clock: quick });
    ask(state, "7");
    await until("it stops itself", () => cdc.rig.failures.length > 0);
    expect(cdc.rig.failures).toEqual([{ kind: "disconnected", reason: "a new snapshot was asked for" }]);
  }
  {
    await using cdc = await start("asked", state);
    await cdc.messages(1);
    await until("it is remembered", () => JSON.stringify([...state.values()]).includes('"done"'));
  }
  await using cdc = await start("asked", state);
  await server.query("insert into asked values (5, 0)");
  expect((await cdc.messages(1)).map((message) => bodyOf(message).op)).toEqual(["insert"]);
});

test("a slot that holds so much of the log that the server may remove it is a warning, before it is lost", async () => {
  await using small = await postgresServer({ settings: { max_slot_wal_keep_size: "1MB" } });
  await small.query("create table held (id int primary key)");
  const quick = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 100, run) };
  await using cdc = await startCdc({ url: small.url, integration: "held", tables: ["held"], clock: quick });
  let release: () => void = () => undefined;
  const stored = new Promise<void>((resolve) => {
    release = resolve;
  });
  cdc.rig.answer = async ({ id = "" }) => {
    await stored;
    return { kind: "stored", id, sequence: 1, duplicate: false };
  };
  await small.query("insert into held values (1)");
  await cdc.messages(1);
  for (let segment = 0; segment < 4; segment += 1) {
    await small.query("select pg_logical_emit_message(false, 'other', 'more'), pg_switch_wal()");
  }
  await until("a warning", () => cdc.rig.warnings.length > 0);
  expect(cdc.rig.warnings[0]).toMatch(/the server may remove it.*"slot":"vrsky_acme_held_in"/);
  release();
});

test("another server, another timeline, a server that was set back: halted before the first change", async () => {
  const state = await used("swapped");
  const place = state.get("place");
  const with_ = (more: JsonObject) =>
    new Map<string, Json>([["place", { ...(isJsonObject(place) ? place : {}), ...more }]]);
  {
    await using other = await postgresServer();
    await other.query("create table swapped (id int primary key, n int); insert into swapped values (9, 9)");
    expect(await refusal({ integration: "swapped", state, url: other.url })).toMatchObject({
      kind: "halted",
      reason: expect.stringContaining("another server"),
      taken: 0,
    });
    ask(state, "1");
    await using cdc = await start("swapped", state, other.url);
    expect((await cdc.messages(1)).map((message) => bodyOf(message).row)).toEqual([{ id: 9, n: 9 }]);
  }
  expect(await refusal({ integration: "swapped", state: with_({ timeline: "7" }) })).toMatchObject({
    kind: "halted",
    reason: expect.stringContaining("timeline 1 from 7"),
  });
  expect(await refusal({ integration: "swapped", state: with_({ position: "FFFF/0" }) })).toMatchObject({
    kind: "halted",
    reason: expect.stringContaining("restored from a copy"),
  });
  expect(await refusal({ integration: "swapped", state: with_({ position: "0/1" }) })).toMatchObject({
    kind: "halted",
    reason: expect.stringContaining("somebody else has read from it"),
  });
  expect(await refusal({ integration: "swapped", state: new Map() })).toMatchObject({
    kind: "halted",
    reason: expect.stringContaining("does not know how far"),
  });
});

test("a slot that the server has invalidated", async () => {
  await using small = await postgresServer({
    settings: { max_slot_wal_keep_size: "1MB", min_wal_size: "32MB", max_wal_size: "32MB", wal_keep_size: "0" },
  });
  await small.query("create table kept (id int primary key); insert into kept values (1)");
  const state = new Map<string, Json>();
  {
    await using cdc = await start("kept", state, small.url);
    await cdc.messages(1);
  }
  await until("the log that it needs is gone", async () => {
    await small.query("create table if not exists filler (t text)");
    await small.query("insert into filler select repeat(md5(i::text), 50) from generate_series(1, 12000) i");
    await small.query("select pg_switch_wal()");
    await small.query("checkpoint");
    const [slot] = await small.query("select wal_status from pg_replication_slots");
    return slot?.wal_status === "lost";
  });
  expect(await refusal({ integration: "kept", state, url: small.url })).toMatchObject({
    kind: "halted",
    reason: expect.stringMatching(/invalidated by the server/),
    help: expect.stringContaining("resnapshot"),
  });
  ask(state, "1");
  await using cdc = await start("kept", state, small.url);
  await cdc.messages(1);
});

test("a publication that is gone, or is without a table, or leaves something out", async () => {
  const state = await used("published");
  const publication = `"${slotOf("published")}"`;
  await server.query(
    `create table second (id int primary key); alter publication ${publication} add table second; alter publication ${publication} drop table published`,
  );
  expect(await refusal({ integration: "published", state })).toMatchObject({
    kind: "halted",
    reason: expect.stringContaining("is without public.published"),
  });
  await server.query(`drop publication ${publication}`);
  expect(await refusal({ integration: "published", state })).toMatchObject({
    kind: "halted",
    reason: expect.stringContaining("is gone"),
  });
  await server.query(`create publication ${publication} for table published where (n > 5)`);
  expect(await refusal({ integration: "published", state })).toMatchObject({
    kind: "halted",
    reason: expect.stringContaining("leaves out rows of public.published"),
  });
  await server.query(
    `drop publication ${publication}; create publication ${publication} for table published with (publish = 'insert')`,
  );
  expect(await refusal({ integration: "published", state })).toMatchObject({
    kind: "halted",
    help: expect.stringContaining("ALTER PUBLICATION"),
  });
});

test("tables whose changes would not name their row", async () => {
  await server.query(`
    create table keyless (id int);
    create table nothing (id int primary key); alter table nothing replica identity nothing;
    create unlogged table unlogged (id int primary key);
    create view seen as select 1 as id`);
  const why = async (integration: string) => {
    const { kind, reason, help } = await refusal({ integration });
    return { kind, reason, help };
  };
  expect(await why("keyless")).toMatchObject({
    kind: "halted",
    help: expect.stringContaining('ALTER TABLE "public"."keyless" ADD PRIMARY KEY'),
  });
  expect(await why("nothing")).toMatchObject({
    kind: "halted",
    help: 'ALTER TABLE "public"."nothing" REPLICA IDENTITY DEFAULT',
  });
  expect(await why("unlogged")).toMatchObject({ kind: "halted", reason: expect.stringContaining("no ordinary table") });
  expect(await why("seen")).toMatchObject({ kind: "halted", reason: expect.stringContaining("no ordinary table") });
  expect(await why("nowhere")).toMatchObject({ kind: "halted", reason: "there is no table public.nowhere" });
  // None of them got a publication, which would have made updates of the first two fail.
  expect(await server.query("select pubname from pg_publication where pubname ~ 'keyless|nothing'")).toEqual([]);
});

test("a key that goes away while changes go on", async () => {
  await server.query("create table losing (id int primary key, n int)");
  await using cdc = await startCdc({ url: server.url, integration: "losing", tables: ["losing"] });
  await server.query("insert into losing values (1, 0)");
  await cdc.messages(1);
  await server.query("alter table losing drop constraint losing_pkey; insert into losing values (1, 1)");
  await until("it halts", () => cdc.rig.failures.length > 0);
  expect(cdc.rig.failures).toMatchObject([
    { kind: "halted", reason: expect.stringContaining("has lost what told its rows apart") },
  ]);
  expect(cdc.rig.taken.length).toBe(1);
});

test("a truncated table halts, unless told otherwise", async () => {
  await server.query("create table emptied (id int primary key)");
  const state = new Map<string, Json>();
  {
    await using cdc = await startCdc({ url: server.url, integration: "emptied", tables: ["emptied"], state });
    await server.query("insert into emptied values (1); truncate emptied; insert into emptied values (2)");
    await until("it halts", () => cdc.rig.failures.length > 0);
    expect(cdc.rig.failures).toMatchObject([{ kind: "halted", help: expect.stringContaining("truncate: ignore") }]);
  }
  await using cdc = await startCdc({
    url: server.url,
    integration: "emptied",
    tables: ["emptied"],
    state,
    settings: { truncate: "ignore" },
  });
  await until("what came after", () => cdc.bodies().some(({ key }) => isJsonObject(key) && key.id === 2));
});

test("a row that does not fit the contract holds everything until it does", async () => {
  await server.query("create table unfit (id int primary key)");
  const state = new Map<string, Json>();
  const open = () => startCdc({ url: server.url, integration: "unfit", tables: ["unfit"], state });
  {
    await using cdc = await open();
    cdc.rig.answer = ({ id = "", value }) =>
      isJsonObject(value) && isJsonObject(value.key) && value.key.id === 2
        ? { kind: "invalid", issues: [{ path: "row.id", message: "must be below 2" }] }
        : { kind: "stored", id, sequence: 1, duplicate: false };
    await server.query("insert into unfit values (1), (2), (3)");
    await until("it halts", () => cdc.rig.failures.length > 0);
    expect(cdc.rig.failures).toMatchObject([
      { kind: "halted", reason: expect.stringContaining("row.id must be below 2") },
    ]);
    expect(cdc.rig.taken.length).toBe(2);
  }
  await using cdc = await open();
  await until("all three", () => applied(cdc.rig.taken, "public.unfit").size === 3);
});

test("rights that are missing are named, a password never is", async () => {
  await server.query(`
    create table owned (id int primary key);
    create role weak login password 'hunter2'; create role reader login replication password 'hunter2'`);
  const urlOf = (user: string, password = "hunter2") =>
    server.url.replace("postgres:a-password", `${user}:${password}`);
  const weak = await refusal({ integration: "owned", url: urlOf("weak") });
  const reader = await refusal({ integration: "owned", url: urlOf("reader") });
  const wrong = await refusal({ integration: "owned", url: urlOf("reader", "s3cr3t") });
  expect(weak.help).toContain('ALTER ROLE "weak" REPLICATION');
  expect(reader.help).toContain('CREATE PUBLICATION "vrsky_acme_owned_in"');
  expect(wrong).toMatchObject({ kind: "disconnected", reason: expect.stringContaining("refuses the login") });
  expect(JSON.stringify([weak, reader, wrong])).not.toMatch(/hunter2|s3cr3t/);
  await server.query(
    `create publication vrsky_acme_owned_in for table owned with (publish_via_partition_root = true); insert into owned values (1)`,
  );
  {
    await using cdc = await startCdc({ url: urlOf("reader"), integration: "owned", tables: ["owned"] });
    await until("it halts", () => cdc.rig.failures.length > 0);
    expect(cdc.rig.failures).toMatchObject([
      { kind: "halted", help: expect.stringContaining("GRANT SELECT ON public.owned") },
    ]);
  }
  await server.query(`grant select on owned to reader; select pg_drop_replication_slot('${slotOf("owned")}')`);
  await using cdc = await startCdc({ url: urlOf("reader"), integration: "owned", tables: ["owned"] });
  await cdc.messages(1);
});

test("whoever finds the slot taken waits, and a server that goes away is said to be away", async () => {
  await using own = await postgresServer();
  await own.query("create table taken (id int primary key)");
  const state = new Map<string, Json>();
  await using first = await start("taken", state, own.url);
  expect(await refusal({ integration: "taken", state, url: own.url })).toMatchObject({
    kind: "disconnected",
    reason: expect.stringContaining("somebody else reads the slot"),
  });
  await own.kill("SIGKILL");
  await until("it is told", () => first.rig.failures.length > 0);
  expect(first.rig.failures).toMatchObject([{ kind: "disconnected" }]);
  expect(await refusal({ integration: "taken", state, url: own.url })).toMatchObject({ kind: "disconnected" });
  await first.stop();
  await own.start();
  await using second = await start("taken", state, own.url);
  await own.query("insert into taken values (1)");
  await second.messages(1);
});

test("a server without logical decoding", async () => {
  await using plain = await postgresServer({ settings: { wal_level: "replica" } });
  await plain.query("create table any_table (id int primary key)");
  expect(await refusal({ integration: "any_table", url: plain.url })).toMatchObject({
    kind: "halted",
    help: expect.stringContaining("ALTER SYSTEM SET wal_level = logical"),
  });
});
