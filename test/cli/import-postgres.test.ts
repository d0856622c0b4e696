// vrsky import postgres, against a real server: what it writes compiles, holds targets to the tables, is written again
// only where something changed, and holds no password.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { command } from "../rig/command.ts";
import { type PostgresRig, postgresServer, superUser } from "../rig/postgres.ts";

let server: PostgresRig;
let folder = "";

beforeAll(async () => {
  server = await postgresServer();
  await server.query("create type mood as enum ('happy', 'sad')");
  await server.query(
    "create table orders (id bigint primary key, code varchar(8) unique, total numeric(10,2) not null, placed timestamptz not null default now(), m mood, tags text[], extra jsonb, twice int generated always as (1) stored)",
  );
  await server.query('create schema "Other One"');
  await server.query('create table "Other One"."Lines, too" ("No." int not null)');
  folder = await mkdtemp(join(tmpdir(), "vrsky-import-"));
  await mkdir(join(folder, "tenants/acme"), { recursive: true });
  await writeFile(join(folder, "vrsky.yaml"), "workspace: w\nlanguage: 1\n");
  await writeFile(join(folder, "tenants/acme/tenant.yaml"), "tenant: acme\nsecrets: [shop_password]\n");
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function vrsky(...args: readonly string[]): Promise<Ran> {
  const env = { ...process.env, NO_COLOR: "1", SHOP: server.url, CLOSED: "postgres://me:hunter2@127.0.0.1:1/shop" };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...command, ...args], { cwd: folder, env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

const importing = (...more: readonly string[]): Promise<Ran> =>
  vrsky("import", "postgres", "--url-env", "SHOP", "--tenant", "acme", "--connection", "shop", ...more);

const file = (path: string): Promise<string> => readFile(join(folder, path), "utf8");

const integration = (total: string): string => `integration: a
source: { http: { path: /a }, contract: { id: integer, total: number } }
steps: [{ map: { id: "\${ body.id }"${total} } }]
targets: { out: { postgres: { connection: shop, table: orders, mode: upsert, key: [id] } } }
`;

test("tables become contracts, their connection says which has which, and targets are held to them", async () => {
  const first = await importing("--tables", 'orders,"Other One"."Lines, too"');
  expect([first.code, first.out]).toEqual([0, ""]);
  expect(first.err).toMatch(
    /\+ contracts\/orders-row@1\.yaml[\s\S]*secret shop_password.*VRSKY_SECRET_ACME_SHOP_PASSWORD/,
  );
  expect(parse(await file("contracts/orders-row@1.yaml"))).toEqual({
    type: "object",
    properties: {
      id: { type: "integer", description: "bigint" },
      code: { type: ["string", "null"], maxLength: 8, description: "character varying(8)" },
      total: { type: "number", description: "numeric(10,2)" },
      placed: { type: "string", format: "date-time", description: "timestamp with time zone" },
      m: { enum: ["happy", "sad", null], description: "mood" },
      tags: { type: ["array", "null"], items: { type: ["string", "null"] }, description: "text[]" },
      extra: { description: "jsonb" },
    },
    required: ["id", "total"],
  });
  const connection = parse(await file("tenants/acme/connection-shop.yaml"));
  expect(connection.connections.shop.postgres).toEqual({
    url: `postgres://postgres:\${ secrets.shop_password }@127.0.0.1:${server.port}/postgres`,
    tables: {
      "public.orders": { contract: "orders-row@1", keys: [["id"], ["code"]] },
      '"Other One"."Lines, too"': { contract: "other-one-lines-too-row@1", keys: [] },
    },
  });
  for (const name of [
    ...(await readdir(join(folder, "contracts"))).map((each) => `contracts/${each}`),
    "tenants/acme/connection-shop.yaml",
  ]) {
    expect(await file(name)).not.toContain(superUser.password);
  }
  await writeFile(join(folder, "tenants/acme/a.yaml"), integration(', total: "${ body.total }"'));
  expect(await vrsky("validate", ".")).toMatchObject({ code: 0 });
  await writeFile(join(folder, "tenants/acme/a.yaml"), integration(""));
  const missing = await vrsky("validate", ".");
  expect([missing.code, missing.out + missing.err]).toEqual([
    1,
    expect.stringMatching(/`total` is missing: `orders-row@1` requires it/),
  ]);
});

test("again it changes nothing, a changed table is shown as a difference, and an edited file is left alone", async () => {
  const again = await importing("--tables", 'orders,"Other One"."Lines, too"');
  expect([again.code, again.out, again.err]).toEqual([0, "", expect.stringMatching(/= contracts\/orders-row@1\.yaml/)]);
  await server.query("alter table orders add note text not null");
  const checked = await importing("--tables", 'orders,"Other One"."Lines, too"', "--check");
  expect([checked.code, checked.out]).toEqual([1, expect.stringMatching(/^\+ {2}note:$/m)]);
  expect(await file("contracts/orders-row@1.yaml")).not.toContain("note");
  const changed = await importing("--tables", 'orders,"Other One"."Lines, too"');
  expect([changed.code, changed.out]).toEqual([0, expect.stringMatching(/^\+ {2}- note$/m)]);
  await writeFile(
    join(folder, "contracts/orders-row@1.yaml"),
    `${await file("contracts/orders-row@1.yaml")}title: mine\n`,
  );
  await server.query("alter table orders drop note");
  const kept = await importing("--tables", "orders");
  expect([kept.code, kept.err]).toEqual([
    3,
    expect.stringMatching(/orders-row@1\.yaml was edited by hand and is left as it is/),
  ]);
  expect(await file("contracts/orders-row@1.yaml")).toContain("title: mine");
  expect(await importing("--tables", "orders", "--force")).toMatchObject({ code: 0 });
  expect(await file("contracts/orders-row@1.yaml")).not.toContain("title: mine");
});

test("a connection that stands elsewhere is not written a second time; what is not there is said without the password", async () => {
  await rm(join(folder, "tenants/acme/connection-shop.yaml"));
  const own = "connections:\n  shop: { postgres: { url: postgres://me@db/shop } }\n";
  await writeFile(join(folder, "tenants/acme/mine.yaml"), own);
  const elsewhere = await importing("--tables", "orders");
  expect([elsewhere.code, elsewhere.err]).toEqual([0, expect.stringMatching(/declared in tenants\/acme\/mine\.yaml/)]);
  expect(parse(elsewhere.out)).toEqual({
    tables: { "public.orders": { contract: "orders-row@1", keys: [["id"], ["code"]] } },
  });
  expect(await importing("--tables", "orders,nothing")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/has no table public\.nothing/),
  });
  const closed = await vrsky("import", "postgres", "--url-env", "CLOSED", "--tenant", "acme");
  expect([closed.code, closed.err]).toEqual([69, expect.stringMatching(/127\.0\.0\.1:1\/shop.*ECONNREFUSED/)]);
  expect(closed.err).not.toContain("hunter2");
  expect(await vrsky("import", "postgres", "--url-env", "NOWHERE", "--tenant", "acme")).toMatchObject({
    code: 64,
    err: expect.stringMatching(/NOWHERE is not set/),
  });
});

test("tables whose names differ by little have contracts of their own, and no name leads out of the workspace", async () => {
  await server.query(`
    create schema odd;
    create table odd.order_lines (a int not null); create table odd."order-lines" (b int not null);
    create table odd."Order.Lines" (c int not null); create table odd."../../../up" (d int not null);
    create table odd."select" ("from" int not null, "${"$"}{ secrets.x }" text); create table odd."заказ" (e int not null);
    create domain odd.small as int; create domain odd.smaller as odd.small;
    create table odd.domains (d odd.smaller not null, r int4range, i int generated always as identity)`);
  const tables = [
    "odd.order_lines",
    'odd."order-lines"',
    'odd."Order.Lines"',
    'odd."../../../up"',
    "odd.select",
    "odd.заказ",
    "odd.domains",
  ];
  await mkdir(join(folder, "tenants/odd"), { recursive: true });
  await writeFile(join(folder, "tenants/odd/tenant.yaml"), "tenant: odd\nsecrets: [odd_password]\n");
  const importOdd = (connection: string): Promise<Ran> =>
    vrsky(
      "import",
      "postgres",
      "--url-env",
      "SHOP",
      "--tenant",
      "odd",
      "--connection",
      connection,
      "--tables",
      tables.join(),
    );
  expect(await importOdd("../../up")).toMatchObject({ code: 64 });
  expect(await importOdd("odd")).toMatchObject({ code: 0 });
  const { postgres } = parse(await file("tenants/odd/connection-odd.yaml")).connections.odd;
  const contracts = Object.values<{ readonly contract: string }>(postgres.tables).map(({ contract }) => contract);
  expect(new Set(contracts).size).toBe(tables.length);
  const columns = await Promise.all(
    contracts.map(async (name) => Object.keys(parse(await file(`contracts/${name}.yaml`)).properties).join()),
  );
  expect(columns).toEqual(["a", "b", "c", "d", "from,${ secrets.x }", "e", "d,r,i"]);
  expect(parse(await file("contracts/odd-domains-row@1.yaml")).properties.d.type).toBe("integer");
  expect(await vrsky("validate", ".")).toMatchObject({ code: 0 });
});
