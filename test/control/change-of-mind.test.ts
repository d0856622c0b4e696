// A move of messages is cut short, and then something else is wanted: it goes on to that, or is refused until the first
// has come to its end. Killed at every call, no message is ever left where nobody reads.

import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readDeployments } from "../../control/deployment.ts";
import { call, list, type StreamInfo } from "../../control/jetstream-api.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { type CrashPoint, crashPointsOfWrites, crashRig, describePoint } from "../rig/crashing-connection.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { workspaceOf } from "../rig/workspace.ts";

let nats: NatsRig;
let platform: NatsConnection;
let connection: NatsConnection;
beforeAll(async () => {
  nats = await natsServer({ accounts: ["acme", "platform"], syncAlways: false });
  platform = await nats.connect("platform");
  connection = await nats.connect("acme");
});
afterAll(() => nats[Symbol.asyncDispose]());

const messages = 5;
const orders = workspaceOf({ integrations: { orders: ["crm"] } });
const queue = workspaceOf({ integrations: { orders: ["crm"] }, intake: { retention: "workqueue" } });
const called = (name: string, movedFrom: string) =>
  workspaceOf({ integrations: { [name]: ["crm"] }, movedFrom: { [name]: movedFrom } });

const applied = (wanted: Topology, over = connection) =>
  applyTo(wanted, [], { access: accessOf([{ tenant: "acme", connection: over }], platform), force: true });

const streams = (over = connection) => list<StreamInfo>(over, "STREAM.LIST", "streams");

async function begin(): Promise<void> {
  for (const each of [connection, platform]) {
    for (const { config } of await streams(each)) await call(each, `STREAM.DELETE.${config.name}`);
  }
  expect(await applied(orders)).toMatchObject({ ok: true });
  for (let i = 0; i < messages; i++) await connection.request(`in.orders.m.${i}`, "x", { timeout: 5_000 });
}

/** In intakes whose integration runs or drains. */
async function read(): Promise<number> {
  const run = (await readDeployments(connection)).flatMap(({ integration, record }) =>
    record === undefined ? [] : [`IN_${integration}`],
  );
  const intakes = (await streams()).filter(({ config }) => run.includes(config.name));
  return intakes.reduce((sum, { state }) => sum + state.messages, 0);
}

const cases: readonly { readonly what: string; readonly first: Topology; readonly second: Topology }[] = [
  { what: "renamed once more", first: called("sales", "orders"), second: called("shop", "sales") },
  { what: "renamed back", first: called("sales", "orders"), second: called("orders", "sales") },
  { what: "named as before", first: called("sales", "orders"), second: orders },
  { what: "set back", first: queue, second: orders },
  { what: "renamed", first: queue, second: called("sales", "orders") },
  { what: "removed", first: queue, second: workspaceOf({ integrations: { billing: ["crm"] } }) },
];

test.for(cases)("$what before the move was complete", { timeout: 120_000 }, async ({ first, second }) => {
  await begin();
  const whole = crashRig();
  await applied(first, whole.wrap(connection));
  const inBetween = async (at: CrashPoint) => {
    await begin();
    const rig = crashRig(at);
    await applied(first, rig.wrap(connection)).catch(() => undefined);
    const result = await applied(second);
    if (result.ok) return;
    expect(result.failure.kind).toBe("conflict");
    expect(await applied(first)).toMatchObject({ ok: true });
    expect(await applied(second)).toMatchObject({ ok: true });
  };
  for (const at of crashPointsOfWrites(whole.calls)) {
    const where = describePoint(whole.calls, at);
    await inBetween(at).catch((error: unknown) => {
      throw new Error(`killed ${where}`, { cause: error });
    });
    expect(await read(), `killed ${where}`).toBe(messages);
  }
});
