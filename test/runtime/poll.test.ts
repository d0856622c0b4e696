// A source that polls, against a real HTTP server with pages: what it asks, what it stores, when its cursor moves, and
// what it says when the server does not do its part.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { fileManifest } from "../../connectors/file/manifest.ts";
import { httpConnector } from "../../connectors/http/connector.ts";
import { httpManifest } from "../../connectors/http/manifest.ts";
import { networks } from "../../connectors/network.ts";
import { directMessages } from "../../control/direct.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { CrashHook, CrashPoint } from "../../runtime/crash-point.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import * as address from "../../schema/address.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import type { Clock, Connector } from "../../schema/connector.ts";
import { compileTexts } from "../rig/compile.ts";
import { fakeSystem, startLine } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

interface Contact {
  readonly id: string;
  readonly at: string;
}

const contacts = (count: number): readonly Contact[] =>
  Array.from({ length: count }, (_, index) => ({ id: `c${index}`, at: `${index + 1}` }));

type Serve = (query: URLSearchParams, response: ServerResponse) => unknown;

interface Crm {
  readonly url: string;
  readonly asked: string[];
  serve: Serve;
}

/** Contacts since a time, so many a page; the second page and those behind it are found by a token. */
function paged(all: readonly Contact[], size: number): Serve {
  return (query) => {
    const since = Number(query.get("since"));
    const from = Number(query.get("page") || 0);
    const found = all.filter(({ at }) => Number(at) > since);
    const data = found.slice(from, from + size);
    return found.length > from + size ? { data, next: `${from + size}` } : { data };
  };
}

async function startCrm(serve: Serve): Promise<Crm> {
  const crm: { url: string; asked: string[]; serve: Serve } = { url: "", asked: [], serve };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const query = new URL(request.url ?? "", "http://x").searchParams;
    crm.asked.push(`${query.get("since")}/${query.get("page") ?? ""}`);
    const answer = crm.serve(query, response);
    if (answer === undefined) return;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  crm.url = `http://127.0.0.1:${port}`;
  return crm;
}

interface More {
  readonly every?: string;
  readonly poll?: string;
  readonly source?: string;
}

function compiled(url: string, more: More = {}): CodedBundle {
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/a.yaml": `tenant: acme
---
integration: contacts
source:
  poll:
    every: ${more.every ?? "500ms"}
    http: { url: "${url}/contacts", query: { since: "\${ cursor }", page: "\${ page?.next }" } }
    contract: { data: [{ id: string, at: string }], next?: string }
    items: \${ page.data }
${more.poll ?? '    more: ${ exists(page.next) }\n    cursor: { start: "0", next: "${ page.data.at(-1)?.at ?? cursor }" }'}
  message-id: \${ body.id }
${more.source ?? ""}
targets: { out: { file: { path: out.jsonl, format: jsonl } } }
`,
  });
  const [bundle] = emitted?.bundles ?? [];
  if (bundle === undefined) throw new Error(JSON.stringify(diagnostics));
  return bundle;
}

const overHttp = (): Connector => httpConnector({ port: 0, host: "127.0.0.1", networkOf: networks(["loopback"]) });

/** Takes everything: what comes in is looked at in the intake. */
const nowhere: Connector = {
  manifest: fileManifest,
  openTarget: async () => ({ deliver: async () => ({ kind: "delivered" }), close: async () => undefined }),
};

interface Beside {
  readonly crash?: CrashHook;
  readonly clock?: Clock;
  /** Instead of a server. */
  readonly http?: Connector;
}

async function worker(nats: NatsRig, bundle: CodedBundle, { http = overHttp(), ...more }: Beside = {}) {
  const line = await startLine(nats, fakeSystem(), {
    bundles: [bundle],
    connectors: { http, file: nowhere },
    library: createLibrary,
    limits: { drainMs: 500, leaseMs: 1_000 },
    ...more,
  });
  onTestFinished(() => line[Symbol.asyncDispose]());
  const said = (): readonly string[] =>
    line.events.flatMap((event) =>
      event.kind === "source" ? [`${event.condition} ${event.reason ?? ""}`.trim()] : [],
    );
  return { running: line.worker, said, die: line.abandon };
}

async function started() {
  const nats = await natsServer({ syncAlways: false });
  onTestFinished(() => nats[Symbol.asyncDispose]());
  const admin = await nats.connect();
  await createTopology(admin, { integration: "contacts", targets: ["out"] });
  const stored = async (): Promise<readonly string[]> => {
    const ids: string[] = [];
    for await (const { body } of directMessages(admin, { stream: address.intakeStream("contacts"), filter: "in.>" })) {
      ids.push(JSON.parse(Buffer.from(body).toString()).id);
    }
    return ids;
  };
  return { nats, stored };
}

const ids = (all: readonly Contact[]): readonly string[] => all.map(({ id }) => id);

test("pages until there is no more, in order; the next round begins at the cursor, also in another worker", async () => {
  const { nats, stored } = await started();
  const all = contacts(50);
  const crm = await startCrm(paged(all, 20));
  const first = await worker(nats, compiled(crm.url));
  await until("a second round is asked for", () => crm.asked.includes("50/"));
  // The second page and the third are asked for with the cursor of the first.
  expect(crm.asked.slice(0, 4)).toEqual(["0/", "0/20", "0/40", "50/"]);
  await first.running.stop();
  const grown = [...all, { id: "new", at: "51" }];
  crm.serve = paged(grown, 20);
  const before = crm.asked.length;
  await worker(nats, compiled(crm.url));
  await until("the new one is there", async () => (await stored()).length === 51);
  expect(crm.asked[before]).toBe("50/");
  expect(await stored()).toEqual(ids(grown));
});

test("where nothing but the cursor leads on, it does so within a round", async () => {
  const { nats, stored } = await started();
  const all = contacts(30);
  const crm = await startCrm((query) => ({
    data: all.filter(({ at }) => Number(at) > Number(query.get("since"))).slice(0, 10),
  }));
  const poll =
    '    more: ${ page.data.length === 10 }\n    cursor: { start: "0", next: "${ page.data.at(-1)?.at ?? cursor }" }';
  await worker(nats, compiled(crm.url, { poll }));
  await until("all are there", async () => (await stored()).length === 30 && crm.asked.length > 3);
  expect(crm.asked.slice(0, 4)).toEqual(["0/", "10/", "20/", "30/"]);
  expect(await stored()).toEqual(ids(all));
});

test("death at each point within a page: the next worker asks from the cursor, nothing is lost or twice", async () => {
  const points: readonly CrashPoint[] = [
    "lease-taken",
    "before-store",
    "after-store",
    "before-remember",
    "after-remember",
  ];
  await Promise.all(
    points.map(async (point) => {
      const { nats, stored } = await started();
      const all = contacts(60);
      const crm = await startCrm(paged(all, 20));
      let passes = 0;
      let dies: () => void = () => undefined;
      const dead = new Promise<void>((resolve) => {
        dies = resolve;
      });
      const crash: CrashHook = (at) => {
        if (at !== point || ++passes < (point === "lease-taken" ? 1 : 2)) return undefined;
        dies();
        return new Promise(() => undefined);
      };
      const first = worker(nats, compiled(crm.url), { crash });
      await dead;
      const { die } = await first;
      await die();
      await worker(nats, compiled(crm.url));
      await until(`all are there after ${point}`, async () => (await stored()).length >= 60);
      expect(await stored(), point).toEqual(ids(all));
    }),
  );
});

test("a server that is away, busy, or says no: told, asked again not before its time, and the worker is ready", async () => {
  const { nats, stored } = await started();
  const all = contacts(3);
  const crm = await startCrm((_, response) => {
    response.writeHead(503, { "retry-after": "2" }).end();
    return undefined;
  });
  const { running, said } = await worker(nats, compiled(crm.url));
  await until("it says so", () => said().some((line) => line.startsWith("disconnected")));
  expect(said().at(-1)).toContain("503");
  await until("it is ready all the same", () => running.health().ready);
  expect(running.health().integrations[0]?.sources.poll?.condition).toBe("disconnected");
  crm.serve = paged(all, 20);
  const asked = Date.now();
  expect(crm.asked).toHaveLength(1);
  await until("all are there", async () => (await stored()).length === 3);
  expect(Date.now() - asked).toBeGreaterThan(1_000);
  await until("it is well", () => said().at(-1) === "running");
});

test.each([
  ["20s", 20_000],
  ["5m", 60_000],
])("after a plain no it waits for as long as between two rounds, a minute at most: every %s", async (every, wait) => {
  const { nats } = await started();
  const crm = await startCrm((_, response) => {
    response.writeHead(404).end();
    return undefined;
  });
  const waits: number[] = [];
  const clock: Clock = {
    ...systemClock,
    after: (ms, run) => {
      waits.push(ms);
      return systemClock.after(ms === wait ? 10 : ms, run);
    },
  };
  await worker(nats, compiled(crm.url, { every }), { clock });
  await until("it was asked again", () => crm.asked.length > 2);
  // The first request and the second have failed.
  expect(waits.filter((ms) => ms === wait).length).toBeGreaterThanOrEqual(2);
});

test("a page that breaks its contract is told, and the cursor stays; `on-error` looks at each item", async () => {
  const { nats, stored } = await started();
  const broken = {
    data: [
      { id: "a", at: "1" },
      { id: 7, at: "2" },
      { id: "c", at: "3" },
    ],
  };
  const crm = await startCrm(() => broken);
  const { running, said } = await worker(nats, compiled(crm.url));
  await until("it says so", () => said().some((line) => line.startsWith("halted")));
  expect(said().at(-1)).toContain("/data/1/id");
  expect(await stored()).toEqual([]);
  await running.swap([{ tenant: "acme", bundles: [compiled(crm.url, { source: "  on-error: { invalid: drop }" })] }]);
  await until("the others are there", async () => (await stored()).length >= 2);
  expect((await stored()).filter((id) => typeof id === "string")).toEqual(["a", "c"]);
});

test("`more` without an end: the same request is not made twice in a round", async () => {
  const { nats } = await started();
  const crm = await startCrm(() => ({ data: [] }));
  const { said } = await worker(nats, compiled(crm.url, { poll: "    more: ${ page.data.length === 0 }" }));
  await until("it says so", () => said().some((line) => line.startsWith("halted")));
  expect(said().at(-1)).toContain("the next request would be the one before");
  expect(crm.asked).toHaveLength(1);
});

test("`more` without an end, by other requests: ten thousand pages are asked for in a round", async () => {
  const { nats } = await started();
  let pages = 0;
  const http: Connector = {
    manifest: httpManifest,
    openCall: async () => ({
      deliver: async () => {
        pages += 1;
        return { kind: "delivered", answer: { data: [], next: `${pages}` } };
      },
      close: async () => undefined,
    }),
  };
  const { said } = await worker(nats, compiled("http://127.0.0.1:1", { poll: "    more: ${ exists(page.next) }" }), {
    http,
  });
  await until("it says so", () => said().some((line) => line.startsWith("halted")));
  expect(said().at(-1)).toContain("still true after 10000 pages");
  expect(pages).toBe(10_000);
});

test("of two workers one asks", async () => {
  const { nats, stored } = await started();
  const crm = await startCrm(paged(contacts(5), 20));
  await worker(nats, compiled(crm.url));
  const second = await worker(nats, compiled(crm.url));
  await until("the other waits", () => second.said().includes("waiting another worker runs it"));
  await until("it is ready all the same", () => second.running.health().ready);
  await until("it was asked again", () => crm.asked.length > 2);
  expect(crm.asked.slice(0, 2)).toEqual(["0/", "5/"]);
  expect(await stored()).toHaveLength(5);
});
