// A declared stream carries the contracts that its own refers to, and a plan on a real server compares all that readers
// get with what was applied last.

import { expect, test } from "vitest";
import { contractChanges } from "../../control/contract-changes.ts";
import { prepare } from "../../control/prepare.ts";
import { renderPlan } from "../../control/render.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { natsServer } from "../rig/nats.ts";

function compiled(qty: string, reader: "acme" | "globex"): Topology {
  const { emitted, diagnostics } = compileTexts({
    "contracts/line@1.yaml": `type: object\nproperties: { qty: { type: ${qty} } }\nrequired: [qty]\n`,
    "contracts/order@1.yaml":
      'type: object\nproperties: { line: { $ref: "contract:line@1" } }\nrequired: [line]\nadditionalProperties: false\n',
    "tenants/acme/tenant.yaml": "tenant: acme\nstreams: { orders: { contract: order@1, export-to: [globex] } }\n",
    "tenants/globex/tenant.yaml": "tenant: globex\n",
    [`tenants/${reader}/reader.yaml`]: `integration: reader\nsource: { stream: ${reader === "acme" ? "orders" : "acme/orders"} }\ntargets: { out: { nats: { subject: orders.out } } }\n`,
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return emitted.topology;
}

const broken =
  "line.qty: integer is now string (readers that run now may refuse new messages; stored messages may not fit)";

test("a contract behind the stream's own changes: the plan says so, and names who reads it", () => {
  expect(contractChanges(compiled("integer", "globex"), compiled("string", "globex"))).toEqual([
    { tenant: "acme", stream: "orders", differences: [broken], breaks: ["globex/reader"] },
  ]);
});

test("planned against what was applied last, and gone once it is applied", async () => {
  await using nats = await natsServer();
  const connections = [{ tenant: "acme", connection: await nats.connect() }];
  const access = accessOf(connections);
  const planned = async (wanted: Topology) => {
    const prepared = await prepare({ access, wanted });
    if (!prepared.ok) throw new Error(prepared.failure.message);
    return prepared.value.plan;
  };
  const [before, now] = [compiled("integer", "acme"), compiled("string", "acme")];
  expect((await planned(before)).contracts).toEqual([]);
  expect(await applyTo(before, connections)).toMatchObject({ ok: true });
  expect(await planned(before)).toMatchObject({ contracts: [], quotas: [] });
  const plan = await planned(now);
  expect(plan.contracts).toEqual([
    { tenant: "acme", stream: "orders", differences: [broken], breaks: ["acme/reader"] },
  ]);
  expect(renderPlan(plan, { color: false })).toContain("! acme/orders  may break acme/reader");
  expect(await applyTo(now, connections)).toMatchObject({ ok: true });
  expect((await planned(now)).contracts).toEqual([]);
});
