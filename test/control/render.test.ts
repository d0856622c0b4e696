// How a plan reads.

import { expect, test } from "vitest";
import { planJson, renderPlan, summaryLine } from "../../control/render.ts";
import { renderMarkdown } from "../../control/render-markdown.ts";
import type { Change, Plan, QuotaUse } from "../../schema/plan.ts";

const change = (part: Partial<Change>): Change => ({
  action: "create",
  kind: "stream",
  tenant: "acme",
  name: "IN_orders",
  consequence: { kind: "safe" },
  fields: [],
  ...part,
});

const planOf = (...changes: readonly Change[]): Plan => ({
  workspace: "shop",
  revision: 0,
  changes,
  drift: [],
  leftovers: [],
  quotas: [],
  intakes: [],
  contracts: [],
  rollouts: [],
  hash: "abc123",
});

const mixed: Plan = {
  ...planOf(
    change({
      fields: [
        { field: "subjects", from: null, to: ["in.orders.>"] },
        { field: "discard", from: null, to: "new" },
        { field: "max_bytes", from: null, to: 1024 ** 3 },
      ],
    }),
    change({
      action: "update",
      name: "IN_billing",
      fields: [
        { field: "max_bytes", from: 1024 ** 3, to: 1024 ** 3 + 1 },
        { field: "max_age", from: 0, to: 86_400e9 },
      ],
    }),
    change({
      action: "replace",
      name: "IN_old",
      consequence: { kind: "drops-unread", messages: 1 },
      fields: [{ field: "retention", from: "limits", to: "workqueue" }],
    }),
    change({
      action: "update",
      kind: "deployment",
      name: "billing",
      consequence: { kind: "restarts-worker" },
      fields: [{ field: "bundle", from: "b1", to: "b2" }],
    }),
    change({
      action: "delete",
      kind: "consumer",
      tenant: "globex",
      name: "IN_x/shop",
      consequence: { kind: "drops-unread", messages: 12 },
    }),
  ),
  drift: [
    {
      kind: "stream",
      tenant: "acme",
      name: "DLQ",
      fields: [
        { field: "max_msgs", from: -1, to: 5, owner: "vrsky" },
        { field: "description", from: null, to: "dead", owner: "other" },
      ],
    },
  ],
};

test("a plan reads from drift to summary, changes by tenant, values with their units", () => {
  expect(renderPlan(mixed, { color: false })).toBe(`Changed by somebody else since the last apply:
    ! stream  DLQ  tenant acme
          max_msgs:    unlimited -> 5  # ours: set back
          description: (none) -> dead  # not ours: left as it is

VRSky will make these changes, in this order:

  Tenant acme
    + stream      IN_orders   safe
          subjects:  in.orders.>
          max_bytes: 1 GiB
    ~ stream      IN_billing  safe
          max_bytes: 1 GiB -> 1073741825 B
          max_age:   0 -> 1 d
  -/+ stream      IN_old      drops 1 unread message
          retention: limits -> workqueue  # forces replacement
    ~ deployment  billing     restarts worker
          bundle: b1 -> b2

  Tenant globex
    - consumer    IN_x/shop   drops 12 unread messages

Plan: 2 to add, 2 to change, 2 to destroy.
2 changes would lose messages: see --allow-data-loss.
Hash: abc123
`);
});

test("nothing to do is one line", () => {
  expect(renderPlan(planOf(), { color: false })).toBe("No changes. The cluster holds what the workspace wants.\n");
});

test("colour adds escape sequences and changes nothing else", () => {
  const colored = renderPlan(mixed, { color: true });
  expect(colored).toContain("\u001b[31m");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
  expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(renderPlan(mixed, { color: false }));
});

test("the summary counts a replacement as both", () => {
  expect(summaryLine(planOf(change({}), change({}), change({ action: "update" })))).toBe(
    "Plan: 2 to add, 1 to change, 0 to destroy.",
  );
});

test("the JSON has the shape that scripts rely on", () => {
  const json = planJson(planOf(change({ action: "delete", consequence: { kind: "drops-unread", messages: 3 } })));
  expect(json).toEqual({
    workspace: "shop",
    changes: [
      {
        action: "delete",
        kind: "stream",
        tenant: "acme",
        name: "IN_orders",
        consequence: { kind: "drops-unread", messages: 3 },
        fields: [],
      },
    ],
    revision: 0,
    drift: [],
    leftovers: [],
    quotas: [],
    intakes: [],
    contracts: [],
    rollouts: [],
    hash: "abc123",
    summary: { add: 0, change: 0, destroy: 1 },
  });
});

test("figures of tenants stand below each other, and only what changes has an arrow", () => {
  const quota = (tenant: string, what: string, before: number, after: number, granted: number): QuotaUse => ({
    tenant,
    what,
    before,
    after,
    granted,
  });
  const gibibyte = 1024 ** 3;
  const quotas = [
    quota("acme", "storage", 3 * gibibyte, 3.5 * gibibyte, 10 * gibibyte),
    quota("acme", "streams", 8, 10, 20),
    quota("globex", "storage", gibibyte, gibibyte, -1),
    quota("globex", "streams", 8, 8, 30),
  ];
  expect(renderPlan({ ...planOf(change({})), quotas }, { color: false })).toContain(`
What tenants may use, of what they are granted:
  Tenant acme    storage 3 GiB → 3.5 GiB of 10 GiB · streams 8 → 10 of 20
  Tenant globex  storage 1 GiB                     · streams 8 of 30

`);
});

test("of a worker's rights only what comes and goes is shown", () => {
  const from = { publish: ["$JS.API.INFO", "in.sales.m.>"], subscribe: ["_INBOX_acme-worker.>"] };
  const to = { publish: ["$JS.API.INFO", "in.selling.m.>"], subscribe: ["_INBOX_acme-worker.>"] };
  const rights = change({ action: "update", kind: "account", name: "acme", fields: [{ field: "worker", from, to }] });
  const text = renderPlan(planOf(rights), { color: false });
  expect(text).toContain("worker: \n            + publish in.selling.m.>\n            - publish in.sales.m.>\n");
  expect(text).not.toContain("$JS.API.INFO");
  const markdown = renderMarkdown(planOf(rights), { context: "prod" });
  expect(markdown).toContain("`worker`<br>`+ publish in.selling.m.>`<br>`- publish in.sales.m.>`");
});

test("what somebody wrote by hand is text on one line, and moves no cursor of a terminal", () => {
  const field = {
    field: "metadata.a\u001b[2J",
    from: null,
    to: "x\nNo changes.\u001b[31m\u009b1A",
    owner: "other",
  } as const;
  const drift = [{ kind: "stream", tenant: "acme", name: "DLQ", fields: [field] }] as const;
  expect(
    renderPlan({ ...planOf(), drift }, { color: false })
      .split("\n")
      .slice(0, 3),
  ).toEqual([
    "Changed by somebody else since the last apply:",
    "    ! stream  DLQ  tenant acme",
    "          metadata.a\u{fffd}[2J: (none) -> x\u{fffd}No changes.\u{fffd}[31m\u{fffd}1A  # not ours: left as it is",
  ]);
});
