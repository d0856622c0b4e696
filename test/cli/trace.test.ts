// vrsky trace against a real server and a real worker: each state that a message can be in, told as it is.

import { expect, test } from "vitest";
import { traceVerb } from "../../cli/verbs/trace.ts";
import * as address from "../../schema/address.ts";
import { undocumented } from "../rig/documented.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";
import { type Watched, watched } from "../rig/watched.ts";

const http = (path: string, contract: string): string =>
  `source: { http: { path: /${path} }, contract: ${contract}, message-id: "\${ body.id }" }`;

const texts = {
  "tenants/acme/orders.yaml": `tenant: acme
streams: { paid: { contract: { id: string, total: number } } }
---
integration: orders
${http("orders", "{ id: string, total: number, where: string, password?: string, note?: string }")}
steps: [{ filter: "\${ body.total > 0 }" }]
route:
  - when: \${ body.total > 100 }
    to: [crm, paid]
  - to: [crm]
targets:
  crm: { http: { url: "\${ settings.receiver }/\${ body.where }" }, retry: { for: 7d, initial: 20h, max: 24h } }
  paid: { steps: [{ map: { id: "\${ body.id }", total: "\${ body.total }" } }], stream: paid }
---
integration: chain
source: { stream: paid }
targets: { sink: { http: { url: "\${ settings.receiver }/sink" } } }
---
integration: parts
${http("parts", "{ id: string, lines: [{ sku: string }] }")}
steps: [{ split: "\${ body.lines }" }, { filter: "\${ body.sku !== 'x' }" }]
targets:
  out: { http: { url: "\${ settings.receiver }/parts/\${ body.sku }" }, on-error: { not-found: { to: [spare] } } }
  spare: { http: { url: "\${ settings.receiver }/spare" } }
---
integration: gives
${http("gives", "{ id: string }")}
targets: { out: { http: { url: "\${ settings.receiver }/parts/bad" }, on-error: { rejected: drop } } }
---
integration: asks
${http("asks", "{ id: string }")}
steps: [{ as: answer, call: { http: { url: "\${ settings.receiver }/ask", method: POST, json: "\${ body }" } }, contract: any }]
targets: { out: { http: { url: "\${ settings.receiver }/asked" } } }
`,
};

const options = { json: true, preview: 200, payload: true };

interface Seen {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const told = (world: Watched, id: string, more: object = {}): Promise<Seen> =>
  world.verb((io) => traceVerb(world.folder, id, { ...options, ...world.cluster, json: false, ...more }, io));

async function traced(world: Watched, id: string, more: object = {}) {
  const { out } = await told(world, id, { json: true, ...more });
  return JSON.parse(out);
}

const statesOf = (trace: { hops: { integration: string; targets: { target: string; state: string }[] }[] }) =>
  Object.fromEntries(
    trace.hops.flatMap(({ integration, targets }) =>
      targets.map(({ target, state }) => [`${integration}/${target}`, state]),
    ),
  );

test("delivered, dropped and where, parked, dead, in flight, waiting; through a stream into the next integration", async () => {
  await using world = await watched(texts);
  world.answers.set("/down", () => 503);
  world.answers.set("/bad", () => 400);
  let release: (status: number) => void = () => undefined;
  world.answers.set(
    "/slow",
    () =>
      new Promise((answer) => {
        release = answer;
      }),
  );
  const secrets = {
    password: "geheim-1",
    note: "Bearer abcdefghijklmnop",
    at: "https://a.example.com/?page=2&sig=geheim-3",
  };
  const header = { "x-api-token": "geheim-2", "x-shop": "7" };
  for (const [id, where, total] of [
    ["big", "crm", 500],
    ["small", "crm", 5],
    ["nil", "crm", 0],
    ["down", "down", 5],
    ["bad", "bad", 5],
    ["slow", "slow", 5],
  ] as const) {
    expect(await world.post("/acme/orders", { id, where, total, ...secrets }, header)).toBe(202);
  }
  await until("the last one arrived", () => world.received.some(({ path }) => path === "/sink"));
  await until("all have an outcome", () => world.events.filter(({ kind }) => kind === "outcome").length === 12);

  const big = await until("the chain is through", async () => {
    const trace = await traced(world, "big");
    return statesOf(trace)["chain/sink"] === "done" && trace;
  });
  const parked = await traced(world, "down");
  const hops: { targets: object[] }[] = [...big.hops, ...parked.hops];
  expect(undocumented("trace", big, ...hops, ...hops.flatMap(({ targets }) => targets))).toEqual([]);
  expect(big.hops.map(({ integration }: { integration: string }) => integration)).toEqual(["orders", "chain"]);
  expect(big.hops[0]).toMatchObject({ source: "http", sequence: 1, contract: expect.any(String) });
  expect(big.hops[0].targets).toMatchObject([
    { target: "crm", state: "done", recomputed: { kind: "delivers" } },
    { target: "paid", state: "done", recomputed: { kind: "delivers" } },
  ]);
  expect(JSON.stringify(big)).not.toMatch(/geheim|Bearer/);
  expect(big.hops[0].body).toContain('"password":"•••","note":"•••","at":"https://a.example.com/?page=2&sig=…"');
  expect(big.hops[0].headers).toMatchObject({ "x-shop": "7", "x-api-token": "•••" });
  expect((await told(world, "big", { payload: false })).out).not.toMatch(/body|headers/);
  expect((await told(world, "big", { preview: 10 })).out).toContain('body    {"id":"big… (');

  const small = await told(world, "small");
  expect(small.out).toMatch(/crm +delivered \(recomputed\)/);
  expect(small.out).toMatch(/paid +dropped by route at tenants\/acme\/orders.yaml:10:5 \(recomputed\)/);
  const nil = await told(world, "nil");
  expect(nil.out).toMatch(/crm +dropped by filter at tenants\/acme\/orders.yaml:6:\d+ \(recomputed\)/);
  const down = await told(world, "down");
  expect(down.out).toMatch(/crm +parked after 1 attempt, next in \d+ \w: unavailable since .*503.*, bundle \w{8}\n/);
  const bad = await told(world, "bad");
  expect(bad.out).toMatch(/crm +dead after 1 attempt at .*: rejected since .*400.*, bundle \w{8}\n/);
  // Those before and behind it are acknowledged: whether it still is in hand is counted, not guessed.
  expect(statesOf(await traced(world, "slow"))["orders/crm"]).toBe("in-flight");
  expect(statesOf(await traced(world, "slow"))["orders/paid"]).toBe("done");
  expect(statesOf(await traced(world, address.idHash("bad")))["orders/crm"]).toBe("dead");
  release(200);

  await world.stopWorker();
  await world.store("orders", "late", { id: "late", total: 1, where: "crm" }, 3);
  expect(statesOf(await traced(world, "late"))).toEqual({ "orders/crm": "waiting", "orders/paid": "waiting" });
  const late = await told(world, "late");
  expect(late.out).toContain("not recomputed: it does not say which bundle accepted it");

  await api(world.admin, "CONSUMER.DELETE.IN_orders.crm");
  expect((await told(world, "late")).out).toMatch(/crm +unknown: its consumer is missing/);
  await api(world.admin, "STREAM.PURGE.IN_orders", { seq: 100 });
  const gone = await traced(world, "bad");
  expect(gone.hops).toMatchObject([{ integration: "orders", beyondHistory: true, targets: [{ state: "dead" }] }]);
  const unknown = await told(world, "small");
  expect({ code: unknown.code, out: unknown.out }).toEqual({ code: 1, out: "" });
  expect(unknown.err).toMatch(/No integration knows a message `small`\.[\s\S]*acme\/chain since 20/);
  const denied = await told(world, "small", { creds: world.workerCreds });
  expect(denied.code).toBe(77);
});

test("items of a split and what on-error sent on are told below their message; steps that asked are not recomputed", async () => {
  await using world = await watched(texts);
  world.answers.set("/parts/bad", () => 400);
  world.answers.set("/parts/gone", () => 404);
  const lines = ["a", "x", "bad", "gone"].map((sku) => ({ sku }));
  await world.post("/acme/parts", { id: "p", lines });
  await world.post("/acme/asks", { id: "q" });
  await world.post("/acme/parts", { id: "r", lines: [{ sku: "a" }, { sku: "x" }] });
  await until("what was sent on arrived", () => world.received.some(({ path }) => path === "/spare"));
  const parts = await until("all has an end", async () => {
    const { out } = await told(world, "p");
    return /out \.3 → spare +delivered at/.test(out) && /out \.2 +dead/.test(out) && out;
  });
  expect(parts).toMatch(/out \.0 +delivered\n/);
  expect(parts).toMatch(/out \.1 +dropped by filter at tenants\/acme\/orders.yaml:\d+:\d+ \(recomputed\)\n/);
  expect(parts).toMatch(/out \.2 +dead after 1 attempt at .*: rejected since .*400/);
  expect(parts).toMatch(/out \.3 +dropped\n/);
  // Asked for by what a target or a dead letter calls them, they are found where they belong.
  for (const id of ["p.2", "p.3/error/out"]) expect((await told(world, id)).out).toMatch(/^p\n[\s\S]*out \.2 +dead/);
  // Nothing was written of it: whether it was delivered is not claimed.
  await world.post("/acme/gives", { id: "g" });
  const gives = await until("acknowledged", async () => {
    const { out } = await told(world, "g");
    return out.includes("(recomputed)") && out;
  });
  expect(gives).toMatch(/out +delivered, or rejected and given up by its on-error \(recomputed\)\n/);
  const asks = await until("acknowledged", async () => {
    const { out } = await told(world, "q");
    return out.includes("done") && out;
  });
  expect(asks).toMatch(/out +done: delivered or dropped; its steps asked `answer`, and the answer was not kept/);
  const again = await until("acknowledged", async () => {
    const { out } = await told(world, "r");
    return out.includes("done, 2 items") && out;
  });
  expect(again).toMatch(/out \.0 +delivered \(recomputed\)\n/);
});
