// How fast a tenant may take messages in: never more than its rate and one second's burst, all integrations together,
// and what is refused is not lost: its sender knows, and when to come again.

import fc from "fast-check";
import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { createPace } from "../../runtime/pace.ts";
import type { Accepted, Connector, SourceContext } from "../../schema/connector.ts";
import { startCluster } from "../rig/deployed.ts";
import { fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

test("whatever the clock does: no more than the rate and one second's burst, and a wait that suffices", () => {
  const rates = fc.double({ min: 0.01, max: 5_000, noNaN: true });
  const steps = fc.array(fc.integer({ min: -500, max: 3_000 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(rates, steps, (rate, times) => {
      let now = 1_000_000;
      let passed = 0;
      const pace = createPace({ now: () => now }, rate);
      let taken = 0;
      for (const step of times) {
        now += step;
        passed += Math.max(0, step);
        const wait = pace.take();
        if (wait === 0) taken += 1;
        expect(taken).toBeLessThanOrEqual(Math.max(1, rate) + (passed * rate) / 1000 + 1e-6);
        if (wait === 0) continue;
        expect(wait).toBeGreaterThan(0);
        now += wait;
        passed += wait;
        expect(pace.take()).toBe(0);
        taken += 1;
      }
    }),
  );
});

test("without a limit everything passes; one that is set later begins with a second's worth", () => {
  let now = 0;
  const pace = createPace({ now: () => now }, undefined);
  const burst = (): number => {
    let taken = 0;
    while (taken < 1_000 && pace.take() === 0) taken += 1;
    return taken;
  };
  expect(burst()).toBe(1_000);
  pace.set(10);
  expect(burst()).toBe(10);
  pace.set(20);
  expect(burst()).toBe(0);
  now += 500;
  expect(burst()).toBe(10);
  pace.set(undefined);
  expect(burst()).toBe(1_000);
});

/** One connector for several integrations: the contexts of all their sources. */
function doors(connector: Connector): { readonly connector: Connector; readonly open: SourceContext[] } {
  const open: SourceContext[] = [];
  return {
    open,
    connector: {
      ...connector,
      startSource: async (context) => {
        open.push(context);
        return { stop: async () => undefined };
      },
    },
  };
}

test("two integrations share the tenant's rate; what is refused says when to come again, and nothing is lost", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const names = ["orders", "invoices"];
  for (const integration of names) await createTopology(admin, { integration, targets: ["crm"] });
  const system = fakeSystem();
  const { connector, open } = doors(system.connector);
  let ahead = 0;
  const clock = { ...systemClock, now: () => 1_800_000_000_000 + ahead };
  await using line = await startLine(
    nats,
    { ...system, connector },
    {
      bundles: names.map((integration) => handMade({ integration })),
      messagesPerSecond: 5,
      clock,
    },
  );
  const send = (index: number): Promise<Accepted> | undefined => {
    const value = { id: `m${index}` };
    const body = Buffer.from(JSON.stringify(value));
    return open[index % 2]?.accept({ body, value, headers: {}, meta: {} });
  };
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => send(index)));
  expect(answers.filter((answer) => answer?.kind === "stored")).toHaveLength(5);
  const refused = answers.flatMap((answer) => (answer?.kind === "unavailable" ? [answer] : []));
  expect(refused).toHaveLength(15);
  for (const answer of refused) expect(answer).toMatchObject({ limited: true, retryAfterSeconds: 0.2 });
  // Each comes again when it was told to, until it is taken.
  for (const [index, answer] of answers.entries()) {
    let last = answer;
    while (last?.kind === "unavailable") {
      ahead += last.retryAfterSeconds * 1000;
      last = await send(index);
    }
    expect(last?.kind).toBe("stored");
  }
  for (const integration of names) await quiet(admin, integration);
  await until("all are delivered", () => line.outcomes().length === 20);
  expect(new Set(system.begun.map(({ id }) => id)).size).toBe(20);
});

test("a message that does not fit its contract costs nothing; a new limit holds without a restart", async () => {
  await using nats = await natsServer({ syncAlways: false });
  await createTopology(await nats.connect(), { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  const clock = { ...systemClock, now: () => 1_800_000_000_000 };
  const bundles = [handMade()];
  await using line = await startLine(nats, system, { bundles, messagesPerSecond: 1, clock });
  for (let index = 0; index < 3; index++)
    expect((await system.send({ id: `bad${index}`, refuse: true })).kind).toBe("invalid");
  expect((await system.send({ id: "a" })).kind).toBe("stored");
  expect((await system.send({ id: "b" })).kind).toBe("unavailable");
  await line.worker.swap([{ tenant: "acme", bundles }]);
  expect((await system.send({ id: "b" })).kind).toBe("stored");
});

test("a rate that is applied holds at once in workers that run, and the bundle stays what it is", async () => {
  await using cluster = await startCluster();
  const bundle = handMade();
  await cluster.apply([bundle]);
  await using follower = await cluster.follower();
  const send = async (id: string): Promise<string> => (await follower.system.send({ id })).kind;
  await until("it runs", () => follower.bundle() === bundle.bundle.hash);
  for (const id of ["a", "b", "c"]) expect(await send(id)).toBe("stored");
  // One message in a quarter of an hour.
  await cluster.apply([bundle], { messagesPerSecond: 1 / 900 });
  await until("the rate holds", async () => (await send("d")) === "unavailable");
  expect(follower.bundle()).toBe(bundle.bundle.hash);
  await cluster.apply([bundle]);
  await until("it is gone again", async () => (await send("e")) === "stored");
  await until("all are delivered", () =>
    ["a", "b", "c", "e"].every((id) => follower.system.begun.some((each) => each.id === id)),
  );
});
