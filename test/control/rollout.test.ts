// What plan and apply make of a rollout: what the record shall say, in each state that its canary can be in, and what
// they refuse before anything is changed.

import { expect, test } from "vitest";
import { carryOut } from "../../control/carry-out.ts";
import { type LiveDeployment, readDeployments } from "../../control/deployment.ts";
import { withKept } from "../../control/kept.ts";
import { renderPlan } from "../../control/render.ts";
import { renderMarkdown } from "../../control/render-markdown.ts";
import { type Aim, aimOf, canaryFields } from "../../control/rollout/aim.ts";
import { unlikeness } from "../../control/rollout/likeness.ts";
import { decideRollout } from "../../control/rollout/standing.ts";
import type { Plan, RolloutPlan } from "../../schema/plan.ts";
import { type Canary, type Decision, nothingCounted, type RolloutTerms } from "../../schema/rollout.ts";
import type { Deployment, Topology } from "../../schema/topology.ts";
import { startCluster } from "../rig/deployed.ts";
import { handMade } from "../rig/line.ts";
import { workspaceOf } from "../rig/workspace.ts";

const terms: RolloutTerms = {
  share: 500,
  forMs: 600_000,
  messages: 50,
  abortWhen: { errors: { percent: 1, beyond: true } },
};
const at = "2026-01-01T00:00:00.000Z";
const canary: Canary = { ...terms, bundle: "canary", revision: 2, at };

const record = { workspace: "shop", tenant: "acme", integration: "orders", revision: 2, bundle: "stable", at };
const alone: LiveDeployment = { integration: "orders", record, revision: 2, sequence: 7 };
const tried: LiveDeployment = { ...alone, record: { ...record, canary } };
const decided = (kind: Decision["kind"]): LiveDeployment => ({
  ...tried,
  rollout: {
    bundle: "canary",
    revision: 2,
    at,
    ageMs: 9,
    workers: {},
    others: nothingCounted,
    decision: { kind, at, reason: "1 dead letter" },
  },
});
const wants = (bundle: string, rollout: RolloutTerms | undefined = terms): Deployment => ({
  integration: "orders",
  bundle,
  ...(rollout === undefined ? {} : { rollout }),
});
const brief = ({ bundle, canary: beside, state }: Aim): string =>
  [bundle, ...(beside === undefined ? [] : [beside.bundle, state])].join(" ");

test.each<[string, Deployment, LiveDeployment | undefined, string, boolean?]>([
  ["nothing is deployed", wants("next"), undefined, "next"],
  ["another bundle", wants("next"), alone, "stable next begins"],
  ["another bundle, without `rollout`", { integration: "orders", bundle: "next" }, alone, "next"],
  ["one of the two is paused", wants("next"), { ...alone, rests: true }, "next"],
  ["it was being removed", wants("next"), { ...alone, record: { ...record, draining: true } }, "next"],
  ["the bundle that runs", wants("stable"), alone, "stable"],
  ["the canary that runs", wants("canary"), tried, "stable canary goes-on"],
  ["another one than the canary", wants("next"), tried, "stable next replaces"],
  ["back to what is stable", wants("stable"), tried, "stable"],
  ["`rollout` is gone while it runs", { integration: "orders", bundle: "canary" }, tried, "canary"],
  ["the canary that was promoted", wants("canary"), decided("promoted"), "canary"],
  ["another one after it was promoted", wants("next"), decided("promoted"), "canary next begins"],
  ["the canary that was given up", wants("canary"), decided("rolled-back"), "stable canary rolled-back"],
  ["the same, once more", wants("canary"), decided("rolled-back"), "stable canary begins", true],
  ["another one after it was given up", wants("next"), decided("rolled-back"), "stable next begins"],
])("%s", (_, wanted, live, expected, again = false) => {
  expect(brief(aimOf(wanted, live, again))).toBe(expected);
});

test("what goes on keeps its beginning and may get other terms; what begins is told from what was before", () => {
  const more = { ...terms, share: 1_000 };
  const on = aimOf(wants("canary", more), tried, false);
  expect(on.canary).toMatchObject({ share: 1_000, revision: 2, at });
  const differs = (aim: Aim) => canaryFields(canary, aim).flatMap(([field, from, to]) => (from === to ? [] : [field]));
  expect(differs(on)).toEqual(["rollout"]);
  expect(differs(aimOf(wants("canary"), tried, false))).toEqual([]);
  expect(differs(aimOf(wants("canary"), decided("rolled-back"), false))).toEqual([]);
  expect(differs(aimOf(wants("canary"), decided("rolled-back"), true))).toEqual(["tries"]);
});

const planOf = (rollouts: readonly RolloutPlan[]): Plan => ({
  workspace: "shop",
  revision: 3,
  changes: [
    {
      action: "update",
      kind: "deployment",
      tenant: "acme",
      name: "orders",
      consequence: { kind: "canary", share: 500, forMs: 600_000, beside: "stable" },
      fields: canaryFields(undefined, aimOf(wants("0123456789abcdef"), alone, false)).map(([field, from, to]) => ({
        field,
        from,
        to,
      })),
    },
  ],
  drift: [],
  leftovers: [],
  quotas: [],
  intakes: [],
  contracts: [],
  rollouts,
  hash: "abc123",
});

test("a plan says what begins, what goes on, and what was given up with the flag that tries it again", () => {
  const of = (state: RolloutPlan["state"], more: Partial<RolloutPlan> = {}): RolloutPlan => ({
    tenant: "acme",
    integration: "orders",
    bundle: "0123456789abcdef",
    share: 50,
    forMs: 10_000,
    state,
    ...more,
  });
  const plan = planOf([of("begins"), of("goes-on"), of("rolled-back", { reason: "2 of 2 attempts failed" })]);
  const text = renderPlan(plan, { color: false });
  expect(text).toContain("~ deployment  orders  canary 5 % for 10m\n");
  expect(text).toContain("canary:  (none) -> 0123456789ab\n");
  expect(text).toContain("rollout: (none) -> 5 % for 10m and 50 messages, unless errors +1 %\n");
  expect(text).toContain("~ acme/orders: canary 01234567 goes on, 0.5 % for 10s\n");
  expect(text).toContain("2 of 2 attempts failed (--retry-rollout orders does)\n");
  expect(renderMarkdown(plan, { context: "prod" })).toContain("#### Rollouts");
});

test("while a canary runs, workers have the rights of both bundles", () => {
  const with_ = (subject: string): Topology => {
    const topology = workspaceOf({ integrations: { orders: ["crm"] } });
    const permissions = { publish: [subject], subscribe: [] };
    const users = [{ name: "acme-worker", role: "worker" as const, permissions }];
    return { ...topology, tenants: topology.tenants.map((tenant) => ({ ...tenant, users })) };
  };
  const { rollouts, leftovers } = planOf([
    { tenant: "acme", integration: "orders", bundle: "b", share: 1, forMs: 1, state: "begins" },
  ]);
  const published = (plan: Pick<Plan, "rollouts" | "leftovers">) =>
    withKept(with_("new.out"), with_("old.out"), plan).tenants[0]?.users[0]?.permissions.publish;
  expect(published({ rollouts, leftovers })).toEqual(["new.out", "old.out"]);
  expect(published({ rollouts: [], leftovers })).toEqual(["new.out"]);
});

test("bundles that cannot read the same messages side by side are refused, by what is different, and nothing changes", async () => {
  const { bundle } = handMade();
  const more = handMade({ targets: ["crm", "chat"] });
  expect(unlikeness(bundle, more.bundle)).toBe("the target `chat` is new");
  expect(unlikeness(more.bundle, bundle)).toBe("the target `chat` goes");
  expect(unlikeness(bundle, handMade({ partitions: 16 }).bundle)).toBe("`order-by` is new");
  expect(unlikeness(bundle, { ...bundle, needs: ["reply"] })).toBe("`reply` is new");
  expect(unlikeness(bundle, handMade({ contract: "other", map: "1" }).bundle)).toBeUndefined();
  await using cluster = await startCluster();
  await cluster.apply([handMade()], { rollout: terms });
  const before = await cluster.record("orders");
  await expect(cluster.apply([more], { rollout: terms })).rejects.toThrow(
    "acme/orders cannot be tried on a share of its keys: the target `chat` is new",
  );
  expect(await cluster.record("orders")).toEqual(before);
  await cluster.apply([more]);
  expect((await cluster.record("orders"))?.bundle).toBe(more.bundle.hash);
});

test("a canary that was promoted since the plan was made is the stable one of what is written", async () => {
  await using cluster = await startCluster();
  const { admin } = cluster;
  const [first, second, third] = [1, 2, 3].map((number) => handMade({ map: `${number}` }));
  if (first === undefined || second === undefined || third === undefined) throw new Error("three bundles");
  await cluster.apply([first], { rollout: terms });
  await cluster.apply([second], { rollout: terms });
  const [planned] = await readDeployments(admin);
  const tried = planned?.record?.canary;
  if (planned === undefined || tried === undefined) throw new Error("no canary");
  const wanted = wants(third.bundle.hash);
  expect(brief(aimOf(wanted, planned, false))).toBe(`${first.bundle.hash} ${third.bundle.hash} replaces`);
  await decideRollout(admin, "orders", tried, { kind: "promoted", at, reason: "50 messages" });
  const failure = await carryOut(
    {
      action: "update",
      kind: "deployment",
      tenant: "acme",
      name: "orders",
      consequence: { kind: "canary", share: 500, forMs: 600_000, beside: first.bundle.hash },
      fields: [],
    },
    {
      connection: admin,
      wantedStreams: new Map(),
      wantedConsumers: new Map(),
      workspace: "shop",
      wantedDeployments: new Map([["orders", wanted]]),
      bundles: () => undefined,
      liveStreams: new Map(),
      liveConsumers: new Map(),
      liveDeployments: new Map([["orders", planned]]),
      made: new Set(),
      moved: new Set(),
      allowDataLoss: [],
      now: () => new Date(),
    },
  );
  expect(failure).toBeUndefined();
  expect(await cluster.record("orders")).toMatchObject({
    bundle: second.bundle.hash,
    canary: { bundle: third.bundle.hash },
  });
});
