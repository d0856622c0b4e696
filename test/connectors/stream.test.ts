// A stream on a real server: what is written once, what is read until somebody has it, and what is passed over.

import { headers, type NatsConnection } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { natsDoor } from "../../cli/nats-door.ts";
import type { NatsDoor } from "../../connectors/nats/door.ts";
import { startStream } from "../../connectors/stream/source.ts";
import { openStream } from "../../connectors/stream/target.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createLink } from "../../runtime/link.ts";
import { declaredFilter, declaredStream, readerConsumer } from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import { delivery, sourceRig, targetContext } from "../rig/connector.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

const silent = { info: () => undefined, warn: () => undefined };
const stream = declaredStream("paid");
const reader = readerConsumer("orders", "in");

const door = (connection: NatsConnection): NatsDoor => natsDoor(createLink(connection, "_INBOX", systemClock, silent));

async function rig(nats: NatsRig, config: object = {}) {
  const connection = await nats.connect();
  const subjects = [declaredFilter("paid")];
  await api(connection, `STREAM.CREATE.${stream}`, {
    name: stream,
    subjects,
    discard: "new",
    allow_direct: true,
    ...config,
  });
  await api(connection, `CONSUMER.CREATE.${stream}.${reader}`, {
    stream_name: stream,
    config: { durable_name: reader, ack_policy: "explicit", ack_wait: 60e9, max_deliver: -1 },
  });
  const out = openStream(targetContext({ name: "paid" }), door(connection));
  const send = (id: string, n = 1) => out.deliver(delivery({}, { n }, { id, traceparent }));
  const left = async () => {
    const info = await connection.request(`$JS.API.CONSUMER.INFO.${stream}.${reader}`);
    const { num_pending, num_ack_pending } = info.json<{ num_pending: number; num_ack_pending: number }>();
    return num_pending + num_ack_pending;
  };
  return { connection, door: door(connection), send, left };
}

test("an id is stored once, with its trace", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { connection, send } = await rig(nats);
  expect(await send("ö 1")).toEqual({ kind: "delivered", detail: "paid 1" });
  expect(await send("ö 1", 2)).toEqual({ kind: "delivered", detail: "paid has it already" });
  expect(await send("ö 2")).toEqual({ kind: "delivered", detail: "paid 2" });
  const stored = await connection.request(`$JS.API.DIRECT.GET.${stream}`, '{"seq":1}');
  expect(stored.json()).toEqual({ n: 1 });
  expect(stored.headers?.get(header.id)).toBe(encodeURIComponent("ö 1"));
  expect(stored.headers?.get("traceparent")).toBe(traceparent);
});

test("a stream that is full, and one that is gone, refuse for now: nothing that was not read makes room", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { connection, send, left } = await rig(nats, { max_bytes: 254 });
  expect(await send("1")).toMatchObject({ kind: "delivered" });
  expect(await send("2")).toMatchObject({ kind: "transient", failure: { message: "stream paid is full" } });
  expect(await left()).toBe(1);
  await api(connection, `STREAM.DELETE.${stream}`);
  expect(await send("3")).toMatchObject({ kind: "transient", failure: { message: "stream paid is not there" } });
});

test("a message stays in hand until the intake has it, and goes on under its id", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { door, send, left } = await rig(nats);
  await send("ö 1", 7);
  const source = sourceRig({ settings: { name: "paid" } });
  source.answer = () =>
    source.taken.length < 3
      ? { kind: "unavailable", reason: "full", retryAfterSeconds: 0.01 }
      : { kind: "stored", id: "ö 1", sequence: 1, duplicate: false };
  const running = await startStream(source.context, door);
  await until("it is acknowledged", async () => (await left()) === 0);
  await running.stop();
  expect(source.taken).toHaveLength(3);
  expect(source.taken[2]).toMatchObject({ id: "ö 1", value: { n: 7 }, meta: { stream: "paid" }, traceparent });
});

test("a source that stops gives back what the intake has not taken", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { door, send, left } = await rig(nats);
  await send("1");
  const full = sourceRig({ settings: { name: "paid" } });
  full.answer = () => ({ kind: "unavailable", reason: "full", retryAfterSeconds: 60 });
  const first = await startStream(full.context, door);
  await until("it is in hand", () => full.taken.length === 1);
  await first.stop();
  expect(await left()).toBe(1);
  const source = sourceRig({ settings: { name: "paid" } });
  const second = await startStream(source.context, door);
  await until("another has it", async () => (await left()) === 0);
  await second.stop();
  expect(source.taken.map(({ id }) => id)).toEqual(["1"]);
});

test("workers share one position: each message is taken by one of them", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { door, send, left } = await rig(nats);
  const rigs = [1, 2, 3].map(() => sourceRig({ settings: { name: "paid" } }));
  const running = await Promise.all(rigs.map(({ context }) => startStream(context, door)));
  const ids = Array.from({ length: 300 }, (_, index) => `m${index}`);
  await Promise.all(ids.map((id) => send(id)));
  await until("all are acknowledged", async () => (await left()) === 0);
  await Promise.all(running.map((source) => source.stop()));
  expect(rigs.flatMap(({ taken }) => taken.map(({ id }) => id)).sort()).toEqual([...ids].sort());
});

test("what cannot be taken in is passed over and told, and does not come again", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { connection, door, send, left } = await rig(nats);
  connection.publish("stream.paid.x", "no JSON");
  await send("misfit");
  await send("fits");
  const source = sourceRig({ settings: { name: "paid" } });
  source.answer = ({ id }) =>
    id === "misfit"
      ? { kind: "invalid", issues: [{ path: "/n", message: "must be less" }] }
      : { kind: "stored", id: id ?? "", sequence: 1, duplicate: false };
  const running = await startStream(source.context, door);
  await until("all are done with", async () => (await left()) === 0);
  await running.stop();
  expect(source.taken.map(({ id }) => id)).toEqual(["misfit", "fits"]);
  expect(source.refused).toEqual([
    { reason: expect.stringContaining("message 1 of stream paid: it is not valid JSON"), kind: "invalid" },
  ]);
  expect(source.warnings).toHaveLength(2);
});

test("a message that another writer gave an id as it is written elsewhere is read as it is", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { connection, door, left } = await rig(nats);
  const fields = headers();
  fields.set(header.id, "100%");
  connection.publish("stream.paid.y", "{}", { headers: fields });
  const source = sourceRig({ settings: { name: "paid" } });
  const running = await startStream(source.context, door);
  await until("it is acknowledged", async () => (await left()) === 0 && source.taken.length === 1);
  await running.stop();
  expect(source.taken[0]?.id).toBe("100%");
});
