// A real cluster of three servers: what the control plane keeps has as many copies as the rest, streams lie where the
// context says and move there in place, and a place that is none is said so.

import { expect, test } from "vitest";
import { contextTopology } from "../../control/context-topology.ts";
import { list } from "../../control/jetstream-api.ts";
import { prepare } from "../../control/prepare.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { natsCluster } from "../rig/nats-cluster.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

interface Live {
  readonly config: { readonly name: string; readonly num_replicas: number; readonly placement?: object };
  readonly cluster?: { readonly leader?: string; readonly replicas?: readonly { readonly name: string }[] };
}

function compiled(): Topology {
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/a.yaml": `tenant: acme
streams: { paid: { contract: { id: string } } }
---
integration: orders
source: { http: { path: /orders }, contract: { id: string } }
targets: { out: { nats: { subject: orders.out } } }
---
integration: pings
transport: ephemeral
source: { http: { path: /pings }, contract: { id: string } }
targets: { out: { nats: { subject: pings.out } } }
`,
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return emitted.topology;
}

test("three copies of all there is, one, and streams that move to the servers that have the tags", async () => {
  const one = compiled();
  const three = contextTopology(one, { replicas: 3 });
  const on = (tag: string) => contextTopology(one, { placement: { tags: [tag] } });
  await using cluster = await natsCluster({ acme: "enabled", PLATFORM: "enabled" });
  const acme = await cluster.connect("acme");
  const platform = await cluster.connect("PLATFORM");
  const access = accessOf([{ tenant: "acme", connection: acme }], platform);
  const apply = (wanted: Topology) => applyTo(wanted, [], { access });
  /** Elections may take an answer's time: applied again, it converges. */
  const applied = (wanted: Topology) => until("it is applied", async () => (await apply(wanted)).ok, 60_000);
  const planned = async (wanted: Topology) => {
    const prepared = await prepare({ access, wanted });
    if (!prepared.ok) throw new Error(prepared.failure.message);
    return prepared.value.plan.changes;
  };
  const streams = async (): Promise<readonly Live[]> => {
    const all = [acme, platform].map((connection) => list<Live>(connection, "STREAM.LIST", "streams"));
    return (await Promise.all(all)).flat();
  };
  /** Names of the servers that hold a copy of any stream or durable. */
  const servers = async (): Promise<ReadonlySet<string>> => {
    const all = await streams();
    const lists = ["IN_orders", "RETRY_orders"].map((stream) =>
      list<Live>(acme, `CONSUMER.LIST.${stream}`, "consumers"),
    );
    const consumers = (await Promise.all(lists)).flat();
    expect(consumers).toHaveLength(2);
    return new Set(
      [...all, ...consumers].flatMap(({ cluster: at }) => [
        at?.leader ?? "",
        ...(at?.replicas ?? []).map(({ name }) => name),
      ]),
    );
  };
  const copies = async () => new Set((await streams()).map(({ config }) => config.num_replicas));

  await applied(three);
  expect((await streams()).map(({ config }) => config.name).sort()).toEqual([
    "DLQ",
    "IN_orders",
    "KV_retries",
    "KV_vrsky",
    "RETRY_orders",
    "STATE",
    "STREAM_paid",
    "VRSKY_AUDIT",
    "VRSKY_NOW",
    "VRSKY_REVISIONS",
  ]);
  expect(await copies()).toEqual(new Set([3]));
  expect(await planned(three)).toEqual([]);
  const everywhere = ["server-0", "server-1", "server-2"];
  await until("every copy of everything is somewhere", async () => {
    const found = await servers();
    return everywhere.every((name) => found.has(name)) && found.size === 3;
  });
  for (let index = 0; index < 20; index++) await acme.request(`in.orders.m.${index}`, "x", { timeout: 5_000 });

  // One copy, on one server; then on another one, with what is stored.
  for (const [tag, server] of [
    ["rack-1", "server-1"],
    ["rack-2", "server-2"],
  ] as const) {
    const changes = await planned(on(tag));
    expect(new Set(changes.map(({ action, consequence }) => `${action} ${consequence.kind}`))).toEqual(
      new Set(["update safe"]),
    );
    expect(changes[0]?.fields.map(({ field }) => field)).toContain("placement");
    await applied(on(tag));
    expect(await planned(on(tag))).toEqual([]);
    await until(`all of it is on ${server}`, async () => {
      const found = await servers().catch(() => new Set());
      return found.size === 1 && found.has(server) && (await copies()).has(1);
    });
    const { state } = await api(acme, "STREAM.INFO.IN_orders");
    expect(state).toMatchObject({ messages: 20 });
  }

  const nowhere = await apply(on("nvme"));
  expect(nowhere).toMatchObject({ ok: false, failure: { kind: "space" } });
  expect(nowhere.ok ? "" : nowhere.failure.message).toMatch(/no server fits: look at `placement` and `replicas`/);

  // Without a place, it is nobody's to keep.
  await applied(three);
  expect(await planned(three)).toEqual([]);
  expect((await streams()).filter(({ config }) => config.placement !== undefined)).toEqual([]);
  expect(await copies()).toEqual(new Set([3]));
}, 180_000);

test("a tenant's own place instead of the context's; the platform has the context's", () => {
  const overlay = {
    replicas: 3,
    placement: { tags: ["ssd"] },
    tenants: { acme: { placement: { cluster: "eu" } } },
  } as const;
  const topology = contextTopology(compiled(), overlay);
  expect(topology.platform).toEqual({ replicas: 3, placement: { tags: ["ssd"] } });
  const [tenant] = topology.tenants;
  const places = [
    ...(tenant?.streams ?? []).map(({ config }) => config.placement),
    ...(tenant?.buckets ?? []).map(({ placement }) => placement),
  ];
  expect(new Set(places.map((place) => JSON.stringify(place)))).toEqual(new Set(['{"cluster":"eu"}']));
});
