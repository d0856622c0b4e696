// Reading what others publish: from a stream and a bucket of somebody else's with nothing lost or twice, and straight
// from a subject, each message to one of the workers.

import { once } from "node:events";
import { connect } from "node:net";
import { Kvm } from "@nats-io/kv";
import { headers, type NatsConnection } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { natsDoor } from "../../cli/nats-door.ts";
import { startNatsSource } from "../../connectors/nats/source.ts";
import { type ConsumerInfo, call } from "../../control/jetstream-api.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createLink } from "../../runtime/link.ts";
import { readerConsumer } from "../../schema/address.ts";
import { sourceFailureOf } from "../../schema/connector.ts";
import type { JsonObject } from "../../schema/json.ts";
import { type SourceRig, sourceRig } from "../rig/connector.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const silent = { info: () => undefined, warn: () => undefined };
const durable = readerConsumer("orders", "in");

async function reading(nats: NatsRig, settings: JsonObject, rig: SourceRig = sourceRig({ settings })) {
  const link = createLink(await nats.connect(), "_INBOX", systemClock, silent);
  const source = await startNatsSource(rig.context, natsDoor(link));
  await link.flush();
  return { rig, source, link };
}

const bodies = (rig: SourceRig) => rig.taken.map(({ value }) => value);

test("a subject: each message reaches one of two workers, with its headers and an id of its own", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const settings = { subject: "orders.*" };
  const [a, b] = [await reading(nats, settings), await reading(nats, settings)];
  const fields = headers();
  fields.set("X-Shop", "a");
  fields.set("Nats-Expected-Stream", "no");
  for (let i = 0; i < 20; i++) connection.publish("orders.new", '{"n":1}', { headers: fields });
  await until("all have come", () => a.rig.taken.length + b.rig.taken.length === 20);
  const all = [...a.rig.taken, ...b.rig.taken];
  expect(new Set(all.map(({ id }) => id)).size).toBe(20);
  expect(all[0]).toMatchObject({ value: { n: 1 }, headers: { "x-shop": "a" }, meta: { subject: "orders.new" } });
  expect(Object.keys(all[0]?.headers ?? {})).toEqual(["x-shop"]);
  await Promise.all([a.source.stop(), b.source.stop()]);
});

test("a subject: what is no JSON is refused, text is taken as it is, a publisher's id counts", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const json = await reading(nats, { subject: "a" });
  const text = await reading(nats, { subject: "b", format: "text" });
  const fields = headers();
  fields.set("Nats-Msg-Id", "own");
  connection.publish("a", "not JSON");
  connection.publish("a", "1", { headers: fields });
  connection.publish("b", "not JSON");
  await until("they have come", () => json.rig.taken.length === 1 && text.rig.taken.length === 1);
  expect(json.rig.refused).toEqual([{ kind: "invalid", reason: expect.stringContaining("a message to a: it is not") }]);
  expect(json.rig.taken[0]?.id).toBe("own");
  expect(bodies(text.rig)).toEqual(["not JSON"]);
});

test("a subject: while nothing can be stored messages wait, so many and no more; a stop ends that", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const { rig, source } = await reading(nats, { subject: "a" });
  let away = true;
  rig.answer = ({ id }) =>
    away
      ? { kind: "unavailable", reason: "away", retryAfterSeconds: 0.02 }
      : { kind: "stored", id: id ?? "", sequence: 1, duplicate: false };
  for (let i = 0; i < 1_100; i++) connection.publish("a", `${i}`);
  await until("the rest is told to be lost", () => rig.refused.length === 100);
  expect(rig.refused[0]?.reason).toContain("too many wait to be stored");
  away = false;
  await source.stop();
  const stored = new Set(rig.taken.map(({ id }) => id));
  expect(stored.size).toBe(1_000);
});

test("a stream: what was not stored comes again under its id, and only what the filter says", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  await api(connection, "STREAM.CREATE.ORDERS", { name: "ORDERS", subjects: ["orders.>"] });
  const config = { durable_name: durable, filter_subject: "orders.new", ack_policy: "explicit", ack_wait: 1e9 };
  await api(connection, `CONSUMER.CREATE.ORDERS.${durable}`, { stream_name: "ORDERS", config });
  for (const subject of ["orders.new", "orders.old", "orders.new"]) await connection.request(subject, `"${subject}"`);
  const rig = sourceRig({ settings: { stream: "ORDERS", subject: "orders.new" } });
  rig.answer = () => ({ kind: "unavailable", reason: "away", retryAfterSeconds: 60 });
  const first = await reading(nats, {}, rig);
  await until("both are in hand", () => rig.taken.length === 2);
  await first.source.stop();
  const again = await reading(nats, { stream: "ORDERS", subject: "orders.new" });
  await until("both have come again", () => again.rig.taken.length === 2);
  expect(again.rig.taken.map(({ id }) => id).sort()).toEqual([
    expect.stringMatching(/^ORDERS:1:/),
    expect.stringMatching(/^ORDERS:3:/),
  ]);
  expect(again.rig.taken[0]?.meta).toMatchObject({ subject: "orders.new" });
  await until("they are acknowledged", async () => {
    const info = await call<ConsumerInfo>(connection, `CONSUMER.INFO.ORDERS.${durable}`);
    return info.num_ack_pending === 0 && info.num_pending === 0;
  });
  await again.source.stop();
});

test.each([
  [false, [1, 2]],
  [true, [1, null, 2]],
])("a bucket: what is put comes, and with deletes: %s what is deleted", async (deletes, wanted) => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const bucket = await new Kvm(connection).create("prices", { history: 5 });
  const config = { durable_name: durable, filter_subject: "$KV.prices.eu.*", ack_policy: "explicit" };
  await api(connection, `CONSUMER.CREATE.KV_prices.${durable}`, { stream_name: "KV_prices", config });
  await bucket.put("eu.a", "1");
  await bucket.put("us.a", "9");
  await bucket.delete("eu.a");
  const { rig, source } = await reading(nats, { bucket: "prices", key: "eu.*", deletes });
  await bucket.put("eu.b", "2");
  await until("all have come", () => rig.taken.length === wanted.length);
  expect(bodies(rig)).toEqual(wanted);
  expect(rig.taken[0]).toMatchObject({ id: expect.stringMatching(/^prices:1:/), meta: { key: "eu.a", sequence: 1 } });
  await source.stop();
});

const made = async (connection: NatsConnection): Promise<void> => {
  await api(connection, "STREAM.CREATE.ORDERS", { name: "ORDERS", subjects: ["orders.>"] });
  const config = { durable_name: durable, filter_subject: "orders.>", ack_policy: "explicit" };
  await api(connection, `CONSUMER.CREATE.ORDERS.${durable}`, { stream_name: "ORDERS", config });
};
const orders = { stream: "ORDERS", subject: "orders.>" };

test("a stream that is not there is told, and so is one that goes; made anew, its messages are others", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const failure = { kind: "disconnected", reason: `stream ORDERS, or its consumer ${durable}, is not there` };
  const early = await reading(nats, orders).catch(sourceFailureOf);
  expect(early).toEqual(failure);
  await made(connection);
  const { rig, source } = await reading(nats, orders);
  await connection.request("orders.new", "1");
  await until("the first has come", () => rig.taken.length === 1);
  await api(connection, "STREAM.DELETE.ORDERS");
  await until("its end is told", () => rig.failures.length > 0);
  expect(rig.failures[0]).toEqual(failure);
  await source.stop();
  await made(connection);
  const again = await reading(nats, orders);
  await connection.request("orders.new", "2");
  await until("that of the new one has come", () => again.rig.taken.length === 1);
  const [before, after] = [rig.taken[0]?.id, again.rig.taken[0]?.id];
  expect(before).toMatch(/^ORDERS:1:/);
  expect(after).toMatch(/^ORDERS:1:/);
  expect(after).not.toBe(before);
  await again.source.stop();
});

test("a publisher's id that no message may have is replaced; a bucket's changes are told apart by their revisions", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  await made(connection);
  const { rig, source } = await reading(nats, orders);
  const long = headers();
  long.set("Nats-Msg-Id", "x".repeat(1_025));
  await connection.request("orders.new", "1", { headers: long, timeout: 5_000 });
  await until("it has come", () => rig.taken.length === 1);
  expect(rig.taken[0]?.id).toMatch(/^ORDERS:1:/);
  await source.stop();
  await api(connection, "STREAM.CREATE.KV_prices", {
    name: "KV_prices",
    subjects: ["$KV.prices.>"],
    duplicate_window: 1e8,
  });
  const config = { durable_name: durable, ack_policy: "explicit" };
  await api(connection, `CONSUMER.CREATE.KV_prices.${durable}`, { stream_name: "KV_prices", config });
  const prices = await reading(nats, { bucket: "prices" });
  const own = headers();
  own.set("Nats-Msg-Id", "a");
  const put = (value: string) => connection.request("$KV.prices.a", value, { headers: own, timeout: 5_000 });
  await put("1");
  // Until the server has forgotten the id.
  await until("both have come", async () => {
    await put("2");
    return prices.rig.taken.length === 2;
  });
  expect(new Set(prices.rig.taken.map(({ id }) => id)).size).toBe(2);
  await prices.source.stop();
});

test("headers with odd bytes, of somebody who speaks to the server itself, do not end the source", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  await made(connection);
  const direct = await reading(nats, { subject: "direct" });
  const { rig, source } = await reading(nats, orders);
  const odd = [
    "NATS/1.0\r\nno colon\r\n\r\n",
    "NATS/1.0\r\n\u0001: \u00ff\u0000\r\n\r\n",
    "nonsense",
    "NATS/1.0\r\nX: \u0007\r\n\r\n",
    "NATS/1.0 503\r\n\r\n",
  ];
  await raw(nats, ["orders.new", "direct"], odd);
  await connection.request("orders.new", "2");
  connection.publish("direct", "2");
  const last = (taken: SourceRig) => taken.taken.some(({ value }) => value === 2);
  await until("what comes after them has come", () => last(rig) && last(direct.rig));
  const malformed = "its headers are malformed";
  expect(rig.refused).toEqual([{ kind: "invalid", reason: `message 2 of stream ORDERS: ${malformed}` }]);
  expect(direct.rig.refused).toEqual([{ kind: "invalid", reason: `a message to direct: ${malformed}` }]);
  expect(rig.taken).toHaveLength(5);
  await source.stop();
  await direct.source.stop();
});

/** As any client may send them. */
async function raw(nats: NatsRig, subjects: readonly string[], blocks: readonly string[]): Promise<void> {
  const socket = connect(Number(new URL(nats.url).port), "127.0.0.1");
  await once(socket, "data");
  const { user, password } = nats.credentials("acme");
  socket.write(`CONNECT ${JSON.stringify({ verbose: false, headers: true, user, pass: password })}\r\n`);
  for (const subject of subjects) {
    for (const block of blocks) {
      const bytes = Buffer.from(block, "latin1");
      socket.write(`HPUB ${subject} ${bytes.length} ${bytes.length + 1}\r\n`);
      socket.write(Buffer.concat([bytes, Buffer.from("1\r\n")]));
    }
  }
  socket.write("PING\r\n");
  await once(socket, "data");
  socket.destroy();
}
