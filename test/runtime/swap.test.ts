// Bundles are exchanged while messages pass: none is lost, repeated or run by code that was not made for it.

import { expect, test } from "vitest";
import { deadLetters, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createConsumers, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const version = (number: number) => handMade({ map: `({ ...scope.body, version: ${number} })` });

test("bundles change under load without a message lost or repeated, and the source stays", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using line = await startLine(nats, system, { bundles: [version(0)] });
  const source = system.source();
  const ids = Array.from({ length: 400 }, (_, index) => `m${index}`);
  for (const [index, id] of ids.entries()) {
    expect(await system.send({ id })).toMatchObject({ kind: "stored" });
    if (index % 100 === 50) await line.worker.swap([{ tenant: "acme", bundles: [version(index)] }]);
  }
  await quiet(admin);
  expect(system.begun.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(system.source()).toBe(source);
  expect(system.begun.find(({ id }) => id === "m399")?.body).toEqual({ id: "m399", version: 350 });
  expect(line.worker.health().integrations[0]?.bundle).toBe(version(350).bundle.hash);
});

test("what is in hand for longer than an exchange waits is finished, not begun a second time beside itself", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  let finish: () => void = () => undefined;
  system.answer = ({ id }) =>
    id === "slow" ? new Promise((resolve) => (finish = () => resolve({ kind: "delivered" }))) : { kind: "delivered" };
  await using line = await startLine(nats, system, { limits: { drainMs: 100 } });
  await system.send({ id: "slow" });
  await until("it is in hand", () => system.begun.length === 1);
  // One that collects needs another number of messages in hand, and so begins to pull anew.
  await line.worker.swap([{ tenant: "acme", bundles: [handMade({ batch: { count: 1, within: 0 } })] }]);
  await system.send({ id: "quick" });
  await until("the next one is there", () => line.outcomes().includes("delivered quick"));
  finish();
  await quiet(admin);
  expect(system.begun).toHaveLength(2);
  expect(line.outcomes()).toEqual(["delivered quick", "delivered slow"]);
});

test("a bundle whose code was changed is refused, and the one before goes on", async () => {
  await using nats = await natsServer();
  await createTopology(await nats.connect(), { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using line = await startLine(nats, system);
  const { bundle, code } = version(2);
  const forged = { bundle, code: `${code}// harmless` };
  await expect(line.worker.swap([{ tenant: "acme", bundles: [forged] }])).rejects.toThrow(
    "acme/orders: the code is not the one that the bundle was made with",
  );
  const secretive = handMade({ secrets: ["key"] });
  await expect(line.worker.swap([{ tenant: "acme", bundles: [secretive] }])).rejects.toThrow(
    "the secret key has no value",
  );
  await system.send({ id: "a1" });
  await until("it is delivered", () => system.begun.length === 1);
  await expect(startLine(nats, fakeSystem(), { bundles: [forged] })).rejects.toThrow("compile again");
});

test("a message is run by the bundle that accepted it when the newest has another contract", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  const before = handMade({ contract: "order-1", map: `"by the first"` });
  const after = handMade({ contract: "order-2", map: `"by the second"`, retry: { initial: 100 } });
  const down = { kind: "transient", failure: { class: "unavailable", message: "down" } } as const;
  let up = false;
  system.answer = () => (up ? { kind: "delivered" } : down);
  await using line = await startLine(nats, system, { bundles: [before] });
  await system.send({ id: "old" });
  await until("it failed", () => line.events.some(({ kind }) => kind === "outcome"));
  await line.worker.swap([{ tenant: "acme", bundles: [after] }]);
  up = true;
  await system.send({ id: "new" });
  await quiet(admin);
  expect(system.begun.at(-1) && Object.fromEntries(system.begun.map(({ id, body }) => [id, body]))).toEqual({
    old: "by the first",
    new: "by the second",
  });
});

test("parked under a contract whose bundle is gone: it runs only if it fits the present one", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  const paused = await startLine(nats, system, { bundles: [handMade({ contract: "order-1" })] });
  system.answer = () => ({ kind: "transient", failure: { class: "unavailable", message: "down" } });
  await system.send({ id: "fits" });
  const late = handMade({ contract: "order-1", retry: { initial: 1_000, max: 1_000 } });
  await paused.worker.swap([{ tenant: "acme", bundles: [late] }]);
  await until("it is parked", () => paused.outcomes().length > 0);
  await paused.worker.drain();
  await paused.connection.close();
  system.answer = () => ({ kind: "delivered" });
  await using _line = await startLine(nats, system, { bundles: [handMade({ contract: "order-2" })] });
  await quiet(admin);
  expect(system.begun.at(-1)).toMatchObject({ id: "fits" });
  expect(await deadLetters(admin)).toEqual([]);
});

test("targets and integrations come and go", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  await createTopology(admin, { integration: "refunds", targets: ["crm"] });
  const system = fakeSystem();
  await using line = await startLine(nats, system);
  await createConsumers(admin, { integration: "orders", targets: [] }, "audit");
  await line.worker.swap([
    { tenant: "acme", bundles: [handMade({ targets: ["crm", "audit"] }), handMade({ integration: "refunds" })] },
  ]);
  await until("all run", () => line.worker.health().ready);
  expect(line.worker.health().integrations.map(({ inFlight }) => Object.keys(inFlight))).toEqual([
    ["crm", "audit"],
    ["crm"],
  ]);
  await line.worker.swap([{ tenant: "acme", bundles: [handMade({ targets: ["audit"] })] }]);
  expect(line.worker.health().integrations.map(({ inFlight }) => Object.keys(inFlight))).toEqual([["audit"]]);
  expect(system.closed).toContain("crm");
  await line.worker.swap([{ tenant: "acme", bundles: [handMade({ targets: ["audit"], paused: true })] }]);
  expect(line.worker.health().ready).toBe(true);
  expect(() => system.source()).toThrow("no source is running");
});
