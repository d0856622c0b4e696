// Lease, journal, history, rollback, removal: what keeps two applies apart and what remains of each, on a real server.

import { setTimeout } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TenantConnection } from "../../control/connect.ts";
import { readDeployments } from "../../control/deployment.ts";
import { call, type StreamInfo } from "../../control/jetstream-api.ts";
import { readAudit } from "../../control/platform/audit.ts";
import { readJournal } from "../../control/platform/journal.ts";
import { takeLease } from "../../control/platform/lease.ts";
import { headRevision, listRevisions } from "../../control/platform/revisions.ts";
import { ensurePlatform } from "../../control/platform/streams.ts";
import { prepare } from "../../control/prepare.ts";
import { wantedAt } from "../../control/rollback.ts";
import { decideRollout } from "../../control/rollout/standing.ts";
import * as address from "../../schema/address.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo, testClock } from "../rig/apply.ts";
import { handMade } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";
import { workspaceOf } from "../rig/workspace.ts";

const accounts = Array.from({ length: 24 }, (_, index) => `account-${index}`);
let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ accounts, syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

const connected = (): Promise<NatsConnection> => nats.connect(accounts.pop());

/** A tenant and a platform account that no other test has touched. */
async function cluster(name = "acme") {
  const tenants: readonly TenantConnection[] = [{ tenant: name, connection: await connected() }];
  const platform = await connected();
  return { tenants, platform, access: accessOf(tenants, platform) };
}

const orders = workspaceOf({ integrations: { orders: ["crm"] } });
const both = workspaceOf({ integrations: { orders: ["crm"], billing: ["ledger"] } });

async function names(connection: NatsConnection | undefined): Promise<readonly string[]> {
  if (connection === undefined) throw new Error("no connection");
  const { streams } = await api(connection, "STREAM.NAMES");
  return Array.isArray(streams) ? streams.map(String).sort() : [];
}

test("what was applied is a revision: who, which commit, which plan; the same again makes no other", async () => {
  const { tenants, access, platform } = await cluster();
  const by = { by: "ann@laptop", commit: "0123456789abcdef" };
  expect(await applyTo(orders, tenants, { access, ...by })).toMatchObject({
    ok: true,
    value: { revision: 1, done: 8 },
  });
  expect(await applyTo(orders, tenants, { access, ...by })).toMatchObject({
    ok: true,
    value: { revision: 1, done: 0 },
  });
  expect(await applyTo(both, tenants, { access, by: "bob" })).toMatchObject({ ok: true, value: { revision: 2 } });
  expect(await listRevisions(platform, "shop")).toMatchObject([
    { revision: 1, ...by, add: 8, change: 0, destroy: 0, at: "2026-01-02T03:04:05.000Z" },
    { revision: 2, by: "bob", add: 5 },
  ]);
  expect(await readJournal(platform, "shop")).toMatchObject({ state: "done", revision: 2 });
  const audit = await readAudit(platform, "shop");
  expect(audit.map(({ what, by, revision }) => `${what} ${by} ${revision}`)).toEqual([
    "apply-started ann@laptop 1",
    "changes ann@laptop 1",
    "applied ann@laptop 1",
    "apply-started bob 2",
    "changes bob 2",
    "applied bob 2",
  ]);
  expect(audit[1]?.detail.changes).toContainEqual({
    action: "create",
    kind: "stream",
    tenant: "acme",
    name: "IN_orders",
    consequence: { kind: "safe" },
  });
});

test("nobody deletes from the audit stream or from the revisions, not even an administrator of the account", async () => {
  const { tenants, access, platform } = await cluster();
  await applyTo(orders, tenants, { access });
  for (const stream of [address.auditStream, address.revisionsStream]) {
    await expect(api(platform, `STREAM.PURGE.${stream}`)).rejects.toThrow("purge not permitted");
    await expect(api(platform, `STREAM.MSG.DELETE.${stream}`, { seq: 1 })).rejects.toThrow("delete not permitted");
    const { config } = await call<StreamInfo>(platform, `STREAM.INFO.${stream}`);
    await expect(api(platform, `STREAM.UPDATE.${stream}`, { ...config, deny_purge: false })).rejects.toThrow(
      "deny purge",
    );
  }
});

test("while one applies another is refused with the name of the first; when its lease ends it may", async () => {
  const { tenants, access, platform } = await cluster();
  await ensurePlatform(platform, { workspace: "test" });
  const held = await takeLease(platform, { workspace: "shop", by: "ann@laptop", clock: testClock, seconds: 3 });
  if (!held.ok) throw new Error(held.failure.message);
  const refused = await applyTo(orders, tenants, { access });
  expect(refused).toMatchObject({ ok: false, failure: { kind: "locked" } });
  if (!refused.ok) expect(refused.failure.message).toContain("ann@laptop");
  // Another workspace of the same platform account is not concerned.
  const other = await cluster("globex");
  const elsewhere = workspaceOf({ integrations: { x: ["y"] }, tenant: "globex", workspace: "other" });
  const there = accessOf(other.tenants, platform);
  expect(await applyTo(elsewhere, other.tenants, { access: there })).toMatchObject({ ok: true });
  // It is renewed for longer than it lasts, and gone when it is released.
  await setTimeout(4_000);
  expect(held.value.lost()).toBeUndefined();
  expect(await applyTo(orders, tenants, { access })).toMatchObject({ ok: false, failure: { kind: "locked" } });
  await held.value.release();
  expect(await applyTo(orders, tenants, { access })).toMatchObject({ ok: true });
});

test("the lease of a holder that is dead ends by itself; a holder that slept through it makes no more changes", async () => {
  const { tenants, access, platform } = await cluster();
  await ensurePlatform(platform, { workspace: "test" });
  let now = 0;
  const asleep = { now: () => new Date(), monotonic: () => now, after: () => () => undefined };
  const held = await takeLease(platform, { workspace: "shop", by: "sleeper", clock: asleep, seconds: 1 });
  if (!held.ok) throw new Error(held.failure.message);
  expect(held.value.lost()).toBeUndefined();
  const taken = await until("the lease ended", async () => {
    const result = await applyTo(orders, tenants, { access });
    return result.ok ? result.value : undefined;
  });
  expect(taken.revision).toBe(1);
  now = 60_000;
  expect(held.value.lost()).toMatchObject({ kind: "locked" });
});

test("a removed integration is drained and named, and goes with --prune; a removed tenant as well", async () => {
  const { tenants, access } = await cluster();
  const [acme] = tenants;
  await applyTo(both, tenants, { access });
  for (let i = 0; i < 3; i++) await acme?.connection.request(`in.billing.m.${i}`, "x");
  const kept = await prepare({ access, wanted: orders });
  if (!kept.ok) throw new Error(kept.failure.message);
  expect(kept.value.plan.changes).toMatchObject([
    { action: "update", kind: "deployment", name: "billing", consequence: { kind: "drains", messages: 3 } },
  ]);
  expect(kept.value.plan.leftovers.map(({ kind, name, messages }) => `${kind} ${name} ${messages}`)).toEqual([
    "deployment billing 3",
    "stream IN_billing 3",
    "stream RETRY_billing 0",
  ]);
  expect(await applyTo(orders, tenants, { access })).toMatchObject({ ok: true, value: { revision: 2 } });
  const again = await prepare({ access, wanted: orders });
  expect(again).toMatchObject({ ok: true, value: { plan: { changes: [], leftovers: [{}, {}, {}] } } });
  expect(await names(acme?.connection)).toContain("IN_billing");
  const refused = await applyTo(orders, tenants, { access, prune: true });
  expect(refused).toMatchObject({
    ok: false,
    failure: { kind: "data-loss", losses: [{ name: "IN_billing", messages: 3 }] },
  });
  const allowed = { access, prune: true, allowDataLoss: ["IN_billing"] };
  expect(await applyTo(orders, tenants, allowed)).toMatchObject({ ok: true });
  expect(await names(acme?.connection)).not.toContain("IN_billing");

  const nothing: Topology = { workspace: "shop", tenants: [] };
  const gone = await prepare({ access, wanted: nothing });
  if (!gone.ok) throw new Error(gone.failure.message);
  expect(gone.value.plan.leftovers.map(({ name }) => name)).toContain("IN_orders");
  expect(await applyTo(nothing, tenants, { access })).toMatchObject({ ok: true });
  // It is still known, although the workspace has it no more.
  expect(await applyTo(nothing, tenants, { access, prune: true })).toMatchObject({ ok: true });
  expect(await names(acme?.connection)).toEqual([]);
  const end = await prepare({ access, wanted: nothing });
  expect(end).toMatchObject({ ok: true, value: { plan: { changes: [], leftovers: [] } } });
});

test("rollback goes to any earlier revision, with the bundles that are kept", async () => {
  const { tenants, access, platform } = await cluster();
  const first = handMade();
  const secondCode = handMade({ contract: "second" });
  const known = new Map([first, secondCode].map((coded): [string, CodedBundle] => [coded.bundle.hash, coded]));
  const bundles = (hash: string) => known.get(hash);
  const wanted = (coded: CodedBundle, intakeBytes: number) =>
    workspaceOf({ integrations: { orders: ["crm"] }, bundle: coded.bundle.hash, intakeBytes });
  await applyTo(wanted(first, 1024 ** 2), tenants, { access, bundles });
  await applyTo(wanted(secondCode, 2 * 1024 ** 2), tenants, { access, bundles });
  const then = await wantedAt(access, "shop", 1);
  if (!then.ok) throw new Error(then.failure.message);
  expect(then.value).toEqual(JSON.parse(JSON.stringify(wanted(first, 1024 ** 2))));
  expect(await applyTo(then.value, tenants, { access, rollbackTo: 1 })).toMatchObject({
    ok: true,
    value: { revision: 3 },
  });
  expect(await headRevision(platform, "shop")).toMatchObject({ revision: 3, rollbackTo: 1 });
  const acme = tenants[0]?.connection;
  const { config } = await call<StreamInfo>(acme ?? platform, "STREAM.INFO.IN_orders");
  expect(config).toMatchObject({ max_bytes: 1024 ** 2 });
  expect(await prepare({ access, wanted: wanted(first, 1024 ** 2) })).toMatchObject({
    value: { plan: { changes: [] } },
  });

  const none = await wantedAt(access, "shop", 9);
  expect(none).toMatchObject({ ok: false, failure: { message: expect.stringContaining("no revision 9") } });
});

test("rollback gives a bundle that is tried on a share, or was given up, no more than that; any other one everything", async () => {
  const { tenants, access } = await cluster();
  const [acme] = tenants;
  if (acme === undefined) throw new Error("no tenant");
  const { connection } = acme;
  await call(connection, "STREAM.CREATE.STATE", { name: "STATE", subjects: ["state.>"], allow_direct: true });
  const [first, next] = [handMade(), handMade({ map: "1" })];
  const bundles = (hash: string) => [first, next].find(({ bundle }) => bundle.hash === hash);
  const rollout = {
    share: 500,
    forMs: 600_000,
    messages: 50,
    abortWhen: { errors: { percent: 1, beyond: true } },
  };
  const wanted = ({ bundle }: CodedBundle, intakeBytes: number): Topology => {
    const topology = workspaceOf({ integrations: { orders: ["crm"] }, bundle: bundle.hash, intakeBytes });
    const tenants = topology.tenants.map((tenant) => ({
      ...tenant,
      deployments: tenant.deployments.map((deployment) => ({ ...deployment, rollout })),
    }));
    return { ...topology, tenants };
  };
  for (const topology of [wanted(first, 1024 ** 2), wanted(next, 1024 ** 2), wanted(next, 2 * 1024 ** 2)]) {
    expect(await applyTo(topology, tenants, { access, bundles })).toMatchObject({ ok: true });
  }
  const planned = async (revision: number) => {
    const then = await wantedAt(access, "shop", revision);
    if (!then.ok) throw new Error(then.failure.message);
    const prepared = await prepare({ access, wanted: then.value });
    if (!prepared.ok) throw new Error(prepared.failure.message);
    const { rollouts, changes } = prepared.value.plan;
    const deployed = changes.filter(({ kind }) => kind === "deployment").flatMap(({ fields }) => fields);
    return [...rollouts.map(({ state }) => state), ...deployed.map(({ field, to }) => `${field} ${to}`)];
  };
  expect(await planned(2)).toEqual(["goes-on"]);
  const canary = (await readDeployments(connection))[0]?.record?.canary;
  if (canary === undefined) throw new Error("no canary");
  const at = "2026-01-02T03:04:05.000Z";
  await decideRollout(connection, "orders", canary, { kind: "rolled-back", at, reason: "1 dead letter" });
  expect(await planned(2)).toEqual(["rolled-back"]);
  expect(await planned(1)).toEqual(["canary null", "rollout null"]);
});

test("a revision whose bundle is gone is refused by name", async () => {
  const { tenants, access } = await cluster();
  await applyTo(orders, tenants, { access });
  const then = await wantedAt(access, "shop", 1);
  expect(then).toMatchObject({ ok: false, failure: { message: expect.stringContaining("acme/orders") } });
});

test("a journal that cannot be read stops apply and changes nothing, until it is told to forget it", async () => {
  const { tenants, access, platform } = await cluster();
  await applyTo(orders, tenants, { access });
  await platform.request(address.journalSubject("shop"), "{ half");
  const before = await names(tenants[0]?.connection);
  const refused = await applyTo(both, tenants, { access });
  expect(refused).toMatchObject({ ok: false, failure: { kind: "journal" } });
  if (!refused.ok) expect(refused.failure.message).toContain("--force");
  expect(await names(tenants[0]?.connection)).toEqual(before);
  expect(await applyTo(both, tenants, { access, force: true })).toMatchObject({ ok: true });
});

test("a revision record that somebody else wrote stops plan and apply", async () => {
  const { tenants, access, platform } = await cluster();
  await applyTo(orders, tenants, { access });
  await platform.request(address.revisionSubject("shop", 2), "not ours");
  for (const result of [await prepare({ access, wanted: both }), await applyTo(both, tenants, { access })]) {
    expect(result).toMatchObject({ ok: false, failure: { kind: "journal" } });
    if (!result.ok) expect(result.failure.message).toContain("revision.shop.2");
  }
});

test("two applies at once, a hundred times: one wins, the other has a reason, and nothing is a mixture", async () => {
  const { tenants, access, platform } = await cluster();
  const variant = (round: number, side: number) =>
    workspaceOf({
      integrations: { orders: ["crm"] },
      intakeBytes: 1024 ** 2 + 2 * round + side,
      consumer: { max_ack_pending: 10 + 2 * round + side },
    });
  await applyTo(variant(0, 0), tenants, { access });
  for (let round = 1; round <= 100; round++) {
    const planned = await Promise.all([0, 1].map((side) => prepare({ access, wanted: variant(round, side) })));
    const results = await Promise.all(
      planned.map((prepared, side) => {
        if (!prepared.ok) throw new Error(prepared.failure.message);
        return applyTo(variant(round, side), tenants, { access, agreed: prepared.value.plan });
      }),
    );
    const winners = results.flatMap((result, side) => (result.ok ? [side] : []));
    const reasons = results.flatMap((result) => (result.ok ? [] : [result.failure.kind]));
    expect(winners).toHaveLength(1);
    expect(["locked", "stale"]).toContain(reasons[0]);
    const won = variant(round, winners[0] ?? 0);
    expect(await prepare({ access, wanted: won })).toMatchObject({ value: { plan: { changes: [], drift: [] } } });
    expect(await headRevision(platform, "shop")).toMatchObject({ revision: round + 1 });
  }
});
