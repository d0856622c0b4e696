// `order-by` comes to an integration that runs, and goes again: what was accepted before and meanwhile is read by
// somebody, whatever dies in between, and the plan says what comes twice.

import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ConsumerInfo, callIfThere, list } from "../../control/jetstream-api.ts";
import { prepare } from "../../control/prepare.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { crashRig } from "../rig/crashing-connection.ts";
import { handMade } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { second, workspaceOf } from "../rig/workspace.ts";

let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ accounts: ["one", "two", "three", "platform"], syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

const accounts = ["one", "two", "three"];
let connection: NatsConnection;
let platform: NatsConnection;
beforeEach(async () => {
  connection = await nats.connect(accounts.pop());
  platform = await nats.connect("platform");
});

const coded = handMade();
const partitions = 2;
const wanted = (workspace: string, order: boolean, integration = "orders") =>
  workspaceOf({
    workspace,
    integrations: { [integration]: ["crm"] },
    ...(integration === "orders" ? {} : { movedFrom: { [integration]: "orders" } }),
    bundle: order ? "0".repeat(64) : coded.bundle.hash,
    consumer: { ack_wait: 60 * second },
    ...(order ? { partitions } : {}),
  });
const access = (over = connection) => accessOf([{ tenant: "acme", connection: over }], platform);
const apply = (topology: ReturnType<typeof wanted>, over = connection) =>
  applyTo(topology, [], { access: access(over), bundles: () => coded });
const planned = async (topology: ReturnType<typeof wanted>) => {
  const prepared = await prepare({ access: access(), wanted: topology });
  if (!prepared.ok) throw new Error(prepared.failure.message);
  return prepared.value.plan.changes
    .filter(({ kind }) => kind === "consumer")
    .map(({ action, name, consequence }) =>
      [action, name, consequence.kind, "messages" in consequence ? consequence.messages : ""].join(" ").trim(),
    );
};

const send = (...subjects: readonly string[]) =>
  Promise.all(subjects.map((subject) => connection.request(`in.orders.m.${subject}`, subject)));

/** Reads and acknowledges all that there is, or so many. */
async function read(consumer: string, most = 100): Promise<readonly string[]> {
  const next = `$JS.API.CONSUMER.MSG.NEXT.IN_orders.${consumer}`;
  const seen: string[] = [];
  while (seen.length < most) {
    const request = JSON.stringify({ batch: 1, no_wait: true });
    const message = await connection.request(next, request, { timeout: 2_000, noMux: true });
    if (message.reply === undefined || message.reply === "") return seen;
    await connection.request(message.reply, "+ACK");
    seen.push(message.string());
  }
  return seen;
}

const readers = async () =>
  (await list<ConsumerInfo>(connection, "CONSUMER.LIST.IN_orders", "consumers")).map(({ name }) => name).sort();

test("on and off again: each message is read, and what comes twice is told", async () => {
  await apply(wanted("first", false));
  await send("a", "b", "c");
  expect(await read("crm", 1)).toEqual(["a"]);
  expect(await planned(wanted("first", true))).toEqual([
    "update IN_orders/crm safe",
    "create IN_orders/crm_0 safe",
    "create IN_orders/crm_1 safe",
  ]);
  expect(await apply(wanted("first", true))).toMatchObject({ ok: true });
  // A worker that has not heard of it goes on in the old way.
  await send("0.d", "1.e", "f", "1.g", "1.h");
  expect(await read("crm_1", 2)).toEqual(["1.e", "1.g"]);
  expect(await read("crm")).toEqual(["b", "c", "f"]);

  // At most: all behind the first that `crm_0` may want.
  expect(await planned(wanted("first", false))).toEqual([
    "replace IN_orders/crm redelivers 7",
    "delete IN_orders/crm_0 safe",
    "delete IN_orders/crm_1 safe",
  ]);
  expect(await apply(wanted("first", false))).toMatchObject({ ok: true });
  await send("0.i", "j");
  expect(await read("crm")).toEqual(["0.d", "1.e", "f", "1.g", "1.h", "0.i", "j"]);
  expect(await readers()).toEqual(["crm"]);
  // Once more, with what came in the ordered way and is read by the one reader only.
  await send("0.k");
  await apply(wanted("first", true));
  expect(await read("crm_0")).toEqual(["0.k"]);
});

test("killed at any write while it goes, the same apply comes to the end, and nothing unread is lost", async () => {
  for (const write of ["CREATE.IN_orders.crm_MOVING", "DELETE.IN_orders.crm_1", "CREATE.IN_orders.crm"]) {
    expect(await apply(wanted("second", true))).toMatchObject({ ok: true });
    const unread = ["", "0.", "1."].map((partition) => `${partition}${write.replaceAll(".", "-")}`);
    await send(...unread);
    const rig = crashRig({ call: 1, when: "after", subject: `$JS.API.CONSUMER.${write}` });
    await apply(wanted("second", false), rig.wrap(connection)).catch(() => undefined);
    expect(rig.crashed(), write).toBe(true);
    expect(await apply(wanted("second", false)), write).toMatchObject({ ok: true });
    expect(await read("crm")).toEqual(expect.arrayContaining(unread));
    expect(await readers()).toEqual(["crm"]);
  }
});

test("cut short, it is not turned back half way; and it does not go together with another name", async () => {
  await apply(wanted("third", true));
  const refused = await apply(wanted("third", false, "sales"));
  expect(refused).toMatchObject({ ok: false, failure: { kind: "conflict" } });
  const rig = crashRig({ call: 1, when: "after", subject: "$JS.API.CONSUMER.DELETE.IN_orders.crm" });
  await apply(wanted("third", false), rig.wrap(connection)).catch(() => undefined);
  expect(rig.crashed()).toBe(true);
  expect(await apply(wanted("third", true))).toMatchObject({ ok: false, failure: { kind: "conflict" } });
  expect(await apply(wanted("third", false))).toMatchObject({ ok: true });
  expect(await apply(wanted("third", true))).toMatchObject({ ok: true });
  expect(await callIfThere(connection, "CONSUMER.INFO.IN_orders.crm_1")).toBeDefined();
});
