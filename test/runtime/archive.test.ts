// Nothing leaves the intake before the archive has it: every accepted message is there once, in the order of the intake,
// whatever is killed and however often the intake is trimmed.

import type { NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { keptBy, keptMessages } from "../../control/archive/read.ts";
import { systemClock } from "../../runtime/clock.ts";
import { defaultLimits } from "../../runtime/context.ts";
import { createLink } from "../../runtime/link.ts";
import { keepTrimming } from "../../runtime/trim.ts";
import type { JsonObject } from "../../schema/json.ts";
import { type FakeSystem, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

/** Everything is out of the history at once. */
const tomorrow = { ...systemClock, now: () => Date.now() + 25 * 3_600_000 };
const archived = () => handMade({ archive: true, dedupe: 0 });
const trimming = { bundles: [archived()], limits: { trimMs: 20 }, clock: tomorrow };

const stateOf = async (
  connection: NatsConnection,
  stream: string,
): Promise<{ messages: number; first_seq: number; last_seq: number }> =>
  Object((await api(connection, `STREAM.INFO.${stream}`)).state);

async function change(connection: NatsConnection, stream: string, more: JsonObject): Promise<void> {
  const { config } = await api(connection, `STREAM.INFO.${stream}`);
  await api(connection, `STREAM.UPDATE.${stream}`, { ...Object(config), ...more });
}

async function archive(connection: NatsConnection): Promise<readonly string[]> {
  const kept = await keptBy(connection, "orders");
  if (kept?.kind !== "archive") return [];
  const ids: string[] = [];
  for await (const { envelope } of keptMessages(connection, kept)) ids.push(envelope.id);
  return ids;
}

async function send(system: FakeSystem, ids: readonly string[]): Promise<void> {
  const answers = await Promise.all(ids.map((id) => system.send({ id })));
  expect(answers.every(({ kind }) => kind === "stored")).toBe(true);
}

const numbered = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

test("what an archive cannot take now stays in the intake, and goes from there when it has been copied", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  // It has no room for more, and refuses instead of letting the oldest go.
  const archive3 = { discard: "new", max_msgs: 3 };
  await createTopology(admin, { integration: "orders", targets: ["crm"], archive: archive3 });
  const system = fakeSystem();
  await using _line = await startLine(nats, system, trimming);
  await send(system, numbered("a", 3));
  await until("the first three are copied and trimmed", async () => (await stateOf(admin, "IN_orders")).messages === 0);
  await send(system, numbered("b", 5));
  await quiet(admin);
  // Rounds of the trimmer in which they might go.
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect((await stateOf(admin, "IN_orders")).messages).toBe(5);
  await change(admin, "ARCHIVE_orders", { max_msgs: -1 });
  await until("the rest follows", async () => (await stateOf(admin, "IN_orders")).messages === 0);
  expect(await archive(admin)).toEqual([...numbered("a", 3), ...numbered("b", 5)]);
});

test("an archive that is not there, or is that of another intake, stops the trimming", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], archive: {} });
  const system = fakeSystem();
  await using _line = await startLine(nats, system, trimming);
  await send(system, numbered("a", 4));
  await until("they are trimmed", async () => (await stateOf(admin, "IN_orders")).messages === 0);
  const { config } = await api(admin, "STREAM.INFO.ARCHIVE_orders");
  await api(admin, "STREAM.DELETE.ARCHIVE_orders");
  await send(system, numbered("b", 2));
  await quiet(admin);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect((await stateOf(admin, "IN_orders")).messages).toBe(2);
  await api(admin, "STREAM.CREATE.ARCHIVE_orders", Object(config));
  await until("a new one has copied them", async () => (await stateOf(admin, "IN_orders")).messages === 0);
  expect(await archive(admin)).toEqual(numbered("b", 2));
});

test("what comes in while it is looked how far the archive is holds up nothing", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: [], archive: {} });
  const link = createLink(admin, "_INBOX", systemClock, { info: () => undefined, warn: () => undefined });
  const said: unknown[] = [];
  let looks = 0;
  const more = async (): Promise<void> => {
    looks += 1;
    await admin.request(`in.orders.m.x${looks}`, "{}");
    await until("it is archived", async () => (await stateOf(admin, "ARCHIVE_orders")).messages === looks + 1);
  };
  const send: typeof link.requests.send = async (subject, data, headers) => {
    if (subject === "$JS.API.DIRECT.GET.ARCHIVE_orders") await more();
    return await link.requests.send(subject, data, headers);
  };
  await admin.request("in.orders.m.first", "{}");
  const { bundle } = handMade({ archive: true, dedupe: 0, targets: [] });
  const log = { info: () => undefined, warn: (what: unknown) => void said.push(what) };
  const limits = { ...defaultLimits, trimMs: 20 };
  const around = { integration: "orders", link: { ...link, requests: { ...link.requests, send } }, clock: tomorrow };
  const trimmer = keepTrimming(
    { ...around, limits, log },
    () => bundle,
    () => 0,
  );
  await until("the first is trimmed", async () => (await stateOf(admin, "IN_orders")).first_seq > 1);
  trimmer.stop();
  expect(said).toEqual([]);
});

test("an archive that keeps nothing of an intake any more does not hold it up for ever", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const short = { max_age: 200_000_000, duplicate_window: 100_000_000 };
  await createTopology(admin, { integration: "orders", targets: ["crm"], archive: short });
  const system = fakeSystem();
  {
    await using _line = await startLine(nats, system, { bundles: [archived()] });
    await send(system, numbered("a", 3));
    await quiet(admin);
  }
  await until("the archive is empty again", async () => {
    const { messages, last_seq } = await stateOf(admin, "ARCHIVE_orders");
    return messages === 0 && last_seq === 3;
  });
  expect((await stateOf(admin, "IN_orders")).messages).toBe(3);
  await using _line = await startLine(nats, system, trimming);
  await until("they are trimmed", async () => (await stateOf(admin, "IN_orders")).messages === 0);
});

test("kill -9 of the server and of the worker, trims all the while: every accepted message is there once", async () => {
  await using nats = await natsServer({ syncAlways: false });
  let admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], ackWaitMs: 500, archive: {} });
  const system = fakeSystem();
  const accepted = new Set<string>();
  const round = async (name: string): Promise<void> => {
    const line = await startLine(nats, system, trimming);
    const before = accepted.size;
    const sent = numbered(name, 8).map(async (lane) => {
      for (const id of numbered(`${lane}-`, 20)) {
        const answer = await system.send({ id }).catch(() => undefined);
        if (answer?.kind !== "stored") return;
        accepted.add(id);
      }
    });
    await until("some are taken in", () => accepted.size > before + 30);
    if (name === "a" || name === "c") {
      await nats.kill();
      await nats.restart();
      admin = await nats.connect();
    }
    await line.abandon();
    await Promise.allSettled(sent);
    await line.worker.stop().catch(() => undefined);
  };
  for (const name of ["a", "b", "c", "d"]) await round(name);
  await using _last = await startLine(nats, system, trimming);
  await quiet(admin);
  await until("all is trimmed", async () => (await stateOf(admin, "IN_orders")).messages === 0);
  const kept = await archive(admin);
  expect(kept.length).toBe(new Set(kept).size);
  expect([...accepted].filter((id) => !kept.includes(id))).toEqual([]);
  expect((await stateOf(admin, "IN_orders")).first_seq).toBeGreaterThan(accepted.size);
});
