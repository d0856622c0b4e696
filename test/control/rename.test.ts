// A renamed integration: what it owns follows it under traffic, killed at every call, and nothing stays behind.

import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { referenceIn, wholeOf } from "../../control/content.ts";
import { lastMessage } from "../../control/direct.ts";
import { type ConsumerInfo, call, list, publishBatch, type StreamInfo } from "../../control/jetstream-api.ts";
import { observe } from "../../control/observe.ts";
import { plan } from "../../control/plan.ts";
import * as address from "../../schema/address.ts";
import type { ContentReference } from "../../schema/content.ts";
import { header } from "../../schema/envelope.ts";
import type { Change, Plan } from "../../schema/plan.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import {
  type CrashPoint,
  crashPoints,
  crashPointsOfWrites,
  crashRig,
  describePoint,
} from "../rig/crashing-connection.ts";
import { inLanes, type Lane, laneAccounts, laneOf } from "../rig/lanes.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { startTraffic } from "../rig/traffic.ts";
import { workspaceOf } from "../rig/workspace.ts";

let nats: NatsRig;
let lanes: readonly [Lane, ...Lane[]];
beforeAll(async () => {
  nats = await natsServer({ accounts: laneAccounts(["1", "2", "3", "4"]), syncAlways: false });
  const lane = (name: string): Promise<Lane> => laneOf(nats, name);
  lanes = await Promise.all([lane("1"), lane("2"), lane("3"), lane("4")]);
});
afterAll(() => nats[Symbol.asyncDispose]());

const applied = ({ connection, platform }: Lane, wanted: Topology, over = connection) =>
  applyTo(wanted, [], { access: accessOf([{ tenant: "acme", connection: over }], platform) });

async function planned({ connection }: Lane, wanted: Topology): Promise<Plan> {
  const observed = await observe(wanted, [{ tenant: "acme", connection }]);
  if (!observed.ok) throw new Error(observed.failure.message);
  const result = plan(wanted, observed.value);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

const streams = async (over: NatsConnection) =>
  (await list<StreamInfo>(over, "STREAM.LIST", "streams")).map(({ config }) => config.name).sort();

async function subjects({ connection }: Lane, stream: string): Promise<Record<string, number>> {
  const info = await call<StreamInfo & { state: { subjects?: Record<string, number> } }>(
    connection,
    `STREAM.INFO.${stream}`,
    { subjects_filter: ">" },
  );
  return info.state.subjects ?? {};
}

async function put({ connection }: Lane, subject: string, given: Readonly<Record<string, string>> = {}): Promise<void> {
  const all = headers();
  for (const [name, value] of Object.entries(given)) all.set(name, value);
  const answer = await connection.request(subject, `body of ${subject}`, { headers: all, timeout: 5_000 });
  expect(answer.json<{ error?: object }>().error).toBeUndefined();
}

const orders = workspaceOf({ integrations: { orders: ["warehouse"] } });
const sales = workspaceOf({ integrations: { sales: ["warehouse"] }, movedFrom: { sales: "orders" } });

const dueIn = (ms: number) => `@at ${new Date(Date.now() + ms).toISOString()}`;

/** An integration in the middle of its life. */
async function ready(lane: Lane): Promise<void> {
  for (const each of [lane.connection, lane.platform]) {
    for (const name of await streams(each)) await call(each, `STREAM.DELETE.${name}`);
  }
  expect(await applied(lane, orders)).toMatchObject({ ok: true });
  for (const hash of ["a", "b"]) {
    await put(lane, `rx.orders.warehouse.${hash}`, { "Nats-Rollup": "sub" });
    await put(lane, `$KV.retries.orders.warehouse.${hash}`);
  }
  const target = (hash: string) => ({ "Nats-Schedule-Target": `rd.orders.warehouse.${hash}`, "Nats-Rollup": "sub" });
  await put(lane, "rs.orders.warehouse.a", { "Nats-Schedule": "@at 2099-01-01T00:00:00Z", ...target("a") });
  await put(lane, "rs.orders.warehouse.b", { "Nats-Schedule": dueIn(300), ...target("b") });
  await put(lane, "rd.orders.warehouse.c");
  await put(lane, "rc.orders.warehouse.a");
  await putLarge(lane, "e");
  await put(lane, "dlq.orders.warehouse.d", { "Vrsky-Attempt": "3" });
}

/** In one batch, as a worker buries it: two chunks and their letter. */
async function putLarge({ connection }: Lane, hash: string): Promise<void> {
  const parts = [Buffer.alloc(1000, "a"), Buffer.alloc(10, "b")];
  const sha256 = createHash("sha256").update(Buffer.concat(parts)).digest("hex");
  const reference: ContentReference = { role: "blob", size: 1010, sha256, at: "chunks", count: 2 };
  await publishBatch(connection, [
    {
      subject: `dlq.orders.warehouse.${hash}`,
      body: "{}",
      headers: { [header.content]: JSON.stringify(reference) },
      chunks: {
        subject: `dlqc.orders.warehouse.${hash}`,
        headers: {},
        count: 2,
        bytes: 1010,
        async *read() {
          yield* parts;
        },
      },
    },
  ]);
}

/** Everything of before is under the new name, and only there. */
async function arrived(lane: Lane, where: string): Promise<void> {
  const { connection } = lane;
  expect(await streams(connection), where).toEqual(["DLQ", "IN_sales", "KV_retries", "KV_vrsky", "RETRY_sales"]);
  expect(await subjects(lane, "DLQ"), where).toEqual({
    "dlq.sales.warehouse.d": 1,
    "dlq.sales.warehouse.e": 1,
    "dlqc.sales.warehouse.e": 2,
  });
  const large = await lastMessage(connection, "DLQ", "dlq.sales.warehouse.e");
  const reference = large && referenceIn(large.headers);
  if (large === undefined || reference === undefined) throw new Error(`${where}: it refers to nothing`);
  const place = { stream: "DLQ", subject: "dlqc.sales.warehouse.e", head: large.sequence, reference };
  expect((await wholeOf(connection, place)).length, where).toBe(1010);
  const view = { "$KV.retries.sales.warehouse.a": 1, "$KV.retries.sales.warehouse.b": 1 };
  expect(await subjects(lane, "KV_retries"), where).toEqual(view);
  for (let looks = 0; looks < 100; looks++) {
    if ((await subjects(lane, "RETRY_sales"))["rd.sales.warehouse.b"] === 1) break;
    await pause(30);
  }
  expect(await subjects(lane, "RETRY_sales"), where).toEqual({
    "rx.sales.warehouse.a": 1,
    "rx.sales.warehouse.b": 1,
    "rs.sales.warehouse.a": 1,
    "rc.sales.warehouse.a": 1,
    "rd.sales.warehouse.b": 1,
    "rd.sales.warehouse.c": 1,
  });
  const parked = await connection.request("$JS.API.DIRECT.GET.RETRY_sales.rs.sales.warehouse.a", "");
  expect(parked.headers?.get("Nats-Schedule-Target"), where).toBe("rd.sales.warehouse.a");
  expect(parked.headers?.get("Nats-Schedule"), where).toBe("@at 2099-01-01T00:00:00Z");
  const { num_pending } = await call<ConsumerInfo>(connection, "CONSUMER.INFO.RETRY_sales.warehouse");
  expect(num_pending, where).toBe(2);
}

const brief = ({ action, kind, name, movedFrom, consequence }: Change) =>
  [action, kind, name, "from", movedFrom, consequence.kind].join(" ");

test("a rename is one change for each thing that moves", async () => {
  const [lane] = lanes;
  await ready(lane);
  const { changes, leftovers } = await planned(lane, sales);
  expect(changes.map(brief)).toEqual([
    "replace stream IN_sales from IN_orders safe",
    "replace stream RETRY_sales from RETRY_orders migrates",
    "replace consumer IN_sales/warehouse from IN_orders/warehouse safe",
    "replace consumer RETRY_sales/warehouse from RETRY_orders/warehouse safe",
    "replace deployment sales from orders restarts-worker",
  ]);
  expect(leftovers).toEqual([]);
  expect(await applied(lane, sales)).toMatchObject({ ok: true, value: { done: 5 } });
  await arrived(lane, "at once");
  // It may stay written in the spec.
  expect((await planned(lane, sales)).changes).toEqual([]);
});

/** Besides, it reads a declared stream, by a durable that has its name. */
function reading(topology: Topology, integration: string): Topology {
  const [tenant] = topology.tenants;
  const dead = tenant?.streams.find(({ config }) => config.name === "DLQ");
  const [consumer] = tenant?.consumers ?? [];
  if (tenant === undefined || dead === undefined || consumer === undefined) throw new Error("no tenant");
  const stream = address.declaredStream("paid");
  const subjects = [address.declaredFilter("paid")];
  const durable = address.readerConsumer(integration, "in");
  const config = { ...consumer.config, durable_name: durable, filter_subject: subjects[0] ?? "" };
  const streams = [...tenant.streams, { config: { ...dead.config, name: stream, subjects } }];
  const consumers = [...tenant.consumers, { ...consumer, stream, config }];
  return { ...topology, tenants: [{ ...tenant, streams, consumers }] };
}

test("its durables on streams that stay begin where the old ones were, also when it is killed in between", async () => {
  const [lane] = lanes;
  const before = reading(orders, "orders");
  const after = reading(sales, "sales");
  const prepared = async (lane: Lane): Promise<void> => {
    await ready(lane);
    expect(await applied(lane, before)).toMatchObject({ ok: true });
    for (let i = 0; i < 5; i++) await put(lane, `stream.paid.${i}`);
    for (let i = 0; i < 2; i++) {
      const next = "$JS.API.CONSUMER.MSG.NEXT.STREAM_paid.orders_in";
      const message = await lane.connection.request(next, "1", { timeout: 2_000, noMux: true });
      await lane.connection.request(message.reply ?? "", "+ACK");
    }
  };
  const moved = async (lane: Lane): Promise<void> => {
    const consumers = await list<ConsumerInfo>(lane.connection, "CONSUMER.LIST.STREAM_paid", "consumers");
    expect(consumers.map(({ name, num_pending }) => [name, num_pending])).toEqual([["sales_in", 3]]);
    expect((await planned(lane, after)).changes).toEqual([]);
  };
  await prepared(lane);
  expect((await planned(lane, after)).changes.map(brief)).toContain(
    "replace consumer STREAM_paid/sales_in from STREAM_paid/orders_in safe",
  );
  const whole = crashRig();
  expect(await applied(lane, after, whole.wrap(lane.connection))).toMatchObject({ ok: true });
  const writes = whole.calls.filter(({ writes }) => writes);
  const points = crashPoints(writes)
    .filter(({ call: number }) => writes[number - 1]?.subject.includes("STREAM_paid"))
    .map((point) => ({ ...point, ofWrites: true as const }));
  expect(points).toHaveLength(4);
  await moved(lane);
  await inLanes(lanes, points, async (lane, at) => {
    await prepared(lane);
    expect((await applied(lane, after, crashRig(at).wrap(lane.connection))).ok).toBe(false);
    expect(await applied(lane, after)).toMatchObject({ ok: true });
    await moved(lane);
  });
});

test("the compiler hands the old name on", () => {
  const spec = (head: string) =>
    `${head}\nsource: { http: { path: /in }, contract: { id: string } }\ntargets: { out: { nats: { subject: out } } }\n`;
  const { emitted } = compileTexts({
    "vrsky.yaml": "workspace: shop\nlanguage: 1\n",
    "tenants/acme/a.yaml": `${spec("integration: sales\nmoved-from: orders")}---\n${spec("integration: billing").replace("/in", "/b").replace("subject: out", "subject: b")}`,
  });
  const deployments = emitted?.topology.tenants[0]?.deployments.map(({ integration, movedFrom }) => [
    integration,
    movedFrom,
  ]);
  expect(deployments?.sort()).toEqual([
    ["billing", undefined],
    ["sales", "orders"],
  ]);
});

test("what has messages under both names is not joined", async () => {
  const [lane] = lanes;
  await ready(lane);
  expect(
    await applied(lane, workspaceOf({ integrations: { orders: ["warehouse"], sales: ["warehouse"] } })),
  ).toMatchObject({
    ok: true,
  });
  const refused = await applied(lane, sales);
  expect(refused).toMatchObject({ ok: false, failure: { kind: "conflict" } });
  if (!refused.ok)
    expect(refused.failure.message).toContain("streams IN_orders and IN_sales of tenant acme both exist");
});

async function die(lane: Lane, at?: CrashPoint) {
  const { connection } = lane;
  await ready(lane);
  const turn = (names: readonly [string, string]) => {
    let count = 0;
    return () => names[count++ % 2] ?? "";
  };
  const traffic = startTraffic({
    connection,
    prefix: turn(["in.orders.m", "in.sales.m"]),
    stream: turn(["IN_orders", "IN_sales"]),
    consumer: "warehouse",
  });
  await using _ = { [Symbol.asyncDispose]: traffic.stop };
  while (traffic.accepted.size < 15) await pause(5);
  const rig = crashRig(at);
  const first = await applied(lane, sales, rig.wrap(connection));
  expect(first.ok).toBe(at === undefined);
  if (at !== undefined) {
    // What is half done is never something to create or to delete.
    for (const { action } of (await planned(lane, sales)).changes) expect(["replace", "update"]).toContain(action);
    expect(await applied(lane, sales)).toMatchObject({ ok: true });
  }
  const during = traffic.accepted.size;
  while (traffic.accepted.size < during + 10) await pause(5);
  await traffic.stop();
  return { traffic, calls: rig.calls };
}

test("killed before and after every call under traffic: all of it arrives, once", async () => {
  const [lane] = lanes;
  const { calls } = await die(lane);
  await arrived(lane, "uncut");
  const points = crashPointsOfWrites(calls);
  expect(points.length).toBeGreaterThan(20);
  await inLanes(lanes, points, async (lane, at) => {
    const { traffic } = await die(lane, at);
    const where = describePoint(calls, at);
    await arrived(lane, where);
    const { accepted, received } = traffic;
    expect(
      [...accepted].filter((id) => !received.has(id)),
      where,
    ).toEqual([]);
    const stored = await subjects(lane, "IN_sales");
    expect(
      [...accepted].filter((id) => stored[`in.sales.m.${id}`] !== 1),
      where,
    ).toEqual([]);
    const { changes, leftovers } = await planned(lane, sales);
    expect([changes, leftovers], where).toEqual([[], []]);
  });
}, 240_000);
