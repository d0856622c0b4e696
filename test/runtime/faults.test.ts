// Servers and workers die in the middle of traffic: what was accepted arrives.

import { expect, test } from "vitest";
import type { CrashHook } from "../../runtime/crash-point.ts";
import * as address from "../../schema/address.ts";
import { deadLetters, type FakeSystem, fakeSystem, type Line, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends until it is stored, as a sender with retries does. */
async function sendForSure(system: FakeSystem, id: string): Promise<void> {
  await until(`${id} is accepted`, async () => {
    const accepted = await system.send({ id }).catch(() => undefined);
    return accepted?.kind === "stored";
  });
}

const counted = (ids: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
};

test("two workers, the server killed twice, one worker killed: every accepted message arrives", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], ackWaitMs: 1_000 });
  const done: string[] = [];
  const systems = [fakeSystem(), fakeSystem()];
  for (const system of systems) {
    system.answer = async ({ id, attempt }) => {
      await pause(2);
      if (attempt === 1 && id.endsWith("7")) {
        return { kind: "transient", failure: { class: "unavailable", message: "busy" } };
      }
      done.push(id);
      return { kind: "delivered" };
    };
  }
  const [one, two] = systems;
  if (one === undefined || two === undefined) throw new Error("two systems are made");
  const first = await startLine(nats, one);
  await using second = await startLine(nats, two);

  const ids = Array.from({ length: 600 }, (_, index) => `m${index}`);
  const waiting = [...ids];
  const senders = Array.from({ length: 16 }, async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await sendForSure(two, id);
  });
  for (const rest of [450, 250]) {
    await until("enough is sent", () => waiting.length < rest);
    expect(first.worker.health().integrations[0]?.inFlight).toHaveProperty("crm");
    await nats.kill("SIGKILL");
    await nats.restart();
  }
  await until("enough is sent", () => waiting.length < 100);
  await first.abandon();
  await Promise.all(senders);
  await quiet(admin);
  await first.worker.stop();

  expect(new Set(done)).toEqual(new Set(ids));
  expect(await deadLetters(admin)).toEqual([]);
  expect(second.worker.health().ready).toBe(true);
});

test("what a killed server has forgotten is not done twice by the worker that did it", async () => {
  await using nats = await natsServer();
  await createTopology(await nats.connect(), { integration: "orders", targets: ["crm"], ackWaitMs: 1_000 });
  const system = fakeSystem();
  await using line = await startLine(nats, system);
  await Promise.all(Array.from({ length: 300 }, (_, index) => system.send({ id: `m${index}` })));
  await until("all is done", () => system.begun.length === 300);
  await quiet(line.connection);
  await nats.kill("SIGKILL");
  await nats.restart();
  await until("the line is back", () => line.worker.health().ready);
  await sendForSure(system, "last");
  await until("the last one arrives", () => system.begun.some(({ id }) => id === "last"));
  await quiet(line.connection);
  expect(system.begun.length).toBe(301);
});

test("a drain finishes what is in hand: the next worker gets nothing twice", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  system.answer = async () => {
    await pause(30);
    return { kind: "delivered" };
  };
  const first = await startLine(nats, system);
  const ids = Array.from({ length: 300 }, (_, index) => `m${index}`);
  await Promise.all(ids.map((id) => system.send({ id })));
  await until("the middle of it", () => system.begun.length > 100);
  await first.worker.drain();
  const before = system.begun.length;
  expect(before).toBeLessThan(ids.length);
  expect(first.outcomes().length).toBe(before);
  await first.connection.close();

  await until("the server has counted the acks", async () => {
    const info = await api(admin, `CONSUMER.INFO.${address.intakeStream("orders")}.crm`);
    expect(info.num_redelivered).toBe(0);
    return info.num_ack_pending === 0;
  });
  await using _second = await startLine(nats, system);
  await quiet(admin);
  expect([...counted(system.begun.map(({ id }) => id)).values()].every((count) => count === 1)).toBe(true);
  expect(system.begun.length).toBe(ids.length);
});

test("a drain that takes too long breaks attempts off, and they are tried again", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  system.answer = () => new Promise(() => undefined);
  const first = await startLine(nats, system, { limits: { drainMs: 500 } });
  await system.send({ id: "slow" });
  await until("it hangs", () => system.begun.length === 1);
  await first.worker.drain();
  await first.connection.close();
  expect(first.outcomes()).toEqual(["retry slow"]);
  system.answer = () => ({ kind: "delivered" });
  await using second = await startLine(nats, system);
  await quiet(admin);
  expect(second.outcomes()).toEqual(["delivered slow"]);
});

test("a message that kills its worker ends alone in the dead letters", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], ackWaitMs: 400 });
  const done: string[] = [];
  let deaths = 0;
  const live = async (): Promise<"died" | "quiet"> => {
    const system = fakeSystem();
    let line: Line | undefined;
    let dead = false;
    let tell: (end: "died") => void = () => undefined;
    const death = new Promise<"died">((resolve) => {
      tell = resolve;
    });
    const crash: CrashHook = () => (dead ? new Promise(() => undefined) : undefined);
    system.answer = async ({ id }) => {
      if (dead) return new Promise(() => undefined);
      if (id === "poison") {
        dead = true;
        deaths += 1;
        await line?.abandon();
        tell("died");
        return new Promise(() => undefined);
      }
      await pause(20);
      if (!dead) done.push(id);
      return { kind: "delivered" };
    };
    line = await startLine(nats, system, { crash });
    if (deaths === 0) {
      const neighbours = Array.from({ length: 20 }, (_, index) => `n${index}`);
      const ids = [...neighbours.slice(0, 10), "poison", ...neighbours.slice(10)];
      // All are stored together, and who dies of one of them answers nobody any more.
      await Promise.race([death, Promise.all(ids.map((id) => system.send({ id })))]);
    }
    const end = await Promise.race([death, quiet(admin).then(() => "quiet" as const)]);
    await line.abandon();
    return end;
  };
  while ((await live()) === "died") expect(deaths).toBeLessThan(8);

  const letters = await deadLetters(admin);
  expect(letters.map(({ letter }) => letter.id)).toEqual(["poison"]);
  expect(letters[0]?.letter).toMatchObject({ possiblyDelivered: true });
  expect(letters[0]?.letter.failure.message).toContain("killed its worker");
  expect(new Set(done).size).toBe(20);
});

test("a consumer that was deleted and made again is pulled from without a restart", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using line = await startLine(nats, system);
  await system.send({ id: "a1" });
  await quiet(admin);
  await api(admin, `CONSUMER.DELETE.${address.intakeStream("orders")}.crm`);
  await system.send({ id: "a2" });
  await until("it is noticed", () => !line.worker.health().ready);
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  await until("a2 arrives", () => system.begun.some(({ id }) => id === "a2"));
  await until("all is well again", () => line.worker.health().ready);
  await quiet(admin);
});

test("a source says so while NATS is away, and takes messages again afterwards", async () => {
  await using nats = await natsServer();
  await createTopology(await nats.connect(), { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using line = await startLine(nats, system);
  await nats.kill("SIGKILL");
  await until("the connection is seen to be down", () => line.worker.health().disconnected.length === 1);
  expect(await system.send({ id: "a1" })).toMatchObject({ kind: "unavailable" });
  await nats.restart();
  await sendForSure(system, "a1");
  await until("it arrives", () => system.begun.length === 1);
});
