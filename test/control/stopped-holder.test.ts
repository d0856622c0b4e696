// An apply that is stopped in the middle of a change, for longer than its lease lasts: somebody else goes on meanwhile,
// and when it wakes it must not take away what that one has made.

import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call, list, type StreamInfo } from "../../control/jetstream-api.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo, testClock } from "../rig/apply.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { until } from "../rig/wait.ts";
import { workspaceOf } from "../rig/workspace.ts";

let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ accounts: ["acme", "platform"], syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

/** The same connection; `asleep` runs when a call on that subject has been answered. */
function sleepyConnection(connection: NatsConnection, subject: string, asleep: () => Promise<void>): NatsConnection {
  const request: NatsConnection["request"] = async (to, ...rest) => {
    const answer = await connection.request(to, ...rest);
    if (to === subject) await asleep();
    return answer;
  };
  return new Proxy(connection, {
    get: (target, name) => {
      if (name === "request") return request;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const messages = 20;

async function begin(connection: NatsConnection, platform: NatsConnection, before: Topology): Promise<void> {
  for (const each of [connection, platform]) {
    for (const { config } of await list<StreamInfo>(each, "STREAM.LIST", "streams")) {
      await call(each, `STREAM.DELETE.${config.name}`);
    }
  }
  const access = accessOf([{ tenant: "acme", connection }], platform);
  expect(await applyTo(before, [], { access })).toMatchObject({ ok: true });
  for (let i = 0; i < messages; i++) await connection.request(`in.orders.m.${i}`, "x", { timeout: 5_000 });
}

const queue = workspaceOf({ integrations: { orders: ["warehouse"] }, intake: { retention: "workqueue" } });
const orders = workspaceOf({ integrations: { orders: ["warehouse"] } });
const sales = workspaceOf({ integrations: { sales: ["warehouse"] }, movedFrom: { sales: "orders" } });

// What comes next is a deletion or an update of a stream that another apply has made anew by then.
test.for([
  { before: queue, wanted: orders, at: "CONSUMER.CREATE.IN_orders_MOVING.warehouse", stream: "IN_orders" },
  { before: queue, wanted: orders, at: "STREAM.DELETE.IN_orders", stream: "IN_orders" },
  { before: queue, wanted: orders, at: "CONSUMER.CREATE.IN_orders.warehouse", stream: "IN_orders" },
  { before: queue, wanted: orders, at: "STREAM.DELETE.IN_orders_MOVING", stream: "IN_orders" },
  { before: orders, wanted: sales, at: "CONSUMER.CREATE.IN_sales.warehouse", stream: "IN_sales" },
  { before: orders, wanted: sales, at: "STREAM.DELETE.IN_orders", stream: "IN_sales" },
])("stopped after $at, it changes nothing when it wakes", async ({ before, wanted, at, stream }) => {
  const [connection, platform] = [await nats.connect("acme"), await nats.connect("platform")];
  await begin(connection, platform, before);
  let slept = 0;
  const clock = { ...testClock, monotonic: () => performance.now() + slept, after: () => () => undefined };
  const access = accessOf([{ tenant: "acme", connection }], platform);
  const other = async (): Promise<void> => {
    slept = 3_600_000;
    await until("another apply had its turn", async () => {
      const applied = await applyTo(wanted, [], { access });
      return applied.ok ? true : undefined;
    });
  };
  let turn: Promise<void> | undefined;
  const asleep = () => {
    turn ??= other();
    return turn;
  };
  const sleepy = accessOf(
    [{ tenant: "acme", connection: sleepyConnection(connection, `$JS.API.${at}`, asleep) }],
    platform,
  );
  const woken = await applyTo(wanted, [], { access: sleepy, clock, leaseSeconds: 3 });
  expect(woken).toMatchObject({ ok: false, failure: { kind: "locked" } });
  expect(turn).toBeDefined();
  const { state, config } = await call<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  expect(state.messages).toBe(messages);
  expect(config.subjects).toEqual([stream === "IN_orders" ? "in.orders.>" : "in.sales.>"]);
});
