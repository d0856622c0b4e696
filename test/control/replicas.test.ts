// `replicas` of a context on a real cluster of three servers: every stream has that many copies, a change of it is made
// in place with what is stored, and the account pays for each copy.

import { expect, test } from "vitest";
import { contextTopology } from "../../control/context-topology.ts";
import { list, type StreamInfo } from "../../control/jetstream-api.ts";
import { prepare } from "../../control/prepare.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { natsCluster } from "../rig/nats-cluster.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

function compiled(): Topology {
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/tenant.yaml": "tenant: acme\nquotas: { storage: 100MiB }\n",
    "tenants/acme/orders.yaml":
      "integration: orders\nsource: { http: { path: /orders }, contract: { id: string } }\ntargets: { out: { nats: { subject: orders.out } } }\n",
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return emitted.topology;
}

test("three copies of every stream, one again, three again: nothing that is stored goes", async () => {
  const one = compiled();
  const three = contextTopology(one, { replicas: 3 });
  const disk = three.tenants[0]?.account.limits.disk ?? 0;
  expect(disk).toBe(300 * 1024 ** 2);
  await using cluster = await natsCluster({
    acme: `{ max_file: ${disk}, max_mem: 0, max_streams: 20, max_consumers: 20 }`,
    PLATFORM: "enabled",
  });
  const acme = await cluster.connect("acme");
  const connections = [{ tenant: "acme", connection: acme }];
  const access = accessOf(connections, await cluster.connect("PLATFORM"));
  /** Elections may take an answer's time: applied again, it converges. */
  const apply = (wanted: Topology) =>
    until("it is applied", async () => (await applyTo(wanted, connections, { access })).ok, 60_000);
  const copies = async (): Promise<ReadonlySet<unknown>> => {
    const all = await list<StreamInfo>(acme, "STREAM.LIST", "streams");
    expect(all).toHaveLength(6);
    return new Set(all.map(({ config }) => config.num_replicas));
  };
  const stored = async (): Promise<unknown> => Object((await api(acme, "STREAM.INFO.IN_orders")).state).messages;

  await apply(three);
  expect(await copies()).toEqual(new Set([3]));
  expect(await prepare({ access, wanted: three })).toMatchObject({ ok: true, value: { plan: { changes: [] } } });
  for (let index = 0; index < 20; index++) await acme.request(`in.orders.m.${index}`, "x", { timeout: 5_000 });

  const fewer = await prepare({ access, wanted: one });
  if (!fewer.ok) throw new Error(fewer.failure.message);
  expect(new Set(fewer.value.plan.changes.map(({ action, consequence }) => `${action} ${consequence.kind}`))).toEqual(
    new Set(["update safe"]),
  );
  await apply(one);
  expect(await copies()).toEqual(new Set([1]));
  expect(await until("all are there", async () => (await stored()) === 20)).toBe(true);
  await apply(three);
  expect(await copies()).toEqual(new Set([3]));
  expect(await until("all are there", async () => (await stored()) === 20)).toBe(true);

  // The intake has reserved 50 MiB in each of three copies; 60 MiB once would fit, three times is too much.
  const more = { name: "MORE", subjects: ["more.>"], storage: "file", max_bytes: 60 * 1024 ** 2, num_replicas: 3 };
  await expect(api(acme, "STREAM.CREATE.MORE", more)).rejects.toThrow("insufficient storage");
});
