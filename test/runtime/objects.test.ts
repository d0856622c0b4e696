// Contents by reference, over a real server: whole or not at all on their way in, read as a stream on their way out, kept
// as long as any message refers to them, and removed when none does.

import { nuid } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { keyOf } from "../../control/letters/entry.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createLink } from "../../runtime/link.ts";
import { natsObjects } from "../../runtime/objects/nats-store.ts";
import * as address from "../../schema/address.ts";
import type { Accepted } from "../../schema/connector.ts";
import type { Content, ObjectStore } from "../../schema/content.ts";
import { header } from "../../schema/envelope.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { byAnn, only, redriveLetter } from "../rig/letters.ts";
import { deadLetters, type FakeSystem, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { counted, faultOf, hashOf, listed, never } from "../rig/object-store.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const mebibyte = 1024 * 1024;
const bundles = [handMade({ objects: { store: "nats" }, dedupe: 0 })];
/** Everything above a chunk or two is an object. */
const limits = { chunkedBytes: mebibyte, trimMs: 20, sweepMs: 40, objectGraceMs: 3_600_000 };

interface Prepared extends AsyncDisposable {
  readonly nats: NatsRig;
  readonly system: FakeSystem;
  readonly store: ObjectStore;
  names(): Promise<readonly string[]>;
}

async function prepared(objectBytes = 64 * mebibyte): Promise<Prepared> {
  const nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], objectBytes });
  const link = createLink(admin, "_INBOX", systemClock, { info: () => undefined, warn: () => undefined });
  const store = natsObjects({ link, clock: systemClock, integration: "orders" });
  return {
    nats,
    system: fakeSystem(),
    store,
    names: async () => (await listed(store)).map(({ name }) => name),
    [Symbol.asyncDispose]: () => nats[Symbol.asyncDispose](),
  };
}

async function send(system: FakeSystem, id: string, size: number): Promise<Accepted> {
  const content = await system.source().keep(counted(size), { most: 64 * mebibyte, signal: never });
  return await system.send({ id, name: `${id}.bin` }, { content });
}

/** What the target has read of each message, attempt by attempt. */
function reading(system: FakeSystem, answer: (attempt: number) => DeliveryResult = () => ({ kind: "delivered" })) {
  const read = new Map<string, Awaited<ReturnType<typeof hashOf>>[]>();
  system.answer = async ({ id, attempt, content }) => {
    const whole = await hashOf(bytesOf(content));
    read.set(id, [...(read.get(id) ?? []), whole]);
    return answer(attempt);
  };
  return read;
}

const bytesOf = (content: Content | undefined): AsyncIterable<Uint8Array> => {
  if (content === undefined) throw new Error("no content came with the message");
  return content.read(never);
};

const refused: DeliveryResult = { kind: "permanent", failure: { class: "rejected", message: "no" } };
const later: DeliveryResult = { kind: "transient", failure: { class: "unavailable", message: "later" } };

test("what chunks do not carry goes by reference, through retries, the dead letters and back", async () => {
  await using given = await prepared();
  const { nats, system, names } = given;
  const admin = await nats.connect();
  const first = await startLine(nats, system, { bundles, limits });
  let answer: (attempt: number) => DeliveryResult = (attempt) => (attempt < 3 ? later : refused);
  const read = reading(system, (attempt) => answer(attempt));
  const whole = await hashOf(counted(3 * mebibyte));

  expect(await send(system, "a1", 3 * mebibyte)).toMatchObject({ kind: "stored", duplicate: false });
  const [letter] = await until("it is dead", async () => {
    const letters = await deadLetters(admin);
    return letters.length > 0 && letters;
  });
  expect(read.get("a1")).toEqual([whole, whole, whole]);
  expect(JSON.parse(letter?.headers[header.content] ?? "")).toMatchObject({ at: "object", store: "nats", ...whole });
  await first.worker.drain();
  await first.connection.close();
  // The intake's history lets go of it; the letter alone refers to it, round after round.
  await using line = await startLine(nats, system, { bundles, limits: { ...limits, objectGraceMs: 0 } });
  await api(admin, `STREAM.PURGE.${address.intakeStream("orders")}`);
  const [object] = await names();
  await rounds(given);
  expect(await names()).toEqual([object]);

  answer = () => ({ kind: "delivered" });
  await redriveLetter(admin, keyOf(await only(admin)), byAnn);
  await until("it is delivered", () => line.outcomes().includes("delivered a1"));
  expect(read.get("a1")?.at(-1)).toEqual(whole);
  await until("nobody needs it any more", async () => (await names()).length === 0);
});

/** Sweeps that have certainly been: what is an orphan now goes in them. */
async function rounds({ store, names }: Prepared): Promise<void> {
  const witness = nuid.next();
  await store.put(witness, counted(1), never);
  await until("a round has been", async () => !(await names()).includes(witness));
}

test("a message that was there before leaves no second object; a small one none at all", async () => {
  await using given = await prepared();
  const { nats, system, names } = given;
  await using _line = await startLine(nats, system, { bundles, limits });
  reading(system);
  await send(system, "a1", 2 * mebibyte);
  expect(await send(system, "a1", 2 * mebibyte)).toMatchObject({ kind: "stored", duplicate: true });
  await send(system, "small", 1000);
  await quiet(await nats.connect());
  expect(await names()).toHaveLength(1);
});

test("an object that is gone ends its message in the dead letters, by name", async () => {
  await using given = await prepared();
  const { nats, system, store, names } = given;
  await using _line = await startLine(nats, system, { bundles, limits });
  let go: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  system.answer = async ({ content }) => {
    await gone;
    await hashOf(bytesOf(content));
    return { kind: "delivered" };
  };
  await send(system, "a1", 2 * mebibyte);
  const [name = ""] = await names();
  await store.remove(name);
  go();
  const admin = await nats.connect();
  const [letter] = await until("it is dead", async () => {
    const letters = await deadLetters(admin);
    return letters.length > 0 && letters;
  });
  expect(letter?.letter.failure.message).toContain(`the object ${name} is gone`);
});

test("objects that nobody refers to go once they are old, half ones too; what is young may be on its way", async () => {
  await using given = await prepared();
  const { nats, system, store, names } = given;
  reading(system);
  // A worker that dies between the object and its message.
  const dying = await startLine(nats, system, {
    bundles,
    limits,
    crash: (point) => (point === "before-store" ? new Promise(() => undefined) : undefined),
  });
  void send(system, "a1", 2 * mebibyte).catch(() => undefined);
  await until("the object is there", async () => (await names()).length === 1);
  await dying.abandon();
  await dying.worker.stop();
  const admin = await nats.connect();
  admin.publish(address.objectChunks("orders", nuid.next()), Buffer.alloc(1000));
  await admin.flush();
  // Somebody else keeps a file there.
  await store.put("theirs.txt", counted(3), never);

  await using _line = await startLine(nats, system, { bundles, limits });
  await send(system, "a2", 2 * mebibyte);
  await quiet(admin);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await names()).toHaveLength(4);

  const tomorrow = { ...systemClock, now: () => Date.now() + 2 * 3_600_000 };
  await using _later = await startLine(nats, system, { bundles, limits, clock: tomorrow });
  await until("what nobody refers to is gone", async () => (await names()).length === 2);
  const [left = ""] = (await names()).filter((name) => name !== "theirs.txt");
  expect(await hashOf(store.read(left, never))).toEqual(await hashOf(counted(2 * mebibyte)));
});

test("a full bucket refuses, and lets go of the history of what is delivered, so that there is room again", async () => {
  await using given = await prepared(10 * mebibyte);
  const { nats, system, names } = given;
  await using _line = await startLine(nats, system, { bundles, limits });
  reading(system);
  const keep = (size: number) => system.source().keep(counted(size), { most: 64 * mebibyte, signal: never });
  for (const id of ["a1", "a2", "a3"]) expect(await send(system, id, 3 * mebibyte)).toMatchObject({ kind: "stored" });
  expect(await faultOf(keep(4 * mebibyte))).toBe("full");
  await until("there is room", async () => (await faultOf(send(system, "a4", 3 * mebibyte))) === "none");
  expect((await names()).length).toBeLessThanOrEqual(3);
});
