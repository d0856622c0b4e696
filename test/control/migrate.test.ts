// Apply makes streams and consumers anew with their messages: cut at every call, planned again, applied again.

import { headers } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConsumerInfo, call, createStream, list, type StreamInfo } from "../../control/jetstream-api.ts";
import { observe } from "../../control/observe.ts";
import { plan } from "../../control/plan.ts";
import type { Plan } from "../../schema/plan.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { crashPointsOfWrites, crashRig, describePoint } from "../rig/crashing-connection.ts";
import { inLanes, type Lane, laneAccounts, laneOf } from "../rig/lanes.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { workspaceOf } from "../rig/workspace.ts";

/** An account with nothing in it. */
async function emptied({ connection: tenant, platform }: Lane): Promise<void> {
  for (const connection of [tenant, platform]) {
    for (const { config } of await list<StreamInfo>(connection, "STREAM.LIST", "streams")) {
      await call(connection, `STREAM.DELETE.${config.name}`);
    }
  }
}

function applied({ connection: own, platform }: Lane, wanted: Topology, connection = own) {
  return applyTo(wanted, [], { access: accessOf([{ tenant: "acme", connection }], platform) });
}

async function planned({ connection }: Lane, wanted: Topology): Promise<Plan> {
  const observed = await observe(wanted, [{ tenant: "acme", connection }]);
  if (!observed.ok) throw new Error(observed.failure.message);
  const result = plan(wanted, observed.value);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

async function send({ connection }: Lane, prefix: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await connection.request(`${prefix}.${i}`, `${i}`);
}

async function acknowledge({ connection }: Lane, stream: string, consumer: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    const message = await connection.request(next, "1", { timeout: 2_000, noMux: true });
    await connection.request(message.reply ?? "", "+ACK");
  }
}

const consumerInfo = ({ connection }: Lane, name: string) =>
  call<ConsumerInfo>(connection, `CONSUMER.INFO.${name.replace("/", ".")}`);

const orders = workspaceOf({ integrations: { orders: ["warehouse"] }, intake: { discard: "old" } });

/** By hand, so that what is wanted differs in a field that the server does not change. */
async function byHand({ connection }: Lane, stream: string, part: object): Promise<void> {
  const { config } = await call<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  const consumers = await list<ConsumerInfo>(connection, `CONSUMER.LIST.${stream}`, "consumers");
  await call(connection, `STREAM.DELETE.${stream}`);
  await createStream(connection, stream, { ...config, ...part });
  for (const { name, config: consumer } of consumers) {
    await call(connection, `CONSUMER.CREATE.${stream}.${name}`, { stream_name: stream, config: consumer });
  }
}

interface Case {
  readonly title: string;
  /** Brings the applied workspace into the state from which it starts. */
  readonly before: (lane: Lane) => Promise<void>;
  /** What must be so in the end. */
  readonly after: (lane: Lane) => Promise<void>;
}

const cases: readonly Case[] = [
  {
    title: "a stream of another storage",
    before: async (lane) => {
      await byHand(lane, "IN_orders", { storage: "memory" });
      await send(lane, "in.orders.m", 20);
      await acknowledge(lane, "IN_orders", "warehouse", 5);
    },
    after: async (lane) => {
      const { config, state } = await call<StreamInfo>(lane.connection, "STREAM.INFO.IN_orders");
      expect(config).toMatchObject({ storage: "file", subjects: ["in.orders.>"] });
      expect(state).toMatchObject({ messages: 20, last_seq: 20 });
      expect((await consumerInfo(lane, "IN_orders/warehouse")).num_pending).toBe(15);
    },
  },
  {
    title: "a RETRY stream of another storage: schedules are still to fire",
    before: async (lane) => {
      await byHand(lane, "RETRY_orders", { storage: "memory" });
      const parked = headers();
      parked.set("Nats-Schedule", "@at 2099-01-01T00:00:00Z");
      parked.set("Nats-Schedule-Target", "rd.orders.warehouse.a");
      await lane.connection.request("rs.orders.warehouse.a", "parked", { headers: parked, timeout: 2_000 });
      await send(lane, "rd.orders.warehouse", 3);
      await send(lane, "rx.orders.warehouse", 4);
      await acknowledge(lane, "RETRY_orders", "warehouse", 1);
    },
    after: async (lane) => {
      const { config, state } = await call<StreamInfo>(lane.connection, "STREAM.INFO.RETRY_orders");
      expect(config).toMatchObject({ storage: "file", allow_msg_schedules: true, allow_msg_ttl: true });
      expect(state).toMatchObject({ messages: 7 });
      expect((await consumerInfo(lane, "RETRY_orders/warehouse")).num_pending).toBe(2);
    },
  },
  {
    title: "a consumer of another acknowledgement",
    before: async (lane) => {
      const { config } = await consumerInfo(lane, "IN_orders/warehouse");
      await call(lane.connection, "CONSUMER.DELETE.IN_orders.warehouse");
      const all = { stream_name: "IN_orders", config: { ...config, ack_policy: "all" } };
      await call(lane.connection, "CONSUMER.CREATE.IN_orders.warehouse", all);
      await send(lane, "in.orders.m", 20);
      await acknowledge(lane, "IN_orders", "warehouse", 5);
    },
    after: async (lane) => {
      const { config, num_pending } = await consumerInfo(lane, "IN_orders/warehouse");
      expect(config).toMatchObject({ ack_policy: "explicit" });
      expect(num_pending).toBe(15);
    },
  },
];

const lanesOf = (title: string): readonly string[] =>
  ["1", "2"].map((number) => `${number}-${title.replaceAll(/\W+/g, "-")}`);

let nats: NatsRig;
beforeAll(async () => {
  const accounts = laneAccounts(cases.flatMap(({ title }) => lanesOf(title)));
  nats = await natsServer({ accounts, syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

test.concurrent.for(cases)("$title: cut before and after every call", async ({ title, before, after }) => {
  const lanes = await Promise.all(lanesOf(title).map((name) => laneOf(nats, name)));
  const [first] = lanes;
  if (first === undefined) throw new Error("no lane");
  const ready = async (lane: Lane): Promise<void> => {
    await emptied(lane);
    const outcome = await applied(lane, orders);
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ ok: true });
    await before(lane);
  };
  await ready(first);
  const whole = crashRig();
  expect(await applied(first, orders, whole.wrap(first.connection))).toMatchObject({ ok: true });
  await after(first);
  const points = crashPointsOfWrites(whole.calls);
  expect(points.length).toBeGreaterThan(3);
  await inLanes(lanes, points, async (lane, at) => {
    const { connection } = lane;
    const where = describePoint(whole.calls, at);
    await ready(lane);
    const rig = crashRig(at);
    expect(await applied(lane, orders, rig.wrap(connection)), where).toMatchObject({ ok: false });
    // What is half done is one change of the next plan, never something to create or to delete.
    const half = await planned(lane, orders);
    for (const { action } of half.changes) expect(["replace", "update"], where).toContain(action);
    const closed = half.drift.flatMap(({ fields }) => fields.filter(({ field }) => field === "subjects"));
    expect(closed, where).toEqual([]);
    expect((await applied(lane, orders)).ok, where).toBe(true);
    await after(lane);
    const { changes, leftovers } = await planned(lane, orders);
    expect([changes, leftovers], where).toEqual([[], []]);
    const names = (await list<StreamInfo>(connection, "STREAM.LIST", "streams")).map(({ config }) => config.name);
    expect(
      names.filter((name) => name.endsWith("_MOVING")),
      where,
    ).toEqual([]);
    const all = await list<ConsumerInfo>(connection, "CONSUMER.LIST.IN_orders", "consumers");
    expect(
      all.map(({ name }) => name),
      where,
    ).toEqual(["warehouse"]);
  });
});
