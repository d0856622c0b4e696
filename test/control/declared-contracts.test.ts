// A declared stream carries the contracts that its own refers to: a plan compares all that readers get.

import { expect, test } from "vitest";
import { contractChanges } from "../../control/contract-changes.ts";
import type { Topology } from "../../schema/topology.ts";
import { compileTexts } from "../rig/compile.ts";

function compiled(qty: string): Topology {
  const { emitted, diagnostics } = compileTexts({
    "contracts/line@1.yaml": `type: object\nproperties: { qty: { type: ${qty} } }\nrequired: [qty]\n`,
    "contracts/order@1.yaml":
      'type: object\nproperties: { line: { $ref: "contract:line@1" } }\nrequired: [line]\nadditionalProperties: false\n',
    "tenants/acme/tenant.yaml": "tenant: acme\nstreams: { orders: { contract: order@1, export-to: [globex] } }\n",
    "tenants/globex/reader.yaml":
      "integration: reader\nsource: { stream: acme/orders }\ntargets: { out: { nats: { subject: orders.out } } }\n",
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return emitted.topology;
}

test("a contract behind the stream's own changes: the plan says so, and names who reads it", () => {
  expect(contractChanges(compiled("integer"), compiled("string"))).toEqual([
    {
      tenant: "acme",
      stream: "orders",
      differences: [
        "line.qty: integer is now string (readers that run now may refuse new messages; stored messages may not fit)",
      ],
      breaks: ["globex/reader"],
    },
  ]);
});
