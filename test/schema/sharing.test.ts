// What one side grants and the other names becomes exports and imports, and nothing else does.

import { expect, test } from "vitest";
import { sharing } from "../../schema/sharing.ts";
import type { Export, Import, TenantTopology, Topology } from "../../schema/topology.ts";

const limits = { connections: -1, payload: -1, disk: -1, memory: -1, streams: -1, consumers: -1 };

const tenant = (name: string, exports: readonly Export[], imports: readonly Import[]): TenantTopology => ({
  tenant: name,
  account: { name, limits, exports, imports },
  declared: [],
  users: [],
  streams: [],
  consumers: [],
  buckets: [],
  deployments: [],
});

const workspace = (...tenants: readonly TenantTopology[]): Topology => ({ workspace: "w", tenants });

const paid = { tenant: "acme", stream: "paid" };

test("both sides: the reader may start its own consumer anew and acknowledge, and gets what is sent to it", () => {
  const shared = sharing(
    workspace(tenant("acme", [{ stream: "paid", to: ["globex", "initech"] }], []), tenant("globex", [], [paid])),
  );
  const only = { accounts: ["globex"] };
  expect(Object.fromEntries(shared)).toEqual({
    acme: {
      exports: [
        { subject: "$JS.API.CONSUMER.RESET.STREAM_paid.SHARED_acme_globex", type: "service", ...only },
        { subject: "$JS.FC.STREAM_paid.SHARED_acme_globex.*", type: "service", ...only },
        { subject: "$JS.FC.*.*.STREAM_paid.SHARED_acme_globex.*", type: "service", ...only },
        { subject: "shared.to.globex.paid", type: "stream", ...only },
      ],
      imports: [],
    },
    globex: {
      exports: [],
      imports: [
        {
          account: "acme",
          subject: "$JS.API.CONSUMER.RESET.STREAM_paid.SHARED_acme_globex",
          localSubject: "shared.from.acme.paid.api.CONSUMER.RESET.STREAM_paid.SHARED_acme_globex",
          type: "service",
        },
        {
          account: "acme",
          subject: "$JS.FC.STREAM_paid.SHARED_acme_globex.*",
          localSubject: "$JS.FC.STREAM_paid.SHARED_acme_globex.*",
          type: "service",
        },
        {
          account: "acme",
          subject: "$JS.FC.*.*.STREAM_paid.SHARED_acme_globex.*",
          localSubject: "$JS.FC.*.*.STREAM_paid.SHARED_acme_globex.*",
          type: "service",
        },
        {
          account: "acme",
          subject: "shared.to.globex.paid",
          localSubject: "shared.from.acme.paid.messages",
          type: "stream",
        },
      ],
    },
  });
});

test("one side alone gives nothing", () => {
  const granted = tenant("acme", [{ stream: "paid", to: ["initech"] }], []);
  const nothing = new Map();
  expect(sharing(workspace(granted, tenant("globex", [], [paid])))).toEqual(nothing);
  expect(sharing(workspace(granted, tenant("initech", [], [])))).toEqual(nothing);
  expect(sharing(workspace(tenant("globex", [], [paid])))).toEqual(nothing);
  expect(sharing(workspace(granted, tenant("initech", [], [{ tenant: "acme", stream: "open" }])))).toEqual(nothing);
});
