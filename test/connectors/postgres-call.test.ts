// A query as a step's question, against a real PostgreSQL: rows as JSON, data in parameters only, nothing written unless
// that is asked for, bounded answers.

import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresCall } from "../../connectors/postgres/call.ts";
import type { OpenTarget } from "../../schema/connector.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { delivery, targetContext } from "../rig/connector.ts";
import { type PostgresRig, postgresServer } from "../rig/postgres.ts";

let server: PostgresRig;
const open: OpenTarget[] = [];
beforeAll(async () => {
  server = await postgresServer();
  await server.query("create table customers (id int primary key, name text, tier text)");
  await server.query("insert into customers values (1, 'Ada', 'gold'), (2, 'O''Hara', 'basic')");
});
afterAll(async () => {
  await Promise.all(open.map((call) => call.close()));
  await server[Symbol.asyncDispose]();
});

const ask = (query: string, params: readonly Json[] = [], more: JsonObject = {}): Promise<DeliveryResult> => {
  const call = openPostgresCall(targetContext({ connection: { url: server.url }, query, ...more }));
  open.push(call);
  return call.deliver(delivery({ params }, null));
};

const answered = (answer: Json) => ({ kind: "delivered", answer });

test("rows come as JSON, and data only as parameters", async () => {
  const byId = "select id, name, tier from customers where id = $1";
  expect(await ask(byId, [1])).toMatchObject(answered([{ id: 1, name: "Ada", tier: "gold" }]));
  expect(await ask(byId, [3])).toMatchObject(answered([]));
  const byName = "select id from customers where name = $1";
  expect(await ask(byName, ["O'Hara"])).toMatchObject(answered([{ id: 2 }]));
  expect(await ask(byName, ["'; drop table customers; --"])).toMatchObject(answered([]));
  expect(await ask("select id from customers where id = any($1) order by id", [[1, 2]])).toMatchObject(
    answered([{ id: 1 }, { id: 2 }]),
  );
  expect(
    await ask(
      `select 9007199254740993::bigint as big, 1.10::numeric as n, 0.1::float8 as f, true as b, null as nothing,
        '2024-02-29 12:00+02'::timestamptz as at, '2024-02-29'::date as day, array[1, 2] as list, $1::jsonb as j,
        '\\x0001'::bytea as bytes, 'x'::varchar(3) as v`,
      [{ a: [1, "x"] }],
    ),
  ).toMatchObject(
    answered([
      {
        big: "9007199254740993",
        n: 1.1,
        f: 0.1,
        b: true,
        nothing: null,
        at: "2024-02-29T10:00:00Z",
        day: "2024-02-29",
        list: [1, 2],
        j: { a: [1, "x"] },
        bytes: "\\x0001",
        v: "x",
      },
    ]),
  );
});

test("it cannot write unless it says so, and never more than one statement", async () => {
  const write = "insert into customers values ($1, 'New', 'gold') returning id";
  expect(await ask(write, [7])).toMatchObject({
    kind: "permanent",
    failure: { class: "rejected", message: expect.stringMatching(/the query writes; it may where `read-only: false`/) },
  });
  expect(await ask("commit; drop table customers")).toMatchObject({ kind: "permanent" });
  expect(await ask("select 1; drop table customers")).toMatchObject({ kind: "permanent" });
  expect(await server.query("select count(*)::int as count from customers")).toEqual([{ count: 2 }]);
  expect(await ask(write, [7], { "read-only": false })).toMatchObject(answered([{ id: 7 }]));
  expect(await server.query("select name from customers where id = 7")).toEqual([{ name: "New" }]);
});

test("what cannot be answered is said without the value; too many rows are not read to their end", async () => {
  const wrong = await ask("select 1 from customers where id = $1", ["SECRET"]);
  expect(wrong).toMatchObject({ kind: "permanent", failure: { class: "invalid" } });
  expect(JSON.stringify(wrong)).not.toContain("SECRET");
  expect(await ask("select nothing from customers")).toMatchObject({
    kind: "permanent",
    failure: { class: "rejected", message: expect.stringMatching(/column "nothing" does not exist \(42703\)/) },
  });
  expect(await ask("select * from nowhere")).toMatchObject({ kind: "transient" });
  expect(await ask("select generate_series(1, 1000000000) as g")).toMatchObject({
    kind: "permanent",
    failure: { message: expect.stringMatching(/more than 10000 rows/) },
  });
  expect(await ask("select repeat('x', 20000) from generate_series(1, 1000)")).toMatchObject({
    kind: "permanent",
    failure: { message: expect.stringMatching(/more than 8 MiB/) },
  });
});

test("equal questions are equal, so that they may share an answer", () => {
  const call = openPostgresCall(targetContext({ connection: { url: server.url }, query: "select $1" }));
  open.push(call);
  expect(call.question?.({ settings: { params: [1] }, body: 1 })).toEqual(["select $1", [1]]);
});
