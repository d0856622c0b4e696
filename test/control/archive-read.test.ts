// What went through an integration is read as it was taken in: all of it or a span of time, or the last of it, from the
// archive and else from the intake, whatever else lies in between.

import type { NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import {
  type Kept,
  type KeptMessage,
  keptBy,
  keptMessages,
  lastMessages,
  type Span,
} from "../../control/archive/read.ts";
import { publishBatch } from "../../control/jetstream-api.ts";
import { envelopeHeaders } from "../../runtime/envelope.ts";
import * as address from "../../schema/address.ts";
import { natsServer } from "../rig/nats.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const minute = 60_000;

/** As a worker would have stored it at that time. */
function message(id: string, receivedAt: string, integration = "orders") {
  const known = { source: "http", receivedAt, contract: "", bundle: "", meta: {}, headers: {} };
  return {
    subject: address.intakeSubject(integration, address.idHash(id)),
    body: JSON.stringify({ id }),
    headers: { ...envelopeHeaders({ ...known, id }), "Nats-Expected-Last-Subject-Sequence": "0" },
  };
}

const chunk = (id: string) => ({ subject: `in.orders.c.${address.idHash(id)}`, body: "…", headers: {} });

async function read(connection: NatsConnection, span?: Span): Promise<readonly KeptMessage[]> {
  const kept = await keptBy(connection, "orders");
  if (kept === undefined) throw new Error("nothing keeps it");
  return readFrom(connection, kept, span);
}

async function readFrom(connection: NatsConnection, kept: Kept, span?: Span): Promise<readonly KeptMessage[]> {
  const read: KeptMessage[] = [];
  for await (const each of keptMessages(connection, kept, span)) read.push(each);
  return read;
}

const idsOf = (messages: readonly KeptMessage[]): readonly string[] => messages.map(({ envelope }) => envelope.id);

test("all of it, a span of time, what comes behind a sequence, and the last of it", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  expect(await keptBy(admin, "orders")).toBeUndefined();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  expect(await keptBy(admin, "orders")).toEqual({
    integration: "orders",
    stream: "IN_orders",
    kind: "intake",
    lastSequence: 0,
    whole: true,
  });
  const now = Date.now();
  const time = (minutes: number): string => new Date(now + minutes * minute).toISOString();
  await publishBatch(admin, [message("a", time(-5)), message("b", time(-4)), chunk("c"), message("c", time(-3))]);
  await publishBatch(admin, [chunk("d"), chunk("d"), chunk("d"), message("d", time(-2)), message("e", "not a time")]);

  expect(idsOf(await read(admin))).toEqual(["a", "b", "c", "d", "e"]);
  expect((await keptBy(admin, "orders"))?.since).toBe(time(-5));
  expect(idsOf(await read(admin, { from: now - 4 * minute, to: now - 2 * minute }))).toEqual(["b", "c"]);
  // What says no time of its own has that of the server.
  expect(idsOf(await read(admin, { from: now - 3 * minute }))).toEqual(["c", "d", "e"]);
  expect(idsOf(await read(admin, { to: now - 60 * minute }))).toEqual([]);
  const [, second] = await read(admin);
  expect(idsOf(await read(admin, { after: second?.sequence ?? 0 }))).toEqual(["c", "d", "e"]);

  const kept = await keptBy(admin, "orders");
  for (const [count, ids] of [
    [1, "e"],
    [3, "cde"],
    [5, "abcde"],
    [100, "abcde"],
  ] as const) {
    expect(kept && idsOf(await lastMessages(admin, kept, count)).join(""), String(count)).toBe(ids);
  }
  // What comes after one has looked is not read.
  await publishBatch(admin, [message("f", time(0))]);
  expect(kept && idsOf(await readFrom(admin, kept))).toEqual(["a", "b", "c", "d", "e"]);
});

test("an archive comes before the intake, and says where in the intake a message was", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const at = new Date().toISOString();
  await publishBatch(admin, [chunk("a"), message("a", at), message("b", at)]);
  await api(admin, "STREAM.CREATE.ARCHIVE_orders", {
    name: "ARCHIVE_orders",
    storage: "file",
    allow_direct: true,
    sources: [{ name: "IN_orders" }],
  });
  await until("it has been copied", async () => (await keptBy(admin, "orders"))?.lastSequence === 3);
  await api(admin, "STREAM.PURGE.IN_orders");
  const messages = await read(admin);
  expect(messages.map(({ envelope: { id, sequence } }) => [id, sequence])).toEqual([
    ["a", 2],
    ["b", 3],
  ]);
  expect(messages.map(({ envelope }) => new TextDecoder().decode(envelope.body))).toEqual(['{"id":"a"}', '{"id":"b"}']);
});
