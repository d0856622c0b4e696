// When a message cannot be stored its sender hears 503 with Retry-After, whatever the reason is, and is taken in when it
// comes again: over real HTTP, by a real server that really is full, slow or away.

import { expect, test } from "vitest";
import { httpConnector } from "../../connectors/http/connector.ts";
import { systemClock } from "../../runtime/clock.ts";
import * as address from "../../schema/address.ts";
import { cutWire } from "../rig/cut-wire.ts";
import { type FakeSystem, fakeSystem, type LineOptions, startLine } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const stream = address.intakeStream("orders");

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/** A line whose source is a webhook. */
async function startDoor(nats: NatsRig, system: FakeSystem, options: LineOptions = {}) {
  let port = 0;
  const onListening = (opened: number): void => {
    port = opened;
  };
  const http = httpConnector({ port: 0, host: "127.0.0.1", onListening });
  const startSource: NonNullable<typeof http.startSource> = async (context) => {
    const running = await http.startSource?.({ ...context, settings: { path: "/in" } });
    if (running === undefined) throw new Error("http has sources");
    return running;
  };
  const close = async (): Promise<void> => void (await http.close?.());
  const line = await startLine(nats, { ...system, connector: { ...system.connector, startSource, close } }, options);
  const send = async (body: object): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}/acme/in`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return {
      status: response.status,
      retryAfter: response.headers.get("retry-after"),
      text: await response.text(),
    };
  };
  const reasons = (): readonly string[] => [
    ...new Set(line.events.flatMap((event) => (event.kind === "refused" ? [event.reason] : []))),
  ];
  return { line, send, reasons, [Symbol.asyncDispose]: () => line[Symbol.asyncDispose]() };
}

const tryAgain = {
  status: 503,
  retryAfter: "2",
  text: '{"error":"The message could not be stored; send it again."}\n',
};

test("a full intake: 503 for those that do not fit, also out of a batch of which others do", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], intakeBytes: 100_000 });
  const system = fakeSystem();
  // Nothing is acknowledged, so nothing is trimmed.
  system.answer = () => new Promise(() => undefined);
  await using door = await startDoor(nats, system, { limits: { drainMs: 0 } });
  const text = "x".repeat(2_000);
  const answers = await Promise.all(Array.from({ length: 80 }, (_, index) => door.send({ id: `m${index}`, text })));
  const taken = answers.filter(({ status }) => status === 202);
  expect(answers.filter(({ status }) => status !== 202)).toEqual(Array(80 - taken.length).fill(tryAgain));
  expect(taken.length).toBeGreaterThan(20);
  expect(Object((await api(admin, `STREAM.INFO.${stream}`)).state).messages).toBe(taken.length);
  expect(door.reasons()).toEqual([expect.stringContaining("the intake is full")]);
  // What is there is answered as before.
  const first = answers.findIndex(({ status }) => status === 202);
  expect((await door.send({ id: `m${first}`, text })).status).toBe(202);
});

test("a storage quota that is used up by others: 503", async () => {
  const limits = { connections: 100, payload: 1_048_576, disk: 300_000, memory: 0, streams: -1, consumers: -1 };
  await using nats = await natsServer({ limits });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], intakeBytes: 200_000 });
  const text = "x".repeat(10_000);
  for (let index = 0; index < 15; index += 1) await admin.request(address.deadSubject("old", "crm", `${index}`), text);
  await using door = await startDoor(nats, fakeSystem());
  const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => door.send({ id: `m${index}`, text })));
  const taken = answers.filter(({ status }) => status === 202);
  expect(answers.filter(({ status }) => status !== 202)).toEqual(Array(30 - taken.length).fill(tryAgain));
  expect(taken.length).toBeLessThan(16);
  expect(Object((await api(admin, `STREAM.INFO.${stream}`)).state).messages).toBe(taken.length);
  expect(door.reasons()).toEqual([expect.stringContaining("storage quota")]);
});

test("no intake, no NATS, no answer: 503 each, and taken in afterwards", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  await using wire = await cutWire(nats.port);
  let late = 0;
  const clock = { ...systemClock, steady: () => performance.now() + late };
  await using door = await startDoor(nats, fakeSystem(), { url: wire.url, clock });
  await api(admin, `STREAM.DELETE.${stream}`);
  expect(await door.send({ id: "a1" })).toEqual(tryAgain);
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  expect((await door.send({ id: "a1" })).status).toBe(202);

  // The server takes the message and does not say so, and the look for it is in vain as well.
  wire.hold();
  const sending = door.send({ id: "a2" });
  await until("it is stored", async () => Object((await api(admin, `STREAM.INFO.${stream}`)).state).messages === 2);
  late += 10_000;
  expect(await sending).toEqual(tryAgain);
  wire.release();
  expect((await door.send({ id: "a2" })).status).toBe(202);

  wire.cut();
  await until("the loss is seen", () => !door.line.worker.health().ready);
  expect(await door.send({ id: "a3" })).toEqual(tryAgain);
  wire.mend();
  await until("a3 is taken in", async () => (await door.send({ id: "a3" })).status === 202);
  expect(Object((await api(admin, `STREAM.INFO.${stream}`)).state).messages).toBe(3);
  const [gone, silent, ...away] = door.reasons();
  expect(gone).toContain("NATS has no intake");
  expect(silent).toBe("NATS did not answer in time");
  expect(away.length).toBeGreaterThan(0);
  for (const reason of away) expect(reason).toMatch(/connect/);
});

test("more at once than the worker may have in hand, by count or by size: 503 at once; what is larger than that gets in alone", async () => {
  await using nats = await natsServer();
  await createTopology(await nats.connect(), { integration: "orders", targets: ["crm"] });
  await using wire = await cutWire(nats.port);
  const limits = { acceptMessages: 10, acceptBytes: 5_000 };
  await using door = await startDoor(nats, fakeSystem(), { url: wire.url, limits });
  wire.hold();
  // Whichever comes last: on a busy machine they do not come in the order in which they were sent.
  const sent = Array.from({ length: 11 }, (_, index) => door.send({ id: `m${index}` }));
  expect(await Promise.race(sent)).toEqual(tryAgain);
  wire.release();
  const statuses = (await Promise.all(sent)).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([...Array<number>(10).fill(202), 503]);
  wire.hold();
  const large = ["a", "b"].map((id) => door.send({ id, text: "x".repeat(3_000) }));
  expect(await Promise.race(large)).toEqual(tryAgain);
  wire.release();
  expect((await Promise.all(large)).map(({ status }) => status).toSorted()).toEqual([202, 503]);
  // Else it could never come in.
  expect(await door.send({ id: "alone", text: "x".repeat(6_000) })).toMatchObject({ status: 202 });
  expect(door.reasons()).toEqual(["too many messages are being stored at once"]);
});
