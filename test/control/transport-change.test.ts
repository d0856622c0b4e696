// An integration becomes ephemeral, and durable again: its streams go only when nothing in them is unread or somebody
// said so, and come back; the plan after each is empty.

import { expect, test } from "vitest";
import { list, type StreamInfo } from "../../control/jetstream-api.ts";
import { prepare } from "../../control/prepare.ts";
import * as address from "../../schema/address.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { natsServer } from "../rig/nats.ts";

function compiled(transport: "durable" | "ephemeral") {
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/a.yaml": `integration: orders
transport: ${transport}
source: { http: { path: /orders }, contract: { id: string } }
targets: { out: { nats: { subject: orders.out } } }
`,
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return emitted;
}

test("to ephemeral and back: unread messages are named, and what stays is what is wanted", async () => {
  await using nats = await natsServer({ accounts: ["acme", "platform"], syncAlways: false });
  const connection = await nats.connect("acme");
  const access = accessOf([{ tenant: "acme", connection }], await nats.connect("platform"));
  const [durable, ephemeral] = [compiled("durable"), compiled("ephemeral")];
  const bundles = (hash: string) =>
    [...durable.bundles, ...ephemeral.bundles].find((each) => each.bundle.hash === hash);
  const apply = ({ topology }: typeof durable, allowDataLoss: readonly string[] = []) =>
    applyTo(topology, [], { access, bundles, allowDataLoss });
  const planned = async ({ topology }: typeof durable) => {
    const prepared = await prepare({ access, wanted: topology });
    if (!prepared.ok) throw new Error(prepared.failure.message);
    const { changes, leftovers } = prepared.value.plan;
    expect(leftovers).toEqual([]);
    return changes.map(({ action, kind, name, consequence }) =>
      [action, kind, name, consequence.kind, "messages" in consequence ? consequence.messages : ""].join(" ").trim(),
    );
  };
  const own = async () =>
    (await list<StreamInfo>(connection, "STREAM.LIST", "streams"))
      .map(({ config }) => String(config.name))
      .filter((name) => /^(IN|RETRY)_/.test(name))
      .sort();

  expect(await apply(durable)).toMatchObject({ ok: true });
  expect(await own()).toEqual(["IN_orders", "RETRY_orders"]);
  await connection.request(address.intakeSubject("orders", address.idHash("a")), "{}");
  expect(await planned(ephemeral)).toEqual([
    "update deployment orders restarts-worker",
    "delete stream IN_orders drops-unread 1",
    "delete stream RETRY_orders safe",
  ]);
  expect(await apply(ephemeral)).toMatchObject({
    ok: false,
    failure: { kind: "data-loss", losses: [{ tenant: "acme", name: "IN_orders", messages: 1 }] },
  });
  expect(await own()).toEqual(["IN_orders", "RETRY_orders"]);
  expect(await apply(ephemeral, ["acme/IN_orders"])).toMatchObject({ ok: true });
  expect(await own()).toEqual([]);
  expect(await planned(ephemeral)).toEqual([]);

  expect(await apply(durable)).toMatchObject({ ok: true });
  expect(await own()).toEqual(["IN_orders", "RETRY_orders"]);
  expect(await planned(durable)).toEqual([]);
  // Nothing unread: no word is needed.
  expect(await apply(ephemeral)).toMatchObject({ ok: true });
  expect(await own()).toEqual([]);
});
