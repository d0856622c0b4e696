// The intake is kept from filling up, and nothing unread is ever removed.

import { randomBytes } from "node:crypto";
import { headers } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { defaultLimits } from "../../runtime/context.ts";
import { createLink } from "../../runtime/link.ts";
import { keepTrimming } from "../../runtime/trim.ts";
import type { Wire } from "../../runtime/wire.ts";
import * as address from "../../schema/address.ts";
import { fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { api, createConsumers, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const stored = async (connection: Parameters<typeof api>[0]): Promise<{ messages: number; first_seq: number }> => {
  const info = await api(connection, `STREAM.INFO.${address.intakeStream("orders")}`);
  return Object(info.state);
};

test("many times the intake's size passes; while a target hangs it is refused, and then goes on", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], intakeBytes: 200_000 });
  const system = fakeSystem();
  await using line = await startLine(nats, system, { bundles: [handMade({ dedupe: 0 })], limits: { trimMs: 20 } });
  let hang = true;
  const waiting: (() => void)[] = [];
  system.answer = () =>
    hang ? new Promise((resolve) => waiting.push(() => resolve({ kind: "delivered" }))) : { kind: "delivered" };

  const text = "x".repeat(1_000);
  const accepted: string[] = [];
  const refused = await until("the intake is full", async () => {
    const id = `m${accepted.length}`;
    const answer = await system.send({ id, text });
    if (answer.kind === "stored") accepted.push(id);
    return answer.kind === "unavailable" ? answer : undefined;
  });
  expect(refused.reason).toContain("maximum bytes exceeded");
  expect((await stored(admin)).messages).toBe(accepted.length);

  hang = false;
  for (const go of waiting) go();
  while (accepted.length < 1_000) {
    const id = `m${accepted.length}`;
    await until(`${id} is accepted`, async () => (await system.send({ id, text })).kind === "stored");
    accepted.push(id);
  }
  await quiet(admin);
  expect(new Set(system.begun.map(({ id }) => id))).toEqual(new Set(accepted));
  expect(line.outcomes().length).toBe(accepted.length);
});

test("what is older than the history goes, but not before every consumer has acknowledged it", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm", "audit"] });
  const system = fakeSystem();
  let release: () => void = () => undefined;
  system.answer = (_, target) =>
    target === "crm"
      ? { kind: "delivered" }
      : new Promise((resolve) => {
          release = () => resolve({ kind: "delivered" });
        });
  const tomorrow = { ...systemClock, now: () => Date.now() + 25 * 3_600_000 };
  const bundles = [handMade({ targets: ["crm", "audit"] })];
  await using _line = await startLine(nats, system, { bundles, limits: { trimMs: 20 }, clock: tomorrow });
  await system.send({ id: "a1" });
  await quiet(admin);
  await createConsumers(admin, { integration: "orders", targets: [] }, "stranger");
  expect((await stored(admin)).messages).toBe(1);
  await until("audit is asked", () => system.begun.length === 2);
  release();
  await quiet(admin, "orders", "audit");
  // Somebody whom the bundle does not know reads here: nothing goes.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await stored(admin)).messages).toBe(1);
  await api(admin, `CONSUMER.DELETE.${address.intakeStream("orders")}.stranger`);
  await until("it is gone", async () => (await stored(admin)).messages === 0);
});

test.each([
  ["short", 2, true],
  ["short", 0.5, false],
  [undefined, 2, false],
  [undefined, 25, true],
  ["long", 25, false],
  ["long", 8 * 24, true],
] as const)("retention %s: a message that was delivered %s h ago", async (retention, hours, goes) => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const later = { ...systemClock, now: () => Date.now() + hours * 3_600_000 };
  const bundles = [handMade({ dedupe: 0, ...(retention === undefined ? {} : { retention }) })];
  const system = fakeSystem();
  await using _line = await startLine(nats, system, { bundles, limits: { trimMs: 20 }, clock: later });
  await system.send({ id: "a1" });
  await quiet(admin);
  if (goes) await until("it is gone", async () => (await stored(admin)).messages === 0);
  // Five rounds of the trimmer leave it.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await stored(admin)).messages).toBe(goes ? 0 : 1);
});

test("the shortest history is no shorter than the time for which ids are known", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const later = { ...systemClock, now: () => Date.now() + 2 * 3_600_000 };
  const bundles = [handMade({ dedupe: 3 * 3_600_000, retention: "short" })];
  const system = fakeSystem();
  await using _line = await startLine(nats, system, { bundles, limits: { trimMs: 20 }, clock: later });
  await system.send({ id: "a1" });
  await quiet(admin);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await system.send({ id: "a1" })).toMatchObject({ kind: "stored", duplicate: true });
});

test("under load rounds come early: an intake never fills while its target keeps up", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], intakeBytes: 300_000 });
  const system = fakeSystem();
  // The next regular round would come in an hour.
  await using line = await startLine(nats, system, {
    bundles: [handMade({ dedupe: 0 })],
    limits: { trimMs: 3_600_000 },
  });
  const text = "x".repeat(1_000);
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let index = next++; index < 800; index = next++) {
      const id = `m${index}`;
      expect(await system.send({ id, text })).toMatchObject({ kind: "stored", duplicate: false });
      await until(`${id} is delivered`, () => line.outcomes().length > index - 8);
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));
  await quiet(admin);
  expect(system.begun.length).toBe(800);
});

test("with `order-by` the cut never comes between a message and the chunks before it", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], partitions: 2 });
  const system = fakeSystem();
  const bytes = randomBytes(700_000);
  let release: () => void = () => undefined;
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  let whole = false;
  system.answer = async ({ id, content, signal }) => {
    if (id !== "b") return { kind: "delivered" };
    await hanging;
    const parts: Uint8Array[] = [];
    for await (const part of content?.read(signal) ?? []) parts.push(part);
    whole = Buffer.concat(parts).equals(bytes);
    return { kind: "delivered" };
  };
  const tomorrow = { ...systemClock, now: () => Date.now() + 25 * 3_600_000 };
  const bundles = [handMade({ partitions: 2 })];
  await using line = await startLine(nats, system, { bundles, limits: { trimMs: 20 }, clock: tomorrow });
  await system.send({ id: "a", key: "k" });
  const parts = (async function* () {
    yield bytes;
  })();
  const content = await system.source().keep(parts, { most: bytes.length, signal: new AbortController().signal });
  expect(await system.send({ id: "b", key: "k" }, { content })).toMatchObject({ kind: "stored", sequence: 4 });
  await until("what is before it is gone", async () => (await stored(admin)).first_seq === 2);
  await until("it is asked", () => system.begun.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 100));
  release();
  await until("its end", () => line.outcomes().length === 2);
  expect(line.outcomes()).toEqual(["delivered a", "delivered b"]);
  expect(whole).toBe(true);
});

test("where streams have copies, one that is behind does not make anything go that was not read", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], partitions: 2 });
  const intake = address.intakeStream("orders");
  const connection = await nats.connect();
  let behind = 0;
  // The copy that answers direct gets does not have the message yet.
  const publish: Wire["publish"] = (subject, data, options) => {
    const asks = subject === `$JS.API.DIRECT.GET.${intake}` && String(data).includes("next_by_subj");
    if (!asks) return connection.publish(subject, data, options);
    behind += 1;
    connection.publish(options?.reply ?? "", "", { headers: headers(404, "Message Not Found") });
  };
  const wire: Wire = {
    info: { version: "", max_payload: 1024, ...connection.info, cluster: "three" },
    publish,
    subscribe: (...given) => connection.subscribe(...given),
    isClosed: () => connection.isClosed(),
    getServer: () => connection.getServer(),
    flush: () => connection.flush(),
    status: () => connection.status(),
  };
  const log = { info: () => undefined, warn: () => undefined };
  const link = createLink(wire, "_INBOX", systemClock, log);
  const clock = { ...systemClock, now: () => Date.now() + 25 * 3_600_000 };
  const limits = { ...defaultLimits, trimMs: 20 };
  const { bundle } = handMade({ partitions: 2, dedupe: 0 });
  await admin.request(address.intakeSubject("orders", "hash", 0), "{}", { timeout: 10_000 });
  const context = { link, clock, integration: "orders", limits, log };
  const trimming = keepTrimming(
    context,
    () => bundle,
    () => 0,
  );
  await until("it has looked", () => behind > 15);
  expect((await stored(admin)).messages).toBe(1);

  trimming.stop();
  link.close();
});

test("two workers that trim at once take nothing from a target that lags", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const targets = ["crm", "audit"];
  await createTopology(admin, { integration: "orders", targets, intakeBytes: 200_000 });
  const systems = [fakeSystem(), fakeSystem()] as const;
  const done = { crm: new Set<string>(), audit: new Set<string>() };
  for (const system of systems) {
    system.answer = async ({ id }, target) => {
      if (target === "audit") await new Promise((resolve) => setTimeout(resolve, 5));
      (target === "audit" ? done.audit : done.crm).add(id);
      return { kind: "delivered" };
    };
  }
  const options = { bundles: [handMade({ dedupe: 0, targets })], limits: { trimMs: 10 } };
  await using _one = await startLine(nats, systems[0], options);
  await using _two = await startLine(nats, systems[1], options);
  const text = "x".repeat(1_000);
  const ids = Array.from({ length: 600 }, (_, index) => `m${index}`);
  await Promise.all(
    [0, 1, 2, 3].map(async (part) => {
      for (const [index, id] of ids.entries()) {
        if (index % 4 !== part) continue;
        const system = systems[part % 2 === 0 ? 0 : 1];
        await until(`${id} is accepted`, async () => (await system.send({ id, text })).kind === "stored");
      }
    }),
  );
  await quiet(admin);
  await quiet(admin, "orders", "audit");
  // Some were really trimmed: not all fit.
  expect((await stored(admin)).first_seq).toBeGreaterThan(1);
  expect(done.crm).toEqual(new Set(ids));
  expect(done.audit).toEqual(new Set(ids));
});
