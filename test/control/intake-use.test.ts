// What a plan says of intakes: the rate up to which one keeps what its sources state, as data and as text.

import { expect, test } from "vitest";
import { contextTopology } from "../../control/context-topology.ts";
import { emptyTenant } from "../../control/observe.ts";
import { plan } from "../../control/plan.ts";
import { planJson, renderPlan } from "../../control/render.ts";
import { renderMarkdown } from "../../control/render-markdown.ts";
import type { Topology } from "../../schema/topology.ts";
import { compileTexts } from "../rig/compile.ts";

const integration = (name: string, dedupe: string): string => `integration: ${name}
source: { http: { path: /${name} }, contract: { id: string }${dedupe === "" ? "" : `, dedupe: ${dedupe}`} }
targets: { out: { nats: { subject: ${name}.out } } }
`;

function compiled(dedupes: Readonly<Record<string, string>>, quotas = "{ messages: 5/s }"): Topology {
  const texts = Object.entries(dedupes).map(([name, dedupe]) => [
    `tenants/acme/${name}.yaml`,
    integration(name, dedupe),
  ]);
  const { emitted } = compileTexts({
    "tenants/acme/tenant.yaml": `tenant: acme\nquotas: ${quotas}\n`,
    ...Object.fromEntries(texts),
  });
  if (emitted === undefined) throw new Error("the workspace compiles");
  return emitted.topology;
}

function planned(wanted: Topology, before?: Topology) {
  const made = plan(wanted, { tenants: [emptyTenant("acme")] }, before === undefined ? {} : { before });
  if (!made.ok) throw new Error(made.failure.message);
  return made.value;
}

test("a stated dedupe is bounded by the size of the intake; without one nothing is", () => {
  const made = planned(compiled({ slow: "24h", brief: "1h", open: "" }));
  const gibibyte = 1024 ** 3;
  const same = { tenant: "acme", bytes: gibibyte, messageBytes: 1024, granted: 5 };
  expect(planJson(made).intakes).toEqual([
    { ...same, integration: "brief", dedupe: 3_600_000, messagesPerSecond: 2 ** 20 / 2 / 3_600 },
    { ...same, integration: "open", dedupe: 0 },
    { ...same, integration: "slow", dedupe: 86_400_000, messagesPerSecond: 2 ** 20 / 2 / 86_400 },
  ]);
  expect(renderPlan(made, { color: false })).toContain(`
What intakes take in while their targets keep up:
  acme/brief  1 GiB holds the ids of 1h at up to 145 messages/s of 1 KiB; the quota lets 5/s in
  acme/slow   1 GiB holds the ids of 1d at up to 6.1 messages/s of 1 KiB; the quota lets 5/s in
  1 intake without a stated dedupe: never full; the oldest ids make room

`);
  expect(renderMarkdown(made, { context: "prod" })).toContain("1 GiB holds the ids of 1h at up to 145 messages/s");
});

test("only what changes is said, be it by a context's quota", () => {
  const before = compiled({ slow: "24h", brief: "1h" });
  expect(planned(before, before).intakes).toEqual([]);
  const longer = planned(compiled({ slow: "24h", brief: "2h" }), before);
  expect(longer.intakes.map((use) => use.integration)).toEqual(["brief"]);
  const granted = contextTopology(before, { tenants: { acme: { quotas: { storage: 1024 ** 3, messages: 7 } } } });
  expect(planned(granted, before).intakes.map(({ bytes, granted: rate }) => [bytes, rate])).toEqual([
    [2 ** 28, 7],
    [2 ** 28, 7],
  ]);
});
