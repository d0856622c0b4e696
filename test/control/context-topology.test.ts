// What a context lays over the topology: copies, account limits, intake sizes; the hash in the metadata is the one that
// the compiler would have written, and bundles never change.

import { expect, test } from "vitest";
import { contextTopology } from "../../control/context-topology.ts";
import { configHash } from "../../schema/owned.ts";
import { owned, type Topology } from "../../schema/topology.ts";
import { compileTexts } from "../rig/compile.ts";

const gibibyte = 1024 ** 3;

const integration = (name: string): string => `integration: ${name}
source: { http: { path: /${name} }, contract: { id: string } }
targets: { out: { nats: { subject: ${name}.out } } }
`;

function compiled(quotas: string): Topology {
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/tenant.yaml": `tenant: acme\nstreams: { done: { contract: { id: string }, export-to: [globex] } }\n${quotas}`,
    "tenants/globex/reader.yaml":
      "integration: reader\nsource: { stream: acme/done }\ntargets: { out: { nats: { subject: done.out } } }\n",
    "tenants/acme/orders.yaml": integration("orders"),
    "tenants/acme/invoices.yaml": integration("invoices"),
    "tenants/globex/orders.yaml": integration("orders"),
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return emitted.topology;
}

const acme = ({ tenants }: Topology) => {
  const [first] = tenants;
  if (first?.tenant !== "acme") throw new Error("acme comes first");
  return first;
};

test("a context that says nothing changes nothing", () => {
  const topology = compiled("");
  expect(contextTopology(topology, {})).toEqual(topology);
  expect(contextTopology(topology, { replicas: 1, tenants: {} })).toEqual(topology);
});

test("quotas of a context give what the compiler gives for the same quotas of the tenant", () => {
  const quotas =
    "quotas: { storage: 1GiB, streams: 30, consumers: 40, connections: 50, payload: 2MiB, messages: 600/m }";
  const overlay = {
    storage: gibibyte,
    streams: 30,
    consumers: 40,
    connections: 50,
    payload: 2 * 1024 ** 2,
    messages: 10,
  };
  const overlaid = contextTopology(compiled("quotas: { messages: 5/s }"), { tenants: { acme: { quotas: overlay } } });
  expect(overlaid).toEqual(compiled(quotas));
  expect(acme(overlaid)).toMatchObject({
    messagesPerSecond: 10,
    account: { limits: { disk: gibibyte, streams: 30, consumers: 40, connections: 50, payload: 2 * 1024 ** 2 } },
  });
});

test("one quota of a context leaves the others as the tenant has them", () => {
  const topology = compiled("quotas: { storage: 2GiB, streams: 30, messages: 5/s }");
  const overlaid = acme(contextTopology(topology, { tenants: { acme: { quotas: { streams: 20 } } } }));
  expect(overlaid).toEqual({
    ...acme(topology),
    account: { ...acme(topology).account, limits: { ...acme(topology).account.limits, streams: 20 } },
  });
});

test("replicas: every stream and bucket of every tenant, and the account pays for each copy", () => {
  const topology = compiled("quotas: { storage: 2GiB }");
  const three = contextTopology(topology, { replicas: 3 });
  expect(three.tenants).toHaveLength(2);
  for (const tenant of three.tenants) {
    for (const { config } of tenant.streams) {
      expect(config.num_replicas).toBe(3);
      expect(config.metadata[owned.hash]).toBe(configHash(config));
    }
    for (const bucket of tenant.buckets) {
      expect(bucket.num_replicas).toBe(3);
      expect(bucket.metadata[owned.hash]).toBe(configHash(bucket));
    }
  }
  expect(acme(three).account.limits.disk).toBe(6 * gibibyte);
  expect(acme(three).consumers).toEqual(acme(topology).consumers);
  expect(three.tenants.map(({ deployments }) => deployments)).toEqual(
    topology.tenants.map(({ deployments }) => deployments),
  );
});

test("limits are always set, and leave room where no quota is", () => {
  for (const { account } of compiled("").tenants) {
    for (const [limit, value] of Object.entries(account.limits)) {
      expect(Number.isFinite(value), limit).toBe(true);
      expect(value, limit).toBeGreaterThanOrEqual(limit === "memory" ? 0 : 1);
    }
  }
});
