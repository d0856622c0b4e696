// The circuit breaker of a target: an outage costs a bounded number of attempts whatever waits, nobody else notices,
// and everything arrives when it is over.

import { expect, test } from "vitest";
import { type BreakerChange, breakerRules, createBreaker } from "../../runtime/breaker.ts";
import { complaints } from "../../runtime/health.ts";
import { createMetrics } from "../../runtime/metrics.ts";
import type { Failure, RunEvent } from "../../schema/outcome.ts";
import { manualClock } from "../rig/clock.ts";
import { httpTarget } from "../rig/http-target.ts";
import { deadLetters, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const failure: Failure = { class: "unavailable", message: "down" };

/** Random is 1: pauses have their full length. */
function made(full = 8) {
  const clock = manualClock();
  const changes: BreakerChange[] = [];
  const breaker = createBreaker({ clock, random: () => 1, full, changed: (change) => changes.push(change) });
  const fail = (...ids: readonly string[]): void => {
    for (const id of ids) breaker.failed(breaker.spell(), { id, failure });
  };
  return { clock, changes, breaker, fail, works: () => breaker.succeeded(breaker.spell()) };
}

test("it opens after failures in a row of several messages, and one message that always fails never opens it", () => {
  const { breaker, clock, fail, works } = made();
  fail(..."aaaaaaaaaaaaaaa");
  expect(breaker.state()).toBe("closed");
  works();
  clock.move(breakerRules.windowMs);
  fail("a", "b", "c", "a");
  expect(breaker.state()).toBe("closed");
  fail("b");
  expect(breaker.state()).toBe("open");
  expect(breaker.allowed()).toBe(0);
});

test("a time of day that is set back by an hour makes no pause longer", () => {
  const steady = manualClock();
  let back = 0;
  const changes: BreakerChange[] = [];
  const clock = { ...steady, now: () => steady.now() - back, steady: steady.now };
  const breaker = createBreaker({ clock, random: () => 1, full: 8, changed: (change) => changes.push(change) });
  for (const id of "abcde") {
    breaker.failed(breaker.spell(), { id, failure, retryAfterMs: 5_000 });
    back += 3_600_000;
  }
  expect(changes.at(-1)).toMatchObject({ state: "open", until: steady.now() - 4 * 3_600_000 + 5_000 });
  steady.move(5_000);
  expect(breaker.state()).toBe("half-open");
});

test("it opens when half of what comes back within ten seconds has failed", () => {
  const { breaker, clock, fail, works } = made();
  const both = (times: number): void => {
    for (let index = 0; index < times; index += 1) {
      fail(`m${index}`);
      works();
    }
  };
  both(9);
  clock.move(breakerRules.windowMs);
  both(9);
  expect(breaker.state()).toBe("closed");
  both(1);
  expect(breaker.state()).toBe("closed");
  fail("one more");
  expect(breaker.state()).toBe("open");
});

test("it lets one message through after pauses that grow to a limit, and closes with its success", () => {
  const { breaker, changes, clock, fail, works } = made();
  fail("a", "b", "c", "d", "e");
  const pauses: number[] = [];
  for (let probe = 0; probe < 9; probe += 1) {
    const opened = changes.at(-1);
    const pause = (opened?.until ?? 0) - clock.now();
    pauses.push(pause);
    clock.move(pause - 1);
    expect(breaker.allowed()).toBe(0);
    clock.move(1);
    expect([breaker.state(), breaker.allowed()]).toEqual(["half-open", 1]);
    if (probe < 8) fail("a");
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  works();
  expect(breaker.state()).toBe("closed");
  // What waited is let in bit by bit.
  expect(breaker.allowed()).toBe(2);
  for (let index = 0; index < 6; index += 1) works();
  expect(breaker.allowed()).toBe(Number.POSITIVE_INFINITY);
  fail("a", "b", "c", "d", "e");
  expect((changes.at(-1)?.until ?? 0) - clock.now()).toBe(1_000);
});

test("Retry-After is honoured, up to an hour; what began before it opened says nothing of what is now", () => {
  const { breaker, changes, clock, fail, works } = made();
  const early = breaker.spell();
  const opened = (retryAfterMs: number): number => {
    breaker.failed(breaker.spell(), { id: "z", failure, retryAfterMs });
    fail("a", "b", "c", "d");
    return (changes.at(-1)?.until ?? 0) - clock.now();
  };
  expect(opened(45_000)).toBe(45_000);
  breaker.succeeded(early);
  expect(breaker.state()).toBe("open");
  clock.move(45_000);
  breaker.failed(early, { id: "late", failure });
  expect(breaker.state()).toBe("half-open");
  works();
  expect(opened(86_400_000)).toBe(breakerRules.longestWaitMs);
});

const count = 500;

test("an outage costs few attempts, slows nobody else, and everything arrives when it is over", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const targets = ["crm", "desk"];
  await createTopology(admin, { integration: "orders", targets });
  await using crm = await httpTarget();
  const system = fakeSystem();
  const desk: string[] = [];
  system.answer = (delivery, target) => {
    if (target === "crm") return crm.deliver(delivery);
    desk.push(delivery.id);
    return { kind: "delivered" };
  };
  await using line = await startLine(nats, system, {
    bundles: [handMade({ targets, retry: { for: 86_400_000, initial: 100, max: 1_000 } })],
  });
  const breaks = (): readonly Extract<RunEvent, { kind: "breaker" }>[] =>
    line.events.flatMap((event) => (event.kind === "breaker" ? [event] : []));
  const retries = () =>
    line.events.flatMap((event) => (event.kind === "outcome" && event.outcome.kind === "retry" ? [event] : []));
  await Promise.all(Array.from({ length: count }, (_, index) => system.send({ id: `m${index}` })));
  await until("the other target has them all", () => desk.length === count);
  await until("a probe failed", () => breaks().filter(({ state }) => state === "open").length >= 2);

  const probes = breaks().filter(({ state }) => state === "half-open").length;
  // 64 messages in flight and 16 that had fallen due again, at most, and one for each probe.
  expect(retries().length).toBeLessThanOrEqual(80 + probes);
  expect(new Set(retries().map(({ id }) => id)).size).toBeLessThanOrEqual(80 + probes);
  expect(retries().every(({ target }) => target === "crm")).toBe(true);
  expect(breaks()[0]).toMatchObject({ target: "crm", state: "open", failure: { class: "unavailable" } });
  const health = line.worker.health();
  expect(complaints(health)).toEqual([]);
  expect(health.ready).toBe(true);
  const text = await createMetrics().text(health);
  expect(text).toContain('vrsky_breaker_open{tenant="acme",integration="orders",target="crm"} 1');
  expect(text).toContain('vrsky_breaker_open{tenant="acme",integration="orders",target="desk"} 0');

  await crm.up();
  await quiet(admin);
  expect(new Set(crm.taken).size).toBe(count);
  // Nobody was killed: nothing comes twice.
  expect(crm.taken).toHaveLength(count);
  expect(await deadLetters(admin)).toEqual([]);
  expect(breaks().at(-1)?.state).toBe("closed");
});

test("answers of 4xx never open it, and a drain does not wait for what an open one holds", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], ackWaitMs: 1_000 });
  await using crm = await httpTarget();
  await crm.up();
  crm.answer = (_request, response) => void response.writeHead(422).end();
  const system = fakeSystem();
  system.answer = (delivery) => crm.deliver(delivery);
  const bundles = [handMade({ retry: { for: 86_400_000, initial: 100, max: 200 } })];
  const first = await startLine(nats, system, { bundles });
  const send = (prefix: string, many: number) =>
    Promise.all(Array.from({ length: many }, (_, index) => system.send({ id: `${prefix}${index}` })));
  await send("bad", 30);
  await quiet(admin);
  expect(first.events.filter(({ kind }) => kind === "breaker")).toEqual([]);
  expect(await deadLetters(admin)).toHaveLength(30);

  crm.answer = (_request, response) => void response.writeHead(503).end();
  await send("good", 200);
  await until("it is open", () => first.worker.health().integrations[0]?.breakers.crm === "open");
  await first.worker.drain();
  expect(first.worker.health().integrations[0]?.inFlight).toEqual({ crm: 0 });
  await first[Symbol.asyncDispose]();
  crm.answer = (_request, response) => void response.writeHead(200).end();
  await using _second = await startLine(nats, system, { bundles });
  await quiet(admin);
  expect(crm.taken.filter((id) => id.startsWith("good"))).toHaveLength(200);
  expect(await deadLetters(admin)).toHaveLength(30);
});
