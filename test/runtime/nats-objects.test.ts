// Large contents in NATS, against a real server: in the format that its clients read, whole or not at all.

import { createHash } from "node:crypto";
import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { createLink } from "../../runtime/link.ts";
import { natsObjects } from "../../runtime/objects/nats-store.ts";
import * as address from "../../schema/address.ts";
import type { ObjectStore } from "../../schema/content.ts";
import { natsServer } from "../rig/nats.ts";
import { counted, faultOf, hashOf, keepsObjects, leavesNothing, listed, never } from "../rig/object-store.ts";
import { api } from "../rig/topology.ts";

const silent = { info: () => undefined, warn: () => undefined };
const integration = "orders";
const stream = address.objectStream(integration);
const mebibyte = 1024 * 1024;

async function bucket(connection: NatsConnection, maxBytes = -1): Promise<ObjectStore> {
  await api(connection, `STREAM.CREATE.${stream}`, {
    name: stream,
    subjects: address.objectSubjects(integration),
    storage: "file",
    discard: "new",
    max_bytes: maxBytes,
    allow_rollup_hdrs: true,
    allow_direct: true,
  });
  const link = createLink(connection, "_INBOX", systemClock, silent);
  return natsObjects({ link, clock: systemClock, integration });
}

const kept = async (connection: NatsConnection) =>
  Object(await api(connection, `STREAM.INFO.${stream}`)).state.messages;

test("objects are kept, read, listed and removed; one that breaks off leaves nothing", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const store = await bucket(connection);
  await leavesNothing(store, 6 * mebibyte);
  expect(await kept(connection)).toBe(0);
  await keepsObjects(store, [0, 1, 512 * 1024, 3 * mebibyte + 17]);
  for (const { name } of await listed(store)) await store.remove(name);
  expect(await kept(connection)).toBe(0);
});

test("what it writes is NATS's own format, read by whoever reads the chunks by the name's record", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const store = await bucket(connection);
  const size = 2 * mebibyte + 5;
  const name = "a-name?with/signs>.x";
  await store.put(name, counted(size), never);

  // As ADR-20 says it, with a client's own means.
  const token = Buffer.from(name).toString("base64url").padEnd(28, "=");
  const stored = Object(
    await api(connection, `STREAM.MSG.GET.${stream}`, { last_by_subj: `$O.orders.M.${token}` }),
  ).message;
  expect(Buffer.from(stored.hdrs, "base64").toString()).toContain("Nats-Rollup: sub");
  const record = JSON.parse(Buffer.from(stored.data, "base64").toString());
  expect(record).toMatchObject({ name, bucket: "orders", size, chunks: 5, options: { max_chunk_size: 512 * 1024 } });
  const reader = await jetstream(connection).consumers.get(stream, { filter_subjects: `$O.orders.C.${record.nuid}` });
  const hash = createHash("sha256");
  let left = record.chunks;
  const messages = await reader.consume();
  for await (const { data } of messages) {
    hash.update(data);
    left -= 1;
    if (left === 0) break;
  }
  expect(`SHA-256=${hash.digest("base64url").padEnd(44, "=")}`).toBe(record.digest);
  // And the other way: one that another client has deleted is gone.
  connection.publish(`$O.orders.M.${token}`, JSON.stringify({ ...record, deleted: true }));
  await connection.flush();
  expect(await faultOf(hashOf(store.read(name, never)))).toBe("missing");
});

test("a full bucket and a missing one are told apart, and neither keeps half an object", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const store = await bucket(connection, 4 * mebibyte);
  await store.put("fits", counted(2 * mebibyte), never);
  expect(await faultOf(store.put("too-much", counted(3 * mebibyte), never))).toBe("full");
  expect((await listed(store)).map(({ name }) => name)).toEqual(["fits"]);
  // There is room for as much as before.
  await store.put("fits-too", counted(mebibyte), never);
  await api(connection, `STREAM.DELETE.${stream}`);
  expect(await faultOf(store.put("nowhere", counted(1), never))).toBe("unavailable");
  expect(await faultOf(hashOf(store.read("fits", never)))).toBe("unavailable");
});

test("chunks that nobody has named are listed for the sweep; a chunk that is gone is told as missing", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const store = await bucket(connection);
  await store.put("whole", counted(mebibyte), never);
  for (let chunk = 0; chunk < 3; chunk += 1) connection.publish("$O.orders.C.begun", Buffer.alloc(1000));
  await connection.flush();
  expect((await listed(store)).map(({ name }) => name)).toEqual(["whole", "~begun"]);
  await store.remove("~begun");
  expect((await listed(store)).map(({ name }) => name)).toEqual(["whole"]);
  await api(connection, `STREAM.MSG.DELETE.${stream}`, { seq: 2 });
  expect(await faultOf(hashOf(store.read("whole", never)))).toBe("missing");
});

test("what a server that is behind does not have yet, or is being moved, is not missing", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  await bucket(connection);
  const link = createLink(connection, "_INBOX", systemClock, silent);
  let behind = 0;
  const send: typeof link.requests.send = async (subject, data, headers) =>
    subject.startsWith("$JS.API.DIRECT.GET") && behind-- > 0
      ? await link.requests.send(`$JS.API.DIRECT.GET.${stream}`, '{"seq":1000}')
      : await link.requests.send(subject, data, headers);
  const late = { ...link, requests: { ...link.requests, send } };
  const store = natsObjects({ link: late, clock: systemClock, integration });
  await store.put("a", counted(mebibyte), never);
  behind = 1;
  expect(await faultOf(hashOf(store.read("a", never)))).toBe("unavailable");
  expect((await hashOf(store.read("a", never))).size).toBe(mebibyte);
  expect(await faultOf(hashOf(store.read("b", never)))).toBe("missing");
  const { config } = Object(await api(connection, `STREAM.INFO.${stream}`));
  await api(connection, `STREAM.UPDATE.${stream}`, { ...config, metadata: { "vrsky.copy-of": "another" } });
  expect(await faultOf(hashOf(store.read("b", never)))).toBe("unavailable");
});

test("whoever gives the bytes waits for the server: a few chunks are in memory", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const link = createLink(connection, "_INBOX", systemClock, silent);
  await bucket(connection);
  let answered = 0;
  let ahead = 0;
  const counting: typeof link = {
    ...link,
    requests: {
      ...link.requests,
      send: async (subject, data, headers) => {
        const answer = await link.requests.send(subject, data, headers);
        answered += data.length;
        return answer;
      },
    },
  };
  const store = natsObjects({ link: counting, clock: systemClock, integration });
  await store.put(
    "long",
    counted(20 * mebibyte, (sent) => {
      ahead = Math.max(ahead, sent - answered);
    }),
    never,
  );
  expect(ahead).toBeLessThan(4 * mebibyte);
});
