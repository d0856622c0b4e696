// Readers of streams that are somebody else's: made and taken away with the integration, while the stream is left alone.

import type { NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { type ConsumerInfo, call, callIfThere, type StreamInfo } from "../../control/jetstream-api.ts";
import { observe } from "../../control/observe.ts";
import { plan } from "../../control/plan.ts";
import { applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { natsServer } from "../rig/nats.ts";

const integration = (name: string, source: string): string => `integration: ${name}
source: { nats: ${source}, contract: any }
targets: { out: { nats: { subject: ${name}.out } } }
`;

function compiled(...integrations: readonly string[]) {
  const { emitted, diagnostics } = compileTexts({ "tenants/acme/a.yaml": integrations.join("---\n") });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  const { topology, bundles } = emitted;
  return { topology, bundles: (hash: string) => bundles.find(({ bundle }) => bundle.hash === hash) };
}

async function planned({ topology }: ReturnType<typeof compiled>, connection: NatsConnection, prune = false) {
  const observed = await observe(topology, [{ tenant: "acme", connection }]);
  if (!observed.ok) throw new Error(observed.failure.message);
  return plan(topology, observed.value, { prune });
}

const other = integration("other", "{ subject: others.new }");
const stream = integration("orders", '{ stream: ORDERS, subject: "orders.>" }');
const bucket = integration("prices", '{ bucket: prices, key: "eu.*" }');

test("a reader of a stream that is not there is refused by name; one that is there is read from its oldest message", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const wanted = compiled(stream, bucket);
  const apply = () => applyTo(wanted.topology, [{ tenant: "acme", connection }], { bundles: wanted.bundles });
  expect(await planned(wanted, connection)).toMatchObject({
    ok: false,
    failure: {
      kind: "conflict",
      conflicts: [
        "stream ORDERS, which source nats of acme/orders reads, is not in the account of tenant acme: make it first",
        "bucket prices, which source nats of acme/prices reads, is not in the account of tenant acme: make it first",
      ],
    },
  });
  await call(connection, "STREAM.CREATE.ORDERS", { name: "ORDERS", subjects: ["orders.>"] });
  await call(connection, "STREAM.CREATE.KV_prices", { name: "KV_prices", subjects: ["$KV.prices.>"] });
  for (let i = 0; i < 3; i++) await connection.request(`orders.${i}`, "{}");
  expect(await apply()).toMatchObject({ ok: true });
  const reader = await call<ConsumerInfo>(connection, "CONSUMER.INFO.ORDERS.orders_nats");
  expect(reader).toMatchObject({ num_pending: 3, config: { filter_subject: "orders.>" } });
  expect(await planned(wanted, connection)).toMatchObject({
    ok: true,
    value: { changes: [], drift: [], leftovers: [] },
  });
});

test("a reader goes with its integration, and the stream stays as it was", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  await call(connection, "STREAM.CREATE.ORDERS", { name: "ORDERS", subjects: ["orders.>"] });
  for (let i = 0; i < 3; i++) await connection.request(`orders.${i}`, "{}");
  const audit = { stream_name: "ORDERS", config: { durable_name: "audit", ack_policy: "explicit" } };
  await call(connection, "CONSUMER.CREATE.ORDERS.audit", audit);
  const before = compiled(stream, other);
  const after = compiled(other);
  const connections = [{ tenant: "acme", connection }];
  const stop = { bundles: before.bundles };
  expect(await applyTo(before.topology, connections, stop)).toMatchObject({ ok: true });
  expect(await applyTo(after.topology, connections, { bundles: after.bundles, prune: true })).toMatchObject({
    ok: true,
  });
  expect(await callIfThere(connection, "CONSUMER.INFO.ORDERS.orders_nats")).toBeUndefined();
  expect(await callIfThere(connection, "CONSUMER.INFO.ORDERS.audit")).toBeDefined();
  expect((await call<StreamInfo>(connection, "STREAM.INFO.ORDERS")).state.messages).toBe(3);
  expect(await planned(after, connection)).toMatchObject({ ok: true, value: { changes: [], leftovers: [] } });
});

/** As a worker does: takes so many and acknowledges them. */
async function takeFrom(connection: NatsConnection, consumer: string, count: number): Promise<void> {
  const next = `$JS.API.CONSUMER.MSG.NEXT.ORDERS.${consumer}`;
  for (let i = 0; i < count; i++) {
    // The answer comes under the message's own subject, which a shared inbox would not know.
    const message = await connection.request(next, '{"batch":1}', { noMux: true, timeout: 5_000 });
    await connection.request(message.reply ?? "", "+ACK");
  }
}

const place = async (connection: NatsConnection, consumer: string) => {
  const info = await callIfThere<ConsumerInfo>(connection, `CONSUMER.INFO.ORDERS.${consumer}`);
  return info === undefined ? undefined : { acked: info.ack_floor.stream_seq, left: info.num_pending };
};

async function withOrders(connection: NatsConnection): Promise<void> {
  await call(connection, "STREAM.CREATE.ORDERS", { name: "ORDERS", subjects: ["orders.>"] });
  for (let i = 0; i < 4; i++) await connection.request(`orders.${i % 2}`, "{}");
}

test("a renamed integration reads on where it was", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const connections = [{ tenant: "acme", connection }];
  await withOrders(connection);
  const before = compiled(stream);
  expect(await applyTo(before.topology, connections, { bundles: before.bundles })).toMatchObject({ ok: true });
  await takeFrom(connection, "orders_nats", 3);
  expect(await place(connection, "orders_nats")).toEqual({ acked: 3, left: 1 });
  const after = compiled(stream.replace("integration: orders", "integration: sales\nmoved-from: orders"));
  expect(await applyTo(after.topology, connections, { bundles: after.bundles })).toMatchObject({ ok: true });
  expect(await place(connection, "orders_nats")).toBeUndefined();
  expect(await place(connection, "sales_nats")).toEqual({ acked: 3, left: 1 });
  expect(await planned(after, connection)).toMatchObject({ ok: true, value: { changes: [], leftovers: [] } });
});

test("another filter is a change in place, told where it passes over unread ones; another stream is another reader", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const connections = [{ tenant: "acme", connection }];
  await withOrders(connection);
  await call(connection, "STREAM.CREATE.SALES", { name: "SALES", subjects: ["sales.>"] });
  const apply = async (source: string, allowDataLoss: readonly string[] = []) => {
    const wanted = compiled(integration("orders", source));
    const applied = await applyTo(wanted.topology, connections, { bundles: wanted.bundles, allowDataLoss });
    if (applied.ok) {
      expect(await planned(wanted, connection)).toMatchObject({ ok: true, value: { changes: [], leftovers: [] } });
    }
    return applied;
  };
  const done = { ok: true };
  expect(await apply('{ stream: ORDERS, subject: "orders.>" }')).toMatchObject(done);
  await takeFrom(connection, "orders_nats", 2);
  const narrower = '{ stream: ORDERS, subject: "orders.1" }';
  const losses = [{ tenant: "acme", name: "ORDERS/orders_nats", messages: 2 }];
  expect(await apply(narrower)).toMatchObject({ ok: false, failure: { kind: "data-loss", losses } });
  expect(await apply(narrower, ["acme/ORDERS/orders_nats"])).toMatchObject(done);
  expect(await place(connection, "orders_nats")).toEqual({ acked: 2, left: 1 });
  expect(await apply('{ stream: SALES, subject: "sales.>" }')).toMatchObject(done);
  expect(await place(connection, "orders_nats")).toBeUndefined();
  expect(await callIfThere(connection, "CONSUMER.INFO.SALES.orders_nats")).toBeDefined();
  await call(connection, "STREAM.DELETE.SALES", {});
  expect(await apply('{ stream: SALES, subject: "sales.>" }')).toMatchObject({
    ok: false,
    failure: { kind: "conflict" },
  });
  expect(await apply("{ subject: orders.new }")).toMatchObject(done);
});

test("a stream that hands its messages to one consumer only is read, and a second reader of it is told", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const connections = [{ tenant: "acme", connection }];
  await call(connection, "STREAM.CREATE.ORDERS", { name: "ORDERS", subjects: ["orders.>"], retention: "workqueue" });
  await connection.request("orders.1", "{}");
  const one = compiled(stream);
  expect(await applyTo(one.topology, connections, { bundles: one.bundles })).toMatchObject({ ok: true });
  const two = compiled(stream, integration("second", '{ stream: ORDERS, subject: "orders.*" }'));
  const result = await applyTo(two.topology, connections, { bundles: two.bundles });
  const told = "creating consumer ORDERS/second_nats of tenant acme: filtered consumer not unique on workqueue stream";
  expect(result).toMatchObject({ ok: false, failure: { message: expect.stringContaining(told) } });
  await takeFrom(connection, "orders_nats", 1);
  expect((await call<StreamInfo>(connection, "STREAM.INFO.ORDERS")).state.messages).toBe(0);
});
