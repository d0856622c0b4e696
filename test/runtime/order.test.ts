// `order-by`: of each key the target sees the messages one after the other, as they were accepted, whatever fails.

import { expect, test } from "vitest";
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
  const left = new Map([
    ["f0", 3],
    ["d1", 99],
  ]);
  system.answer = ({ id }) => {
    const failures = left.get(id) ?? 0;
    left.set(id, failures - 1);
    if (failures <= 0) return { kind: "delivered" };
    return { kind: "transient", failure: { class: "unavailable", message: "busy" } };
  };
  await using line = await startLine(nats, system, { bundles: [ordered({ retry: { attempts: 4, initial: 150 } })] });
  for (let index = 0; index < 4; index += 1) {
    await system.send({ id: `f${index}`, key: failing });
    await system.send({ id: `d${index}`, key: dying });
  }
  const others = Array.from({ length: 20 }, (_, index) => `h${index}`);
  for (const id of others) await system.send({ id, key: healthy });
  await until("the healthy ones are through", () =>
    others.every((id) => system.begun.some((delivery) => delivery.id === id)),
  );
  const seen = system.begun.map(({ id }) => id);
  expect(seen).not.toContain("f1");
  expect(seen).not.toContain("d2");
  await quiet(admin, "orders", "crm", partitions);

  const of = (letter: string) =>
    system.begun.flatMap(({ id, attempt }) => (id.startsWith(letter) ? [`${id} a${attempt}`] : []));
  expect(of("h")).toEqual(others.map((id) => `${id} a1`));
  expect(of("f")).toEqual(["f0 a1", "f0 a2", "f0 a3", "f0 a4", "f1 a1", "f2 a1", "f3 a1"]);
  expect(of("d")).toEqual(["d0 a1", "d1 a1", "d1 a2", "d1 a3", "d1 a4", "d2 a1", "d3 a1"]);
  expect((await deadLetters(admin)).map(({ letter }) => [letter.id, letter.attempts])).toEqual([["d1", 4]]);
  expect(line.outcomes().filter((outcome) => outcome.startsWith("retry f0"))).toHaveLength(3);
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
    issues: [{ path: "", message: "order-by: the key is missing (tenants/acme/orders.yaml:7:11)" }],
  });
  expect(await system.send({ id: "c", key: 7 })).toMatchObject({ kind: "stored" });
});

test("what a server that forgot its acks hands out anew is delivered anew, whole: the newest is the last again", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], partitions });
  const system = fakeSystem();
  system.answer = ({ id, attempt }) =>
    id === "b" && attempt === 1
      ? { kind: "transient", failure: { class: "unavailable", message: "busy" } }
      : { kind: "delivered" };
  await using _ = await startLine(nats, system, { bundles: [ordered()] });
  const [key = ""] = keysApart(1);
  for (const id of ["a", "b"]) await system.send({ id, key });
  await quiet(admin, "orders", "crm", partitions);
  const consumer = address.partitionConsumer("crm", partitionOf(key, partitions));
  await api(admin, `CONSUMER.RESET.${address.intakeStream("orders")}.${consumer}`, { seq: 1 });
  await until("all came again", () => system.begun.length > 3);
  await quiet(admin, "orders", "crm", partitions);
  const once = ["a a1", "b a1", "b a2"];
  expect(system.begun.map(({ id, attempt }) => `${id} a${attempt}`)).toEqual([...once, ...once]);
});
