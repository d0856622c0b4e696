// What went through is run again: each message once, whoever dies in the middle of it, under an id that says what it is,
// and not faster than it was asked for.

import { expect, test } from "vitest";
import { keptBy, keptMessages } from "../../control/archive/read.ts";
import { findRun } from "../../control/replay/run.ts";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import type { Json } from "../../schema/json.ts";
import { crashPointsOfWrites, crashRig, describePoint } from "../rig/crashing-connection.ts";
import { fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { counted, never } from "../rig/object-store.ts";
import { pausedClock, replayAll } from "../rig/replays.ts";
import { createTopology } from "../rig/topology.ts";

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `a${index}`);

async function prepared(targets: readonly string[] = ["crm"]) {
  const nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets, archive: {} });
  return { nats, admin, system: fakeSystem(), [Symbol.asyncDispose]: () => nats[Symbol.asyncDispose]() };
}

test("each message goes once more to the targets that were named, under an id that says so", async () => {
  await using given = await prepared(["crm", "lake"]);
  const { nats, admin, system } = given;
  const coded = handMade({ targets: ["crm", "lake"], map: "({ ...scope.body, run: scope.headers['vrsky-replay'] })" });
  await using _line = await startLine(nats, system, { bundles: [coded] });
  for (const id of numbered(3)) await system.send({ id });
  for (const target of ["crm", "lake"]) await quiet(admin, "orders", target);
  const before = system.begun.length;

  const run = await replayAll(admin, coded, { run: { targets: ["lake"] } });
  expect(run).toMatchObject({ replayed: 3, filtered: 0, failed: 0, ended: true });
  await quiet(admin, "orders", "lake");
  expect(system.begun.slice(before).map(({ target, id, attempt, body }) => [target, id, attempt, body])).toEqual(
    numbered(3).map((id) => ["lake", `${id}~replay-r1`, 1, { id, run: "r1" }]),
  );
  // Once more under the same name: it is done.
  expect(await replayAll(admin, coded, { run: { targets: ["lake"] } })).toMatchObject({ replayed: 3, ended: true });
  await quiet(admin, "orders", "lake");
  expect(system.begun.length).toBe(before + 3);
});

test("one that fails again is a dead letter that says of which message and by whom", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  await using line = await startLine(nats, system);
  await system.send({ id: "a0" });
  await quiet(admin);
  system.answer = () => ({ kind: "permanent", failure: { class: "rejected", message: "422 no" } });
  await replayAll(admin, handMade());
  await quiet(admin);
  expect(line.outcomes()).toEqual(["delivered a0", "dead a0~replay-r1"]);
  const subject = address.deadSubject("orders", "crm", address.idHash("a0~replay-r1"));
  const letter = await admin.request(`$JS.API.DIRECT.GET.DLQ.${subject}`);
  expect(JSON.parse(letter.headers?.get(header.replay) ?? "{}")).toMatchObject({
    run: "r1",
    of: "a0",
    by: "ann@laptop",
  });
});

test("whoever dies at any call and begins anew: every message is delivered once", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const filled = async (integration: string, partitions: number) => {
    const sizes = partitions === 0 ? {} : { partitions };
    await createTopology(admin, { integration, targets: ["crm"], ...sizes });
    const coded = handMade({ integration, ...sizes });
    const system = fakeSystem();
    const line = await startLine(nats, system, { bundles: [coded] });
    for (const id of numbered(4)) await system.send({ id, key: id < "a2" ? "x" : "y" });
    await quiet(admin, integration, "crm", partitions);
    return { coded, system, line };
  };
  // In groups of two, so that there is something between them.
  const slowly = { perSecond: 20 };
  for (const partitions of [0, 2]) {
    const whole = crashRig();
    {
      const { coded, line } = await filled(`whole${partitions}`, partitions);
      await using _line = line;
      expect(await replayAll(whole.wrap(admin), coded, slowly)).toMatchObject({ replayed: 4, ended: true });
    }
    const points = crashPointsOfWrites(whole.calls);
    expect(points.length).toBeGreaterThan(4);
    await Promise.all(
      points.map(async (point, index) => {
        const integration = `run${partitions}-${index}`;
        const { coded, system, line } = await filled(integration, partitions);
        await using _line = line;
        const rig = crashRig(point);
        const where = `${partitions} partitions, ${describePoint(whole.calls, point)}`;
        await expect(replayAll(rig.wrap(admin), coded, slowly), where).rejects.toThrow();
        expect(rig.crashed(), where).toBe(true);
        await quiet(admin, integration, "crm", partitions);
        expect(await replayAll(admin, coded, slowly), where).toMatchObject({ replayed: 4, ended: true });
        await quiet(admin, integration, "crm", partitions);
        const again = system.begun.map(({ id }) => id).filter((id) => id.includes("~"));
        expect([where, ...[...again].sort()]).toEqual([where, ...numbered(4).map((id) => `${id}~replay-r1`)]);
      }),
    );
  }
}, 120_000);

test("with order-by it goes through the intake: per key the order stays, and a replay is not replayed", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], partitions: 4, archive: {} });
  const coded = handMade({ partitions: 4 });
  const system = fakeSystem();
  await using _line = await startLine(nats, system, { bundles: [coded] });
  const ids = numbered(40);
  const keyOf = (id: string): string => `k${Number(id.slice(1)) % 5}`;
  for (const id of ids) await system.send({ id, key: keyOf(id) });
  await quiet(admin, "orders", "crm", 4);
  system.begun.length = 0;
  expect(await replayAll(admin, coded, { perSecond: 100 })).toMatchObject({ replayed: 40, ended: true });
  await quiet(admin, "orders", "crm", 4);
  for (const key of ["k0", "k1", "k2", "k3", "k4"]) {
    const of = (body: Json): boolean => typeof body === "object" && body !== null && "key" in body && body.key === key;
    expect(system.begun.filter(({ body }) => of(body)).map(({ id }) => id)).toEqual(
      ids.filter((id) => keyOf(id) === key).map((id) => `${id}~replay-r1`),
    );
  }
  expect(await replayAll(admin, coded, { run: { run: "r2" } })).toMatchObject({ replayed: 40, failed: 0 });
});

test("not faster than the rate, by a clock that only goes on when something waits", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  await using _line = await startLine(nats, system);
  await Promise.all(numbered(100).map((id) => system.send({ id })));
  await quiet(admin);
  const clock = pausedClock();
  const progressed: number[] = [];
  await replayAll(admin, handMade(), { perSecond: 50, clock, onProgress: ({ replayed }) => progressed.push(replayed) });
  // What is due in a tenth of a second goes at once: five, then a pause.
  expect(progressed.slice(0, 3)).toEqual([5, 10, 15]);
  expect(progressed.at(-1)).toBe(100);
  expect(clock.monotonic()).toBe(2_000);
  expect(new Set(clock.pauses)).toEqual(new Set([100]));
});

test("whoever looked for long at what does not go is not faster than the rate afterwards", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  await using _line = await startLine(nats, system);
  await Promise.all(numbered(61).map((id) => system.send({ id })));
  await quiet(admin);
  const clock = pausedClock();
  let first = true;
  const where = (): boolean => {
    // A minute until the first that goes.
    if (first) void clock.pause(60_000, undefined);
    else return true;
    first = false;
    return false;
  };
  expect(await replayAll(admin, handMade(), { perSecond: 20, clock, where })).toMatchObject({ replayed: 60 });
  // Sixty at twenty a second, but for what one second of being late is forgiven.
  expect(clock.monotonic()).toBe(62_000);
});

test("told to stop it stops between two groups, and goes on from there", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  await using _line = await startLine(nats, system);
  for (const id of numbered(10)) await system.send({ id });
  await quiet(admin);
  const stop = new AbortController();
  const onProgress = (): void => stop.abort();
  const stopped = await replayAll(admin, handMade(), { perSecond: 40, signal: stop.signal, onProgress });
  expect(stopped).toMatchObject({ replayed: 4, ended: false });
  expect((await findRun(admin, "orders", "r1"))?.run).toEqual(stopped);
  expect(await replayAll(admin, handMade(), { perSecond: 40 })).toMatchObject({ replayed: 10, ended: true });
  await quiet(admin);
  expect(system.begun.length).toBe(20);
});

test("two at once under one name: each message goes once, and one of them is told", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  await using _line = await startLine(nats, system);
  for (const id of numbered(20)) await system.send({ id });
  await quiet(admin);
  const both = await Promise.allSettled([1, 2].map(() => replayAll(admin, handMade(), { perSecond: 40 })));
  expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(String(both.find((each) => each.status === "rejected")?.reason)).toContain("somebody else is going on");
  await quiet(admin);
  expect(system.begun.length).toBe(40);
});

test("what cannot be replayed is left and told; an id that passed twice goes twice", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  {
    await using _first = await startLine(nats, system);
    await system.send({ id: "a" });
    await system.send({ id: "b" });
    await quiet(admin);
  }
  await keptBy(admin, "orders");
  await using _line = await startLine(nats, system);
  // Beyond the dedupe time an id is a new message: the archive has both.
  await admin.request("$JS.API.STREAM.PURGE.IN_orders", "{}");
  await system.send({ id: "a", again: true });
  await system.send({ id: "c" });
  await quiet(admin);
  const kept = await keptBy(admin, "orders");
  const all: string[] = [];
  if (kept !== undefined) for await (const { envelope } of keptMessages(admin, kept)) all.push(envelope.id);
  expect(all).toEqual(["a", "b", "a", "c"]);
  system.begun.length = 0;

  const told: string[] = [];
  const run = await replayAll(admin, handMade(), {
    where: ({ envelope: { id } }) => (id === "b" ? { failed: "no total" } : id !== "c"),
    onFailed: ({ envelope }, reason) => told.push(`${envelope.id}: ${reason}`),
  });
  expect(run).toMatchObject({ replayed: 2, filtered: 1, failed: 1, ended: true });
  expect(told).toEqual(["b: no total"]);
  await quiet(admin);
  expect(system.begun.map(({ id }) => id)).toEqual(["a~replay-r1", expect.stringMatching(/^a~replay-r1-\d+$/)]);
});

test.each([0, 2])("what lies in chunks beside a message goes with it, %s partitions", async (partitions) => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const sizes = partitions === 0 ? {} : { partitions };
  await createTopology(admin, { integration: "orders", targets: ["crm"], archive: {}, ...sizes });
  const coded = handMade(sizes);
  const system = fakeSystem();
  await using _line = await startLine(nats, system, { bundles: [coded] });
  const large = { id: "large", key: "x", text: "å".repeat(700_000) };
  await system.send({ id: "before", key: "x" });
  await system.send(large);
  await system.send({ id: "after", key: "x" });
  await quiet(admin, "orders", "crm", partitions);
  system.begun.length = 0;
  expect(await replayAll(admin, coded)).toMatchObject({ replayed: 3, failed: 0, ended: true });
  await quiet(admin, "orders", "crm", partitions);
  const again = new Map(system.begun.map(({ id, body }) => [id, body]));
  expect([...again.keys()].sort()).toEqual(["after~replay-r1", "before~replay-r1", "large~replay-r1"]);
  expect(again.get("large~replay-r1")).toEqual(large);
});

test("a content of which a chunk is gone is told, and left", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  await using _line = await startLine(nats, system);
  await system.send({ id: "large", text: "x".repeat(700_000) });
  await system.send({ id: "small" });
  await quiet(admin);
  await keptBy(admin, "orders");
  await admin.request("$JS.API.STREAM.PURGE.ARCHIVE_orders", JSON.stringify({ seq: 2 }));
  const told: string[] = [];
  const onFailed = (_: unknown, reason: string): void => void told.push(reason);
  expect(await replayAll(admin, handMade(), { onFailed })).toMatchObject({ replayed: 1, failed: 1, ended: true });
  expect(told).toEqual([expect.stringContaining("its content is not what was stored")]);
});

test("bytes of which the archive has let the first go do not hold up what comes behind them", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  await using _line = await startLine(nats, system);
  const content = await system.source().keep(counted(700_000), { most: 1_000_000, signal: never });
  await system.send({ id: "large", name: "large.bin" }, { content });
  await system.send({ id: "small" });
  await quiet(admin);
  await keptBy(admin, "orders");
  await admin.request("$JS.API.STREAM.PURGE.ARCHIVE_orders", JSON.stringify({ seq: 2 }));
  const told: string[] = [];
  const onFailed = (_: unknown, reason: string): void => void told.push(reason);
  expect(await replayAll(admin, handMade(), { onFailed })).toMatchObject({ replayed: 1, failed: 1, ended: true });
  expect(told).toEqual(["its content is gone"]);
});
