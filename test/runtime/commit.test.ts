// Messages that come together are stored together, and each sender is told of its own: when ids repeat, when others
// store the same at the same time, when the server dies or does not answer.

import type { NatsConnection } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import * as address from "../../schema/address.ts";
import type { Accepted } from "../../schema/connector.ts";
import { cutWire } from "../rig/cut-wire.ts";
import { fakeSystem, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const stream = address.intakeStream("orders");
const numbered = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

interface Stored {
  readonly sequence: number;
  readonly batch: string;
}

/** Hundreds of requests at once may take their time. */
const patient = { timeout: 20_000 };

/** All of the intake, by the id in the body. */
async function stored(connection: NatsConnection): Promise<ReadonlyMap<string, Stored>> {
  const found = new Map<string, Stored>();
  const state: { first_seq: number; last_seq: number } = Object((await api(connection, `STREAM.INFO.${stream}`)).state);
  const sequences = Array.from({ length: state.last_seq - state.first_seq + 1 }, (_, index) => state.first_seq + index);
  const read = async (sequence: number): Promise<void> => {
    const message = await connection.request(
      `$JS.API.DIRECT.GET.${stream}`,
      JSON.stringify({ seq: sequence }),
      patient,
    );
    const { id } = message.json<{ id: string }>();
    expect(found.has(id)).toBe(false);
    found.set(id, { sequence, batch: message.headers?.get("Nats-Batch-Id") ?? "" });
  };
  await Promise.all(sequences.map(read));
  return found;
}

const sequenceOf = (accepted: Accepted | undefined): number => {
  if (accepted?.kind !== "stored") throw new Error(JSON.stringify(accepted));
  return accepted.sequence;
};
const isDuplicate = (accepted: Accepted): boolean => accepted.kind === "stored" && accepted.duplicate;

test("what comes at once is stored by few writes, in order, and each sender is told its own sequence", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using _line = await startLine(nats, system);
  const ids = numbered("m", 700);
  const accepted = await Promise.all(ids.map((id) => system.send({ id })));
  const found = await stored(admin);
  expect(ids.map((id) => found.get(id)?.sequence)).toEqual(accepted.map(sequenceOf));
  expect(accepted.map(sequenceOf)).toEqual(ids.map((_, index) => index + 1));
  expect(accepted.some(isDuplicate)).toBe(false);
  // The first leaves at once; the others wait for it, and go 500 at most at a time.
  const sizes = new Map<string, number>();
  for (const { batch } of found.values()) sizes.set(batch, (sizes.get(batch) ?? 0) + 1);
  expect([...sizes.values()].sort((a, b) => a - b)).toEqual([1, 199, 500]);
});

test("large messages fill a batch before there are many; one of its own is no batch", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using _line = await startLine(nats, system);
  await system.send({ id: "alone" });
  const text = "x".repeat(30_000);
  await Promise.all(numbered("m", 80).map((id) => system.send({ id, text })));
  const found = await stored(admin);
  expect(found.get("alone")?.batch).toBe("");
  const sizes = new Map<string, number>();
  for (const { batch } of found.values()) sizes.set(batch, (sizes.get(batch) ?? 0) + 1);
  sizes.delete("");
  expect([...sizes.values()]).toEqual([34, 34]);
});

test("an id that comes twice at the same time, or again soon, is stored once; the second is told the first's sequence", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using _line = await startLine(nats, system);
  const ids = numbered("m", 100);
  const accepted = await Promise.all([...ids, ...ids].map((id) => system.send({ id })));
  const again = await Promise.all(ids.map((id) => system.send({ id })));
  expect((await stored(admin)).size).toBe(100);
  expect(accepted.map(isDuplicate)).toEqual([...ids.map(() => false), ...ids.map(() => true)]);
  expect(accepted.slice(100).map(sequenceOf)).toEqual(accepted.slice(0, 100).map(sequenceOf));
  expect(again.map(sequenceOf)).toEqual(accepted.slice(0, 100).map(sequenceOf));
  expect(again.every(isDuplicate)).toBe(true);
});

test("ids are known after the worker and the server were killed, and told with the first sequence", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const ids = numbered("m", 60);
  const before = fakeSystem();
  const first = await startLine(nats, before);
  const told = await Promise.all(ids.map((id) => before.send({ id })));
  await first.abandon();
  const system = fakeSystem();
  await using line = await startLine(nats, system);
  const half = await Promise.all(ids.slice(0, 30).map((id) => system.send({ id })));
  await nats.kill("SIGKILL");
  await nats.restart();
  await until("the line is back", () => line.worker.health().ready);
  const again = await Promise.all(ids.map((id) => system.send({ id })));
  expect([...half, ...again].every(isDuplicate)).toBe(true);
  expect(half.map(sequenceOf)).toEqual(told.slice(0, 30).map(sequenceOf));
  expect(again.map(sequenceOf)).toEqual(told.map(sequenceOf));
});

test("known ids in the middle of a batch harm nobody else", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const [before, system] = [fakeSystem(), fakeSystem()];
  await using _other = await startLine(nats, before);
  const known = ["m7", "m40", "m41", "m99"];
  const first = new Map<string, number>();
  for (const id of known) first.set(id, sequenceOf(await before.send({ id })));
  // Who has not stored them does not know them.
  await using _line = await startLine(nats, system);
  const ids = numbered("m", 100);
  const accepted = await Promise.all(ids.map((id) => system.send({ id })));
  const found = await stored(admin);
  expect(ids.map((id) => found.get(id)?.sequence)).toEqual(accepted.map(sequenceOf));
  expect(ids.filter((_, index) => isDuplicate(accepted[index] ?? { kind: "invalid", issues: [] }))).toEqual(known);
  for (const [id, sequence] of first) expect(found.get(id)?.sequence).toBe(sequence);
});

test("three workers take the same ids at the same time: each is stored once, all are told the same", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const systems = [fakeSystem(), fakeSystem(), fakeSystem()];
  await using _one = await startLine(nats, systems[0] ?? fakeSystem());
  await using _two = await startLine(nats, systems[1] ?? fakeSystem());
  await using _three = await startLine(nats, systems[2] ?? fakeSystem());
  const ids = numbered("m", 300);
  const told = await Promise.all(
    systems.map((system, index) => {
      // Each begins elsewhere, so that their batches overlap in part.
      const mine = [...ids.slice(index * 100), ...ids.slice(0, index * 100)];
      return Promise.all(mine.map(async (id) => [id, await system.send({ id })] as const));
    }),
  );
  const found = await stored(admin);
  expect(found.size).toBe(300);
  for (const all of told) for (const [id, accepted] of all) expect(sequenceOf(accepted)).toBe(found.get(id)?.sequence);
  const firsts = told.flat().filter(([, accepted]) => !isDuplicate(accepted));
  expect(new Set(firsts.map(([id]) => id)).size).toBe(firsts.length);
  expect(firsts.length).toBe(300);
});

test("an answer that never came: what is stored is found, and its sender told so", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  await using wire = await cutWire(nats.port);
  let late = 0;
  const clock = { ...systemClock, steady: () => performance.now() + late };
  const system = fakeSystem();
  await using _line = await startLine(nats, system, { url: wire.url, clock });
  for (const count of [1, 50]) {
    const ids = numbered(`n${count}-`, count);
    wire.hold();
    const sending = Promise.all(ids.map((id) => system.send({ id })));
    // Of many, the first has left alone and the others still wait for its answer.
    const there = count === 1 ? 1 : 2;
    await until(
      "it is stored",
      async () => Object((await api(admin, `STREAM.INFO.${stream}`)).state).messages >= there,
    );
    late += 10_000;
    await new Promise((resolve) => setTimeout(resolve, 700));
    wire.release();
    const accepted = await sending;
    expect(accepted.some(isDuplicate)).toBe(false);
    expect(new Set(accepted.map(sequenceOf)).size).toBe(count);
  }
});

test("kill -9 of the server in the middle of batches: whatever was answered with its sequence is there", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using line = await startLine(nats, system);
  const ledger = new Map<string, number>();
  const unanswered = new Set<string>();
  let next = 0;
  let kills = 0;
  const sender = async (): Promise<void> => {
    while (kills < 3) {
      const id = `m${next++}`;
      const accepted = await system.send({ id });
      if (accepted.kind === "stored") ledger.set(id, accepted.sequence);
      else {
        unanswered.add(id);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const senders = Array.from({ length: 128 }, sender);
  for (let kill = 1; kill <= 3; kill += 1) {
    const before = ledger.size;
    await until("traffic flows", () => ledger.size > before + 500);
    await nats.kill("SIGKILL");
    await nats.restart();
    await until("the line is back", () => line.worker.health().ready);
    kills = kill;
  }
  await Promise.all(senders);
  // The kills hit the middle: some were left without an answer.
  expect(unanswered.size).toBeGreaterThan(0);
  // Who was told to come again does.
  for (const id of unanswered) ledger.set(id, sequenceOf(await system.send({ id })));
  const found = await stored(await nats.connect());
  expect([...ledger].filter(([id, sequence]) => found.get(id)?.sequence !== sequence)).toEqual([]);
  expect(found.size).toBe(ledger.size);
});
