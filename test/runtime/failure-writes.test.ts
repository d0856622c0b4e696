// Failures that are written down together: each learns what became of its own part, also when the batch is refused.

import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { createFailureWrites } from "../../runtime/failure-writes.ts";
import { expectSequence, type Outgoing, type Published, publish, publishBatch } from "../../runtime/publish.ts";
import { createRequests, type Requests } from "../../runtime/request.ts";
import { retryStream, stateSubject } from "../../schema/address.ts";
import { natsServer } from "../rig/nats.ts";
import { api } from "../rig/topology.ts";

const record = (id: string, revision = 0): Outgoing => ({
  subject: stateSubject("orders", "crm", id),
  data: id,
  headers: { "Nats-Rollup": "sub", ...expectSequence(revision) },
});

const largest = () => 1024 * 1024;

async function openStream(): Promise<AsyncDisposable & { readonly requests: Requests }> {
  const server = await natsServer();
  const connection = await server.connect();
  const name = retryStream("orders");
  await api(connection, `STREAM.CREATE.${name}`, {
    name,
    subjects: ["rx.orders.>"],
    retention: "workqueue",
    allow_atomic: true,
    allow_rollup_hdrs: true,
  });
  return {
    requests: createRequests(connection, "_INBOX", systemClock),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test("what fails at the same time is stored by one batch, and each is told its own sequence", async () => {
  await using rig = await openStream();
  const batches: number[] = [];
  const writes = createFailureWrites((messages) => {
    batches.push(messages.length);
    return publishBatch(rig.requests, messages);
  }, largest);
  const written = await Promise.all(["a", "b", "c"].map((id) => writes.write([record(id), record(`${id}-schedule`)])));
  expect(batches).toEqual([6]);
  expect(written).toEqual([2, 4, 6].map((sequence) => ({ kind: "stored", sequence })));
});

test("one whose record has moved on does not stop the others", async () => {
  await using rig = await openStream();
  expect(await publish(rig.requests, record("b"))).toEqual({ kind: "stored", sequence: 1 });
  const writes = createFailureWrites((messages) => publishBatch(rig.requests, messages), largest);
  const written = await Promise.all(["a", "b", "c"].map((id) => writes.write([record(id)])));
  expect(written.map(({ kind }) => kind)).toEqual(["stored", "conflict", "stored"]);
});

test("when nobody answers it is asked again, each for itself: what was stored meanwhile is met, never written twice", async () => {
  await using rig = await openStream();
  const unknown: Published = { kind: "unavailable", reason: "NATS did not answer in time" };
  let late: Promise<Published> | undefined;
  const writes = createFailureWrites((messages) => {
    if (late !== undefined) return publishBatch(rig.requests, messages);
    // A server that writes it, and has not said so in time.
    late = publishBatch(rig.requests, messages);
    return Promise.resolve(unknown);
  }, largest);
  const written = await Promise.all(["a", "b"].map((id) => writes.write([record(id)])));
  expect(written.map(({ kind }) => kind)).toEqual(["conflict", "conflict"]);
  expect(await late).toMatchObject({ kind: "stored" });
});

test("a server that answers nobody keeps nobody for long", async () => {
  const unknown: Published = { kind: "unavailable", reason: "NATS did not answer in time" };
  let asked = 0;
  const writes = createFailureWrites(async () => {
    asked += 1;
    return unknown;
  }, largest);
  const ids = Array.from({ length: 100 }, (_, index) => `m${index}`);
  expect(new Set(await Promise.all(ids.map((id) => writes.write([record(id)]))))).toEqual(new Set([unknown]));
  expect(asked).toBe(1 + 16 * 3);
});

test("more than fits into one batch goes in several", async () => {
  await using rig = await openStream();
  const batches: number[] = [];
  const writes = createFailureWrites((messages) => {
    batches.push(messages.length);
    return publishBatch(rig.requests, messages);
  }, largest);
  const ids = Array.from({ length: 600 }, (_, index) => `m${index}`);
  const written = await Promise.all(ids.map((id) => writes.write([record(id), record(`${id}-schedule`)])));
  expect(written.every(({ kind }) => kind === "stored")).toBe(true);
  expect(batches.reduce((sum, count) => sum + count, 0)).toBe(1200);
  expect(Math.max(...batches)).toBeLessThanOrEqual(500);
});

test("one that is larger than the server takes keeps back none of the others", async () => {
  await using rig = await openStream();
  const writes = createFailureWrites((messages) => publishBatch(rig.requests, messages), largest);
  const large: Outgoing = { ...record("b"), data: "x".repeat(largest() + 1) };
  const written = await Promise.all([record("a"), large, record("c")].map((message) => writes.write([message])));
  expect(written.map(({ kind }) => kind)).toEqual(["stored", "unavailable", "stored"]);
});
