// Apply is killed at every API call, before it is sent and after it is done, while messages flow; then it is run again. It must converge to what is wanted, leave nothing behind, and lose nothing that was accepted.

import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApplyOptions } from "../../control/apply.ts";
import type { TenantConnection } from "../../control/connect.ts";
import { readJournal } from "../../control/platform/journal.ts";
import { listRevisions } from "../../control/platform/revisions.ts";
import { prepare } from "../../control/prepare.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { type CrashPoint, type CrashRig, crashPointsBySubject, crashRig } from "../rig/crashing-connection.ts";
import { handMade } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";
import { workspaceOf } from "../rig/workspace.ts";

const accounts = Array.from({ length: 480 }, (_, index) => `account-${index}`);
let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ accounts, syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

const coded = handMade();
const bundles = (hash: string) => (hash === coded.bundle.hash ? coded : undefined);
const { hash } = coded.bundle;

const first = workspaceOf({ integrations: { orders: ["crm"], billing: ["ledger"] } });
/** Streams and consumers come, change and go; deployments as well. */
const second = workspaceOf({
  integrations: { orders: ["crm", "shop"], invoices: ["mail"] },
  intakeBytes: 4 * 1024 ** 2,
  consumer: { max_ack_pending: 500 },
  bundle: hash,
});

interface Site {
  readonly tenants: readonly TenantConnection[];
  readonly platform: NatsConnection;
}

async function fresh(): Promise<Site> {
  const connection = await nats.connect(accounts.pop());
  return { tenants: [{ tenant: "acme", connection }], platform: await nats.connect(accounts.pop()) };
}

function applying(wanted: Topology, { tenants, platform }: Site, rig?: CrashRig, more: Partial<ApplyOptions> = {}) {
  const wrap = (connection: NatsConnection) => rig?.wrap(connection) ?? connection;
  const wrapped = tenants.map(({ tenant, connection }) => ({ tenant, connection: wrap(connection) }));
  return applyTo(wanted, wrapped, { access: accessOf(wrapped, wrap(platform)), bundles, prune: true, ...more });
}

/** Senders that count what was acknowledged, and a worker that reads it. */
function traffic(connection: NatsConnection) {
  const accepted = new Set<string>();
  const read = new Set<string>();
  let stopped = false;
  let sent = false;
  const send = async (): Promise<void> => {
    for (let number = 0; !stopped; number++) {
      const answer = await connection.request(`in.orders.m.${number}`, "x", { timeout: 5_000 }).catch(() => undefined);
      if (answer?.json<{ readonly seq?: number }>().seq !== undefined) accepted.add(String(number));
    }
    sent = true;
  };
  const work = async (): Promise<void> => {
    const done = () => sent && read.size >= accepted.size;
    while (!done()) {
      const consumer = await jetstream(connection).consumers.get("IN_orders", "crm");
      for await (const message of await consumer.fetch({ max_messages: 50, expires: 1_000 })) {
        read.add(message.subject.slice("in.orders.m.".length));
        message.ack();
        if (done()) break;
      }
    }
  };
  const running = Promise.all([send(), work()]);
  return {
    accepted,
    end: async (): Promise<void> => {
      stopped = true;
      await running;
      expect(accepted.size).toBeGreaterThan(0);
      expect([...accepted].filter((id) => !read.has(id))).toEqual([]);
    },
  };
}

async function converged(wanted: Topology, { tenants, platform }: Site): Promise<void> {
  const [acme] = tenants;
  if (acme === undefined) throw new Error("no tenant");
  const prepared = await prepare({ access: accessOf(tenants, platform), wanted, prune: true });
  expect(prepared).toMatchObject({ ok: true, value: { plan: { changes: [], drift: [], leftovers: [] } } });
  const { streams } = await api(acme.connection, "STREAM.NAMES");
  const expected = ["DLQ", "IN_invoices", "IN_orders", "KV_retries", "KV_vrsky", "RETRY_invoices", "RETRY_orders"];
  expect([...(Array.isArray(streams) ? streams.map(String) : [])].sort()).toEqual(expected);
  const revisions = await listRevisions(platform, "shop");
  expect(revisions.map((each) => ("revision" in each ? each.revision : 0))).toEqual(revisions.map((_, i) => i + 1));
  expect(revisions.length).toBeGreaterThanOrEqual(2);
  expect(await readJournal(platform, "shop")).toMatchObject({ state: "done" });
}

/** Where apply can die, by a run that does not. */
async function enumerated(): Promise<readonly CrashPoint[]> {
  const site = await fresh();
  expect(await applying(first, site)).toMatchObject({ ok: true });
  const rig = crashRig();
  expect(await applying(second, site, rig)).toMatchObject({ ok: true });
  await converged(second, site);
  return crashPointsBySubject(rig.calls);
}

async function dieAndGoOn(at: CrashPoint): Promise<string> {
  const site = await fresh();
  expect(await applying(first, site)).toMatchObject({ ok: true });
  const flow = traffic(site.tenants[0]?.connection ?? site.platform);
  await until("messages flow", () => flow.accepted.size > 3 || undefined);
  const rig = crashRig(at);
  const died = await applying(second, site, rig);
  expect(rig.crashed(), JSON.stringify(at)).toBe(true);
  const { subject = "" } = at;
  // The very last call gives the lease back: by then everything is done and said.
  if (died.ok) expect(subject).toContain("STREAM.MSG.DELETE.VRSKY_NOW");
  // A lease whose holder is known to be dead need not be waited for.
  const again = await applying(second, site, undefined, { force: true });
  expect(again, `${JSON.stringify(at)} ${subject}`).toMatchObject({ ok: true });
  await converged(second, site);
  await flow.end();
  await Promise.all([...site.tenants.map(({ connection }) => connection), site.platform].map((each) => each.close()));
  return subject;
}

test("killed before and after every call: applied again, it converges and loses nothing", async () => {
  const points = await enumerated();
  expect(points.length).toBeGreaterThan(60);
  const subjects: string[] = [];
  const queue = [...points];
  const lane = async (): Promise<void> => {
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) subjects.push(await dieAndGoOn(at));
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  expect(subjects).toHaveLength(points.length);
  const hit = (part: string) => subjects.some((subject) => subject.includes(part));
  for (const part of [
    "now.lease",
    "now.journal",
    "audit.shop.apply-started",
    "STREAM.CREATE.IN_invoices",
    "STREAM.UPDATE.IN_orders",
    "STREAM.DELETE.IN_billing",
    "CONSUMER.CREATE.IN_orders.shop",
    "$KV.vrsky.bundle.",
    "$KV.vrsky.deploy.orders",
    "content.shop.",
    "revision.shop.2",
    "audit.shop.applied",
  ])
    expect(hit(part), part).toBe(true);
  process.stdout.write(`apply: killed at ${points.length} points, converged from each\n`);
}, 240_000);
