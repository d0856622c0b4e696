// Messages that are collected and sent as a list: when it leaves, what each of them is told, and what a crash leaves
// behind, in files that are really there.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openFileTarget } from "../../connectors/file/target.ts";
import type { CrashHook, CrashPoint } from "../../runtime/crash-point.ts";
import { targetContext } from "../rig/connector.ts";
import { deadLetters, type FakeSystem, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const hour = 3_600_000;

/** Sorted: without `order-by` there is no order among them. */
const idsOf = ({ begun }: FakeSystem): string[][] =>
  begun.map(({ body }) => (Array.isArray(body) ? body : [body]).map((item) => String(Object(item).id)).sort());

const sendAll = async (system: FakeSystem, ids: readonly string[], more: object = {}): Promise<void> => {
  for (const id of ids) await system.send({ id, ...more });
};

const some = (count: number, prefix = "m"): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

test("a batch leaves when it is full, and what is collected leaves when the worker drains", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using line = await startLine(nats, system, { bundles: [handMade({ batch: { count: 4, within: hour } })] });
  await sendAll(system, some(6));
  await until("the full one", () => system.begun.length === 1);
  await until("the others are in hand", () => line.worker.health().integrations[0]?.inFlight.crm === 2);
  await line.worker.drain();
  expect(idsOf(system).map((ids) => ids.length)).toEqual([4, 2]);
  expect(idsOf(system).flat().sort()).toEqual(some(6));
  expect([...line.outcomes()].sort()).toEqual(some(6).map((id) => `delivered ${id}`));
  await quiet(admin);
});

test("batches of many keys leave when nothing more can come in", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using _line = await startLine(nats, system, { bundles: [handMade({ batch: { count: 3, within: hour } })] });
  // Five batches of three may be in hand; none of these fills one.
  for (const id of some(60)) await system.send({ id, key: id });
  await until("most have left", () => system.begun.length >= 45);
  expect(new Set(system.begun.map(({ id }) => id)).size).toBe(system.begun.length);
  await sendAll(system, some(60, "x"), { key: "x" });
  await until("batches fill beside them", () => idsOf(system).some((ids) => ids.length === 3));
});

test("a bundle that begins to collect has as much in hand as its lists need; one that ends it sends what was collected", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using line = await startLine(nats, system, { bundles: [handMade()] });
  await sendAll(system, ["single"]);
  await until("it is sent by itself", () => system.begun.length === 1);
  const bundles = [handMade({ batch: { count: 150, within: hour } })];
  await line.worker.swap([{ tenant: "acme", bundles }]);
  await sendAll(system, some(153));
  await until("a whole list", () => idsOf(system).some((ids) => ids.length === 150));
  await line.worker.swap([{ tenant: "acme", bundles: [handMade()] }]);
  await quiet(admin);
  const [single, whole, ...rest] = idsOf(system).map((ids) => ids.length);
  expect([single, whole]).toEqual([1, 150]);
  // What had not come in before the swap leaves by itself.
  expect(rest.reduce((sum, count) => sum + count, 0)).toBe(3);
});

test("what could not be sent comes again and joins anew; equal members have an equal id", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  let requests = 0;
  system.answer = () => {
    requests += 1;
    return requests === 1
      ? { kind: "unknown", failure: { class: "unavailable", message: "cut" } }
      : { kind: "delivered" };
  };
  await using line = await startLine(nats, system, { bundles: [handMade({ batch: { count: 3, within: hour } })] });
  await sendAll(system, some(3));
  await quiet(admin);
  expect(idsOf(system)).toEqual([some(3), some(3)]);
  expect(system.begun.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(new Set(system.begun.map(({ id }) => id)).size).toBe(1);
  expect(line.outcomes().filter((outcome) => outcome.startsWith("delivered")).length).toBe(3);
});

test("a message that came again twice is sent by itself, and does not wait for what is collected", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], ackWaitMs: 300 });
  const bundles = [handMade({ batch: { count: 100, within: hour } })];
  const system = fakeSystem();
  for (const _ of [1, 2]) {
    const dying = await startLine(nats, system, { bundles, limits: { inFlight: 1 } });
    await system.send({ id: "m0" });
    await until("it is in hand", () => dying.worker.health().integrations[0]?.inFlight.crm === 1);
    await dying.abandon();
  }
  await using line = await startLine(nats, system, { bundles });
  await sendAll(system, some(3));
  await until("the suspect has left", () => line.outcomes().includes("delivered m0"));
  expect(idsOf(system)).toContainEqual(["m0"]);
});

test.each(["before-deliver", "after-batch-refused", "after-deliver", "after-ack"] satisfies CrashPoint[])(
  "a crash at %s in a batch loses nothing; only the bad message is dead",
  async (point) => {
    await using nats = await natsServer({ syncAlways: false });
    const admin = await nats.connect();
    await createTopology(admin, { integration: "orders", targets: ["crm"], ackWaitMs: 500 });
    const root = await mkdtemp(join(tmpdir(), "vrsky-batch-"));
    try {
      const files = await openFileTarget(targetContext({ format: "jsonl" }), root);
      const system = fakeSystem();
      system.answer = (delivery) =>
        JSON.stringify(delivery.body).includes("bad")
          ? { kind: "permanent", failure: { class: "rejected", message: "no" } }
          : files.deliver(delivery);
      const bundles = [handMade({ batch: { count: 5, within: 200 } })];
      let died: () => void = () => undefined;
      const death = new Promise<void>((resolve) => {
        died = resolve;
      });
      let passes = 0;
      let dead = false;
      const crash: CrashHook = (reached) => {
        passes += reached === point ? 1 : 0;
        // One refusal; of the other points, the midst of a batch.
        if (!dead && passes < (point === "after-batch-refused" ? 1 : 13)) return undefined;
        dead = true;
        died();
        return new Promise(() => undefined);
      };
      const first = await startLine(nats, system, { bundles, crash });
      const ids = [...some(9), "bad", ...some(10, "n")];
      // The door is closed by the same crash: a sender without an answer sends again.
      const sending = sendAll(system, ids).catch(() => undefined);
      await Promise.race([death, sending.then(() => death)]);
      await first.abandon();
      await using line = await startLine(nats, system, { bundles });
      await sendAll(system, ids);
      await quiet(admin);
      const names = await readdir(root);
      expect(names.filter((name) => !/^[0-9a-f]{32}\.jsonl$/.test(name))).toEqual([]);
      const texts = await Promise.all(names.map((name) => readFile(join(root, name), "utf8")));
      const written = texts.flatMap((text) => text.split("\n").slice(0, -1)).map((row) => JSON.parse(row).id);
      expect([...new Set(written)].sort()).toEqual(ids.filter((id) => id !== "bad").sort());
      // Twice stands only what was delivered and not yet acknowledged: at most what was in hand.
      expect(written.length).toBeLessThanOrEqual(2 * (ids.length - 1));
      expect((await deadLetters(admin)).map(({ letter }) => letter.id)).toEqual(["bad"]);
      expect(line.worker.health().ready).toBe(true);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  },
);
