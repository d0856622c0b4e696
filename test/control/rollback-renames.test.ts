// A rollback over renames: the integration goes back to the name it had, with its messages and what its sources
// remember, and the way forth stays open.

import { afterAll, beforeAll, expect, test } from "vitest";
import { call, list, type StreamInfo } from "../../control/jetstream-api.ts";
import { renamedBack } from "../../control/rename-back.ts";
import { wantedAt } from "../../control/rollback.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { handMade } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { workspaceOf } from "../rig/workspace.ts";

let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ accounts: ["acme", "platform"], syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

const coded = handMade();
const bundle = coded.bundle.hash;
const called = (name: string, movedFrom?: string) =>
  workspaceOf({
    integrations: { [name]: ["crm"] },
    bundle,
    ...(movedFrom === undefined ? {} : { movedFrom: { [name]: movedFrom } }),
  });

test("two renames back and forth, and every message is where its worker looks", async () => {
  const [connection, platform] = [await nats.connect("acme"), await nats.connect("platform")];
  const access = accessOf([{ tenant: "acme", connection }], platform);
  const applied = async (wanted: ReturnType<typeof called>) => {
    const result = await applyTo(wanted, [], { access, bundles: () => coded });
    if (!result.ok) throw new Error(result.failure.message);
  };
  const rolledBack = async (revision: number) => {
    const then = await wantedAt(access, "shop", revision);
    if (!then.ok) throw new Error(then.failure.message);
    await applied(then.value);
  };
  const held = async () => {
    const streams = await list<StreamInfo>(connection, "STREAM.LIST", "streams");
    const state = await call<StreamInfo & { state: { subjects?: object } }>(connection, "STREAM.INFO.STATE", {
      subjects_filter: ">",
    });
    const intakes = streams.filter(({ config }) => config.name.startsWith("IN_"));
    return [
      ...intakes.map(({ config, state: { messages } }) => `${config.name} ${messages}`),
      ...Object.keys(state.state.subjects ?? {}),
    ];
  };
  await call(connection, "STREAM.CREATE.STATE", { name: "STATE", subjects: ["state.>"], allow_direct: true });
  await applied(called("orders"));
  for (let i = 0; i < 5; i++) await connection.request(`in.orders.m.${i}`, "x");
  await connection.request("state.orders.shop.cursor", "5");
  await applied(called("sales", "orders"));
  await applied(called("shop", "sales"));
  expect(await held()).toEqual(["IN_shop 5", "state.shop.shop.cursor"]);
  await rolledBack(1);
  expect(await held()).toEqual(["IN_orders 5", "state.orders.shop.cursor"]);
  await rolledBack(2);
  expect(await held()).toEqual(["IN_sales 5", "state.sales.shop.cursor"]);
  await rolledBack(3);
  expect(await held()).toEqual(["IN_shop 5", "state.shop.shop.cursor"]);
});

const movesOf = (...given: Parameters<typeof renamedBack>) =>
  renamedBack(...given).tenants.flatMap(({ deployments }) =>
    deployments.map(({ integration, movedFrom }) => `${integration} <- ${movedFrom}`),
  );

test("a name that somebody else has by now, or that is still there, is left alone", () => {
  const both = workspaceOf({ integrations: { orders: ["crm"], sales: ["crm"] } });
  // `sales` was another integration at that time as well.
  expect(movesOf(both, [called("shop", "sales"), called("sales", "shop")])).toEqual([
    "orders <- undefined",
    "sales <- undefined",
  ]);
  // A second `orders` has come since.
  const again = workspaceOf({ integrations: { sales: ["crm"], orders: ["crm"] }, movedFrom: { sales: "orders" } });
  expect(movesOf(called("orders"), [called("sales", "orders"), again])).toEqual(["orders <- undefined"]);
  // It is gone.
  expect(movesOf(called("orders"), [called("sales", "orders"), called("other")])).toEqual(["orders <- undefined"]);
});
