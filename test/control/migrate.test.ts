// Apply makes streams and consumers anew with their messages: cut at every call, planned again, applied again.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TenantConnection } from "../../control/connect.ts";
import { type ConsumerInfo, call, list, type StreamInfo } from "../../control/jetstream-api.ts";
import { observe } from "../../control/observe.ts";
import { plan } from "../../control/plan.ts";
import type { Plan } from "../../schema/plan.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { crashPointsOfWrites, crashRig, describePoint } from "../rig/crashing-connection.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { workspaceOf } from "../rig/workspace.ts";

let nats: NatsRig;
let platform: NatsConnection;
let acme: TenantConnection;
beforeAll(async () => {
  nats = await natsServer({ accounts: ["acme", "platform"], syncAlways: false });
  platform = await nats.connect("platform");
  acme = { tenant: "acme", connection: await nats.connect("acme") };
});
afterAll(() => nats[Symbol.asyncDispose]());

/** An account with nothing in it. */
async function emptied(): Promise<void> {
  for (const { connection } of [acme, { connection: platform }]) {
    for (const { config } of await list<StreamInfo>(connection, "STREAM.LIST", "streams")) {
      await call(connection, `STREAM.DELETE.${config.name}`);
    }
  }
}

function applied(wanted: Topology, connection = acme.connection) {
  return applyTo(wanted, [], { access: accessOf([{ tenant: "acme", connection }], platform) });
}

async function planned(wanted: Topology): Promise<Plan> {
  const observed = await observe(wanted, [acme]);
  if (!observed.ok) throw new Error(observed.failure.message);
  const result = plan(wanted, observed.value);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

async function send(prefix: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await acme.connection.request(`${prefix}.${i}`, `${i}`);
}

async function acknowledge(stream: string, consumer: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    const message = await acme.connection.request(next, "1", { timeout: 2_000, noMux: true });
    await acme.connection.request(message.reply ?? "", "+ACK");
  }
}

const consumerInfo = (name: string) => call<ConsumerInfo>(acme.connection, `CONSUMER.INFO.${name.replace("/", ".")}`);

const orders = workspaceOf({ integrations: { orders: ["warehouse"] }, intake: { discard: "old" } });

/** By hand, so that what is wanted differs in a field that the server does not change. */
async function byHand(stream: string, part: object): Promise<void> {
  const { config } = await call<StreamInfo>(acme.connection, `STREAM.INFO.${stream}`);
  const consumers = await list<ConsumerInfo>(acme.connection, `CONSUMER.LIST.${stream}`, "consumers");
  await call(acme.connection, `STREAM.DELETE.${stream}`);
  await call(acme.connection, `STREAM.CREATE.${stream}`, { ...config, ...part });
  for (const { name, config: consumer } of consumers) {
    await call(acme.connection, `CONSUMER.CREATE.${stream}.${name}`, { stream_name: stream, config: consumer });
  }
}

interface Case {
  readonly title: string;
  /** Brings the applied workspace into the state from which it starts. */
  readonly before: () => Promise<void>;
  /** What must be so in the end. */
  readonly after: () => Promise<void>;
}

const cases: readonly Case[] = [
  {
    title: "a stream of another storage",
    before: async () => {
      await byHand("IN_orders", { storage: "memory" });
      await send("in.orders.m", 20);
      await acknowledge("IN_orders", "warehouse", 5);
    },
    after: async () => {
      const { config, state } = await call<StreamInfo>(acme.connection, "STREAM.INFO.IN_orders");
      expect(config).toMatchObject({ storage: "file", subjects: ["in.orders.>"] });
      expect(state).toMatchObject({ messages: 20, last_seq: 20 });
      expect((await consumerInfo("IN_orders/warehouse")).num_pending).toBe(15);
    },
  },
  {
    title: "a RETRY stream of another storage: schedules are still to fire",
    before: async () => {
      await byHand("RETRY_orders", { storage: "memory" });
      const parked = headers();
      parked.set("Nats-Schedule", "@at 2099-01-01T00:00:00Z");
      parked.set("Nats-Schedule-Target", "rd.orders.warehouse.a");
      await acme.connection.request("rs.orders.warehouse.a", "parked", { headers: parked, timeout: 2_000 });
      await send("rd.orders.warehouse", 3);
      await send("rx.orders.warehouse", 4);
      await acknowledge("RETRY_orders", "warehouse", 1);
    },
    after: async () => {
      const { config, state } = await call<StreamInfo>(acme.connection, "STREAM.INFO.RETRY_orders");
      expect(config).toMatchObject({ storage: "file", allow_msg_schedules: true, allow_msg_ttl: true });
      expect(state).toMatchObject({ messages: 7 });
      expect((await consumerInfo("RETRY_orders/warehouse")).num_pending).toBe(2);
    },
  },
  {
    title: "a consumer of another acknowledgement",
    before: async () => {
      const { config } = await consumerInfo("IN_orders/warehouse");
      await call(acme.connection, "CONSUMER.DELETE.IN_orders.warehouse");
      const all = { stream_name: "IN_orders", config: { ...config, ack_policy: "all" } };
      await call(acme.connection, "CONSUMER.CREATE.IN_orders.warehouse", all);
      await send("in.orders.m", 20);
      await acknowledge("IN_orders", "warehouse", 5);
    },
    after: async () => {
      const { config, num_pending } = await consumerInfo("IN_orders/warehouse");
      expect(config).toMatchObject({ ack_policy: "explicit" });
      expect(num_pending).toBe(15);
    },
  },
];

test.each(cases)("$title: cut before and after every call", async ({ before, after }) => {
  const ready = async (): Promise<void> => {
    await emptied();
    const outcome = await applied(orders);
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ ok: true });
    await before();
  };
  await ready();
  const whole = crashRig();
  expect(await applied(orders, whole.wrap(acme.connection))).toMatchObject({ ok: true });
  await after();
  const points = crashPointsOfWrites(whole.calls);
  expect(points.length).toBeGreaterThan(6);
  for (const at of points) {
    const where = describePoint(whole.calls, at);
    await ready();
    const rig = crashRig(at);
    expect(await applied(orders, rig.wrap(acme.connection)), where).toMatchObject({ ok: false });
    // What is half done is one change of the next plan, never something to create or to delete.
    const half = await planned(orders);
    for (const { action } of half.changes) expect(["replace", "update"], where).toContain(action);
    const closed = half.drift.flatMap(({ fields }) => fields.filter(({ field }) => field === "subjects"));
    expect(closed, where).toEqual([]);
    expect((await applied(orders)).ok, where).toBe(true);
    await after();
    const { changes, leftovers } = await planned(orders);
    expect([changes, leftovers], where).toEqual([[], []]);
    const names = (await list<StreamInfo>(acme.connection, "STREAM.LIST", "streams")).map(({ config }) => config.name);
    expect(
      names.filter((name) => name.endsWith("_MOVING")),
      where,
    ).toEqual([]);
    const all = await list<ConsumerInfo>(acme.connection, "CONSUMER.LIST.IN_orders", "consumers");
    expect(
      all.map(({ name }) => name),
      where,
    ).toEqual(["warehouse"]);
  }
});
