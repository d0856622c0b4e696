// `on-error` of a target: what ends there is dropped, counts as done, or goes on to other targets.

import { expect, test } from "vitest";
import type { Outcome } from "../../schema/outcome.ts";
import {
  deadLetters,
  type FakeSystem,
  fakeSystem,
  handMade,
  type Line,
  quiet,
  reactingAlways,
  startLine,
} from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";

const targets = ["crm", "bin", "log"];
const down = { kind: "transient", failure: { class: "unavailable", message: "down" } } as const;
const refused = { kind: "permanent", failure: { class: "rejected", message: "no" } } as const;

async function prepared(): Promise<{ nats: NatsRig; system: FakeSystem } & AsyncDisposable> {
  const nats = await natsServer({ syncAlways: false });
  await createTopology(await nats.connect(), { integration: "orders", targets });
  return { nats, system: fakeSystem(), [Symbol.asyncDispose]: () => nats[Symbol.asyncDispose]() };
}

async function allQuiet(nats: NatsRig, names = targets): Promise<void> {
  const admin = await nats.connect();
  // What one sends on, another gets.
  for (const target of [...names, ...names]) await quiet(admin, "orders", target);
}

const endsOf = (line: Line, target: string): readonly (readonly [string, Outcome])[] =>
  line.events.flatMap((event) =>
    event.kind === "outcome" && event.target === target && event.outcome.kind !== "retry"
      ? [[event.id, event.outcome] as const]
      : [],
  );

test("what ends at a target goes to those that its on-error names, by class, and the event says where", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  system.answer = ({ id }, target) => {
    if (target !== "crm") return { kind: "delivered" };
    return id === "refused" ? refused : down;
  };
  const crm = { rejected: { to: ["bin", "log"] }, unavailable: { to: ["log"] } } as const;
  await using line = await startLine(nats, system, {
    bundles: [handMade({ targets, onErrors: { crm }, retry: { attempts: 2 } })],
  });
  await system.send({ id: "refused" });
  await system.send({ id: "down" });
  await system.send({ id: "broken", broken: "x" });
  await allQuiet(nats);

  const got = (name: string) =>
    system.begun.filter(({ target }) => target === name).map(({ id, attempt, body }) => ({ id, attempt, body }));
  const error = { kind: "rejected", message: "no", body: { id: "refused" } };
  expect(got("bin")).toEqual([{ id: "refused/error/crm", attempt: 1, body: error }]);
  expect(got("log").sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
    { id: "down/error/crm", attempt: 1, body: { kind: "unavailable", message: "down", body: { id: "down" } } },
    { id: "refused/error/crm", attempt: 1, body: error },
  ]);
  const ends = new Map(endsOf(line, "crm"));
  expect(ends.get("refused")).toEqual({ kind: "dropped", reason: "on-error", to: ["bin", "log"] });
  expect(ends.get("down")).toEqual({ kind: "dropped", reason: "on-error", to: ["log"] });
  expect((await deadLetters(await nats.connect())).map(({ letter }) => letter.id)).toEqual(["broken"]);
});

test("it goes on from there as that target's on-error says, never back, and dies at the latest when it was everywhere", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  system.answer = () => refused;
  const onErrors = {
    crm: reactingAlways({ to: ["bin"] }),
    bin: reactingAlways({ to: ["log", "bin"] }),
    log: reactingAlways({ to: ["bin", "log"] }),
  };
  const bundle = handMade({ targets, onErrors });
  await using line = await startLine(nats, system, { bundles: [bundle] });
  await system.send({ id: "a1" });
  await allQuiet(nats);
  expect(system.begun.map(({ target, id }) => `${target} ${id}`)).toEqual([
    "crm a1",
    "bin a1/error/crm",
    "log a1/error/crm/error/bin",
  ]);
  const [letter, ...more] = await deadLetters(await nats.connect());
  expect(more).toEqual([]);
  expect(letter?.letter).toMatchObject({ id: "a1/error/crm/error/bin", target: "log", attempts: 1 });
  expect(endsOf(line, "log").map(([id, { kind }]) => `${kind} ${id}`)).toContain("dead a1/error/crm/error/bin");
});

test("a target that is down when something is sent on has all its attempts", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  system.answer = ({ attempt }, target) => (target === "crm" ? refused : attempt < 3 ? down : { kind: "delivered" });
  await using line = await startLine(nats, system, {
    bundles: [
      handMade({ targets: ["crm", "bin"], onErrors: { crm: reactingAlways({ to: ["bin"] }) }, retry: { attempts: 3 } }),
    ],
  });
  await system.send({ id: "a1" });
  await allQuiet(nats, ["crm", "bin"]);
  expect(system.begun.map(({ target, attempt }) => `${target} ${attempt}`)).toEqual([
    "crm 1",
    "bin 1",
    "bin 2",
    "bin 3",
  ]);
  expect(endsOf(line, "bin").map(([id, { kind }]) => `${kind} ${id}`)).toContain("delivered a1/error/crm");
});

test("with continue it counts as done, and the outcome says so", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  system.answer = () => refused;
  await using line = await startLine(nats, system, { bundles: [handMade({ onError: "continue" })] });
  await system.send({ id: "a1" });
  await quiet(await nats.connect());
  expect(endsOf(line, "crm")).toEqual([["a1", { kind: "delivered", continued: true, detail: "counts as done: no" }]]);
});

test("what another target's walk has sent on already keeps back nothing else of the same message", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  system.answer = ({ id }, target) => (target !== "bin" && id === "o1.1" ? refused : { kind: "delivered" });
  const to = { rejected: { to: ["bin"] } };
  await using _line = await startLine(nats, system, {
    bundles: [handMade({ targets, onErrors: { crm: to, log: to } })],
  });
  await system.send({ id: "o1", lines: [{ stop: "check", to: ["bin"] }, { n: 1 }] });
  await allQuiet(nats);
  const got = system.begun.flatMap(({ target, id }) => (target === "bin" ? [id] : []));
  expect(got.sort()).toEqual(["o1.0/error/step:check", "o1.1/error/crm", "o1.1/error/log"]);
});
