// `order-by`: of each key the target sees the messages one after the other, as they were accepted, whatever fails.

import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { partitionOf } from "../../runtime/order-key.ts";
import * as address from "../../schema/address.ts";
import { deadLetters, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const partitions = 16;
const ordered = (more: Parameters<typeof handMade>[0] = {}) => handMade({ partitions, ...more });

/** So many keys, each of another partition. */
function keysApart(count: number): readonly string[] {
  const found = new Map<number, string>();
  for (let index = 0; found.size < count; index += 1) {
    const key = `k${index}`;
    const partition = partitionOf(key, partitions);
    if (!found.has(partition)) found.set(partition, key);
  }
  return [...found.values()];
}

test("a message that fails holds up its partition until it is delivered or dead, and no other one", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], partitions });
  const system = fakeSystem();
  const [failing = "", dying = "", healthy = ""] = keysApart(3);
  const busy = { kind: "transient", failure: { class: "unavailable", message: "busy" } } as const;
  let down = true;
  system.answer = ({ id, attempt }) =>
    (id === "f0" && (down || attempt < 4)) || (id === "d1" && !down) || (id === "d0" && down)
      ? id === "d1" && attempt === 4
        ? { kind: "permanent", failure: { class: "rejected", message: "no" } }
        : busy
      : { kind: "delivered" };
  await using line = await startLine(nats, system, { bundles: [ordered()] });
  for (let index = 0; index < 4; index += 1) {
    await system.send({ id: `f${index}`, key: failing });
    await system.send({ id: `d${index}`, key: dying });
  }
  const others = Array.from({ length: 20 }, (_, index) => `h${index}`);
  for (const id of others) await system.send({ id, key: healthy });
  await until("the healthy ones are through", () =>
    others.every((id) => system.begun.some((delivery) => delivery.id === id)),
  );
  const stuck = system.begun.filter(({ id }) => !id.startsWith("h")).map(({ id }) => id);
  expect(new Set(stuck)).toEqual(new Set(["f0", "d0"]));
  down = false;
  await quiet(admin, "orders", "crm", partitions);

  const ids = (letter: string) => system.begun.map(({ id }) => id).filter((id) => id.startsWith(letter));
  const attempts = (wanted: string) => system.begun.flatMap(({ id, attempt }) => (id === wanted ? [attempt] : []));
  const inRuns = (all: readonly string[]) => all.filter((id, index) => id !== all[index - 1]);
  expect(ids("h")).toEqual(others);
  expect(inRuns(ids("f"))).toEqual(["f0", "f1", "f2", "f3"]);
  expect(inRuns(ids("d"))).toEqual(["d0", "d1", "d2", "d3"]);
  expect(attempts("f0")).toEqual(attempts("f0").map((_, index) => index + 1));
  // Its earlier attempts have outcomes that are known: it was not taken.
  const letters = (await deadLetters(admin)).map(({ letter }) => letter);
  expect(letters).toMatchObject([{ id: "d1", attempts: 4, possiblyDelivered: false }]);
  const parked = line.outcomes().filter((outcome) => outcome.startsWith("retry f0"));
  expect(parked).toHaveLength(attempts("f0").length - 1);
});

test("an id is known whatever its key has become, and a message without a key is refused with the place", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], partitions });
  const system = fakeSystem();
  await using _ = await startLine(nats, system, { bundles: [ordered()] });
  const [one = "", other = ""] = keysApart(2);
  const first = await system.send({ id: "a", key: one });
  expect(first).toMatchObject({ kind: "stored", duplicate: false });
  expect(await system.send({ id: "a", key: other })).toMatchObject({ ...first, duplicate: true });
  expect(await system.send({ id: "b" })).toEqual({
    kind: "invalid",
    fits: true,
    issues: [{ path: "", message: "order-by: the key is missing (tenants/acme/orders.yaml:7:11)" }],
  });
  expect(await system.send({ id: "c", key: 7 })).toMatchObject({ kind: "stored" });
});

test("what a server that forgot its acks hands out anew is delivered anew, whole: the newest is the last again", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], partitions });
  const system = fakeSystem();
  const effects: string[] = [];
  system.answer = ({ id, attempt }) => {
    if (id === "b" && attempt === 1) {
      return { kind: "transient", failure: { class: "unavailable", message: "busy" } };
    }
    effects.push(id);
    return { kind: "delivered" };
  };
  await using _ = await startLine(nats, system, { bundles: [ordered()] });
  const [key = ""] = keysApart(1);
  for (const id of ["a", "b"]) await system.send({ id, key });
  await quiet(admin, "orders", "crm", partitions);
  const consumer = address.partitionConsumer("crm", partitionOf(key, partitions));
  await api(admin, `CONSUMER.RESET.${address.intakeStream("orders")}.${consumer}`, { seq: 1 });
  await until("both came again", () => effects.length >= 4);
  expect(effects).toEqual(["a", "b", "a", "b"]);
});

test("the history goes although most partitions have nothing to read, and never what one of them has still to read", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], partitions });
  const system = fakeSystem();
  let down = true;
  system.answer = ({ id }) =>
    id === "f" && down
      ? { kind: "transient", failure: { class: "unavailable", message: "busy" } }
      : { kind: "delivered" };
  const later = { ...systemClock, now: () => Date.now() + 2 * 3_600_000 };
  const bundles = [ordered({ retention: "short", dedupe: 0, retry: { for: 86_400_000 } })];
  await using _ = await startLine(nats, system, { bundles, clock: later, limits: { trimMs: 20 } });
  const [one = "", failing = ""] = keysApart(2);
  for (const id of ["a", "b"]) await system.send({ id, key: one });
  const first = async () => Number(Object((await api(admin, "STREAM.INFO.IN_orders")).state).first_seq);
  await until("the first two have gone", async () => (await first()) === 3);
  await system.send({ id: "f", key: failing });
  for (const id of ["c", "d"]) await system.send({ id, key: one });
  await until("those behind are through", () => system.begun.some(({ id }) => id === "d"));
  await until("it is tried again", () => system.begun.filter(({ id }) => id === "f").length > 2);
  expect(await first()).toBe(3);
  down = false;
  await until("all have gone", async () => (await first()) === 6);
});
