// A target is taken out of an integration whose traffic never stops: at every moment something is unread, and still
// nothing is lost of what was there when the apply began.

import { setTimeout as pause } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ConsumerInfo, callIfThere } from "../../control/jetstream-api.ts";
import { prepare } from "../../control/prepare.ts";
import type { Change } from "../../schema/plan.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { crashRig } from "../rig/crashing-connection.ts";
import { handMade } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { startTraffic } from "../rig/traffic.ts";
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
const wanted = (workspace: string, ...targets: string[]) =>
  workspaceOf({
    workspace,
    integrations: { orders: targets },
    bundle: targets.length === 1 ? coded.bundle.hash : "0".repeat(64),
    consumer: { ack_wait: second / 4 },
  });
const bundles = () => coded;
const access = (over = connection) => accessOf([{ tenant: "acme", connection: over }], platform);
const ledger = () => callIfThere<ConsumerInfo>(connection, "CONSUMER.INFO.IN_orders.ledger");
const traffic = () =>
  startTraffic({ connection, prefix: () => "in.orders.m", stream: () => "IN_orders", consumer: "ledger" });

const kindsOf = (changes: readonly Change[]) =>
  changes.map(({ action, kind, name, consequence }) => `${action} ${kind} ${name} ${consequence.kind}`);

test("one that keeps up goes before the worker forgets it, and has had everything until then", async () => {
  await applyTo(wanted("first", "crm", "ledger"), [], { access: access(), bundles });
  const passing = traffic();
  await using _ = { [Symbol.asyncDispose]: passing.stopSending };
  while (passing.received.size < 20) await pause(5);
  const prepared = await prepare({ access: access(), wanted: wanted("first", "crm") });
  if (!prepared.ok) throw new Error(prepared.failure.message);
  expect(kindsOf(prepared.value.plan.changes)).toEqual([
    "delete consumer IN_orders/ledger safe",
    "delete consumer RETRY_orders/ledger safe",
    "update deployment orders restarts-worker",
  ]);
  const before = [...passing.accepted];
  const agreed = prepared.value.plan;
  expect(await applyTo(wanted("first", "crm"), [], { access: access(), bundles, agreed })).toMatchObject({ ok: true });
  expect(await ledger()).toBeUndefined();
  expect(before.filter((id) => !passing.received.has(id))).toEqual([]);
});

test("one that does not read is refused, and nothing of it is changed", async () => {
  const both = wanted("second", "crm", "ledger");
  await applyTo(both, [], { access: access(), bundles });
  for (let i = 0; i < 3; i++) await connection.request(`in.orders.m.${i}`, "x");
  const refused = await applyTo(wanted("second", "crm"), [], { access: access(), bundles });
  expect(refused).toMatchObject({
    ok: false,
    failure: { kind: "data-loss", losses: [{ name: "IN_orders/ledger", messages: 3 }] },
  });
  expect(await prepare({ access: access(), wanted: both })).toMatchObject({ value: { plan: { changes: [] } } });
});

test("killed at any call while it goes, the same apply comes to the end", async () => {
  const crm = wanted("third", "crm");
  const both = wanted("third", "crm", "ledger");
  for (let call = 1; ; call++) {
    expect(await applyTo(both, [], { access: access(), bundles })).toMatchObject({ ok: true });
    const passing = traffic();
    await using _ = { [Symbol.asyncDispose]: passing.stopSending };
    const there = passing.received.size + 5;
    while (passing.received.size < there) await pause(5);
    const rig = crashRig({ call, when: "after", ofWrites: true });
    await applyTo(crm, [], { access: access(rig.wrap(connection)), bundles }).catch(() => undefined);
    expect(await applyTo(crm, [], { access: access(), bundles }), `killed after write ${call}`).toMatchObject({
      ok: true,
    });
    if (!rig.crashed()) break;
  }
});
