// The straight line: what is accepted is stored once and reaches its targets, through restarts and repeats.

import { expect, test } from "vitest";
import * as address from "../../schema/address.ts";
import { inlineBytes, mostChunkedBytes } from "../../schema/content.ts";
import { deadLetters, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

test("a message is stored, acknowledged and delivered to each target", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm", "audit"] });
  const system = fakeSystem();
  await using line = await startLine(nats, system, { bundles: [handMade({ targets: ["crm", "audit"] })] });

  const accepted = await system.send({ id: "a1", total: 7 });
  expect(accepted).toEqual({ kind: "stored", id: "a1", sequence: 1, duplicate: false });
  await until("both deliveries", () => system.begun.length === 2);
  expect(system.begun.map(({ target, id, attempt, body }) => ({ target, id, attempt, body }))).toEqual(
    expect.arrayContaining(
      ["crm", "audit"].map((target) => ({ target, id: "a1", attempt: 1, body: { id: "a1", total: 7 } })),
    ),
  );
  await quiet(admin);
  await quiet(admin, "orders", "audit");
  expect(line.worker.health().ready).toBe(true);
  // A first delivery that succeeds writes nothing.
  const retry = await api(admin, `STREAM.INFO.${address.retryStream("orders")}`);
  expect(retry.state).toMatchObject({ last_seq: 0 });
});

test("an id comes from the author, else from the provider, else from the body", async () => {
  await using nats = await natsServer();
  await createTopology(await nats.connect(), { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using _line = await startLine(nats, system);
  expect(await system.send({ id: "author" }, { id: "provider" })).toMatchObject({ id: "author" });
  expect(await system.send({ n: 1 }, { id: "provider" })).toMatchObject({ id: "provider" });
  const nameless = await system.send({ n: 1 });
  expect(nameless).toMatchObject({ kind: "stored", duplicate: false });
  expect(await system.send({ n: 1 })).toMatchObject({ ...nameless, duplicate: true });
  expect(await system.send({ n: 2 })).toMatchObject({ kind: "stored", duplicate: false });
  expect(await system.send({ refuse: true })).toEqual({
    kind: "invalid",
    issues: [{ path: "/refuse", message: "must be absent" }],
  });
  expect(await system.send({ id: "x".repeat(2_000) })).toMatchObject({ kind: "invalid", fits: true });
});

test("the largest message of one piece fits everywhere: it is parked, and it can be buried", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  const message = "ø".repeat(5_000);
  system.answer = ({ attempt }) => ({
    kind: attempt === 1 ? "transient" : "permanent",
    failure: { class: "unavailable", message },
  });
  await using _line = await startLine(nats, system);
  expect(await system.send({ id: "a1", text: "x".repeat(mostChunkedBytes) })).toMatchObject({ kind: "invalid" });
  // What is longer lies beside its head.
  const text = "x".repeat(inlineBytes - 50);
  expect(await system.send({ id: "a1", text })).toMatchObject({ kind: "stored", sequence: 1 });
  await quiet(admin);
  const [entry] = await deadLetters(admin);
  expect(entry?.body).toBe(JSON.stringify({ id: "a1", text }));
  expect(entry?.letter).toMatchObject({ attempts: 2 });
});

test("an id is taken once, also after both the worker and the server were killed", async () => {
  await using nats = await natsServer();
  await createTopology(await nats.connect(), { integration: "orders", targets: ["crm"], ackWaitMs: 1_000 });
  const system = fakeSystem();
  const first = await startLine(nats, system);
  expect(await system.send({ id: "a1" })).toMatchObject({ sequence: 1, duplicate: false });
  expect(await system.send({ id: "a1" })).toMatchObject({ sequence: 1, duplicate: true });
  await first.abandon();
  await nats.kill("SIGKILL");
  await nats.restart();

  await using second = await startLine(nats, system);
  expect(await system.send({ id: "a1" })).toMatchObject({ kind: "stored", sequence: 1, duplicate: true });
  expect(await system.send({ id: "a2" })).toMatchObject({ kind: "stored", sequence: 2, duplicate: false });
  await quiet(second.connection);
  expect(new Set(system.begun.map(({ id }) => id))).toEqual(new Set(["a1", "a2"]));
});
