// Many messages of one source in order: all are stored, or those in front of one that is not.

import { expect, test } from "vitest";
import { directMessages } from "../../control/direct.ts";
import * as address from "../../schema/address.ts";
import type { Accepted, Incoming } from "../../schema/connector.ts";
import { header } from "../../schema/envelope.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import { fakeSystem, handMade, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const message = (id: string, more: Readonly<Record<string, boolean | string>> = {}): Incoming => {
  const value = { id, ...more };
  return { body: Buffer.from(JSON.stringify(value)), value, headers: {}, meta: {} };
};
const numbered = (count: number, from = 0): readonly Incoming[] =>
  Array.from({ length: count }, (_, index) => message(`n${from + index}`));
const idOf = (value: Json): Json | undefined => (isJsonObject(value) ? value.id : undefined);
const kinds = (accepted: readonly Accepted[]): string => accepted.map(({ kind }) => kind[0]).join("");

async function started(options: Parameters<typeof startLine>[2] = {}) {
  const nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], intakeBytes: 4 * 1024 * 1024 });
  const system = fakeSystem();
  const line = await startLine(nats, system, options);
  const stored = async (): Promise<readonly string[]> => {
    const ids: string[] = [];
    // The server may have been started again.
    for await (const { headers } of directMessages(await nats.connect(), {
      stream: address.intakeStream("orders"),
      filter: address.intakeFilter("orders"),
    })) {
      ids.push(headers.get(header.id));
    }
    return ids;
  };
  return {
    nats,
    line,
    stored,
    system,
    acceptAll: (messages: readonly Incoming[]) => system.source().acceptAll(messages),
    [Symbol.asyncDispose]: async () => {
      await line[Symbol.asyncDispose]();
      await nats[Symbol.asyncDispose]();
    },
  };
}

test("more than the worker may have in hand: it waits, and stores them in order with their sequences", async () => {
  await using rig = await started({ limits: { acceptMessages: 300, commitMessages: 200 } });
  const beside = rig.acceptAll(numbered(1_000, 10_000));
  const accepted = await rig.acceptAll(numbered(5_000));
  expect(new Set(accepted.map(({ kind }) => kind))).toEqual(new Set(["stored"]));
  await beside;
  const ids = await rig.stored();
  expect(ids.filter((id) => id.length < 6)).toEqual(numbered(5_000).map(({ value }) => idOf(value)));
  expect(accepted.map((each) => each.kind === "stored" && ids[each.sequence - 1])).toEqual(
    numbered(5_000).map(({ value }) => idOf(value)),
  );
});

test("nothing is stored behind one that is not; what was there before is told, and comes once", async () => {
  await using rig = await started();
  const [a, b, c, d] = ["a", "b", "c", "d"].map((id) => message(id));
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("unreachable");
  expect(kinds(await rig.acceptAll([a, message("x", { refuse: true }), b]))).toBe("siu");
  expect(await rig.stored()).toEqual(["a"]);
  const accepted = await rig.acceptAll([a, b, a, c]);
  expect(accepted.map((each) => each.kind === "stored" && [each.sequence, each.duplicate])).toEqual([
    [1, true],
    [2, false],
    [1, true],
    [3, false],
  ]);
  // The second is too large for what is left of the intake.
  await rig.system.source().accept(message("big", { text: "x".repeat(900_000) }));
  const big = (id: string) => message(id, { text: "x".repeat(900_000) });
  const full = await rig.acceptAll([big("e"), big("f"), big("g"), big("h"), big("i"), d]);
  expect(kinds(full)).toMatch(/^s+u+$/);
  expect(await rig.stored()).not.toContain("d");
  // Its events: one for each that is stored, and one for the first that is not.
  expect(rig.line.events.filter(({ kind }) => kind === "refused")).toHaveLength(2);
});

test("while NATS is away nothing is taken for stored; the same again afterwards leaves each there once", async () => {
  await using rig = await started();
  const all = numbered(1_200);
  const first = rig.acceptAll(all);
  await rig.nats.kill("SIGKILL");
  const before = kinds(await first);
  expect(before).toMatch(/^s*u*$/);
  await rig.nats.restart();
  await until("all are stored", async () => (await rig.acceptAll(all)).every(({ kind }) => kind === "stored"));
  expect(await rig.stored()).toEqual(all.map(({ value }) => idOf(value)));
});

test("the tenant's rate is kept by waiting", async () => {
  await using rig = await started({ messagesPerSecond: 100 });
  expect(kinds(await rig.acceptAll(numbered(150)))).toBe("s".repeat(150));
  expect(rig.line.events.filter(({ kind }) => kind === "refused")).toEqual([]);
});

test("a batch of which another worker has stored some meanwhile", async () => {
  await using rig = await started();
  const other = fakeSystem();
  await using _line = await startLine(rig.nats, other, { bundles: [handMade()] });
  const all = numbered(600);
  const [mine, theirs] = await Promise.all([rig.acceptAll(all), other.source().acceptAll(all)]);
  for (const [index] of all.entries()) {
    const [one, two] = [mine[index], theirs[index]];
    if (one?.kind === "stored" && two?.kind === "stored") expect(one.sequence).toBe(two.sequence);
  }
  await rig.acceptAll(all);
  expect(await rig.stored()).toEqual(all.map(({ value }) => idOf(value)));
});
