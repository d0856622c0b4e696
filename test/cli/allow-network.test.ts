// What a worker's own option opens, and what happens to messages when nobody gave it.

import { expect, test } from "vitest";
import { sayWhomNobodyIs } from "../../cli/allow-network.ts";
import { runVerb } from "../../cli/verbs/run.ts";
import { compileTexts } from "../rig/compile.ts";
import { until } from "../rig/wait.ts";
import { watched } from "../rig/watched.ts";

const texts = {
  "tenants/acme/orders.yaml": `integration: orders
source: { http: { path: /orders }, contract: { id: string }, message-id: "\${ body.id }" }
targets: { crm: { http: { url: "\${ settings.receiver }/crm" } } }
`,
};

function listening() {
  const said: string[] = [];
  const err = (text: string): void => void said.push(text);
  return {
    said,
    io: { out: () => undefined, err, colorOut: false, colorErr: false, interactive: false, env: {}, cwd: "/" },
  };
}

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
  const { io, said } = listening();
  const options = { httpPort: 0, host: "127.0.0.1", dataDir: "data", local: true };
  expect(await runVerb(".", { ...options, allowNetwork: ["private", "10.0.0.0/99"] }, io)).toBe(64);
  expect(said.join("")).toContain("--allow-network: 10.0.0.0/99 is no network: write loopback, private, an address or");
});

test("a tenant that the workspace does not have is told, and one that it has is not", () => {
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/hourly.yaml":
      "integration: hourly\nsource: { schedule: { every: 1h } }\ntargets: { out: { nats: { subject: out.hourly } } }\n",
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  const { io, said } = listening();
  sayWhomNobodyIs(["loopback", "acme=private"], { folder: "/", ...emitted }, io);
  expect(said).toEqual([]);
  sayWhomNobodyIs(["acmee=private", "acme=private"], { folder: "/", ...emitted }, io);
  expect(said).toEqual(["note: --allow-network opens something for acmee; the tenants here are acme\n"]);
});
