// Publishing on a real server: acknowledged where a stream listens, once per id, and what a break means.

import type { Msg } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { openNatsTarget } from "../../connectors/nats/target.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createLink } from "../../runtime/link.ts";
import type { JsonObject } from "../../schema/json.ts";
import { delivery, targetContext } from "../rig/connector.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const silent = { info: () => undefined, warn: () => undefined };

async function target(nats: NatsRig, name = "out", settings: JsonObject = {}) {
  const connection = await nats.connect();
  const link = createLink(connection, "_INBOX", systemClock, silent);
  const { requests, connected, flush, refusals, largest } = link;
  const door = { requests, connected, flush, refusals, largest };
  return { connection, link, out: openNatsTarget({ ...targetContext(settings), name }, door) };
}

test("a stream acknowledges, and takes an id once", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { connection, out } = await target(nats);
  await api(connection, "STREAM.CREATE.SALES", { name: "SALES", subjects: ["sales.>"], allow_direct: true });
  const send = (id: string) => out.deliver(delivery({ subject: "sales.new" }, { å: 1 }, { id, traceparent: "t" }));
  expect(await send("ö 1")).toEqual({ kind: "delivered", detail: "SALES 1" });
  expect(await send("ö 1")).toMatchObject({ kind: "delivered" });
  expect(await send("2")).toEqual({ kind: "delivered", detail: "SALES 2" });
  const stored = await connection.request("$JS.API.DIRECT.GET.SALES", '{"seq":1}');
  expect(stored.json()).toEqual({ å: 1 });
  expect(stored.headers?.get("Nats-Msg-Id")).toBe("orders/out/%C3%B6%201");
  expect(stored.headers?.get("traceparent")).toBe("t");
});

test("what two targets make of one message is two messages, also in one stream or bucket", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { connection, out } = await target(nats);
  const audit = await target(nats, "audit");
  const [list, copy] = [
    await target(nats, "list", { bucket: "prices" }),
    await target(nats, "copy", { bucket: "prices" }),
  ];
  await api(connection, "STREAM.CREATE.SALES", { name: "SALES", subjects: ["sales.>"] });
  await api(connection, "STREAM.CREATE.KV_prices", { name: "KV_prices", subjects: ["$KV.prices.>"] });
  expect(await out.deliver(delivery({ subject: "sales.new" }, 1))).toMatchObject({ detail: "SALES 1" });
  expect(await audit.out.deliver(delivery({ subject: "sales.audit" }, 1))).toMatchObject({ detail: "SALES 2" });
  expect(await list.out.deliver(delivery({ key: "eu.a" }, 1))).toMatchObject({ detail: "KV_prices 1" });
  expect(await copy.out.deliver(delivery({ key: "us.a" }, 1))).toMatchObject({ detail: "KV_prices 2" });
});

test("where no stream listens it is handed to the server and to those who do", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { connection, out } = await target(nats);
  const heard: string[] = [];
  connection.subscribe("plain.>", { callback: (_error, message) => void heard.push(message.string()) });
  expect(await out.deliver(delivery({ subject: "plain.a" }, { n: 1 }))).toEqual({ kind: "delivered" });
  await until("it is heard", () => heard.length === 1);
  expect(heard).toEqual(['{"n":1}']);
});

test("what is larger than the server takes is refused for good", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { connection, out } = await target(nats);
  const text = "x".repeat(connection.info?.max_payload ?? 0);
  const refused = { kind: "permanent", failure: { class: "rejected" } };
  expect(await out.deliver(delivery({ subject: "plain" }, text))).toMatchObject(refused);
});

test("a stream that is full, and one that is gone, refuse for now", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { connection, out } = await target(nats);
  await api(connection, "STREAM.CREATE.FULL", { name: "FULL", subjects: ["full"], max_msgs: 1, discard: "new" });
  expect(await out.deliver(delivery({ subject: "full" }, 1, { id: "a" }))).toMatchObject({ kind: "delivered" });
  expect(await out.deliver(delivery({ subject: "full" }, 1, { id: "b" }))).toMatchObject({
    kind: "transient",
    failure: { class: "unavailable" },
  });
  await api(connection, "STREAM.DELETE.FULL");
  expect(await out.deliver(delivery({ subject: "full" }, 1, { id: "c" }))).toMatchObject({ kind: "transient" });
});

test("a server that dies makes the next delivery say that nobody is there", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { link, out } = await target(nats);
  await nats.kill("SIGKILL");
  await until("the break is noticed", () => !link.connected());
  expect(await out.deliver(delivery({ subject: "sales" }, 1))).toMatchObject({ kind: "transient" });
});

test("an answer that never comes is unknown: it may be stored", async () => {
  let asked = 0;
  const stream = '{"streams":["SALES"]}';
  const door = {
    requests: {
      send: async (subject: string) => {
        asked += 1;
        if (subject !== "$JS.API.STREAM.NAMES") return { kind: "none" as const, reason: "lost" };
        return { kind: "answer" as const, message: { json: () => JSON.parse(stream) } as Msg };
      },
      post: () => true,
    },
    connected: () => true,
    flush: async () => undefined,
    refusals: () => 0,
    largest: () => 1024 * 1024,
  };
  const result = await openNatsTarget(targetContext({}), door).deliver(delivery({ subject: "sales" }, 1));
  expect(result).toMatchObject({ kind: "unknown", failure: { class: "unavailable" } });
  expect(asked).toBe(2);
});
