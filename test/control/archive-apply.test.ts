// An archive in a plan: it comes with the integration, keeps longer or shorter in place, and goes only when somebody said
// that its messages may go.

import type { NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { contextTopology } from "../../control/context-topology.ts";
import { observe } from "../../control/observe.ts";
import { plan } from "../../control/plan.ts";
import type { Topology } from "../../schema/topology.ts";
import { applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { natsServer } from "../rig/nats.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const day = 86_400_000_000_000;

function topologyOf(archive: string, tenant = "tenant: acme\n"): Topology {
  const text = `integration: orders\nsource: { http: { path: /orders }, contract: any }\n${archive}targets: { out: { nats: { subject: orders.out } } }\n`;
  const { emitted, diagnostics } = compileTexts({ "tenants/acme/a.yaml": text, "tenants/acme/t.yaml": tenant });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  // Without what runs: its bundle is not what this is about.
  const { workspace, tenants } = emitted.topology;
  return { workspace, tenants };
}

const archiveOf = ({ tenants }: Topology) =>
  tenants[0]?.streams.find(({ config }) => config.name === "ARCHIVE_orders")?.config;

async function changes(connection: NatsConnection, wanted: Topology): Promise<readonly string[]> {
  const observed = await observe(wanted, [{ tenant: "acme", connection }]);
  if (!observed.ok) throw new Error(observed.failure.message);
  const planned = plan(wanted, observed.value, { prune: false });
  if (!planned.ok) throw new Error(planned.failure.message);
  return planned.value.changes
    .filter(({ kind }) => kind === "stream")
    .map(({ action, name, consequence }) =>
      [action, name, consequence.kind, ...("messages" in consequence ? [consequence.messages] : [])].join(" "),
    );
}

test("it is added, changed in place, and removed by name", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const bundles = new Map<string, undefined>();
  const apply = async (wanted: Topology, allowDataLoss: readonly string[] = []) => {
    const run = { ...wanted, tenants: wanted.tenants.map((tenant) => ({ ...tenant, deployments: [] })) };
    return applyTo(run, [{ tenant: "acme", connection }], { allowDataLoss, bundles: (hash) => bundles.get(hash) });
  };
  const plain = topologyOf("");
  expect((await apply(plain)).ok).toBe(true);
  for (const id of ["a", "b", "c"]) await connection.request(`in.orders.m.${id}`, "{}");

  const kept = topologyOf("archive: { keep: 30d }\n");
  expect(await changes(connection, kept)).toEqual(["create ARCHIVE_orders safe"]);
  expect((await apply(kept)).ok).toBe(true);
  await until("the history is copied", async () => {
    const { state } = await api(connection, "STREAM.INFO.ARCHIVE_orders");
    return Object(state).messages === 3;
  });
  expect(await changes(connection, kept)).toEqual([]);
  const { config } = await api(connection, "STREAM.INFO.ARCHIVE_orders");
  expect(config).toMatchObject({
    max_age: 30 * day,
    compression: "s2",
    discard: "old",
    sources: [{ name: "IN_orders" }],
    metadata: { "vrsky.owner": "vrsky", "vrsky.integration": "orders" },
  });

  expect(await changes(connection, topologyOf("archive: { keep: 60d, size: 1GiB }\n"))).toEqual([
    "update ARCHIVE_orders safe",
  ]);
  expect((await apply(topologyOf("archive: { keep: 60d, size: 1GiB }\n"))).ok).toBe(true);
  // How many are older than that is not looked at: all of them at most.
  const shorter = topologyOf("archive: { keep: 2d, size: 1GiB }\n");
  expect(await changes(connection, shorter)).toEqual(["update ARCHIVE_orders drops-unread 3"]);

  expect(await changes(connection, plain)).toEqual(["delete ARCHIVE_orders drops-unread 3"]);
});

test("its size is an eighth of the storage, what it says, and what a context grants", () => {
  const mebibyte = 1024 ** 2;
  const share = topologyOf("archive: { keep: 30d }\n", "tenant: acme\nquotas: { storage: 800MiB }\n");
  expect(archiveOf(share)?.max_bytes).toBe(100 * mebibyte);
  const said = topologyOf("archive: { keep: 30d, size: 30MiB }\n", "tenant: acme\nquotas: { storage: 800MiB }\n");
  expect(archiveOf(said)?.max_bytes).toBe(30 * mebibyte);
  const context = { tenants: { acme: { quotas: { storage: 1600 * mebibyte } } } };
  expect(archiveOf(contextTopology(share, context))?.max_bytes).toBe(200 * mebibyte);
  expect(archiveOf(contextTopology(said, context))?.max_bytes).toBe(30 * mebibyte);
});

test("an integration that is renamed has a new archive of what its intake has; one that holds something goes by name only", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const apply = async (name: string, more = "", archive = "archive: { keep: 30d }\n", allowDataLoss: string[] = []) => {
    const text = `integration: ${name}\n${more}${archive}source: { http: { path: /orders }, contract: any }\ntargets: { out: { nats: { subject: orders.out } } }\n`;
    const { emitted, diagnostics } = compileTexts({ "tenants/acme/a.yaml": text });
    if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
    const bundles = (hash: string) => emitted.bundles.find(({ bundle }) => bundle.hash === hash);
    return applyTo(emitted.topology, [{ tenant: "acme", connection }], { bundles, allowDataLoss });
  };
  const held = async (stream: string): Promise<number> =>
    Object((await api(connection, `STREAM.INFO.${stream}`)).state).messages;
  expect((await apply("orders")).ok).toBe(true);
  for (const id of ["a", "b", "c"]) await connection.request(`in.orders.m.${id}`, "{}");
  await until("it has been archived", async () => (await held("ARCHIVE_orders")) === 3);
  expect((await apply("bills", "moved-from: orders\n")).ok).toBe(true);
  await connection.request("in.bills.m.d", "{}");
  await until("all of it is archived anew", async () => (await held("ARCHIVE_bills")) === 4);
  const first = await connection.request("$JS.API.DIRECT.GET.ARCHIVE_bills", '{"seq":1}');
  expect(first.headers?.get("Nats-Subject")).toBe("in.bills.m.a");
  expect(await held("ARCHIVE_orders")).toBe(3);

  const refused = await apply("bills", "", "");
  expect(refused).toMatchObject({ ok: false, failure: { kind: "data-loss" } });
  expect(refused.ok ? "" : refused.failure.message).toBe(
    "this would lose ARCHIVE_bills of tenant acme (4 archived messages); allow it with --allow-data-loss=acme/ARCHIVE_bills",
  );
  expect((await apply("bills", "", "", ["acme/ARCHIVE_bills"])).ok).toBe(true);
  await expect(held("ARCHIVE_bills")).rejects.toThrow("stream not found");
});
