// A postgres source from a table to an API, as the language has it; then its slot is lost, it halts, and the verb that it
// names heals it.

import { expect, test } from "vitest";
import { sourceResnapshot } from "../../cli/verbs/source/resnapshot.ts";
import { statusVerb } from "../../cli/verbs/status.ts";
import type { Status } from "../../control/watch/status.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import { postgresServer } from "../rig/postgres.ts";
import { until } from "../rig/wait.ts";
import { watched } from "../rig/watched.ts";

const specs = (url: string) => ({
  "contracts/order-row@1.json": JSON.stringify({
    type: "object",
    properties: { id: { type: "integer" }, customer_id: { type: "integer" }, total: { type: "number" } },
    required: ["id", "customer_id", "total"],
  }),
  "tenants/acme/orders.yaml": `connections:
  shop: { postgres: { url: "${url}" } }
---
integration: orders-to-erp
source:
  postgres: { connection: shop, tables: [public.orders] }
  contract: order-row@1
order-by: \${ body.key.customer_id }
targets:
  erp:
    http:
      url: "\${ settings.receiver }/\${ body.op }/orders/\${ body.key.id }"
      method: |-
        \${ body.op === "delete" ? "DELETE" : "PUT" }
      json: \${ body.row }
    on-error: { not-found: continue }
`,
});

test("a table is followed; a lost slot halts before anything is skipped, and the verb that is named heals it", async () => {
  await using server = await postgresServer();
  await server.query(`create table orders (customer_id int, id int, total numeric(10,2) not null, note text, primary key (customer_id, id));
    insert into orders values (7, 1, 10), (7, 2, 20.5)`);
  await using world = await watched(specs(server.url));
  const got = (path: string): readonly Json[] =>
    world.received.filter((each) => each.path === path).map(({ body }) => body);
  await until(
    "the rows that were there",
    () => got("/snapshot/orders/1").length + got("/snapshot/orders/2").length === 2,
  );
  expect(got("/snapshot/orders/2")).toEqual([{ id: 2, customer_id: 7, total: 20.5 }]);
  await server.query(
    "update orders set total = 30 where id = 2; insert into orders values (8, 3, 1); delete from orders where id = 1",
  );
  await until(
    "the changes",
    () =>
      got("/update/orders/2").length === 1 &&
      got("/insert/orders/3").length === 1 &&
      got("/delete/orders/1").length === 1,
  );
  const slot = (await server.query("select slot_name from pg_replication_slots"))[0]?.slot_name;
  expect(slot).toMatch(/^vrsky_acme_orders_to_erp_postgres_[0-9a-f]{8}$/);

  await world.stopWorker();
  await server.query("select pg_drop_replication_slot($1)", [slot]);
  await server.query("insert into orders values (9, 4, 5)");
  await world.startWorker();
  const halted = await until("it halts", () =>
    world.events.find((event) => event.kind === "source" && event.condition === "halted"),
  );
  expect(halted).toMatchObject({
    help: expect.stringContaining("vrsky source resnapshot . acme/orders-to-erp postgres"),
  });
  expect(JSON.stringify(halted)).not.toContain("a-password");
  expect(got("/snapshot/orders/4")).toEqual([]);
  const shown = (json: boolean) =>
    world.verb((io) => statusVerb(world.folder, { json, watch: false, ...world.cluster }, io));
  await until("the status says so", async () => (await shown(false)).out.includes("source postgres halted: "));
  await until("in JSON as well, with what helps", async () => {
    const status: Status = JSON.parse((await shown(true)).out);
    const [source] = status.integrations[0]?.sources ?? [];
    return source?.condition === "halted" && source.help?.includes("vrsky source resnapshot . acme/orders-to-erp");
  });

  const ask = (name: string, source: string | undefined, more: { readonly yes?: boolean; readonly dryRun?: boolean }) =>
    world.verb((io) =>
      sourceResnapshot(world.folder, name, source, { json: true, yes: false, ...world.cluster, ...more }, io),
    );
  expect(await ask("acme/nobody", undefined, { yes: true })).toMatchObject({ code: 1, out: "" });
  expect(await ask("acme/orders-to-erp", "other", { yes: true })).toMatchObject({ code: 1, out: "" });
  const refused = await ask("acme/orders-to-erp", undefined, {});
  expect(refused).toMatchObject({
    code: 3,
    err: expect.stringContaining("all rows of public.orders are sent once more"),
  });
  expect((await ask("acme/orders-to-erp", undefined, { dryRun: true })).code).toBe(0);
  const asked = await ask("acme/orders-to-erp", "postgres", { yes: true });
  expect(asked).toMatchObject({ code: 0 });
  const said: Json = JSON.parse(asked.out);
  expect(isJsonObject(said) && said.source).toBe("postgres");
  await until(
    "all rows, once more",
    () => got("/snapshot/orders/4").length === 1 && got("/snapshot/orders/2").length === 2,
  );
  await server.query("update orders set total = 6 where id = 4");
  await until("changes go on", () => got("/update/orders/4").length === 1);
});
