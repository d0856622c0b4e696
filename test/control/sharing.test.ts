// What is told where streams are shared and cannot be, and that a grant that is taken back is gone without --prune.

import type { NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { canShare } from "../../schema/server-version.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { natsServer } from "../rig/nats.ts";

function compiled(granted: boolean) {
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/a.yaml": `tenant: acme
streams: { paid: { contract: { id: string }${granted ? ", export-to: [globex]" : ""} } }
---
integration: write
source: { http: { path: /in }, contract: { id: string } }
targets: { out: { stream: paid } }
`,
    "tenants/globex/a.yaml": `integration: read
source: ${granted ? "{ stream: acme/paid }" : "{ http: { path: /in }, contract: { id: string } }"}
targets: { out: { nats: { subject: read } } }
`,
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  const bundles = new Map(emitted.bundles.map((coded) => [coded.bundle.hash, coded]));
  return { topology: emitted.topology, bundles: (hash: string) => bundles.get(hash) };
}

test("versions", () => {
  expect(["2.14.4", "2.15.1", "v2.15.1", "3.0.0"].map(canShare)).toEqual([true, true, true, true]);
  expect(["2.12.14", "v2.12.20", "2.9.0"].map(canShare)).toEqual([false, false, false]);
});

test("a server before 2.14 is told of before anything is made; a plan settles, and a grant that is taken back ends", async () => {
  await using nats = await natsServer({ accounts: ["acme", "globex"], syncAlways: false });
  const [acme, globex] = [await nats.connect("acme"), await nats.connect("globex")];
  const connections = [
    { tenant: "acme", connection: acme },
    { tenant: "globex", connection: globex },
  ];
  const { topology, bundles } = compiled(true);
  const old: NatsConnection = Object.create(acme, { info: { value: { ...acme.info, version: "2.12.14" } } });
  expect(await applyTo(topology, connections, { bundles, access: accessOf(connections, old) })).toEqual({
    ok: false,
    failure: {
      kind: "unsupported",
      message: "tenant globex reads stream acme/paid: sharing needs nats-server 2.14.4 or newer, this is 2.12.14",
    },
  });
  expect((await globex.request("$JS.API.STREAM.NAMES")).json()).toMatchObject({ total: 0 });

  expect(await applyTo(topology, connections, { bundles })).toMatchObject({ ok: true });
  expect(await applyTo(topology, connections, { bundles })).toMatchObject({
    ok: true,
    value: { plan: { changes: [], drift: [] } },
  });

  acme.publish("stream.paid.a", "{}");
  await acme.flush();
  const after = compiled(false);
  const taken = await applyTo(after.topology, connections, { bundles: after.bundles });
  if (!taken.ok) throw new Error(taken.failure.message);
  expect(taken.value.plan.changes.filter(({ action }) => action === "delete")).toEqual([
    {
      action: "delete",
      kind: "consumer",
      tenant: "acme",
      name: "STREAM_paid/SHARED_acme_globex",
      consequence: { kind: "safe" },
      fields: [],
    },
  ]);
  expect(taken.value.plan.leftovers.map(({ tenant, name }) => `${tenant} ${name}`)).toEqual([
    "globex SHARED_acme_paid",
  ]);
});
