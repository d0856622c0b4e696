// A caller that waits: real HTTP in front, a real server behind, and a system that is asked in between.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { httpConnector } from "../../connectors/http/connector.ts";
import { networks } from "../../connectors/network.ts";
import { connectOptions } from "../../runtime/connect-options.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import { run } from "../../runtime/run.ts";
import * as address from "../../schema/address.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import type { RunEvent } from "../../schema/outcome.ts";
import { compileTexts } from "../rig/compile.ts";
import { natsServer } from "../rig/nats.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const spec = (timeout: string, more: string): string => `integration: orders
source: { http: { path: /ask, timeout: ${timeout} }, contract: { id: string }, message-id: "\${ body.id }" }
steps:
  - as: said
    call: { http: { url: "\${ settings.system }/word", method: POST, json: { id: "\${ body.id }" } }, retry: { for: 1m, initial: 1ms, max: 5ms } }
    contract: { word: string }
reply: { json: { id: "\${ body.id }", said: "\${ vars.said.word }" } }
${more}`;

const compiled = new Map<string, CodedBundle>();

function bundleOf(text: string): CodedBundle {
  const before = compiled.get(text);
  if (before !== undefined) return before;
  const settings = "settings: { system: string }\ncontexts: { dev: { settings: { system: x } } }\n";
  const { emitted } = compileTexts({
    "vrsky.yaml": `workspace: w\nlanguage: 1\n${settings}`,
    "tenants/acme/a.yaml": text,
  });
  const bundle = emitted?.bundles[0];
  if (bundle === undefined) throw new Error("it does not compile");
  compiled.set(text, bundle);
  return bundle;
}

interface Asked {
  readonly key: string;
  readonly closed: () => boolean;
}

type Says = (count: number) => number | "nothing";

async function system(says: Says) {
  const asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    let closed = false;
    response.once("close", () => {
      closed = !response.writableFinished;
    });
    asked.push({ key: String(request.headers["idempotency-key"]), closed: () => closed });
    const status = says(asked.length);
    if (status === "nothing") return;
    response.writeHead(status, { "content-type": "application/json" }).end('{"word":"yes"}');
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function asking(says: Says, { more = "", timeout = "1m" } = {}) {
  const nats = await natsServer({ syncAlways: false });
  onTestFinished(() => nats[Symbol.asyncDispose]());
  const admin: NatsConnection = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: more === "" ? [] : ["out"] });
  const bundle = bundleOf(spec(timeout, more));
  const { asked, url } = await system(says);
  const { user, password } = nats.credentials();
  const connection = await connect({ ...connectOptions("acme-worker"), servers: nats.url, user, pass: password });
  const events: RunEvent[] = [];
  let port = 0;
  const worker = await run({
    tenants: [
      {
        tenant: "acme",
        connection,
        inboxPrefix: address.inboxPrefix("acme-worker"),
        env: { settings: { system: url }, secrets: {} },
        bundles: [bundle],
      },
    ],
    connectors: {
      http: httpConnector({
        port: 0,
        host: "127.0.0.1",
        networkOf: networks(["loopback"]),
        onListening: (open) => {
          port = open;
        },
      }),
    },
    library: createLibrary,
    log: { info: () => undefined, warn: () => undefined },
    onEvent: (event) => events.push(event),
    limits: { drainMs: 500 },
  });
  onTestFinished(async () => {
    await worker.stop();
    await connection.close();
  });
  const ask = (id: string, signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${port}/acme/ask`, {
      method: "POST",
      body: JSON.stringify({ id }),
      ...(signal === undefined ? {} : { signal }),
    });
  const replies = () =>
    events.flatMap((event) => (event.kind === "reply" ? [`${event.result} ${event.class ?? ""}`.trim()] : []));
  const stored = async (): Promise<unknown> => {
    const info = await api(admin, `STREAM.INFO.${address.intakeStream("orders")}`);
    return Object(info.state).messages;
  };
  return { ask, asked, events, replies, stored, worker };
}

test("the answer comes from the steps; without targets nothing is stored, and no message is accepted", async () => {
  const { ask, asked, events, replies, stored } = await asking(() => 200);
  const response = await ask("a");
  expect([response.status, await response.json()]).toEqual([200, { id: "a", said: "yes" }]);
  expect(response.headers.get("vrsky-id")).toBe("a");
  // What is asked again has the same key.
  await ask("a");
  expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
  expect(await stored()).toBe(0);
  expect(replies()).toEqual(["replied", "replied"]);
  expect(events.some(({ kind }) => kind === "accepted")).toBe(false);
});

test("with targets it is stored once, answered each time, and delivered once", async () => {
  const more = 'targets: { out: { http: { url: "${ settings.system }/out" } } }';
  const { ask, events, replies, stored } = await asking(() => 200, { more });
  expect([(await ask("a")).status, (await ask("a")).status]).toEqual([200, 200]);
  await until("it is delivered", () => events.some(({ kind }) => kind === "outcome"));
  expect(await stored()).toBe(1);
  expect(replies()).toEqual(["replied", "replied"]);
  expect(events.flatMap((event) => (event.kind === "accepted" ? [event.duplicate] : []))).toEqual([false, true]);
});

test("a system that needs a second try is asked again while the caller waits", async () => {
  const { ask, asked } = await asking((count) => (count < 3 ? 503 : 200));
  expect((await ask("a")).status).toBe(200);
  expect(asked.length).toBe(3);
});

test("a caller is told when there is no answer in time, and the question is broken off", async () => {
  const { ask, asked, replies } = await asking(() => "nothing", { timeout: "300ms" });
  const response = await ask("a");
  expect([response.status, await response.json()]).toEqual([504, { error: "There was no answer in time.", id: "a" }]);
  await until("the question is broken off", () => asked[0]?.closed());
  expect(replies()).toEqual(["late"]);
});

test("when the caller has gone nothing more is asked", async () => {
  const { ask, asked, replies } = await asking((count) => (count === 1 ? "nothing" : 200));
  const gone = new AbortController();
  const leaving = ask("a", gone.signal).catch(() => "gone");
  await until("it is asked", () => asked.length === 1);
  gone.abort();
  expect(await leaving).toBe("gone");
  await until("the question is broken off", () => asked[0]?.closed());
  await until("it is told", () => replies().length === 1);
  expect([replies(), asked.length]).toEqual([["late"], 1]);
});

test("a worker that stops answers who is waiting", async () => {
  const { ask, asked, worker } = await asking(() => "nothing");
  const waiting = ask("a");
  await until("it is asked", () => asked.length === 1);
  await worker.drain();
  expect((await waiting).status).toBe(503);
  expect(asked.length).toBe(1);
});
