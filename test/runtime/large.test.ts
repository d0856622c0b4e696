// Bytes beside a message: stored with it or not at all, read as a stream, and as they were.

import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { headers } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { withoutBodies } from "../../runtime/attempt.ts";
import { createSpool } from "../../runtime/content/spool.ts";
import * as address from "../../schema/address.ts";
import type { Accepted, Incoming } from "../../schema/connector.ts";
import type { Content } from "../../schema/content.ts";
import { header } from "../../schema/envelope.ts";
import type { JsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { deadLetters, type FakeSystem, fakeSystem, handMade, quiet, reactingAlways, startLine } from "../rig/line.ts";
import { type NatsRig, type NatsRigOptions, natsServer } from "../rig/nats.ts";
import { api, createConsumers, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const mebibyte = 1024 * 1024;

async function prepared(
  options: NatsRigOptions = {},
): Promise<{ nats: NatsRig; system: FakeSystem } & AsyncDisposable> {
  const nats = await natsServer(options);
  await createTopology(await nats.connect(), { integration: "orders", targets: ["crm"] });
  return { nats, system: fakeSystem(), [Symbol.asyncDispose]: () => nats[Symbol.asyncDispose]() };
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function* inParts(bytes: Uint8Array, each = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += each) yield bytes.subarray(at, at + each);
}

async function sendBlob(system: FakeSystem, id: string, bytes: Uint8Array): Promise<Accepted> {
  const content = await system.source().keep(inParts(bytes), { most: 64 * mebibyte, signal: signal() });
  return await system.send({ id, name: `${id}.bin` }, { content } satisfies Partial<Incoming>);
}

const signal = (): AbortSignal => new AbortController().signal;

async function whole(content: Content | undefined): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of content?.read(signal()) ?? []) parts.push(part);
  return Buffer.concat(parts);
}

/** What the target has read, by message. */
function reading(system: FakeSystem, answer: (attempt: number) => DeliveryResult = () => ({ kind: "delivered" })) {
  const read = new Map<string, Buffer>();
  system.answer = async ({ id, attempt, content }) => {
    read.set(id, await whole(content));
    return answer(attempt);
  };
  return read;
}

async function subjectsIn(nats: NatsRig, stream: string): Promise<Readonly<Record<string, number>>> {
  const info = await api(await nats.connect(), `STREAM.INFO.${stream}`, { subjects_filter: ">" });
  const state: { subjects?: Record<string, number> } = Object(info.state);
  return state.subjects ?? {};
}

test("bytes of any size come to the target as they were, in chunks right before their head", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const read = reading(system);
  await using line = await startLine(nats, system);
  const large = randomBytes(3 * mebibyte + 17);
  expect(await sendBlob(system, "large", large)).toMatchObject({ kind: "stored", sequence: 8, duplicate: false });
  expect(await sendBlob(system, "small", Buffer.from("abc"))).toMatchObject({ kind: "stored", sequence: 10 });
  expect(await sendBlob(system, "empty", Buffer.alloc(0))).toMatchObject({ kind: "stored", sequence: 11 });
  await quiet(await nats.connect());

  expect(line.outcomes().toSorted()).toEqual(["delivered empty", "delivered large", "delivered small"]);
  expect(read.get("large")?.equals(large)).toBe(true);
  expect(read.get("small")?.toString()).toBe("abc");
  expect(read.get("empty")?.length).toBe(0);
  const hash = address.idHash("large");
  expect(await subjectsIn(nats, address.intakeStream("orders"))).toMatchObject({
    [address.intakeChunks("orders", hash)]: 7,
    [address.intakeSubject("orders", hash)]: 1,
  });
  const head = await (await nats.connect()).request(
    `$JS.API.DIRECT.GET.${address.intakeStream("orders")}.${address.intakeSubject("orders", hash)}`,
  );
  expect(JSON.parse(head.headers?.get(header.content) ?? "")).toEqual({
    role: "blob",
    size: large.length,
    sha256: sha256(large),
    at: "chunks",
    count: 7,
  });
});

test("who sends the same again is told so, and nothing of it is stored twice", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  await using line = await startLine(nats, system);
  const bytes = randomBytes(mebibyte);
  const first = await sendBlob(system, "a", bytes);
  expect(first).toMatchObject({ kind: "stored", duplicate: false });
  const before = await subjectsIn(nats, address.intakeStream("orders"));
  expect(await sendBlob(system, "a", bytes)).toEqual({ ...first, duplicate: true });
  await line[Symbol.asyncDispose]();

  // Another worker does not remember: there the whole batch is refused.
  await using _other = await startLine(nats, system);
  expect(await sendBlob(system, "a", bytes)).toEqual({ ...first, duplicate: true });
  expect(await subjectsIn(nats, address.intakeStream("orders"))).toEqual(before);
});

const down = { kind: "transient", failure: { class: "unavailable", message: "crm is down" } } as const;
const refused = { kind: "permanent", failure: { class: "rejected", message: "422" } } as const;

/** Chunks of a message that are still there, in RETRY and in the dead letters. */
async function chunksLeft(nats: NatsRig): Promise<readonly string[]> {
  const all = { ...(await subjectsIn(nats, address.retryStream("orders"))), ...(await subjectsIn(nats, "DLQ")) };
  return Object.entries(all).flatMap(([subject, count]) =>
    /^(rc|dlqc)\./.test(subject) ? [`${subject} ${count}`] : [],
  );
}

test("what failed is tried again with its bytes, and takes them away with it when it is done", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const read = reading(system, (attempt) => (attempt < 3 ? down : { kind: "delivered" }));
  await using line = await startLine(nats, system);
  const bytes = randomBytes(mebibyte + 1);
  await sendBlob(system, "a", bytes);
  await quiet(await nats.connect());
  expect(line.outcomes()).toEqual(["retry a", "retry a", "delivered a"]);
  expect(read.get("a")?.equals(bytes)).toBe(true);
  await until("nothing is left", async () => (await chunksLeft(nats)).length === 0);
});

test("what dies takes its bytes into the dead letters, right before its letter", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  reading(system, (attempt) => (attempt < 2 ? down : refused));
  await using line = await startLine(nats, system);
  const bytes = randomBytes(mebibyte + 1);
  await sendBlob(system, "a", bytes);
  await quiet(await nats.connect());
  expect(line.outcomes()).toEqual(["retry a", "dead a"]);
  const admin = await nats.connect();
  const [entry] = await deadLetters(admin);
  expect(JSON.parse(entry?.headers[header.content] ?? "")).toMatchObject({ size: bytes.length, count: 3 });
  await until("nothing is left in RETRY", async () =>
    (await chunksLeft(nats)).every((left) => left.startsWith("dlqc")),
  );
  const parts: Buffer[] = [];
  for (let sequence = 1; sequence <= 3; sequence += 1) {
    const message = await admin.request("$JS.API.DIRECT.GET.DLQ", JSON.stringify({ seq: sequence }));
    expect(message.headers?.get("Nats-Subject")).toBe(address.deadChunks("orders", "crm", address.idHash("a")));
    parts.push(Buffer.from(message.data));
  }
  expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  expect(entry?.headers["Nats-Sequence"]).toBe("4");
});

test("a worker whose temporary folder is tidied away takes in bytes as before", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vrsky-spooled-"));
  try {
    const spool = createSpool({ folder: join(folder, "own"), most: mebibyte });
    for (const text of ["first", "second"]) {
      const content = await spool.keep(inParts(Buffer.from(text)), { most: 10, chunked: 10, signal: signal() });
      expect(content).toMatchObject({ size: text.length, sha256: sha256(Buffer.from(text)) });
      await content.discard();
      await rm(join(folder, "own"), { recursive: true });
    }
    await spool.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** JSON of more than one message. */
const long = (id: string, more: JsonObject = {}): JsonObject => ({ id, ...more, text: "ø".repeat(mebibyte) });

test("a body that is too long for one message is there as a whole for the steps, also when it is tried again", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  system.answer = ({ attempt }) => (attempt < 2 ? down : { kind: "delivered" });
  await using line = await startLine(nats, system);
  expect(await system.send(long("a"))).toMatchObject({ kind: "stored", sequence: 6 });
  expect(await system.send(long("a"))).toMatchObject({ kind: "stored", sequence: 6, duplicate: true });
  expect(await system.send(long("broken", { broken: "yes" }))).toMatchObject({ kind: "stored" });
  await quiet(await nats.connect());
  expect(line.outcomes().toSorted()).toEqual(["dead broken", "delivered a", "retry a"]);
  expect(system.begun.map(({ body }) => body)).toEqual([long("a"), long("a")]);
  await until("nothing is left in RETRY", async () =>
    (await chunksLeft(nats)).every((left) => left.startsWith("dlqc")),
  );
});

test("what failed keeps no body that nobody needs while it waits to be written down", () => {
  const failed = {
    kind: "failed",
    certainty: "transient",
    reached: true,
    failure: { class: "unavailable", message: "crm is down" },
    body: long("a"),
  } as const;
  const items = { kind: "items", items: [{ item: ".0", attempted: failed }] } as const;
  const dead = reactingAlways("dead");
  expect(withoutBodies(failed, dead)).toEqual({ ...failed, body: undefined });
  expect(withoutBodies(items, dead)).toEqual({
    ...items,
    items: [{ item: ".0", attempted: { ...failed, body: undefined } }],
  });
  expect(withoutBodies({ ...failed, to: ["chat"] }, dead)).toEqual({ ...failed, to: ["chat"] });
  expect(withoutBodies(failed, reactingAlways({ to: ["chat"] }))).toEqual(failed);
});

test("an `on-error` sends on what failed with what lies beside it, and a body however long it has become", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  await createConsumers(await nats.connect(), { integration: "orders", targets: ["crm"] }, "chat");
  const got = new Map<string, Buffer>();
  system.answer = async ({ id, body, content }, target) => {
    if (target === "crm") return refused;
    got.set(id, content === undefined ? Buffer.from(JSON.stringify(body)) : await whole(content));
    return { kind: "delivered" };
  };
  const onErrors = { crm: reactingAlways({ to: ["chat"] }) };
  const bundles = [handMade({ targets: ["crm", "chat"], onErrors })];
  await using line = await startLine(nats, system, { bundles });
  const bytes = randomBytes(mebibyte);
  await sendBlob(system, "a", bytes);
  await system.send(long("b"));
  const admin = await nats.connect();
  await until("both are sent on", () => got.size === 2);
  await quiet(admin, "orders", "chat");
  expect(got.get("a/error/crm")?.equals(bytes)).toBe(true);
  expect(JSON.parse(String(got.get("b/error/crm")))).toMatchObject({ kind: "rejected", body: long("b") });
  await until("nothing is left", async () => (await chunksLeft(nats)).length === 0);
  expect(line.outcomes().filter((text) => text.startsWith("dead"))).toEqual([]);
});

test("what is sent on with more beside it than one batch takes goes in several, and dies where not even that helps", async () => {
  const limits = {
    connections: 100,
    payload: 24 * 1024,
    disk: 1024 * mebibyte,
    memory: 0,
    streams: 100,
    consumers: 100,
  };
  await using given = await prepared({ syncAlways: false, limits });
  const { nats, system } = given;
  const admin = await nats.connect();
  const others = ["chat", "log", "bin"];
  for (const target of others) await createConsumers(admin, { integration: "orders", targets: ["crm"] }, target);
  const got = new Set<string>();
  system.answer = async ({ id, content }, target) => {
    if (target === "crm") return refused;
    got.add(`${target} ${id} ${sha256(await whole(content))}`);
    return { kind: "delivered" };
  };
  const targets = ["crm", ...others];
  const bytes = randomBytes(7 * mebibyte);
  const send = async (body: JsonObject): Promise<void> => {
    const content = await system.source().keep(inParts(bytes), { most: bytes.length, signal: signal() });
    expect(await system.send(body, { content })).toMatchObject({ kind: "stored" });
  };
  {
    const onErrors = { crm: reactingAlways({ to: ["chat"] }) };
    await using _line = await startLine(nats, system, { bundles: [handMade({ targets: ["crm", "chat"], onErrors })] });
    await send({ id: "a", lines: [{ n: 0 }, { n: 1 }, { n: 2 }] });
    await until("all are sent on", () => got.size === 3);
    await quiet(admin);
  }
  expect([...got].toSorted()).toEqual([0, 1, 2].map((item) => `chat a.${item}/error/crm ${sha256(bytes)}`));
  const onErrors = { crm: reactingAlways({ to: others }) };
  await using line = await startLine(nats, system, { bundles: [handMade({ targets, onErrors })] });
  await send({ id: "b" });
  await until("its end", () => line.outcomes().includes("dead b"));
});

test("bytes that are gone, or not what was stored, end their message with the reason", async () => {
  await using given = await prepared();
  const { nats, system } = given;
  const admin = await nats.connect();
  let spoil: (() => Promise<unknown>) | undefined;
  // Before the target reads, somebody has been at the stream.
  system.answer = async ({ content }) => {
    await spoil?.();
    await whole(content);
    return { kind: "delivered" };
  };
  await using line = await startLine(nats, system);
  const stream = address.intakeStream("orders");
  spoil = () => api(admin, `STREAM.MSG.DELETE.${stream}`, { seq: 2 });
  await sendBlob(system, "gone", randomBytes(mebibyte));
  await until("its end", () => line.outcomes().includes("dead gone"));
  const wrong = { role: "blob", size: 3, sha256: sha256(Buffer.from("abc")), at: "chunks", count: 1 };
  const fields = headers();
  fields.set(header.id, "forged");
  fields.set(header.content, JSON.stringify(wrong));
  spoil = undefined;
  await admin.request(address.intakeChunks("orders", "forged"), "abd");
  await admin.request(address.intakeSubject("orders", "forged"), "{}", { headers: fields, timeout: 10_000 });
  await quiet(admin);
  expect(line.outcomes()).toEqual(["dead gone", "dead forged"]);
  expect((await deadLetters(admin)).map(({ letter: { failure } }) => `${failure.class}: ${failure.message}`)).toEqual([
    "invalid: its content is gone: 1 of 2 chunks are there",
    "invalid: its content is not what was stored: its hash differs",
  ]);
});
