// A dead letter goes back on its way: once in effect, whoever dies or comes second, and with its history when it dies
// again.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { type DeadLetterEntry, listDeadLetters } from "../../control/dead-letters.ts";
import { keyOf, type LetterKey } from "../../control/letters/entry.ts";
import { type RedriveOptions, redriveLetters } from "../../control/letters/redrive.ts";
import { groupsOf, mostTogether, type Selected, selectLetters } from "../../control/letters/select.ts";
import type { CrashPoint } from "../../runtime/crash-point.ts";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import type { DeadLetter, DeliveryResult } from "../../schema/outcome.ts";
import { crashPoints, crashRig, describePoint } from "../rig/crashing-connection.ts";
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
const options = { by: "ann@laptop", now: () => new Date() };

/** As a worker writes it. */
function buryByHand(connection: NatsConnection, id: string, integration = "orders"): void {
  const letter: DeadLetter = {
    id,
    tenant: "acme",
    integration,
    target: "crm",
    failure: { class: "unavailable", message: "down" },
    attempts: 3,
    firstFailureAt: "2026-01-01T00:00:00.000Z",
    diedAt: "2026-01-02T00:00:00.000Z",
    bundle: "b1",
    sequence: 7,
    possiblyDelivered: false,
  };
  const fields = headers();
  fields.set(header.id, id);
  fields.set(header.envelope, JSON.stringify({ source: "door", contract: "" }));
  fields.set(header.sequence, "7");
  fields.set(header.dead, JSON.stringify(letter));
  connection.publish(address.deadSubject(integration, "crm", address.idHash(id)), `{"id":"${id}"}`, {
    headers: fields,
  });
}

async function redriveLetter(connection: NatsConnection, key: LetterKey, given: RedriveOptions) {
  const [result] = await redriveLetters(connection, [key], given);
  if (result === undefined) throw new Error("no result");
  return result;
}

async function listed(connection: NatsConnection): Promise<readonly DeadLetterEntry[]> {
  const result = await listDeadLetters(connection, { limit: 10_000 });
  if (!result.ok) throw new Error(result.failure.message);
  return result.value.letters;
}

async function only(connection: NatsConnection): Promise<DeadLetterEntry> {
  const [entry, ...others] = await listed(connection);
  if (entry === undefined || others.length > 0) throw new Error(`${others.length + (entry ? 1 : 0)} dead letters`);
  return entry;
}

async function prepared(integration = "orders") {
  const nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration, targets: ["crm"], ackWaitMs: 500 });
  return { nats, admin, system: fakeSystem(), [Symbol.asyncDispose]: () => nats[Symbol.asyncDispose]() };
}

test("it is tried again with its own bytes, and the entry is gone", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  system.answer = () => no;
  await using line = await startLine(nats, system);
  const body = Buffer.from('{ "id":"a1",  "n":1 }');
  await system.send({ id: "a1", n: 1 }, { body, headers: { "x-shop": "Ål" } });
  await quiet(admin);
  system.answer = () => ({ kind: "delivered" });

  expect(await redriveLetter(admin, keyOf(await only(admin)), options)).toEqual({ kind: "redriven", attempt: 2 });
  await quiet(admin);
  expect(line.outcomes()).toEqual(["dead a1", "delivered a1"]);
  expect(system.begun.map(({ attempt, id }) => [attempt, id])).toEqual([
    [1, "a1"],
    [2, "a1"],
  ]);
  expect(await listed(admin)).toEqual([]);
  const view = await admin.request(
    `$JS.API.DIRECT.GET.KV_${address.retriesBucket}.$KV.${address.retriesBucket}.orders.crm.${address.idHash("a1")}`,
  );
  expect(view.json()).toMatchObject({ state: "delivered", redriven: [{ by: "ann@laptop", number: 1 }] });
});

test("one that dies again is a dead letter with its history, and its retry policy counts anew", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  system.answer = () => down;
  await using line = await startLine(nats, system, { bundles: [handMade({ retry: { attempts: 2 } })] });
  await system.send({ id: "a1" });
  await quiet(admin);
  for (const round of [1, 2]) {
    const entry = await only(admin);
    expect(entry.letter?.attempts).toBe(2 * round);
    await redriveLetter(admin, keyOf(entry), options);
    await quiet(admin);
  }
  expect(system.begun.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(line.outcomes().filter((each) => each === "dead a1")).toHaveLength(3);
  const { letter } = await only(admin);
  expect(letter?.redriven?.map(({ number, attempts, by }) => [number, attempts, by])).toEqual([
    [1, 2, "ann@laptop"],
    [2, 4, "ann@laptop"],
  ]);
  expect(letter?.redriven?.[0]?.failure).toEqual({ class: "unavailable", message: "down" });
});

test("whoever dies at any call and begins anew: it is done once", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const bury = async (integration: string) => {
    await createTopology(admin, { integration, targets: ["crm"], ackWaitMs: 500 });
    const system = fakeSystem();
    system.answer = () => no;
    const line = await startLine(nats, system, { bundles: [handMade({ integration })] });
    await system.send({ id: "a1" });
    await quiet(admin, integration);
    const entry = (await listed(admin)).find((each) => each.integration === integration);
    if (entry === undefined) throw new Error("it did not die");
    return { system, line, entry };
  };
  const whole = crashRig();
  {
    const { line, entry } = await bury("whole");
    await using _line = line;
    expect((await redriveLetter(whole.wrap(admin), keyOf(entry), options)).kind).toBe("redriven");
    await quiet(admin, "whole");
  }
  const runs = crashPoints(whole.calls).flatMap((point, index) =>
    (["delivered", "dead"] as const).map((then) => ({ point, then, integration: `run${index}${then}` })),
  );
  await Promise.all(
    runs.map(async ({ point, then, integration }) => {
      const where = `${describePoint(whole.calls, point)}, then ${then}`;
      const { system, line, entry } = await bury(integration);
      await using _line = line;
      system.answer = () => (then === "dead" ? no : { kind: "delivered" });
      const rig = crashRig(point);
      await expect(redriveLetter(rig.wrap(admin), keyOf(entry), options)).rejects.toThrow();
      expect(rig.crashed(), where).toBe(true);
      await quiet(admin, integration);
      // Its own listing; what died again in between is not in it.
      await redriveLetter(admin, keyOf(entry), options);
      await quiet(admin, integration);
      const left = (await listed(admin)).filter((each) => each.integration === integration);
      expect([where, ...line.outcomes()]).toEqual([where, "dead a1", `${then} a1`]);
      expect([where, ...left.map(({ letter }) => letter?.redriven?.length)]).toEqual(
        then === "dead" ? [where, 1] : [where],
      );
    }),
  );
});

test("two at once: one does it, the other learns of it", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  system.answer = () => no;
  await using line = await startLine(nats, system);
  await system.send({ id: "a1" });
  await quiet(admin);
  system.answer = () => ({ kind: "delivered" });
  const entry = await only(admin);
  const results = await Promise.all(
    ["ann", "bob", "cy"].map((by) => redriveLetter(admin, keyOf(entry), { ...options, by })),
  );
  expect(results.filter(({ kind }) => kind === "redriven")).toHaveLength(1);
  expect(results.filter(({ kind }) => kind === "already" || kind === "gone")).toHaveLength(2);
  await quiet(admin);
  expect(line.outcomes()).toEqual(["dead a1", "delivered a1"]);
  expect((await redriveLetter(admin, keyOf(entry), options)).kind).toBe("gone");
});

test("many by three people at once, in batches: each is delivered once, whoever is quicker", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  await using line = await startLine(nats, system);
  const ids = Array.from({ length: 200 }, (_, index) => `t${index}`);
  for (const id of ids) buryByHand(admin, id);
  await admin.flush();
  const of = { tenant: "acme", connection: admin };
  const selected = await until("all are stored", async () => {
    const found = await selectLetters([of], {});
    return found.ok && found.value.length === 200 && found.value;
  });
  // An entry that somebody has put there a second time, as no worker would.
  buryByHand(admin, "t0");
  await admin.flush();
  const twice = await selectLetters([of], { ids: ["t0"] });
  expect(groupsOf(twice.ok ? twice.value : [], mostTogether).map((group) => group.length)).toEqual([1, 1]);
  const groups = groupsOf(selected, mostTogether);
  expect(groups).toHaveLength(4);
  const person = async (by: string, order: readonly (readonly Selected[])[]) => {
    const kinds: string[] = [];
    for (const group of order) {
      kinds.push(...(await redriveLetters(admin, group, { ...options, by })).map(({ kind }) => kind));
    }
    return kinds;
  };
  const results = await Promise.all([person("ann", groups), person("bob", groups.toReversed()), person("cy", groups)]);
  await quiet(admin);
  expect(results.flat().filter((kind) => kind === "redriven")).toHaveLength(200);
  expect(results.flat().every((kind) => ["redriven", "already", "gone"].includes(kind))).toBe(true);
  expect([...line.outcomes()].sort()).toEqual(ids.map((id) => `delivered ${id}`).sort());
  // What was put there twice is known to be done.
  const [left] = await listed(admin);
  expect(left?.letter?.id).toBe("t0");
  expect((await redriveLetter(admin, keyOf(await only(admin)), options)).kind).toBe("already");
  expect(await listed(admin)).toEqual([]);
});

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
  await redriveLetter(admin, keyOf(await only(admin)), options);
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
    await redriveLetter(admin, keyOf(entry), options);
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

test("a message that is under way with the same id, and a record that nobody can read, are left alone", async () => {
  await using given = await prepared();
  const { nats, admin, system } = given;
  system.answer = () => no;
  await using _line = await startLine(nats, system);
  await system.send({ id: "a1" });
  await quiet(admin);
  const entry = await only(admin);
  const subject = address.stateSubject("orders", "crm", entry.idHash);
  await admin.request(subject, JSON.stringify({ state: "parked", id: "a1", attempt: 2, sequence: 99 }));
  expect(await redriveLetter(admin, keyOf(entry), options)).toMatchObject({ kind: "refused" });
  await admin.request("dlq.orders.crm.0123456789abcdef", "body");
  const damaged = await until("it is listed", async () => (await listed(admin)).find(({ letter }) => !letter));
  expect(await redriveLetter(admin, keyOf(damaged), options)).toMatchObject({ kind: "refused" });
  expect(await listed(admin)).toHaveLength(2);
});
