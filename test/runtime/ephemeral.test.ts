// `transport: ephemeral` over a real server: what is accepted passes at most once, nothing is stored anywhere, and what
// is lost is counted.

import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { createEphemeralCommitter } from "../../runtime/ephemeral/committer.ts";
import { mostWaiting } from "../../runtime/ephemeral/target.ts";
import { createLink } from "../../runtime/link.ts";
import * as address from "../../schema/address.ts";
import type { DeliveryResult, Outcome } from "../../schema/outcome.ts";
import { fakeSystem, type HandMade, handMade, type Line, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const silent = { info: () => undefined, warn: () => undefined };

const ephemeral = (options: HandMade = {}) =>
  handMade({ transport: "ephemeral", ...options, retry: { attempts: 1, ...options.retry } });

const transient = (message: string): DeliveryResult => ({
  kind: "transient",
  failure: { class: "unavailable", message },
});

const ended = (line: Line) =>
  line.events.flatMap((event) => (event.kind === "outcome" && event.outcome.kind !== "retry" ? [event] : []));

const outcomesOf = (line: Line, id: string): readonly Outcome[] =>
  ended(line).flatMap((event) => (event.id === id ? [event.outcome] : []));

test("a message reaches each target once, of one of the workers, and no stream is there", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  const bundles = [ephemeral({ targets: ["crm", "audit"] })];
  const [one, other] = [fakeSystem(), fakeSystem()];
  await using first = await startLine(nats, one, { bundles });
  await using second = await startLine(nats, other, { bundles });
  const ids = Array.from({ length: 200 }, (_, index) => `m${index}`);
  const accepted = await Promise.all(ids.map((id) => one.send({ id, of: "one" })));
  expect(accepted).toEqual(ids.map((id) => ({ kind: "stored", id, sequence: 0, duplicate: false })));
  const begun = () => [...one.begun, ...other.begun];
  await until("all deliveries", () => begun().length >= 400);
  for (const target of ["crm", "audit"]) {
    const got = begun().filter((each) => each.target === target);
    expect(got.map(({ id }) => id).sort()).toEqual([...ids].sort());
  }
  // Queue groups share the work.
  expect(Math.min(one.begun.length, other.begun.length)).toBeGreaterThan(0);
  expect(first.worker.health().ready && second.worker.health().ready).toBe(true);
  expect(await api(admin, "STREAM.NAMES")).toMatchObject({ streams: null });
});

test("what is longer than a piece of a stored message is one message all the same, or refused", async () => {
  await using nats = await natsServer();
  const system = fakeSystem();
  await using line = await startLine(nats, system, { bundles: [ephemeral()] });
  const large = { id: "large", filler: "x".repeat(700_000) };
  expect(await system.send(large)).toMatchObject({ kind: "stored" });
  await until("its end", () => ended(line).length === 1);
  expect(outcomesOf(line, "large")).toEqual([{ kind: "delivered" }]);
  expect(system.begun.map(({ body }) => body)).toEqual([large]);
  expect(await system.send({ id: "larger", filler: "x".repeat(2_000_000) })).toMatchObject({ kind: "invalid" });
});

test("nobody listens, or NATS is away: the sender is told to come again", async () => {
  await using nats = await natsServer();
  const system = fakeSystem();
  await using line = await startLine(nats, system, { bundles: [ephemeral()] });
  const door = system.source();
  const send = (id: string) =>
    door.accept({ body: Buffer.from(JSON.stringify({ id })), value: { id }, headers: {}, meta: {} });
  expect(await send("a")).toMatchObject({ kind: "stored" });
  await until("delivered", () => system.begun.length === 1);
  const lonely = createLink(await nats.connect(), "_INBOX", systemClock, silent);
  const committer = createEphemeralCommitter({ link: lonely, clock: systemClock });
  const message = { subject: address.ephemeralSubject("other", "door"), data: "{}", headers: {} };
  expect(await committer.commit(message, 2)).toEqual({ kind: "unavailable", reason: "no worker listens" });
  committer.close();
  lonely.close();
  await line.worker.remove("acme", "orders");
  expect(await send("b")).toMatchObject({ kind: "unavailable", reason: "the source is stopping" });
  await line.worker.swap([{ tenant: "acme", bundles: [ephemeral()] }]);
  await nats.kill();
  await until("noticed", () => line.worker.health().disconnected.length > 0);
  expect(await system.send({ id: "c" })).toMatchObject({ kind: "unavailable", reason: "NATS is not connected" });
  expect(system.begun.map(({ id }) => id)).toEqual(["a"]);
});

test("what failed is tried again in memory where the target has not done it, and otherwise lost and counted", async () => {
  await using nats = await natsServer();
  const system = fakeSystem();
  system.answer = ({ id, attempt }) => {
    if (id === "twice") return attempt === 1 ? transient("not now") : { kind: "delivered" };
    if (id === "never") return transient("not now");
    if (id === "cut") return { kind: "unknown", failure: { class: "unavailable", message: "cut" } };
    if (id === "bad") return { kind: "permanent", failure: { class: "rejected", message: "no" } };
    return { kind: "delivered" };
  };
  const bundles = [ephemeral({ retry: { attempts: 3, initial: 1, max: 5 } })];
  await using line = await startLine(nats, system, { bundles });
  const ids = ["twice", "never", "cut", "bad", "good"];
  for (const id of ids) await system.send({ id });
  await system.send({ id: "broken", broken: "here" });
  await system.send({ id: "skip", skip: true });
  await until("all have their end", () => ended(line).length === 7);
  const failure = (kind: string, message: string) => ({
    kind: "lost",
    reason: "failed",
    failure: { class: kind, message },
  });
  expect(outcomesOf(line, "twice")).toEqual([{ kind: "delivered" }]);
  expect(outcomesOf(line, "good")).toEqual([{ kind: "delivered" }]);
  expect(outcomesOf(line, "never")).toEqual([failure("unavailable", "not now")]);
  expect(outcomesOf(line, "cut")).toEqual([failure("unavailable", "cut")]);
  expect(outcomesOf(line, "bad")).toEqual([failure("rejected", "no")]);
  expect(outcomesOf(line, "broken")).toMatchObject([{ kind: "lost", failure: { message: "broken: here" } }]);
  expect(outcomesOf(line, "skip")).toMatchObject([{ kind: "dropped", reason: "filter" }]);
  const attempts = (id: string) => system.begun.filter((each) => each.id === id).length;
  expect(ids.map(attempts)).toEqual([2, 3, 1, 1, 1]);
  expect(line.outcomes().filter((each) => each.startsWith("retry"))).toEqual(
    expect.arrayContaining(["retry twice", "retry never", "retry never"]),
  );
});

test("of a split message only the items that failed are tried again; what is lost is counted by item", async () => {
  await using nats = await natsServer();
  const system = fakeSystem();
  system.answer = ({ id, attempt }) => {
    if (id === "a.1" && attempt === 1) return transient("not now");
    return id === "a.2" ? transient("never") : { kind: "delivered" };
  };
  await using line = await startLine(nats, system, {
    bundles: [ephemeral({ retry: { attempts: 2, initial: 1, max: 1 } })],
  });
  await system.send({ id: "a", lines: [{ n: 0 }, { n: 1 }, { n: 2 }, { skip: true }] });
  await until("its end", () => outcomesOf(line, "a").length > 0);
  expect(outcomesOf(line, "a")).toMatchObject([
    { kind: "lost", reason: "failed", items: { delivered: 2, dropped: 1, lost: 1 } },
  ]);
  expect(system.begun.map(({ id }) => id).sort()).toEqual(["a.0", "a.1", "a.1", "a.2", "a.2"]);
});

test("`on-error` drops and continues as it does elsewhere", async () => {
  await using nats = await natsServer();
  const system = fakeSystem();
  system.answer = () => transient("away");
  const bundles = [
    ephemeral({
      targets: ["crm", "audit"],
      onErrors: { crm: { unavailable: "drop" }, audit: { unavailable: "continue" } },
    }),
  ];
  await using line = await startLine(nats, system, { bundles });
  await system.send({ id: "a" });
  await until("both ends", () => outcomesOf(line, "a").length === 2);
  expect(outcomesOf(line, "a")).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: "dropped", reason: "on-error" }),
      expect.objectContaining({ kind: "delivered", continued: true }),
    ]),
  );
});

test("a target that hangs holds up no other; what it may hold is bounded, the rest is lost and counted", async () => {
  await using nats = await natsServer();
  const system = fakeSystem();
  let release: () => void = () => undefined;
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  system.answer = async (_, target) => {
    if (target === "slow") await hanging;
    return { kind: "delivered" };
  };
  const inFlight = 4;
  const bundles = [ephemeral({ targets: ["slow", "quick"] })];
  await using line = await startLine(nats, system, { bundles, limits: { inFlight } });
  const more = 100;
  const count = mostWaiting + inFlight + more;
  // In portions: those that a sender waits for are bounded as well.
  for (let sent = 0; sent < count; ) {
    const portion = Math.min(500, count - sent);
    await Promise.all(Array.from({ length: portion }, (_, index) => system.send({ id: `m${sent + index}` })));
    sent += portion;
    await until(
      "the quick one has them",
      () => system.begun.filter(({ target }) => target === "quick").length === sent,
    );
  }
  const ends = (kind: string, target: string) =>
    line.events.filter((event) => event.kind === "outcome" && event.target === target && event.outcome.kind === kind)
      .length;
  await until("the rest is lost", () => ends("lost", "slow") === more);
  expect(line.worker.health().integrations[0]?.inFlight).toEqual({ slow: mostWaiting + inFlight, quick: 0 });
  release();
  await until("what it held is delivered", () => ends("delivered", "slow") === mostWaiting + inFlight);
  expect(ends("delivered", "quick")).toBe(count);
  expect(ends("lost", "slow")).toBe(more);
});

test("a drain finishes what is in hand and what waits, and loses nothing of it", async () => {
  await using nats = await natsServer();
  const system = fakeSystem();
  const gate: (() => void)[] = [];
  system.answer = () => new Promise((resolve) => gate.push(() => resolve({ kind: "delivered" })));
  await using line = await startLine(nats, system, { bundles: [ephemeral()], limits: { inFlight: 2 } });
  const ids = Array.from({ length: 20 }, (_, index) => `m${index}`);
  await Promise.all(ids.map((id) => system.send({ id })));
  await until("some are in hand", () => gate.length === 2);
  const drained = line.worker.drain();
  const letting = setInterval(() => void gate.splice(0).map((open) => open()), 5);
  await drained;
  clearInterval(letting);
  expect([...line.outcomes()].sort()).toEqual(ids.map((id) => `delivered ${id}`).sort());
});

test("a drain that takes too long breaks off, and what was left is counted as lost", async () => {
  await using nats = await natsServer();
  const system = fakeSystem();
  system.answer = () => new Promise(() => undefined);
  await using line = await startLine(nats, system, {
    bundles: [ephemeral()],
    limits: { inFlight: 2, drainMs: 300 },
  });
  const ids = Array.from({ length: 10 }, (_, index) => `m${index}`);
  await Promise.all(ids.map((id) => system.send({ id })));
  await until("some are in hand", () => system.begun.length === 2);
  await line.worker.drain();
  expect([...line.outcomes()].sort()).toEqual(ids.map((id) => `lost ${id}`).sort());
  expect(system.begun.length).toBe(2);
});

test("a target that another bundle gives other room loses nothing while it changes over", async () => {
  await using nats = await natsServer();
  const system = fakeSystem();
  let release: () => void = () => undefined;
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  system.answer = async () => {
    await hanging;
    return { kind: "delivered" };
  };
  const targets = ["crm", "audit"];
  const collecting = (count: number) => ephemeral({ targets, batch: { count, within: 20 } });
  await using line = await startLine(nats, system, { bundles: [collecting(2)] });
  await system.send({ id: "first" });
  await until("it is in hand", () => system.begun.length === targets.length);
  const swapped = line.worker.swap([{ tenant: "acme", bundles: [collecting(20)] }]);
  const accepted = ["first"];
  for (let index = 0; index < 50; index += 1) {
    const { kind } = await system.send({ id: `m${index}` });
    if (kind === "stored") accepted.push(`m${index}`);
  }
  release();
  await swapped;
  expect(accepted.length).toBeGreaterThan(1);
  for (const target of targets) {
    const delivered = () => ended(line).flatMap((each) => (each.target === target ? [each.id] : []));
    await until(`${target} has all of them`, () => delivered().length >= accepted.length);
    expect(delivered().sort()).toEqual([...accepted].sort());
  }
});

test("from durable to ephemeral and back while it runs: what was accepted before is delivered, nothing twice", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  const durable = handMade();
  await using line = await startLine(nats, system, { bundles: [durable] });
  const change = (bundle: typeof durable) => line.worker.swap([{ tenant: "acme", bundles: [bundle] }]);
  expect(await system.send({ id: "a" })).toMatchObject({ kind: "stored", sequence: 1 });
  await change(ephemeral());
  expect(await system.send({ id: "b" })).toMatchObject({ kind: "stored", sequence: 0 });
  await change(durable);
  expect(await system.send({ id: "c" })).toMatchObject({ kind: "stored", sequence: 2 });
  await until("all three", () => line.outcomes().length === 3);
  expect([...line.outcomes()].sort()).toEqual(["delivered a", "delivered b", "delivered c"]);
  expect(await api(admin, `STREAM.INFO.${address.intakeStream("orders")}`)).toMatchObject({ state: { last_seq: 2 } });
});
