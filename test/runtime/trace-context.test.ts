// W3C trace context from real HTTP in to real HTTP out: through the intake, a retry, a stream and the integration behind
// it, a call, and into the dead letters.

import { expect, test } from "vitest";
import { listDeadLetters } from "../../control/dead-letters.ts";
import { lastMessage } from "../../control/direct.ts";
import * as address from "../../schema/address.ts";
import { readTraceparent, traceContext } from "../../schema/trace-context.ts";
import { until } from "../rig/wait.ts";
import { watched } from "../rig/watched.ts";

const texts = {
  "tenants/acme/orders.yaml": `tenant: acme
streams: { paid: { contract: { id: string } } }
---
integration: orders
source: { http: { path: /orders }, contract: { id: string, where: string }, message-id: "\${ body.id }" }
steps: [{ as: answer, call: { http: { url: "\${ settings.receiver }/ask", method: POST, json: "\${ body }" } }, contract: any }]
targets:
  crm: { http: { url: "\${ settings.receiver }/\${ body.where }" } }
  out: { nats: { subject: orders.out } }
  paid: { steps: [{ map: { id: "\${ body.id }" } }], stream: paid }
---
integration: chain
source: { stream: paid }
targets: { sink: { http: { url: "\${ settings.receiver }/sink" } } }
`,
};

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const tracestate = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7";

test("the sender's context reaches every target, through retries, streams and calls, and the dead letters", async () => {
  await using world = await watched(texts);
  const answers = [503, 200];
  world.answers.set("/again", () => answers.shift() ?? 200);
  world.answers.set("/bad", () => 400);
  const heard: (string | undefined)[] = [];
  world.admin.subscribe("orders.out", {
    callback: (_error, { headers }) => void heard.push(headers?.get("traceparent"), headers?.get("tracestate")),
  });
  await world.admin.flush();
  const context = { traceparent, tracestate };
  expect(await world.post("/acme/orders", { id: "a", where: "again" }, context)).toBe(202);
  await until("it is through", () => world.received.some(({ path }) => path === "/sink"));
  await until("the retry worked", () => world.events.some((event) => event.kind === "outcome" && event.attempt === 2));
  for (const path of ["/ask", "/again", "/sink"]) {
    expect(world.received.find((each) => each.path === path)?.headers).toMatchObject(context);
  }
  expect(world.received.filter(({ path }) => path === "/again")).toHaveLength(2);
  for (const { path, headers } of world.received) expect([path, headers.traceparent]).toEqual([path, traceparent]);
  expect(heard).toEqual([traceparent, tracestate]);

  expect(await world.post("/acme/orders", { id: "b", where: "bad" }, context)).toBe(202);
  await until("it died", async () => {
    const found = await listDeadLetters(world.admin, { limit: 10 });
    return found.ok && found.value.letters.length === 1;
  });
  const letter = await lastMessage(world.admin, address.deadStream, address.deadFilter());
  expect([letter?.headers.get("traceparent"), letter?.headers.get("tracestate")]).toEqual([traceparent, tracestate]);

  world.received.length = 0;
  const wrong = { traceparent: "00-xyz", tracestate };
  expect(await world.post("/acme/orders", { id: "c", where: "crm" }, wrong)).toBe(202);
  expect(await world.post("/acme/orders", { id: "d", where: "crm" })).toBe(202);
  await until("both are through", () => world.received.filter(({ path }) => path === "/sink").length === 2);
  for (const { headers } of world.received) {
    expect([headers.traceparent, headers.tracestate]).toEqual([undefined, undefined]);
  }
});

test("what is malformed is as good as none; later versions are taken as far as they are known", () => {
  expect(readTraceparent(traceparent)).toBe(traceparent);
  expect(readTraceparent(` ${traceparent} `)).toBe(traceparent);
  expect(readTraceparent(traceparent.replace("00-", "cc-"))).toBe(traceparent);
  expect(readTraceparent(`${traceparent.replace("00-", "cc-")}-what-comes-later`)).toBe(traceparent);
  for (const wrong of [
    "",
    "00",
    `${traceparent}-more`,
    traceparent.replace("00-", "ff-"),
    traceparent.toUpperCase(),
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    `${traceparent}\r\nevil: 1`,
    traceparent.slice(0, -1),
  ]) {
    expect([wrong, readTraceparent(wrong)]).toEqual([wrong, undefined]);
  }
  expect(traceContext(traceparent, tracestate)).toEqual({ traceparent, tracestate });
  expect(traceContext(undefined, tracestate)).toEqual({});
  expect(traceContext([traceparent], tracestate)).toEqual({});
  for (const state of ["x".repeat(513), "", "no pairs", "a=ö", "a=1\nb: 2", ["a=1"]]) {
    expect(traceContext(traceparent, state)).toEqual({ traceparent });
  }
});
