// `limit` of a target: never more starts than its rate, retries included, never more at a time than its concurrency;
// and what retries may cost it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { createRate } from "../../runtime/rate.ts";
import { budgetRules, createRetryBudget } from "../../runtime/retry-budget.ts";
import { manualClock } from "../rig/clock.ts";
import { fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";

const busy = { kind: "transient", failure: { class: "unavailable", message: "busy" } } as const;

/** Most of the times that lie in one stretch of that length. */
function mostWithin(times: readonly number[], lengthMs: number): number {
  return Math.max(0, ...times.map((start) => times.filter((time) => time >= start && time < start + lengthMs).length));
}

test("whatever comes when: no stretch of time sees more starts than the rate, and little of it is wasted", () => {
  const rates = fc.record({ count: fc.integer({ min: 1, max: 200 }), perMs: fc.constantFrom(1_000, 60_000) });
  const pauses = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 50, maxLength: 400 });
  fc.assert(
    fc.property(rates, pauses, (limit, steps) => {
      const rate = createRate(limit);
      const starts: number[] = [];
      let now = 1_000_000;
      for (const step of steps) {
        now += step;
        if (rate.soon(now) === 0) expect(rate.next(now)).toBeGreaterThan(now + 1_000);
        while (rate.free(now) > 0) {
          rate.start(now);
          starts.push(now);
        }
        expect(rate.next(now)).toBeGreaterThan(now);
      }
      expect(mostWithin(starts, limit.perMs)).toBeLessThanOrEqual(limit.count);
    }),
    { numRuns: 60 },
  );
  const wasted = [20, 37, 500].map((count) => {
    const rate = createRate({ count, perMs: 1_000 });
    let starts = 0;
    for (let now = 0; now < 60_000; now += 1) {
      for (; rate.free(now) > 0; starts += 1) rate.start(now);
    }
    return 1 - starts / (count * 60);
  });
  expect(Math.max(...wasted)).toBeLessThan(0.05);
});

test("intake and retries share a target's rate; its neighbour has none", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const targets = ["crm"];
  await createTopology(admin, { integration: "orders", targets });
  await createTopology(admin, { integration: "free", targets });
  const system = fakeSystem();
  const starts: number[] = [];
  const neighbour: number[] = [];
  // What the worker last read is when the delivery began: whatever the machine does in between.
  let read = 0;
  const clock = { ...systemClock, steady: () => (read = performance.now()) };
  system.answer = ({ id, attempt }) => {
    (id.startsWith("free") ? neighbour : starts).push(read);
    if (id.startsWith("free")) return { kind: "delivered" };
    return attempt === 1 && /[05]$/.test(id) ? busy : { kind: "delivered" };
  };
  const limit = { rate: { count: 20, perMs: 1_000 } };
  await using line = await startLine(nats, system, {
    bundles: [handMade({ limit, retry: { initial: 50, max: 50 } }), handMade({ integration: "free" })],
    clock,
  });
  await Promise.all(Array.from({ length: 40 }, (_, index) => system.send({ id: `m${index}` }, {}, "orders")));
  await Promise.all(Array.from({ length: 200 }, (_, index) => system.send({ id: `free${index}` }, {}, "free")));
  await quiet(admin);

  expect(line.outcomes().filter((outcome) => /^delivered m/.test(outcome))).toHaveLength(40);
  expect(starts).toHaveLength(48);
  expect(mostWithin(starts, 1_000)).toBeLessThanOrEqual(20);
  await quiet(admin, "free");
  expect(neighbour).toHaveLength(200);
  expect(mostWithin(neighbour, 1_000)).toBeGreaterThan(20);
});

test("what a filter drops is no start", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  const limit = { rate: { count: 60, perMs: 60_000 } };
  await using line = await startLine(nats, system, { bundles: [handMade({ limit })] });
  for (let index = 0; index < 100; index += 1) await system.send({ id: `s${index}`, skip: true });
  await system.send({ id: "m1" });
  await system.send({ id: "m2" });
  await quiet(admin);
  expect(line.outcomes().filter((outcome) => outcome.startsWith("dropped"))).toHaveLength(100);
  expect(system.begun.map(({ id }) => id).sort()).toEqual(["m1", "m2"]);
}, 40_000);

test("intake and retries together keep the concurrency, which another bundle may change", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  let running = 0;
  let most = 0;
  system.answer = async ({ id, attempt }) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running -= 1;
    return attempt === 1 && /[05]$/.test(id) ? busy : { kind: "delivered" };
  };
  const bundle = (concurrency: number) => handMade({ limit: { concurrency }, retry: { initial: 20, max: 20 } });
  await using line = await startLine(nats, system, { bundles: [bundle(3)] });
  const send = (prefix: string) =>
    Promise.all(Array.from({ length: 100 }, (_, index) => system.send({ id: `${prefix}${index}` })));
  await send("a");
  await quiet(admin);
  expect(most).toBe(3);
  await line.worker.swap([{ tenant: "acme", bundles: [bundle(6)] }]);
  await send("b");
  await quiet(admin);
  expect(most).toBe(6);
  expect(line.outcomes().filter((outcome) => outcome.startsWith("delivered"))).toHaveLength(200);
}, 40_000);

test("retries that fail cost what deliveries earn: about a tenth of the work, and one a second", () => {
  const clock = manualClock();
  const budget = createRetryBudget(clock, 4);
  expect(budget.left()).toBe(budgetRules.least);
  for (let index = 0; index < 15; index += 1) budget.retryFailed();
  expect(budget.left()).toBe(0);
  for (let index = 0; index < 31; index += 1) budget.delivered();
  expect(budget.left()).toBe(3);
  clock.move(2_000);
  expect(budget.left()).toBe(5);
  clock.move(60_000);
  expect(budget.left()).toBe(budgetRules.least);
  // A target with more in flight may have as many retries at once.
  expect(createRetryBudget(clock, 80).left()).toBe(80);
});
