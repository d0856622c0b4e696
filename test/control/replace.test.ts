// A stream is made anew with its messages: many of them, under traffic, and killed at every call.

import { setTimeout as pause } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { plain } from "../../control/compare.ts";
import type { ControlFailure } from "../../control/failure.ts";
import { type ConsumerInfo, call, createStream, list, type StreamInfo } from "../../control/jetstream-api.ts";
import { replaceStream } from "../../control/migrate/replace.ts";
import type { JsonObject } from "../../schema/json.ts";
import { type CrashPoint, crashPointsOfWrites, crashRig, describePoint } from "../rig/crashing-connection.ts";
import { inLanes, type Lane, laneAccounts, laneOf } from "../rig/lanes.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { startTraffic } from "../rig/traffic.ts";
import { second, workspaceOf } from "../rig/workspace.ts";

let nats: NatsRig;
let lanes: readonly Lane[];
let connection: NatsConnection;
beforeAll(async () => {
  const names = ["1", "2", "3"];
  nats = await natsServer({ accounts: laneAccounts(names), syncAlways: false });
  lanes = await Promise.all(names.map((name) => laneOf(nats, name)));
  connection = lanes[0]?.connection ?? (await nats.connect());
});
afterAll(() => nats[Symbol.asyncDispose]());

const wantedIntake = plain(workspaceOf({ integrations: { orders: [] } }).tenants[0]?.streams[0]?.config ?? {});
const intake: JsonObject = { ...wantedIntake, max_bytes: -1, discard: "old" };
const warehouse = {
  durable_name: "warehouse",
  ack_policy: "explicit",
  filter_subject: "in.orders.m.>",
  ack_wait: second / 2,
};

async function startWith(config: JsonObject, over = connection): Promise<void> {
  for (const name of await streams(over)) await call(over, `STREAM.DELETE.${name}`);
  // Deleted twice within the time that the server takes to clear up, a stream comes back with what was in it.
  while ((await createStream(over, "IN_orders", config)).state.last_seq > 0) {
    await call(over, "STREAM.DELETE.IN_orders");
    await pause(50);
  }
  await call(over, "CONSUMER.CREATE.IN_orders.warehouse", { stream_name: "IN_orders", config: warehouse });
}

function replace(wanted: JsonObject, over = connection, patience = 100): Promise<ControlFailure | undefined> {
  const consumer = (): undefined => undefined;
  return replaceStream({ connection: over, stream: "IN_orders", wanted, consumer, pause, patience });
}

const infoOf = (stream: string) => call<StreamInfo>(connection, `STREAM.INFO.${stream}`);
const streams = async (over = connection) =>
  (await list<StreamInfo>(over, "STREAM.LIST", "streams")).map(({ config }) => config.name);

test("10,000 unread messages stay when the storage and when the retention changes", async () => {
  await startWith({ ...intake, storage: "memory", description: "by hand" });
  for (let i = 0; i < 10_000; i += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, j) => connection.request(`in.orders.m.${i + j}`, `${i + j}`)));
  }
  const unread = async () => {
    const info = await call<ConsumerInfo>(connection, "CONSUMER.INFO.IN_orders.warehouse");
    return info.num_pending + info.num_ack_pending;
  };
  expect(await replace(intake)).toBeUndefined();
  const kept = { subjects: ["in.orders.>"], description: "by hand" };
  expect((await infoOf("IN_orders")).config).toMatchObject({ ...kept, storage: "file" });
  expect(await unread()).toBe(10_000);
  expect(await replace({ ...intake, retention: "workqueue" })).toBeUndefined();
  expect((await infoOf("IN_orders")).config).toMatchObject({ ...kept, retention: "workqueue" });
  expect(await unread()).toBe(10_000);
  expect((await infoOf("IN_orders")).state).toMatchObject({ messages: 10_000, last_seq: 10_000 });
});

/** Moves under traffic, dies at that point, is run again; then everything is looked at. */
async function die({ connection }: Lane, from: JsonObject, to: JsonObject, at?: CrashPoint) {
  await startWith(from, connection);
  const traffic = startTraffic({
    connection,
    prefix: () => "in.orders.m",
    stream: () => "IN_orders",
    consumer: "warehouse",
  });
  await using _ = { [Symbol.asyncDispose]: traffic.stop };
  while (traffic.accepted.size < 20) await pause(5);
  const rig = crashRig(at);
  const cut = await replace(to, rig.wrap(connection)).catch((error: unknown) => {
    if (!rig.crashed()) throw error;
    return undefined;
  });
  expect(cut).toBeUndefined();
  expect(rig.crashed()).toBe(at !== undefined);
  if (at !== undefined) expect(await replace(to, connection)).toBeUndefined();
  const during = traffic.accepted.size;
  while (traffic.accepted.size < during + 10) await pause(5);
  await traffic.stop();
  const { config, state } = await call<StreamInfo & { state: { subjects: Record<string, number> } }>(
    connection,
    "STREAM.INFO.IN_orders",
    { subjects_filter: ">" },
  );
  const left = await streams(connection);
  return { calls: rig.calls, traffic, config, subjects: state.subjects ?? {}, left };
}

const moves: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["storage", { ...intake, storage: "memory" }, intake],
  ["retention", intake, { ...intake, retention: "workqueue" }],
];

test.each(moves)(
  "%s: killed before and after every call under traffic, nothing is lost or twice",
  async (_, from, to) => {
    const [first] = lanes;
    if (first === undefined) throw new Error("no lane");
    const { calls } = await die(first, from, to);
    const points = crashPointsOfWrites(calls);
    expect(points.length).toBeGreaterThan(8);
    await inLanes(lanes, points, async (lane, at) => {
      const { traffic, config, subjects, left } = await die(lane, from, to, at);
      const where = describePoint(calls, at);
      const { accepted, received } = traffic;
      expect(config, where).toMatchObject({ retention: to.retention, storage: to.storage, subjects: ["in.orders.>"] });
      expect(left, where).toEqual(["IN_orders"]);
      expect(
        [...accepted].filter((id) => !received.has(id)),
        where,
      ).toEqual([]);
      if (to.retention !== "limits") return;
      const stored = new Map(Object.entries(subjects).map(([subject, count]) => [subject.slice(12), count]));
      expect(
        [...accepted].filter((id) => stored.get(id) !== 1),
        where,
      ).toEqual([]);
    });
  },
);

test("a copy that does not become complete is given up: nothing is deleted, and the stream takes in again", async () => {
  await startWith({ ...intake, storage: "memory" });
  for (let i = 0; i < 10; i++) await connection.request(`in.orders.m.${i}`, "body");
  // Somebody's mirror of a part stands where the copy should.
  const mirror = { name: "IN_orders", filter_subject: "in.orders.m.1" };
  const metadata = { "vrsky.copy-of": "IN_orders" };
  await call(connection, "STREAM.CREATE.IN_orders_MOVING", { name: "IN_orders_MOVING", mirror, metadata });
  expect(await replace(intake, connection, 5)).toMatchObject({
    kind: "failed",
    message: "the copy of stream IN_orders in IN_orders_MOVING does not become complete; nothing was deleted",
  });
  const { config, state } = await infoOf("IN_orders");
  expect(config).toMatchObject({ storage: "memory", subjects: ["in.orders.>"] });
  expect(state.messages).toBe(10);
  await connection.request("in.orders.m.more", "body");
  await call(connection, "STREAM.DELETE.IN_orders_MOVING");
  expect(await replace(intake)).toBeUndefined();
  expect((await infoOf("IN_orders")).state.messages).toBe(11);
});

test("what the server would not take is refused before anything is touched", async () => {
  await startWith({ ...intake, storage: "memory" });
  await connection.request("in.orders.m.1", "body");
  await expect(replace({ ...intake, num_replicas: 3 })).rejects.toThrow("replicas > 1 not supported");
  const { config, state } = await infoOf("IN_orders");
  expect(config).toMatchObject({ storage: "memory", subjects: ["in.orders.>"] });
  expect(state.messages).toBe(1);
  expect(await streams()).toEqual(["IN_orders"]);
});

test("numbers of removed messages at the end of a stream are given again, and nobody skips them", async () => {
  await startWith({ ...intake, storage: "memory" });
  for (let i = 0; i < 5; i++) await connection.request(`in.orders.m.${i}`, "body");
  for (let i = 0; i < 5; i++) {
    const next = "$JS.API.CONSUMER.MSG.NEXT.IN_orders.warehouse";
    const message = await connection.request(next, "1", { timeout: 2_000, noMux: true });
    await connection.request(message.reply ?? "", "+ACK");
  }
  await call(connection, "STREAM.MSG.DELETE.IN_orders", { seq: 5 });
  expect(await replace(intake)).toBeUndefined();
  await connection.request("in.orders.m.next", "next");
  expect((await call<ConsumerInfo>(connection, "CONSUMER.INFO.IN_orders.warehouse")).num_pending).toBe(1);
});
