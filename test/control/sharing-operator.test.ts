// Messages between accounts that are JWTs: granted, taken back and granted again by apply alone, on a running server.

import type { NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { openOperatorAccess } from "../../control/accounts/operator-access.ts";
import { applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { operatorServer } from "../rig/operator.ts";
import { until } from "../rig/wait.ts";

function compiled(granted: boolean) {
  const publish = `integration: publish
source: { http: { path: /orders }, contract: { id: string } }
targets: { paid: { stream: paid } }
`;
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/tenant.yaml": `tenant: acme
streams: { paid: { contract: { id: string }, keep: 1h${granted ? ", export-to: [globex]" : ""} } }
`,
    "tenants/acme/publish.yaml": publish,
    "tenants/globex/read.yaml": `integration: read
source: ${granted ? "{ stream: acme/paid }" : "{ http: { path: /in }, contract: { id: string } }"}
targets: { out: { nats: { subject: got } } }
`,
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  const bundles = new Map(emitted.bundles.map((coded) => [coded.bundle.hash, coded]));
  return { topology: emitted.topology, bundles: (hash: string) => bundles.get(hash) };
}

const messagesIn = async (connection: NatsConnection, stream: string): Promise<number> => {
  const info = await connection.request(`$JS.API.STREAM.INFO.${stream}`);
  return info.json<{ readonly state?: { readonly messages: number } }>().state?.messages ?? 0;
};

test("claims alone let a copy fill, stop it, and let it go on", async () => {
  await using rig = await operatorServer({ tenants: [] });
  const { url, store } = rig;
  const opened = await openOperatorAccess({ url, store });
  if (!opened.ok) throw new Error(opened.failure.message);
  await using access = opened.value;
  const change = async (granted: boolean): Promise<void> => {
    const { topology, bundles } = compiled(granted);
    const applied = await applyTo(topology, [], { access, bundles });
    if (!applied.ok) throw new Error(applied.failure.message);
  };
  await change(true);
  const [acme, globex] = [await rig.connect("acme", "control"), await rig.connect("globex", "control")];
  let sent = 0;
  const send = async (count: number): Promise<void> => {
    for (const end = sent + count; sent < end; sent++) acme.publish(`stream.paid.m${sent}`, `{"id":"m${sent}"}`);
    await acme.flush();
    await until("acme has them", async () => (await messagesIn(acme, "STREAM_paid")) === sent);
  };
  const copied = () => messagesIn(globex, "SHARED_acme_paid");

  // More than fit between two words of flow control.
  await send(5_000);
  await until("they are copied", async () => (await copied()) === 5_000);
  await change(false);
  await send(100);
  expect(await copied()).toBe(5_000);
  await change(true);
  await until("what was missed is copied", async () => (await copied()) === 5_100, 60_000);
});
