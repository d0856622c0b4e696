// A move of messages is cut short, and then something else is wanted: it goes on to that, or is refused until the first
// has come to its end. Killed at every call, no message is ever left where nobody reads.

import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readDeployments } from "../../control/deployment.ts";
import { call, list, type StreamInfo } from "../../control/jetstream-api.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { type CrashPoint, crashPointsOfWrites, crashRig, describePoint } from "../rig/crashing-connection.ts";
import { type Lane, laneAccounts, laneOf } from "../rig/lanes.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { workspaceOf } from "../rig/workspace.ts";

const messages = 5;
const orders = workspaceOf({ integrations: { orders: ["crm"] } });
const queue = workspaceOf({ integrations: { orders: ["crm"] }, intake: { retention: "workqueue" } });
const called = (name: string, movedFrom: string) =>
  workspaceOf({ integrations: { [name]: ["crm"] }, movedFrom: { [name]: movedFrom } });

const applied = ({ connection, platform }: Lane, wanted: Topology, over = connection) =>
  applyTo(wanted, [], { access: accessOf([{ tenant: "acme", connection: over }], platform), force: true });

const streams = (over: NatsConnection) => list<StreamInfo>(over, "STREAM.LIST", "streams");

async function begin(lane: Lane): Promise<void> {
  for (const each of [lane.connection, lane.platform]) {
    for (const { config } of await streams(each)) await call(each, `STREAM.DELETE.${config.name}`);
  }
  expect(await applied(lane, orders)).toMatchObject({ ok: true });
  for (let i = 0; i < messages; i++) await lane.connection.request(`in.orders.m.${i}`, "x", { timeout: 5_000 });
}

/** In intakes whose integration runs or drains. */
async function read({ connection }: Lane): Promise<number> {
  const run = (await readDeployments(connection)).flatMap(({ integration, record }) =>
    record === undefined ? [] : [`IN_${integration}`],
  );
  const intakes = (await streams(connection)).filter(({ config }) => run.includes(config.name));
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

const nameOf = (what: string): string => what.replaceAll(" ", "-");

let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ accounts: laneAccounts(cases.map(({ what }) => nameOf(what))), syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

// They wait for copies most of the time: beside each other.
test.concurrent.for(cases)(
  "$what before the move was complete",
  { timeout: 120_000 },
  async ({ what, first, second }) => {
    const lane = await laneOf(nats, nameOf(what));
    await begin(lane);
    const whole = crashRig();
    await applied(lane, first, whole.wrap(lane.connection));
    const inBetween = async (at: CrashPoint) => {
      await begin(lane);
      const rig = crashRig(at);
      await applied(lane, first, rig.wrap(lane.connection)).catch(() => undefined);
      const result = await applied(lane, second);
      if (result.ok) return;
      expect(result.failure.kind).toBe("conflict");
      expect(await applied(lane, first)).toMatchObject({ ok: true });
      expect(await applied(lane, second)).toMatchObject({ ok: true });
    };
    for (const at of crashPointsOfWrites(whole.calls)) {
      const where = describePoint(whole.calls, at);
      await inBetween(at).catch((error: unknown) => {
        throw new Error(`killed ${where}`, { cause: error });
      });
      expect(await read(lane), `killed ${where}`).toBe(messages);
    }
  },
);
