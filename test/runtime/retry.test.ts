// Failures: tried again with a state that can be seen, ended in the dead letters with everything a person needs.

import { headers, type Msg } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { headroom } from "../../runtime/accept.ts";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import { deadLetters, type FakeSystem, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const down = { kind: "transient", failure: { class: "unavailable", message: "crm is down" } } as const;

async function prepared(): Promise<{ nats: NatsRig; system: FakeSystem } & AsyncDisposable> {
  const nats = await natsServer();
  await createTopology(await nats.connect(), { integration: "orders", targets: ["crm"] });
  return { nats, system: fakeSystem(), [Symbol.asyncDispose]: () => nats[Symbol.asyncDispose]() };
}

test("a failure is parked where anyone can see it, and tried again until it works", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  const seen: string[] = [];
  admin.subscribe(`$KV.${address.retriesBucket}.orders.crm.>`, {
    callback: (_, message) => {
      const state = message.json<{ state: string; attempt?: number }>();
      seen.push(`${state.state} ${state.attempt ?? ""}`.trim());
    },
  });
  await admin.flush();
  system.answer = ({ attempt }) => (attempt < 3 ? down : { kind: "delivered" });
  await using line = await startLine(nats, system);
  await system.send({ id: "a1" });
  await quiet(admin);

  expect(system.begun.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(line.outcomes()).toEqual(["retry a1", "retry a1", "delivered a1"]);
  await until("the view's last word", () => seen.at(-1) === "delivered");
  expect(seen).toEqual(["parked 2", "parked 3", "delivered"]);
  const key = `$KV.${address.retriesBucket}.orders.crm.${address.idHash("a1")}`;
  const kept = await admin.request(`$JS.API.DIRECT.GET.KV_${address.retriesBucket}.${key}`);
  expect(kept.json()).toMatchObject({ state: "delivered", id: "a1" });
  expect(await deadLetters(admin)).toEqual([]);
});

test("what can never work ends in the dead letters, with its original bytes and the place in the spec", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  system.answer = ({ id }) =>
    id === "refused"
      ? { kind: "permanent", failure: { class: "rejected", message: "422 from https://crm/?k=hunter22", status: 422 } }
      : { kind: "delivered" };
  await using line = await startLine(nats, system, {
    bundles: [handMade({ secrets: ["key"] })],
    env: { settings: {}, secrets: { key: "hunter22", other: "not asked for" } },
  });
  const body = Buffer.from('{"id":"broken",   "broken":"ø"}');
  await system.send({ id: "broken", broken: "ø" }, { body, headers: { "x-shop": "Ål" }, meta: { page: 3 } });
  await system.send({ id: "refused" });
  await system.send({ id: "fine" });
  await system.send({ id: "skipped", skip: true });
  await quiet(admin);

  expect([...line.outcomes()].sort()).toEqual(["dead broken", "dead refused", "delivered fine", "dropped skipped"]);
  const letters = await deadLetters(admin);
  const broken = letters.find(({ letter }) => letter.id === "broken");
  expect(broken?.body).toBe(body.toString());
  expect(broken?.letter).toMatchObject({
    attempts: 1,
    possiblyDelivered: false,
    failure: {
      class: "invalid",
      message: "broken: ø",
      place: { file: "tenants/acme/orders.yaml", line: 7, column: 11 },
    },
  });
  expect(JSON.parse(broken?.headers["Vrsky-Envelope"] ?? "").headers).toEqual({ "x-shop": "Ål" });
  const refused = letters.find(({ letter }) => letter.id === "refused");
  expect(refused?.letter.failure).toEqual({ class: "rejected", message: "422 from https://crm/?k=***", status: 422 });
});

test("retries end with the attempts or the time that the author gave; on-error: drop leaves no letter", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  await createTopology(admin, { integration: "lossy", targets: ["crm"] });
  await createTopology(admin, { integration: "hasty", targets: ["crm"] });
  system.answer = () => down;
  const limited = { attempts: 3 };
  await using orders = await startLine(nats, system, { bundles: [handMade({ retry: limited })] });
  await system.send({ id: "a1" });
  await quiet(admin);
  await using lossy = await startLine(nats, system, {
    bundles: [handMade({ integration: "lossy", retry: limited, onError: "drop" })],
  });
  await system.send({ id: "b1" });
  await quiet(admin, "lossy");
  system.answer = () => ({ ...down, retryAfterMs: 120_000 });
  await using hasty = await startLine(nats, system, { bundles: [handMade({ integration: "hasty" })] });
  await system.send({ id: "c1" });
  await quiet(admin, "hasty");

  expect(orders.outcomes()).toEqual(["retry a1", "retry a1", "dead a1"]);
  expect(lossy.outcomes()).toEqual(["retry b1", "retry b1", "dropped b1"]);
  expect(hasty.outcomes()).toEqual(["dead c1"]);
  const letters = await deadLetters(admin);
  expect(letters.map(({ letter }) => [letter.id, letter.attempts])).toEqual([
    ["a1", 3],
    ["c1", 1],
  ]);
});

test("a cut connection is tried again; a refusal afterwards is marked as possibly delivered", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  system.answer = ({ attempt }) =>
    attempt === 1
      ? { kind: "unknown", failure: { class: "unavailable", message: "cut" } }
      : { kind: "permanent", failure: { class: "rejected", message: "409" } };
  await using _line = await startLine(nats, system);
  await system.send({ id: "a1" });
  await quiet(admin);
  expect((await deadLetters(admin)).map(({ letter }) => letter)).toMatchObject([
    { id: "a1", attempts: 2, possiblyDelivered: true },
  ]);
});

test("what a failing expression read stands in the dead letter, short and without secrets, and nowhere else", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  const reads = [
    ["body", "broken"],
    ["body", "gone", "name"],
    ["body", "long"],
    ["vars", "x y", 0],
    ["meta", "id"],
  ];
  await using line = await startLine(nats, system, {
    bundles: [handMade({ secrets: ["key"], reads })],
    env: { settings: {}, secrets: { key: "hunter22" } },
  });
  await system.send({ id: "a1", broken: ["hunter22", { deep: null }], long: "x".repeat(100_000) });
  await quiet(admin);

  const [entry] = await deadLetters(admin);
  expect(entry?.letter.failure.read).toEqual({
    "body.broken": '["***",{"deep":null}]',
    "body.gone.name": "undefined",
    "body.gone": "undefined",
    "body.long": `"${"x".repeat(198)}…`,
    'vars["x y"][0]': "undefined",
    'vars["x y"]': "undefined",
    "meta.id": '"a1"',
  });
  expect(JSON.stringify(line.events)).not.toContain('"read"');
  const key = `$KV.${address.retriesBucket}.orders.crm.${address.idHash("a1")}`;
  const shown = await admin.request(`$JS.API.DIRECT.GET.KV_${address.retriesBucket}.${key}`);
  expect(shown.string()).toContain('"dead"');
  expect(shown.string()).not.toContain('"read"');
});

test("a schedule that goes with the second firing of the one before it is put back", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  system.answer = () => down;
  await using line = await startLine(nats, system, {
    bundles: [handMade({ retry: { for: 86_400_000, initial: 36_000_000, max: 36_000_000 } })],
  });
  await system.send({ id: "a1" });
  await until("it is parked", () => line.outcomes().length === 1);
  const hash = address.idHash("a1");
  const schedule = address.scheduleSubject("orders", "crm", hash);
  const last = () => admin.request(`$JS.API.DIRECT.GET.${address.retryStream("orders")}.${schedule}`);
  const before = await last();
  // What a server that was killed in between stores when it fires the schedule of the first attempt once more.
  const twice = headers();
  for (const name of [header.id, header.envelope]) twice.set(name, before.headers?.get(name) ?? "");
  twice.set(header.attempt, "1");
  twice.set("Nats-Scheduler", schedule);
  twice.set("Nats-Schedule-Next", "purge");
  const stored = await admin.request(address.dueSubject("orders", "crm", hash), before.data, {
    headers: twice,
    timeout: 5_000,
  });
  const { seq } = stored.json<{ seq: number }>();
  const sequenceOf = (message: Msg) => Number(message.headers?.get("Nats-Sequence"));
  await until("it is scheduled again", async () => sequenceOf(await last()) > seq);
  const after = await last();
  expect(after.string()).toBe(before.string());
  for (const name of [header.id, header.envelope, header.attempt, "Nats-Schedule", "Nats-Schedule-Target"]) {
    expect(after.headers?.get(name)).toBe(before.headers?.get(name));
  }
  expect(system.begun).toHaveLength(1);
});

test("a message as large as may be, that has much to tell, is buried with less to tell", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  const reads = Array.from({ length: 20 }, (_, index) => ["body", `v${index}`]);
  await using _line = await startLine(nats, system, { bundles: [handMade({ reads })] });
  const told = Object.fromEntries(reads.map(([, name]) => [name, "é".repeat(200)]));
  const body = { id: "漢".repeat(1024), broken: "é".repeat(1_000), ...told, pad: "" };
  const bare = Buffer.byteLength(JSON.stringify(body));
  body.pad = "x".repeat(1024 * 1024 - headroom - 9 * 1024 - bare);
  // In one piece, as it was stored before there were chunks.
  const fields = headers();
  fields.set(header.id, encodeURIComponent(body.id));
  const subject = address.intakeSubject("orders", address.idHash(body.id));
  await admin.request(subject, JSON.stringify(body), { headers: fields, timeout: 10_000 });
  await quiet(admin);
  const [entry] = await deadLetters(admin);
  expect(entry?.letter.id).toBe(body.id);
  expect(entry?.body).toBe(JSON.stringify(body));
  expect(entry?.letter.failure.message).toMatch(/^broken: é{191}…$/);
});
