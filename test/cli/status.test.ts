// vrsky status against a real server and a real worker: what it counts is what there is.

import { expect, test } from "vitest";
import { paint } from "../../cli/paint.ts";
import { statusVerb } from "../../cli/verbs/status.ts";
import { traceVerb } from "../../cli/verbs/trace.ts";
import { statusTable } from "../../cli/watch/status-table.ts";
import type { Status } from "../../control/watch/status.ts";
import { undocumented } from "../rig/documented.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";
import { type Watched, watched } from "../rig/watched.ts";

const texts = {
  "tenants/acme/orders.yaml": `integration: orders
source: { http: { path: /orders }, contract: { id: string, total: number, where: string }, message-id: "\${ body.id }" }
steps: [{ filter: "\${ body.total > 0 }" }]
route:
  - when: \${ body.total > 100 }
    to: [crm, big]
  - to: [crm]
targets:
  crm: { http: { url: "\${ settings.receiver }/\${ body.where }" }, retry: { for: 7d, initial: 20h, max: 24h } }
  big: { http: { url: "\${ settings.receiver }/big" } }
`,
  "tenants/acme/other.yaml": `integration: other
paused: true
source: { schedule: { every: 1h } }
targets: { out: { nats: { subject: other.out } } }
`,
};

const options = { json: true, watch: false };

async function seen(world: Watched, more: object = {}): Promise<Status & { readonly totals: object }> {
  const { code, out, err } = await world.verb((io) =>
    statusVerb(world.folder, { ...options, ...world.cluster, ...more }, io),
  );
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out);
}

const targetIn = (status: Status, name: string) =>
  status.integrations
    .find(({ integration }) => integration === "orders")
    ?.targets.find(({ target }) => target === name);

test("what waits, is in flight, parked and dead, by target, from NATS alone", async () => {
  await using world = await watched(texts);
  world.answers.set("/down", () => 503);
  world.answers.set("/bad", () => 400);
  let release: (status: number) => void = () => undefined;
  world.answers.set("/slow", () => new Promise((answer) => (release = answer)));
  for (const [id, where, total] of [
    ["a", "crm", 5],
    ["b", "down", 5],
    ["c", "bad", 500],
    ["d", "crm", -1],
    ["e", "slow", 5],
  ] as const) {
    expect(await world.post("/acme/orders", { id, where, total })).toBe(202);
  }
  const status = await until("all is where it belongs", async () => {
    const now = await seen(world);
    const [crm, big] = [targetIn(now, "crm"), targetIn(now, "big")];
    return crm?.parked === 1 && crm.dead === 1 && crm.inFlight === 1 && big?.waiting === 0 && big.inFlight === 0 && now;
  });
  expect(status.integrations.map(({ integration, paused, wanted }) => ({ integration, paused, wanted }))).toEqual([
    { integration: "orders", paused: false, wanted: true },
    { integration: "other", paused: true, wanted: true },
  ]);
  const crm = targetIn(status, "crm");
  const { deployed = {}, intake = {} } = status.integrations[0] ?? {};
  const objects = [status, ...status.integrations, crm ?? {}, deployed, intake, status.totals];
  expect(undocumented("status", ...objects)).toEqual([]);
  expect(crm).toMatchObject({ waiting: 0, lag: 1, highestAttempt: 2, suspects: 0, missing: [] });
  expect(Date.parse(crm?.nextDue ?? "")).toBeGreaterThan(Date.parse(status.at));
  expect(Date.parse(crm?.oldestAt ?? "")).toBeLessThanOrEqual(Date.parse(status.at));
  // What its route and the filter drop is neither behind nor parked.
  expect(targetIn(status, "big")).toMatchObject({ waiting: 0, inFlight: 0, parked: 0, dead: 0, lag: 0 });
  expect(status.totals).toMatchObject({ integrations: 2, targets: 3, parked: 1, dead: 1, inFlight: 1, missing: 0 });
  expect(status.integrations[0]?.deployed).toMatchObject({ revision: 1 });
  expect(status.integrations[0]?.intake?.messages).toBe(5);
  release(200);

  await world.stopWorker();
  await world.store("orders", "f", { id: "f", total: 1, where: "crm" });
  await world.store("orders", "g", { id: "g", total: 1 });
  await api(world.admin, "CONSUMER.DELETE.RETRY_orders.big");
  const after = await seen(world, { integration: "orders" });
  expect(after.integrations.map(({ integration }) => integration)).toEqual(["orders"]);
  expect(targetIn(after, "crm")).toMatchObject({ waiting: 2, parked: 1, dead: 1, rate: 0 });
  expect(targetIn(after, "big")?.missing).toEqual(["RETRY_orders/big"]);
  const table = await world.verb((io) => statusVerb(world.folder, { ...options, json: false, ...world.cluster }, io));
  expect(table.out).toMatch(/^INTEGRATION +TARGET +WAITING/);
  expect(table.out).toMatch(/acme\/orders +big .* no consumer RETRY_orders\/big\n/);
  expect(table.out).toMatch(/acme\/orders +crm +2 +0 +1 \(\d+ \w\) +1 .* up to attempt 2\n/);
  expect(table.out).toMatch(/acme\/other +out .* paused\n/);
  expect(table.out).toMatch(/2 integrations, 3 targets: 4 waiting, 0 in flight, 1 parked \(next in \d+ \w\), 1 dead/);
  for (const line of table.out.split("\n")) expect(line).toBe(line.trimEnd());
});

test("ordered targets have several durables, which count as one; the head of a partition holds up those behind it", async () => {
  const ordered = `${texts["tenants/acme/orders.yaml"]}order-by: \${ body.total }\n`;
  await using world = await watched({ "tenants/acme/orders.yaml": ordered });
  world.answers.set("/down", () => 503);
  for (const [id, where] of [
    ["a", "down"],
    ["b", "crm"],
    ["c", "crm"],
  ] as const) {
    expect(await world.post("/acme/orders", { id, where, total: 7 })).toBe(202);
  }
  const status = await until("the head is parked", async () => {
    const now = await seen(world);
    return targetIn(now, "crm")?.held === 1 && now;
  });
  expect(targetIn(status, "crm")).toMatchObject({ lag: 3, parked: 0, dead: 0, highestAttempt: 2, missing: [] });
  expect(targetIn(status, "big")).toMatchObject({ lag: 0, held: 0, missing: [] });
  expect(status.integrations[0]?.targets.map(({ target }) => target)).toEqual(["big", "crm"]);
  const told = async (id: string): Promise<string> =>
    (await world.verb((io) => traceVerb(world.folder, id, { ...asked, ...world.cluster }, io))).out;
  expect(await told("a")).toMatch(/crm +parked at the head of its partition after 1 attempt, next in .*503/);
  expect(await told("b")).toMatch(/crm +waiting\n/);
  const metrics = await (await fetch(`http://127.0.0.1:${world.house().metricsPort}/metrics`)).text();
  expect(metrics).toContain('vrsky_lag{tenant="acme",integration="orders",target="crm"} 3\n');
});

const asked = { json: false, preview: 200, payload: true };

test("rights that are missing and servers that are away have their own exit codes", async () => {
  await using world = await watched(texts);
  const { nats } = world.cluster;
  const denied = await world.verb((io) => statusVerb(world.folder, { ...options, nats, creds: world.workerCreds }, io));
  expect({ code: denied.code, out: denied.out }).toEqual({ code: 77, out: "" });
  const nobody = await world.verb((io) => statusVerb(world.folder, { ...options, nats }, io));
  expect(nobody).toMatchObject({ code: 77, err: expect.stringMatching(/No login was given.*--creds/) });
  expect(denied.err).toMatch(/this user may not listen to .*control login/s);
  const away = await world.verb((io) =>
    statusVerb(world.folder, { ...options, ...world.cluster, nats: "nats://127.0.0.1:1" }, io),
  );
  expect({ code: away.code, out: away.out }).toEqual({ code: 69, out: "" });
  const unknown = await world.verb((io) =>
    statusVerb(world.folder, { ...options, ...world.cluster, integration: "nothing" }, io),
  );
  expect({ code: unknown.code, err: unknown.err }).toMatchObject({
    code: 1,
    err: expect.stringContaining("no integration `nothing`"),
  });
});

test("a table of what is behind first, cut to the screen", () => {
  const target = {
    waiting: 0,
    inFlight: 0,
    parked: 0,
    held: 0,
    suspects: 0,
    dead: 0,
    due: 0,
    lag: 0,
    settled: 0,
    missing: [],
  };
  const status: Status = {
    at: "2026-01-01T00:01:00.000Z",
    integrations: ["a", "b", "c"].map((integration, index) => ({
      tenant: "acme",
      integration,
      deployed: { bundle: "0123456789abcdef", revision: 1, at: "2026-01-01T00:00:00.000Z" },
      paused: false,
      draining: false,
      wanted: true,
      sources: [],
      targets: [
        { ...target, due: index, target: "out", lag: index * 10, rate: 5.25, oldestAt: "2026-01-01T00:00:30.000Z" },
      ],
    })),
  };
  const lines = statusTable(status, paint(false), { order: "lag", most: 2 });
  expect(lines.map((line) => line.replaceAll(/ +/g, " "))).toEqual([
    "INTEGRATION TARGET WAITING IN FLIGHT PARKED DEAD RATE LAG OLDEST BUNDLE STATE",
    "acme/c out 0 0 0 0 5.3/s 20 30 s 01234567 2 due again",
    "acme/b out 0 0 0 0 5.3/s 10 30 s 01234567 1 due again",
    "… and 1 more",
    "3 integrations, 3 targets: 0 waiting, 0 in flight, 0 parked, 0 dead, 16/s",
  ]);
  const narrow = statusTable(status, paint(false), { columns: 80 });
  expect(narrow[0]?.replaceAll(/ +/g, " ")).toBe("INTEGRATION TARGET WAITING IN FLIGHT PARKED DEAD OLDEST STATE");
  for (const line of narrow) expect(line.length).toBeLessThanOrEqual(80);
  const ill = (condition: "disconnected" | "halted") =>
    statusTable(
      {
        ...status,
        integrations: status.integrations
          .slice(0, 1)
          .map((each) => ({ ...each, sources: [{ source: "in", condition, reason: "the slot is gone" }] })),
      },
      paint(false),
    )[1];
  expect(ill("halted")).toContain("source in halted: the slot is gone");
  expect(ill("disconnected")).toContain("source in not connected: the slot is gone");
});
