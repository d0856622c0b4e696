// Redriven messages in the hands of workers: whatever happened before their death and whoever dies with them now, they
// come to one end.

import { expect, test } from "vitest";
import { keyOf } from "../../control/letters/entry.ts";
import type { CrashPoint } from "../../runtime/crash-point.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { buryByHand, byAnn, listed, only, redriveLetter } from "../rig/letters.ts";
import { deadLetters, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const no = { kind: "permanent", failure: { class: "rejected", message: "422 no" } } as const;
const down = { kind: "transient", failure: { class: "unavailable", message: "down" } } as const;
const delivered = { kind: "delivered" } as const;

/** Where a worker can die with a message that is due. */
const deliveryPoints = [
  "pulled",
  "recalled",
  "before-deliver",
  "after-deliver",
  "after-failure-batch",
  "after-finished-record",
  "after-dead-record",
  "after-dead-letter",
  "after-ack",
] as const satisfies readonly CrashPoint[];
test.each([
  ["in any order", 0],
  ["with order-by", 16],
] as const)("what is handed out again from before its death is not run again, %s", async (_title, partitions) => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], ackWaitMs: 2_500, partitions });
  const system = fakeSystem();
  const bundles = [handMade(partitions === 0 ? {} : { partitions })];
  system.answer = () => no;
  // Dies when the letter is written and nothing acknowledged.
  let died: () => void = () => undefined;
  const death = new Promise<void>((resolve) => {
    died = resolve;
  });
  const first = await startLine(nats, system, {
    bundles,
    crash: (point) => {
      if (point !== "after-dead-letter") return undefined;
      died();
      return new Promise(() => undefined);
    },
  });
  await system.send({ id: "a1", key: "k" });
  await death;
  await first.abandon();
  system.answer = () => ({ kind: "delivered" });
  await redriveLetter(admin, keyOf(await only(admin)), byAnn);
  await using line = await startLine(nats, system, { bundles });
  await quiet(admin, "orders", "crm", partitions);
  expect(line.outcomes()).toEqual(["delivered a1"]);
  expect(await deadLetters(admin)).toEqual([]);
});

const courses = {
  works: () => delivered,
  "works at the second": (request) => (request === 1 ? down : delivered),
  "dies again": () => no,
} satisfies Record<string, (request: number) => DeliveryResult>;

test("a worker that dies anywhere with a redriven message leaves it to the next: one end, with its history", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const runs = deliveryPoints.flatMap((point) =>
    Object.entries(courses).map(([course, answer]) => ({ point, course, answer })),
  );
  const hit = new Set<string>();
  const run = async ({ point, course, answer }: (typeof runs)[number], index: number): Promise<void> => {
    const integration = `run${index}`;
    await createTopology(admin, { integration, targets: ["crm"], ackWaitMs: 500 });
    buryByHand(admin, "a1", integration);
    const entry = await until("it is stored", async () =>
      (await listed(admin)).find((each) => each.integration === integration),
    );
    await redriveLetter(admin, keyOf(entry), byAnn);
    const system = fakeSystem();
    let [requests, taken] = [0, 0];
    system.answer = () => {
      requests += 1;
      const result = answer(requests);
      if (result.kind === "delivered") taken += 1;
      return result;
    };
    const bundles = [handMade({ integration, retry: { initial: 20, max: 50 } })];
    let died: () => void = () => undefined;
    const death = new Promise<void>((resolve) => {
      died = resolve;
    });
    const first = await startLine(nats, system, {
      bundles,
      crash: (reached) => {
        if (reached !== point) return undefined;
        hit.add(point);
        died();
        return new Promise(() => undefined);
      },
    });
    await Promise.race([death, quiet(first.connection, integration).catch(() => undefined)]);
    await first.abandon();
    await using second = await startLine(nats, system, { bundles });
    await quiet(second.connection, integration);
    const letters = (await listed(admin)).filter((each) => each.integration === integration);
    const where = `${course}, ${point}`;
    expect([where, taken > 0, letters.map(({ letter }) => letter?.redriven?.length)]).toEqual(
      course === "dies again" ? [where, false, [1]] : [where, true, []],
    );
  };
  const waiting = runs.entries();
  await Promise.all(
    Array.from({ length: 9 }, async () => {
      for (const [index, each] of waiting) await run(each, index);
    }),
  );
  expect(hit).toEqual(new Set(deliveryPoints));
});

test("of a split only the item that died is run again; what ended in one letter, but for those that have their end", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  // Of twenty that die sixteen have a letter of their own.
  system.answer = ({ id }) => (id === "o1.1" || id.startsWith("o2.") ? no : delivered);
  await using _line = await startLine(nats, system);
  const lines = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
  await system.send({ id: "o1", lines: lines(3) });
  await system.send({ id: "o2", lines: lines(20) });
  await quiet(admin);
  expect(await listed(admin)).toHaveLength(1 + 16 + 1);
  system.answer = () => delivered;
  system.begun.length = 0;

  const entryOf = async (id: string) => {
    const found = (await listed(admin)).find(({ letter }) => letter?.id === id);
    if (found === undefined) throw new Error(`${id} is not there`);
    return keyOf(found);
  };
  await redriveLetter(admin, await entryOf("o1.1"), byAnn);
  await quiet(admin);
  expect(system.begun.map(({ id, attempt, body }) => [id, attempt, body])).toEqual([["o1.1", 2, { n: 1 }]]);
  await redriveLetter(admin, await entryOf("o2"), byAnn);
  await quiet(admin);
  const others = (await listed(admin)).map(({ letter }) => letter?.id);
  expect(others).toHaveLength(16);
  const run = system.begun.slice(1).map(({ id }) => id);
  expect(run).toHaveLength(4);
  expect(new Set([...run, ...others]).size).toBe(20);
});
