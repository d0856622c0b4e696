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
