// Items of a split: each has an end of its own, and only those without one are tried again.

import { expect, test } from "vitest";
import { listDeadLetters } from "../../control/dead-letters.ts";
import { keyOf } from "../../control/letters/entry.ts";
import { redriveLetters } from "../../control/letters/redrive.ts";
import { fromRanges, toRanges } from "../../runtime/item-ranges.ts";
import * as address from "../../schema/address.ts";
import { type DeadEntry, deadLetters, type FakeSystem, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";

const down = { kind: "transient", failure: { class: "unavailable", message: "down" } } as const;
const refused = { kind: "permanent", failure: { class: "rejected", message: "no" } } as const;
const cut = { kind: "unknown", failure: { class: "unavailable", message: "cut" } } as const;

async function prepared(): Promise<{ nats: NatsRig; system: FakeSystem } & AsyncDisposable> {
  const nats = await natsServer({ syncAlways: false });
  await createTopology(await nats.connect(), { integration: "orders", targets: ["crm", "bin"] });
  return { nats, system: fakeSystem(), [Symbol.asyncDispose]: () => nats[Symbol.asyncDispose]() };
}

const lines = (count: number): readonly { readonly n: number }[] => Array.from({ length: count }, (_, n) => ({ n }));

const short = ({ letter }: DeadEntry) => [letter.id, letter.item, letter.attempts, letter.possiblyDelivered];

test("items are named by ranges", () => {
  const items = [".0", ".1", ".2", ".7", ".3.0", ".3.1", ".10"];
  expect(toRanges(items)).toEqual([".0-2", ".7", ".10", ".3.0-1"]);
  expect(fromRanges(toRanges(items))).toEqual(new Set(items));
  expect(fromRanges(["", "3", "nonsense", ".x"])).toEqual(new Set());
});

test("what comes again comes for those only that are not done; a bad one dies alone", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  system.answer = ({ id, attempt }) => {
    if (id === "o1.1") return refused;
    if (id === "o1.3" && attempt < 3) return attempt === 1 ? down : cut;
    return { kind: "delivered" };
  };
  await using line = await startLine(nats, system);
  const body = Buffer.from('{"id":"o1",  "lines":[{"n":0},{"n":1},{"n":2},{"n":3},{"broken":"x"},{"skip":true}]}');
  await system.send(JSON.parse(body.toString()), { body });
  await system.send({ id: "o2", lines: lines(3) });
  await quiet(admin);

  const times: Record<string, number> = {};
  for (const { id } of system.begun) times[id] = (times[id] ?? 0) + 1;
  expect(times).toEqual({
    "o1.0": 1,
    "o1.1": 1,
    "o1.2": 1,
    "o1.3": 3,
    "o2.0": 1,
    "o2.1": 1,
    "o2.2": 1,
  });
  const letters = await deadLetters(admin);
  expect(letters.map(short).sort()).toEqual([
    ["o1.1", ".1", 1, false],
    ["o1.4", ".4", 1, false],
  ]);
  expect(letters.map((entry) => entry.body)).toEqual([body.toString(), body.toString()]);
  expect(letters.map(({ headers }) => [headers["Vrsky-Id"], headers["Vrsky-Item"]]).sort()).toEqual([
    ["o1", ".1"],
    ["o1", ".4"],
  ]);
  const told = (id: string) =>
    line.events.flatMap((event) =>
      event.kind === "outcome" && event.id === id && event.outcome.kind !== "dead"
        ? [[event.outcome.kind, event.outcome.items]]
        : [],
    );
  expect(told("o1")).toEqual([
    ["retry", { delivered: 2, dropped: 1, dead: 2, retry: 1 }],
    ["retry", { delivered: 2, dropped: 1, dead: 2, retry: 1 }],
    ["delivered", { delivered: 3, dropped: 1, dead: 2, retry: 0 }],
  ]);
  expect(told("o2")).toEqual([["delivered", { delivered: 3, dropped: 0, dead: 0, retry: 0 }]]);
  // The success path wrote nothing.
  const info = await admin.request(`$JS.API.DIRECT.GET.${address.retryStream("orders")}.${state("o2")}`);
  expect(info.headers?.code).toBe(404);
});

const state = (id: string): string => address.stateSubject("orders", "crm", address.idHash(id));

test("when its attempts are over, what is left dies; an item that may have arrived says so", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  system.answer = ({ id, attempt }) => {
    if (id === "o1.0") return attempt === 1 ? cut : down;
    return id === "o1.1" ? down : { kind: "delivered" };
  };
  await using line = await startLine(nats, system, { bundles: [handMade({ retry: { attempts: 2 } })] });
  await system.send({ id: "o1", lines: lines(3) });
  await quiet(admin);
  expect((await deadLetters(admin)).map(short).sort()).toEqual([
    ["o1.0", ".0", 2, true],
    ["o1.1", ".1", 2, false],
  ]);
  expect([...line.outcomes()].sort()).toEqual(["dead o1.0", "dead o1.1", "delivered o1", "retry o1"]);
});

test("a target that is down is not asked for each of a thousand items; what all die of is one letter", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  let isDown = true;
  system.answer = ({ id }) => (isDown ? down : id.endsWith("7") ? refused : { kind: "delivered" });
  await using line = await startLine(nats, system, {
    bundles: [handMade({ retry: { attempts: 3, initial: 400, max: 400 } })],
  });
  await system.send({ id: "o1", lines: lines(1_000) });
  while (system.begun.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(system.begun.length).toBeLessThan(40);
  isDown = false;
  await quiet(admin);

  const letters = await deadLetters(admin);
  const whole = letters.filter(({ letter }) => letter.id === "o1");
  expect([letters.length, whole.length]).toEqual([17, 1]);
  const ended = fromRanges(whole[0]?.letter.ended);
  // 900 are delivered, sixteen have letters of their own.
  expect(ended.size).toBe(916);
  const last = line.events.filter((event) => event.kind === "outcome" && event.id === "o1").at(-1);
  expect(last).toMatchObject({ outcome: { kind: "dead", items: { delivered: 900, dead: 100, retry: 0 } } });
});

test("a dead item that is redriven runs alone; a letter of the rest brings back only the rest", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  let mended = false;
  system.answer = ({ id }) => (!mended && Number(id.split(".")[1]) < 20 ? refused : { kind: "delivered" });
  await using line = await startLine(nats, system);
  await system.send({ id: "o1", lines: lines(22) });
  await quiet(admin);
  mended = true;
  system.begun.length = 0;
  const listed = await listDeadLetters(admin, { limit: 100 });
  const letters = listed.ok ? listed.value.letters : [];
  expect(letters.length).toBe(17);
  await redriveLetters(admin, letters.map(keyOf), { by: "ann", now: () => new Date() });
  await quiet(admin);
  const again = system.begun.map(({ id }) => id).sort();
  expect(again).toEqual(
    lines(20)
      .map(({ n }) => `o1.${n}`)
      .sort(),
  );
  expect(await deadLetters(admin)).toEqual([]);
  expect(line.outcomes().filter((text) => text.startsWith("delivered"))).toContain("delivered o1.3");
});

test("on-error of the target is followed item by item", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  system.answer = ({ id }, target) => (target === "crm" && id !== "o1.0" ? refused : { kind: "delivered" });
  await using line = await startLine(nats, system, {
    bundles: [handMade({ targets: ["crm", "bin"], onErrors: { crm: { rejected: { to: ["bin"] } } } })],
  });
  await system.send({ id: "o1", lines: lines(3) });
  await quiet(admin);
  await quiet(admin, "orders", "bin");
  const sent = system.begun.filter(({ target }) => target === "bin").map(({ id, body }) => ({ id, body }));
  expect(sent.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
    { id: "o1.1/error/crm", body: { kind: "rejected", message: "no", body: { n: 1 } } },
    { id: "o1.2/error/crm", body: { kind: "rejected", message: "no", body: { n: 2 } } },
  ]);
  expect(await deadLetters(admin)).toEqual([]);
  const own = line.events.find((event) => event.kind === "outcome" && event.id === "o1" && event.target === "crm");
  expect(own).toMatchObject({ outcome: { kind: "delivered", items: { delivered: 1, dropped: 2, dead: 0 } } });
});
