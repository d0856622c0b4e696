// Two events never have one id: the intake and every inbox would take the second one for a repeat, and lose it.

import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgresSource } from "../../connectors/postgres/source.ts";
import type { Json } from "../../schema/json.ts";
import { bodyOf } from "../rig/cdc.ts";
import { sourceRig } from "../rig/connector.ts";
import { type PostgresRig, postgresServer } from "../rig/postgres.ts";
import { until } from "../rig/wait.ts";

let server: PostgresRig;
beforeAll(async () => {
  server = await postgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

interface Named {
  readonly integration: string;
  readonly name?: string;
  readonly tables: readonly string[];
  readonly state?: Map<string, Json>;
  readonly snapshot?: boolean;
}

/** What a source hands over until `count` messages are there. */
async function taken({ integration, name = "in", tables, state = new Map(), snapshot = true }: Named, count: number) {
  const rig = sourceRig({ settings: { connection: { url: server.url }, tables: [...tables], snapshot }, state });
  const source = await startPostgresSource({ ...rig.context, integration, name });
  await until(`${count} messages`, () => rig.taken.length >= count);
  rig.end();
  await source.stop();
  return rig.taken;
}

const idsOf = (messages: readonly { readonly id?: string }[]): readonly string[] => messages.map(({ id = "" }) => id);

const none = (first: readonly string[], second: readonly string[]): void =>
  expect(first.filter((id) => second.includes(id))).toEqual([]);

test("two sources of one integration on one server", async () => {
  await server.query("create table here (id int primary key); create table there (id int primary key)");
  const start = (name: string, tables: readonly string[]) => {
    const rig = sourceRig({ settings: { connection: { url: server.url }, tables: [...tables] } });
    return startPostgresSource({ ...rig.context, integration: "both", name }).then((source) => ({ rig, source }));
  };
  const [one, two] = [await start("one", ["here", "there"]), await start("two", ["there"])];
  await server.query("begin; insert into here values (1); insert into there values (1); commit");
  await until("all", () => one.rig.taken.length === 2 && two.rig.taken.length === 1);
  for (const { rig, source } of [one, two]) {
    rig.end();
    await source.stop();
  }
  none(idsOf(one.rig.taken), idsOf(two.rig.taken));
});

test("a source that is called otherwise, or has lost what it remembered", async () => {
  await server.query("create table named (id int primary key, n int); insert into named values (1, 0)");
  const first = await taken({ integration: "named", tables: ["named"] }, 1);
  await server.query("update named set n = 1");
  const renamed = await taken({ integration: "named", name: "other", tables: ["named"] }, 1);
  const forgotten = await taken(
    { integration: "named", tables: ["named"], state: new Map([["resnapshot", { id: "1" }]]) },
    1,
  );
  for (const message of [...renamed, ...forgotten]) expect(bodyOf(message).row).toEqual({ id: 1, n: 1 });
  none(idsOf(first), idsOf(renamed));
  none(idsOf(first), idsOf(forgotten));
  none(idsOf(renamed), idsOf(forgotten));
});

test("a table that is taken out and comes back", async () => {
  await server.query(
    "create table stays (id int primary key); create table comes (id int primary key, n int); insert into comes values (1, 0)",
  );
  const state = new Map<string, Json>();
  const first = await taken({ integration: "back", tables: ["stays", "comes"], state }, 1);
  await server.query("insert into stays values (1)");
  await taken({ integration: "back", tables: ["stays"], state }, 1);
  await server.query("update comes set n = 1");
  const again = await taken({ integration: "back", tables: ["stays", "comes"], state }, 1);
  expect(again.map(bodyOf)).toMatchObject([{ op: "snapshot", row: { id: 1, n: 1 } }]);
  none(idsOf(first), idsOf(again));
});
