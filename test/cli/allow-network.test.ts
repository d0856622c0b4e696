// What a worker's own option opens, and what happens to messages when nobody gave it.

import { expect, test } from "vitest";
import { runVerb } from "../../cli/verbs/run.ts";
import { until } from "../rig/wait.ts";
import { watched } from "../rig/watched.ts";

const texts = {
  "tenants/acme/orders.yaml": `integration: orders
source: { http: { path: /orders }, contract: { id: string }, message-id: "\${ body.id }" }
targets: { crm: { http: { url: "\${ settings.receiver }/crm" } } }
`,
};

test("a worker that opens nothing keeps the message, says why, and delivers it when it may", async () => {
  await using world = await watched(texts, []);
  expect(await world.post("/acme/orders", { id: "a" })).toBe(202);
  const [failure] = await until("it has been tried", () => {
    const tried = world.events.flatMap((event) =>
      event.kind === "outcome" && event.outcome.kind === "retry" ? [event.outcome.failure] : [],
    );
    return tried.length > 0 && tried;
  });
  expect(failure).toMatchObject({
    class: "unavailable",
    message: expect.stringMatching(
      /^POST http:\/\/127\.0\.0\.1:\d+: it leads to the worker's own machine, .*--allow-network$/,
    ),
  });
  await world.stopWorker();
  await world.startWorker(["other=loopback", "acme=127.0.0.1"]);
  await until("it is delivered", () => world.received.length > 0);
  expect(world.received).toMatchObject([{ path: "/crm", body: { id: "a" } }]);
});

test("what is no network refuses the start, with its text and the forms that there are", async () => {
  const said: string[] = [];
  const io = {
    out: () => undefined,
    err: (text: string) => void said.push(text),
    colorOut: false,
    colorErr: false,
    interactive: false,
    env: {},
    cwd: "/",
  };
  const options = { httpPort: 0, host: "127.0.0.1", dataDir: "data", local: true };
  expect(await runVerb(".", { ...options, allowNetwork: ["private", "10.0.0.0/99"] }, io)).toBe(64);
  expect(said.join("")).toContain("--allow-network: 10.0.0.0/99 is no network: write loopback, private, an address or");
});
