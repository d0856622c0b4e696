// A first apply that was cut short has left things in accounts of which no revision tells. They are found all the same:
// when everything is destroyed, and when the tenant is gone from the workspace by then.

import { afterAll, beforeAll, expect, test } from "vitest";
import { list, type StreamInfo } from "../../control/jetstream-api.ts";
import { ensurePlatform } from "../../control/platform/streams.ts";
import { prepare } from "../../control/prepare.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { crashRig } from "../rig/crashing-connection.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { workspaceOf } from "../rig/workspace.ts";

const accounts = ["acme", "globex", "platform", "acme2", "globex2", "platform2"];
let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ accounts, syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

const acmeOnly = workspaceOf({ integrations: { orders: ["crm"] } });
const both = workspaceOf({ integrations: { orders: ["crm"] } }, { tenant: "globex", integrations: { news: ["crm"] } });
const nothing = { workspace: "shop", tenants: [] };

/** Of the two tenants one account each; the apply dies after it has made its fourth object. */
async function cutShort(suffix: string) {
  const [acme, globex, platform] = [
    await nats.connect(`acme${suffix}`),
    await nats.connect(`globex${suffix}`),
    await nats.connect(`platform${suffix}`),
  ];
  await ensurePlatform(platform, both);
  const rig = crashRig({ call: 9, when: "after", ofWrites: true });
  const dying = accessOf(
    [
      { tenant: "acme", connection: rig.wrap(acme) },
      { tenant: "globex", connection: rig.wrap(globex) },
    ],
    rig.wrap(platform),
  );
  expect(await applyTo(both, [], { access: dying }).catch(() => undefined)).not.toMatchObject({ ok: true });
  expect(rig.crashed()).toBe(true);
  const tenants = [
    { tenant: "acme", connection: acme },
    { tenant: "globex", connection: globex },
  ];
  const streams = async () => {
    const lists = await Promise.all(
      [acme, globex].map((connection) => list<StreamInfo>(connection, "STREAM.LIST", "streams")),
    );
    return lists.flat().map(({ config }) => config.name);
  };
  expect(await streams()).not.toEqual([]);
  return { access: accessOf(tenants, platform), streams };
}

test("destroy removes what a first apply has left half made", async () => {
  const { access, streams } = await cutShort("");
  const destroyed = await applyTo(nothing, [], { access, prune: true, force: true });
  expect(destroyed).toMatchObject({ ok: true });
  expect(await streams()).toEqual([]);
});

test("a tenant that was taken out again before it was ever recorded is named, stays known, and goes with --prune", async () => {
  const { access, streams } = await cutShort("2");
  for (const prune of [false, false, true]) {
    const prepared = await prepare({ access, wanted: acmeOnly, prune });
    if (!prepared.ok) throw new Error(prepared.failure.message);
    const { leftovers, changes } = prepared.value.plan;
    expect([...leftovers, ...changes].map(({ tenant }) => tenant)).toContain("globex");
    expect(await applyTo(acmeOnly, [], { access, prune, force: true })).toMatchObject({ ok: true });
  }
  expect(await streams()).not.toContain("IN_news");
  const end = await prepare({ access, wanted: acmeOnly });
  expect(end).toMatchObject({ ok: true, value: { plan: { changes: [], leftovers: [] } } });
});
