// A dead letter goes back on its way: once in effect, whoever dies or comes second, and with its history when it dies
// again.

import { expect, test } from "vitest";
import { keyOf } from "../../control/letters/entry.ts";
import { redriveLetters } from "../../control/letters/redrive.ts";
import { groupsOf, mostTogether, type Selected, selectLetters } from "../../control/letters/select.ts";
import * as address from "../../schema/address.ts";
import { crashPoints, crashRig, describePoint } from "../rig/crashing-connection.ts";
import { buryByHand, byAnn, listed, only, redriveLetter } from "../rig/letters.ts";
import { fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const no = { kind: "permanent", failure: { class: "rejected", message: "422 no" } } as const;
const down = { kind: "transient", failure: { class: "unavailable", message: "down" } } as const;

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

  expect(await redriveLetter(admin, keyOf(await only(admin)), byAnn)).toEqual({ kind: "redriven", attempt: 2 });
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
    await redriveLetter(admin, keyOf(entry), byAnn);
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
    expect((await redriveLetter(whole.wrap(admin), keyOf(entry), byAnn)).kind).toBe("redriven");
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
      await expect(redriveLetter(rig.wrap(admin), keyOf(entry), byAnn)).rejects.toThrow();
      expect(rig.crashed(), where).toBe(true);
      await quiet(admin, integration);
      // Its own listing; what died again in between is not in it.
      await redriveLetter(admin, keyOf(entry), byAnn);
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
    ["ann", "bob", "cy"].map((by) => redriveLetter(admin, keyOf(entry), { ...byAnn, by })),
  );
  expect(results.filter(({ kind }) => kind === "redriven")).toHaveLength(1);
  expect(results.filter(({ kind }) => kind === "already" || kind === "gone")).toHaveLength(2);
  await quiet(admin);
  expect(line.outcomes()).toEqual(["dead a1", "delivered a1"]);
  expect((await redriveLetter(admin, keyOf(entry), byAnn)).kind).toBe("gone");
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
      kinds.push(...(await redriveLetters(admin, group, { ...byAnn, by })).map(({ kind }) => kind));
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
  expect((await redriveLetter(admin, keyOf(await only(admin)), byAnn)).kind).toBe("already");
  expect(await listed(admin)).toEqual([]);
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
  expect(await redriveLetter(admin, keyOf(entry), byAnn)).toMatchObject({ kind: "refused" });
  await admin.request("dlq.orders.crm.0123456789abcdef", "body");
  const damaged = await until("it is listed", async () => (await listed(admin)).find(({ letter }) => !letter));
  expect(await redriveLetter(admin, keyOf(damaged), byAnn)).toMatchObject({ kind: "refused" });
  expect(await listed(admin)).toHaveLength(2);
});
