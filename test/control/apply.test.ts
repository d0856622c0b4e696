// Plan and apply on a real server: what changes, what it does to messages, what is refused.

import { jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApplyOptions } from "../../control/apply.ts";
import type { TenantConnection } from "../../control/connect.ts";
import { call, metadataOf, type StreamInfo } from "../../control/jetstream-api.ts";
import { observe } from "../../control/observe.ts";
import { plan } from "../../control/plan.ts";
import { summaryLine } from "../../control/render.ts";
import * as address from "../../schema/address.ts";
import type { Change, Plan } from "../../schema/plan.ts";
import type { Topology } from "../../schema/topology.ts";
import { applyTo } from "../rig/apply.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { second, type TenantOptions, workspaceOf } from "../rig/workspace.ts";

const accounts = Array.from({ length: 24 }, (_, index) => `account-${index}`);
let nats: NatsRig;
/** Shared by the tests of single fields. */
let fieldsTenant: TenantConnection;
beforeAll(async () => {
  nats = await natsServer({ accounts, syncAlways: false });
  fieldsTenant = await tenant();
});
afterAll(() => nats[Symbol.asyncDispose]());

const unused = [...accounts];

/** An account that no other test has touched, as tenant `name`. */
async function tenant(name = "acme"): Promise<TenantConnection> {
  const account = unused.pop();
  if (account === undefined) throw new Error("no account is left");
  return { tenant: name, connection: await nats.connect(account) };
}

async function planned(wanted: Topology, ...connections: TenantConnection[]): Promise<Plan> {
  const observed = await observe(wanted, connections);
  if (!observed.ok) throw new Error(observed.failure.message);
  const result = plan(wanted, observed.value, { prune: true });
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

function applying(wanted: Topology, connections: TenantConnection[], more: Partial<ApplyOptions> = {}) {
  return applyTo(wanted, connections, { prune: true, ...more });
}

async function applied(wanted: Topology, ...connections: TenantConnection[]): Promise<void> {
  const result = await applying(wanted, connections);
  if (!result.ok) throw new Error(result.failure.message);
}

async function send({ connection }: TenantConnection, subject: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await connection.request(subject.replace("#", String(i)), `body ${i}`);
}

const brief = ({ action, kind, name, consequence }: Change) =>
  [action, kind, name, consequence.kind, ...("messages" in consequence ? [consequence.messages] : [])].join(" ");

function headersOf(fields: Readonly<Record<string, string>>): MsgHdrs {
  const all = headers();
  for (const [name, value] of Object.entries(fields)) all.set(name, value);
  return all;
}

const orders: TenantOptions = { integrations: { orders: ["warehouse"] } };

test("everything is made in the order of need, and applying again changes nothing", async () => {
  const acme = await tenant();
  const wanted = workspaceOf(orders);
  const first = await planned(wanted, acme);
  expect(first.changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)).toEqual([
    "create bucket vrsky",
    "create bucket retries",
    "create stream IN_orders",
    "create stream RETRY_orders",
    "create stream DLQ",
    "create consumer IN_orders/warehouse",
    "create consumer RETRY_orders/warehouse",
    "create deployment orders",
  ]);
  const steps: string[] = [];
  const result = await applying(wanted, [acme], {
    agreed: first,
    onStep: ({ kind, number, total }) => steps.push(`${kind} ${number}/${total}`),
  });
  expect(result).toMatchObject({ ok: true, value: { done: 8 } });
  expect(steps).toHaveLength(16);
  expect(steps.at(-1)).toBe("done 8/8");
  const second = await planned(wanted, acme);
  expect(second.changes).toEqual([]);
  expect(second.drift).toEqual([]);
  expect(summaryLine(second)).toBe("No changes. The cluster holds what the workspace wants.");
  expect(await applying(wanted, [acme])).toMatchObject({ ok: true, value: { done: 0 } });
});

test("the same state gives the same hash, another state another", async () => {
  const acme = await tenant();
  await applied(workspaceOf(orders), acme);
  const bigger = workspaceOf({ ...orders, intakeBytes: 2 * 1024 ** 2 });
  const hash = (await planned(bigger, acme)).hash;
  expect((await planned(bigger, acme)).hash).toBe(hash);
  expect((await planned(workspaceOf({ ...orders, intakeBytes: 3 * 1024 ** 2 }), acme)).hash).not.toBe(hash);
});

test("buckets are what KV clients expect, and hold the deployment", async () => {
  const acme = await tenant();
  await applied(workspaceOf(orders), acme);
  const kvm = new Kvm(acme.connection);
  const vrsky = await kvm.open(address.deployBucket);
  const deployment = await vrsky.get(address.deployKey("orders"));
  expect(deployment?.json()).toEqual({
    workspace: "shop",
    tenant: "acme",
    integration: "orders",
    revision: 1,
    bundle: "b1",
    at: "2026-01-02T03:04:05.000Z",
  });
  await applied(workspaceOf({ ...orders, bundle: "b2" }), acme);
  expect((await vrsky.get(address.deployKey("orders")))?.json()).toMatchObject({ revision: 2, bundle: "b2" });
  const retries = await kvm.open(address.retriesBucket);
  await send(acme, "$KV.retries.orders.warehouse.#", 2);
  expect((await retries.get("orders.warehouse.1"))?.string()).toBe("body 1");
});

test("a bucket with markers takes keys with a time to live, and its fields are compared", async () => {
  const acme = await tenant();
  const [wanted] = workspaceOf(orders).tenants;
  const [metadata] = wanted?.buckets.map((bucket) => bucket.metadata) ?? [];
  if (wanted === undefined || metadata === undefined) throw new Error("no tenant");
  const withBucket = (part: object): Topology => {
    const bucket = { name: "leases", history: 1, markerTtl: 3600 * second, max_bytes: -1, metadata, ...part };
    return { workspace: "shop", tenants: [{ ...wanted, buckets: [...wanted.buckets, bucket] }] };
  };
  await applied(withBucket({}), acme);
  expect((await planned(withBucket({}), acme)).changes).toEqual([]);
  const leases = await new Kvm(acme.connection).open("leases");
  await leases.create("orders", "1", "60s");
  await leases.purge("orders");
  expect((await leases.get("orders"))?.operation).toBe("PURGE");
  const { changes } = await planned(withBucket({ history: 5, markerTtl: 60 * second }), acme);
  expect(changes[0]).toMatchObject({ action: "update", kind: "bucket", name: "leases" });
  expect(changes[0]?.fields.map(({ field }) => field)).toEqual(["max_msgs_per_subject", "subject_delete_marker_ttl"]);
  await applied(withBucket({ history: 5, markerTtl: 60 * second }), acme);
  expect((await leases.status()).history).toBe(5);
});

test("a new bundle restarts the worker and touches nothing else", async () => {
  const acme = await tenant();
  await applied(workspaceOf(orders), acme);
  const { changes } = await planned(workspaceOf({ ...orders, bundle: "b2" }), acme);
  expect(changes).toEqual([
    {
      action: "update",
      kind: "deployment",
      tenant: "acme",
      name: "orders",
      consequence: { kind: "restarts-worker" },
      fields: [{ field: "bundle", from: "b1", to: "b2" }],
    },
  ]);
});

test.each([
  ["max_bytes", { max_bytes: 4_000_000 }],
  ["max_msgs", { max_msgs: 1000 }],
  ["max_age", { max_age: 60 * second }],
  ["max_msg_size", { max_msg_size: 1000 }],
  ["max_msgs_per_subject", { max_msgs_per_subject: 5 }],
  ["duplicate_window", { duplicate_window: second }],
  ["discard", { discard: "old" as const }],
  ["subjects", { subjects: ["in.orders.m.>", "in.orders.c.>"] }],
  ["allow_rollup_hdrs", { allow_rollup_hdrs: true }],
  ["allow_direct", { allow_direct: false }],
  ["allow_atomic", { allow_atomic: false }],
  ["allow_msg_ttl", { allow_msg_ttl: true }],
  ["deny_delete", { deny_delete: true }],
  ["republish", { republish: { src: "in.orders.>", dest: "copy.>" } }],
])("%s of a stream is compared, updated in place, and changed back", async (field, intake) => {
  const acme = fieldsTenant;
  const oneWay = ["allow_msg_ttl", "deny_delete"];
  const before = workspaceOf(orders);
  await applied(before, acme);
  const after = workspaceOf({ ...orders, intake });
  const { changes } = await planned(after, acme);
  expect(changes.map(brief)).toEqual(["update stream IN_orders safe"]);
  expect(changes[0]?.fields.map((change) => change.field)).toEqual([field]);
  await applied(after, acme);
  expect((await planned(after, acme)).changes).toEqual([]);
  const back = await planned(before, acme);
  expect(back.changes[0]?.action).toBe(oneWay.includes(field) ? "replace" : "update");
});
test("a consumer's fields are updated in place; a shorter ack_wait redelivers what is in flight", async () => {
  const acme = await tenant();
  await applied(workspaceOf(orders), acme);
  await send(acme, "in.orders.m.#", 5);
  const manager = await jetstreamManager(acme.connection);
  await (await manager.jetstream().consumers.get("IN_orders", "warehouse")).next();
  const shorter = workspaceOf({ ...orders, consumer: { ack_wait: 30 * second, max_ack_pending: 10 } });
  const { changes } = await planned(shorter, acme);
  expect(changes.map(brief)).toEqual([
    "update consumer IN_orders/warehouse redelivers 1",
    "update consumer RETRY_orders/warehouse safe",
  ]);
  expect(changes[0]?.fields.map(({ field }) => field)).toEqual(["ack_wait", "max_ack_pending"]);
  await applied(shorter, acme);
  const { config } = await manager.consumers.info("IN_orders", "warehouse");
  expect(config).toMatchObject({ ack_wait: 30 * second, max_ack_pending: 10 });
  expect((await planned(shorter, acme)).changes).toEqual([]);
});

test("a hand-made change is drift with an owner: ours is put back, the rest is left as it is", async () => {
  const acme = await tenant();
  const wanted = workspaceOf(orders);
  await applied(wanted, acme);
  const { config } = await call<StreamInfo>(acme.connection, "STREAM.INFO.IN_orders");
  const metadata = { ...metadataOf(config), team: "shop" };
  const byHand = { description: "by hand", compression: "s2", metadata };
  await call(acme.connection, "STREAM.UPDATE.IN_orders", { ...config, ...byHand, max_bytes: 777 });
  await call(acme.connection, "CONSUMER.PAUSE.IN_orders.warehouse", { pause_until: "2099-01-01T00:00:00Z" });
  const { drift, changes } = await planned(wanted, acme);
  const others = [
    { field: "compression", from: "none", to: "s2", owner: "other" },
    { field: "description", from: null, to: "by hand", owner: "other" },
    { field: "metadata.team", from: null, to: "shop", owner: "other" },
  ];
  const stream = { kind: "stream", tenant: "acme", name: "IN_orders" };
  const paused = {
    kind: "consumer",
    tenant: "acme",
    name: "IN_orders/warehouse",
    fields: [{ field: "pause_until", from: null, to: "2099-01-01T00:00:00Z", owner: "other" }],
  };
  const ours = { field: "max_bytes", from: 1024 ** 2, to: 777, owner: "vrsky" };
  const byField = (a: { field: string }, b: { field: string }) => a.field.localeCompare(b.field);
  const sorted = drift.map((each) => ({ ...each, fields: [...each.fields].sort(byField) }));
  expect(sorted).toEqual([{ ...stream, fields: [...others, ours].sort(byField) }, paused]);
  expect(changes.map(brief)).toEqual(["update stream IN_orders safe"]);
  await applied(wanted, acme);
  const after = await planned(wanted, acme);
  expect(after.changes).toEqual([]);
  expect(after.drift.map(({ name, fields }) => [name, ...fields.map(({ field }) => field).sort()])).toEqual([
    ["IN_orders", ...others.map(({ field }) => field)],
    ["IN_orders/warehouse", "pause_until"],
  ]);
  const { config: kept } = await call<StreamInfo>(acme.connection, "STREAM.INFO.IN_orders");
  expect(kept).toMatchObject({ max_bytes: 1024 ** 2, ...byHand, metadata: { team: "shop" } });
});

test.each([
  ["no_ack", { no_ack: true }],
  ["subject_transform", { subject_transform: { src: "in.orders.>", dest: "in.orders.x.>" } }],
  ["sources", { sources: [{ name: "ELSEWHERE" }] }],
])("%s by hand would change what messages go through: it is taken away again", async (field, part) => {
  const acme = fieldsTenant;
  const wanted = workspaceOf(orders);
  await applied(wanted, acme);
  const { config } = await call<StreamInfo>(acme.connection, "STREAM.INFO.IN_orders");
  await call(acme.connection, "STREAM.UPDATE.IN_orders", { ...config, ...part });
  const { drift } = await planned(wanted, acme);
  expect(drift.map(({ fields }) => fields.map((each) => [each.field, each.owner]))).toEqual([[[field, "vrsky"]]]);
  await applied(wanted, acme);
  expect(await planned(wanted, acme)).toMatchObject({ changes: [], drift: [] });
});

test("a limit below what is stored would drop messages, and says so", async () => {
  const acme = await tenant();
  await applied(workspaceOf(orders), acme);
  await send(acme, "in.orders.m.#", 20);
  const { changes } = await planned(workspaceOf({ ...orders, intakeBytes: 500 }), acme);
  expect(changes.map(brief)).toEqual(["update stream IN_orders drops-unread 20"]);
});

test("a removed target with unread messages is refused by name and count, and goes when that is allowed", async () => {
  const acme = await tenant();
  await applied(workspaceOf({ integrations: { orders: ["warehouse", "shop"] } }), acme);
  await send(acme, "in.orders.m.#", 7);
  const less = workspaceOf(orders);
  expect((await planned(less, acme)).changes.map(brief)).toEqual([
    "delete consumer IN_orders/shop drops-unread 7",
    "delete consumer RETRY_orders/shop safe",
  ]);
  const refused = await applying(less, [acme]);
  expect(refused).toMatchObject({
    ok: false,
    failure: { kind: "data-loss", losses: [{ tenant: "acme", name: "IN_orders/shop", messages: 7 }] },
  });
  if (!refused.ok) {
    expect(refused.failure.message).toContain("7 unread messages");
    expect(refused.failure.message).toContain("--allow-data-loss=acme/IN_orders/shop");
  }
  expect(await applying(less, [acme], { allowDataLoss: ["IN_orders/warehouse"] })).toMatchObject({ ok: false });
  expect(await applying(less, [acme], { allowDataLoss: ["IN_orders/shop"] })).toMatchObject({ ok: true });
  expect((await planned(less, acme)).changes).toEqual([]);
});

test("a removed target whose messages are parked for a retry is not safe either", async () => {
  const acme = await tenant();
  await applied(workspaceOf({ integrations: { orders: ["warehouse", "shop"] } }), acme);
  const manager = await jetstreamManager(acme.connection);
  const parked = { "Nats-Schedule": "@at 2099-01-01T00:00:00Z", "Nats-Schedule-Target": "rd.orders.shop.x" };
  await manager.jetstream().publish("rs.orders.shop.x", "body", { headers: headersOf(parked) });
  expect((await planned(workspaceOf(orders), acme)).changes.map(brief)).toEqual([
    "delete consumer IN_orders/shop safe",
    "delete consumer RETRY_orders/shop drops-unread 1",
  ]);
});

test("a removed integration: unread and parked messages count, read history and finished states do not", async () => {
  const acme = await tenant();
  await applied(workspaceOf({ integrations: { orders: ["warehouse"], billing: ["ledger"] } }), acme);
  await send(acme, "in.billing.m.#", 4);
  await send(acme, "rx.billing.ledger.#", 3);
  await send(acme, "$KV.retries.billing.ledger.#", 3);
  await send(acme, "$KV.retries.orders.warehouse.#", 1);
  // A reader of somebody else, who never reads, holds nothing back.
  await (await jetstreamManager(acme.connection)).consumers.add("IN_billing", { durable_name: "audit" });
  const consumer = await (await jetstreamManager(acme.connection)).jetstream().consumers.get("IN_billing", "ledger");
  for (let i = 0; i < 3; i++) await (await consumer.next())?.ackAck();
  const less = workspaceOf(orders);
  expect((await planned(less, acme)).changes.map(brief)).toEqual([
    "delete deployment billing restarts-worker",
    "delete stream IN_billing drops-unread 1",
    "delete stream RETRY_billing safe",
  ]);
  await (await consumer.next())?.ackAck();
  expect(await applying(less, [acme])).toMatchObject({ ok: true, value: { done: 3 } });
  expect((await planned(less, acme)).changes).toEqual([]);
  const kv = await new Kvm(acme.connection).open(address.deployBucket);
  expect((await kv.get(address.deployKey("billing")))?.operation).toBe("DEL");
  const view = await call<StreamInfo>(acme.connection, "STREAM.INFO.KV_retries");
  expect(view.state.messages).toBe(1);
  await applied(workspaceOf({ integrations: { orders: ["warehouse"], billing: ["ledger"] } }), acme);
});

test("retention cannot be updated: the stream is made anew with its messages, and its consumers go on", async () => {
  const acme = await tenant();
  await applied(workspaceOf(orders), acme);
  await send(acme, "in.orders.m.#", 3);
  const manager = await jetstreamManager(acme.connection);
  const consumer = await manager.jetstream().consumers.get("IN_orders", "warehouse");
  await (await consumer.next())?.ackAck();
  await consumer.next();
  const other = workspaceOf({ ...orders, intake: { retention: "workqueue", discard: "old" } });
  expect((await planned(other, acme)).changes.map(brief)).toEqual([
    "replace stream IN_orders migrates 3",
    "replace consumer IN_orders/warehouse redelivers 1",
  ]);
  expect(await applying(other, [acme])).toMatchObject({ ok: true });
  expect((await planned(other, acme)).changes).toEqual([]);
  expect((await manager.streams.info("IN_orders")).state).toMatchObject({ messages: 2, last_seq: 3 });
  expect((await manager.consumers.info("IN_orders", "warehouse")).num_pending).toBe(2);
});

test("a new target of a running integration starts at the next message", async () => {
  const acme = await tenant();
  await applied(workspaceOf(orders), acme);
  await send(acme, "in.orders.m.#", 5);
  await applied(workspaceOf({ integrations: { orders: ["warehouse", "shop"] } }), acme);
  await send(acme, "in.orders.m.later-#", 2);
  const manager = await jetstreamManager(acme.connection);
  expect((await manager.consumers.info("IN_orders", "shop")).num_pending).toBe(2);
  expect((await manager.consumers.info("IN_orders", "warehouse")).num_pending).toBe(7);
});

test("an apply that was cut before the deployment goes on: nothing that came in meanwhile is skipped", async () => {
  const acme = await tenant();
  const wanted = workspaceOf({ integrations: { orders: ["warehouse", "shop"] } });
  await applied({ ...wanted, tenants: wanted.tenants.map((t) => ({ ...t, consumers: [], deployments: [] })) }, acme);
  await send(acme, "in.orders.m.#", 5);
  await applied(wanted, acme);
  const manager = await jetstreamManager(acme.connection);
  expect((await manager.consumers.info("IN_orders", "shop")).num_pending).toBe(5);
});

test("a plan that was agreed to on another state is stale", async () => {
  const acme = await tenant();
  await applied(workspaceOf(orders), acme);
  const wanted = workspaceOf({ ...orders, intakeBytes: 2 * 1024 ** 2 });
  const agreed = await planned(wanted, acme);
  const { config } = await call<StreamInfo>(acme.connection, "STREAM.INFO.IN_orders");
  await call(acme.connection, "STREAM.UPDATE.IN_orders", { ...config, max_msgs: 10 });
  expect(await applying(wanted, [acme], { agreed })).toMatchObject({ ok: false, failure: { kind: "stale" } });
  const { config: after } = await call<StreamInfo>(acme.connection, "STREAM.INFO.IN_orders");
  expect(after).toMatchObject({ max_msgs: 10, max_bytes: 1024 ** 2 });
});

test("what is not ours is never touched, and refused where it is in the way", async () => {
  const acme = await tenant();
  const manager = await jetstreamManager(acme.connection);
  await manager.streams.add({ name: "THEIRS", subjects: ["theirs.>"] });
  await applied(workspaceOf(orders), acme);
  await manager.consumers.add("IN_orders", { durable_name: "audit", filter_subject: "in.orders.>" });
  await applied(workspaceOf({ integrations: {} }), acme);
  expect((await manager.streams.info("THEIRS")).config.subjects).toEqual(["theirs.>"]);

  await manager.streams.add({ name: "IN_orders", subjects: ["elsewhere"] });
  await manager.streams.add({ name: "WIDE", subjects: ["rx.*.shop.>"] });
  const refused = await applying(workspaceOf(orders), [acme]);
  expect(refused).toMatchObject({ ok: false, failure: { kind: "conflict" } });
  if (refused.ok || refused.failure.kind !== "conflict") throw new Error("not refused");
  expect(refused.failure.conflicts).toHaveLength(2);
  expect(refused.failure.conflicts.join("\n")).toMatch(/stream IN_orders exists .* not VRSky's/);
  expect(refused.failure.conflicts.join("\n")).toMatch(
    /stream WIDE .* takes rx\.\*\.shop\.>, which RETRY_orders needs/,
  );
  await expect(manager.streams.info("RETRY_orders")).rejects.toThrow("stream not found");
});

test("a consumer of somebody else under a target's name is refused", async () => {
  const acme = await tenant();
  await applied(workspaceOf(orders), acme);
  await (await jetstreamManager(acme.connection)).consumers.add("IN_orders", { durable_name: "shop" });
  const refused = await applying(workspaceOf({ integrations: { orders: ["warehouse", "shop"] } }), [acme]);
  expect(refused).toMatchObject({ ok: false, failure: { kind: "conflict" } });
});

test("an account of another workspace is refused", async () => {
  const acme = await tenant();
  await applied(workspaceOf({ ...orders, workspace: "first" }), acme);
  const refused = await applying(workspaceOf({ integrations: { other: ["x"] }, workspace: "second" }), [acme]);
  if (refused.ok) throw new Error("not refused");
  expect(refused.failure.message).toContain("belongs to workspace first");
});

test("two tenants with the same names live side by side; a tenant that is gone is emptied", async () => {
  const acme = await tenant("acme");
  const globex = await tenant("globex");
  const both = workspaceOf({ ...orders, tenant: "acme" }, { ...orders, tenant: "globex" });
  expect(await applying(both, [acme, globex])).toMatchObject({ ok: true, value: { done: 16 } });
  expect((await planned(both, acme, globex)).changes).toEqual([]);
  await send(globex, "in.orders.m.#", 2);
  const { changes } = await planned(workspaceOf({ ...orders, tenant: "acme" }), acme, globex);
  expect([...new Set(changes.map((change) => change.tenant))]).toEqual(["globex"]);
  expect(changes.map(brief)).toEqual([
    "delete stream DLQ safe",
    "delete stream IN_orders drops-unread 2",
    "delete stream RETRY_orders safe",
    "delete bucket retries safe",
    "delete bucket vrsky safe",
  ]);
});

test("an apply that loses its connection says how far it came, and the next one goes on", async () => {
  const account = unused.at(-1);
  const acme = await tenant();
  const wanted = workspaceOf({ integrations: { orders: ["warehouse"], billing: ["ledger"] } });
  const cut = await applying(wanted, [acme], {
    onStep: ({ kind, number }) => {
      if (kind === "done" && number === 5) void acme.connection.close();
    },
  });
  if (cut.ok) throw new Error("not cut");
  expect(cut.failure.kind).toBe("unreachable");
  expect(cut.failure.message).toMatch(/of tenant acme: .*; \d+ of 13 changes were made, apply again to go on$/);
  const again = { tenant: "acme", connection: await nats.connect(account) };
  // Its lease is still there: whoever knows that nobody holds it any more need not wait.
  expect(await applying(wanted, [again])).toMatchObject({ ok: false, failure: { kind: "locked" } });
  expect(await applying(wanted, [again], { force: true })).toMatchObject({ ok: true });
  expect((await planned(wanted, again)).changes).toEqual([]);
});

test("what the server refuses is told with the name of the object, and the rest waits", async () => {
  const acme = await tenant();
  const wanted = workspaceOf({ ...orders, intake: { num_replicas: 3 } });
  const refused = await applying(wanted, [acme]);
  if (refused.ok) throw new Error("not refused");
  expect(refused.failure.kind).toBe("failed");
  expect(refused.failure.message).toMatch(/^creating stream IN_orders of tenant acme: .*replicas/);
  expect(refused.failure.message).toContain("changes were made");
  await applied(workspaceOf(orders), acme);
});
