// Dead letters as people list and look at them.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listDeadLetters, showDeadLetter } from "../../control/dead-letters.ts";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import type { DeadLetter } from "../../schema/outcome.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";

let nats: NatsRig;
let connection: NatsConnection;
beforeAll(async () => {
  nats = await natsServer({ accounts: ["acme", "empty"], syncAlways: false });
  connection = await nats.connect("acme");
  await createTopology(connection, { integration: "orders", targets: [] });
  for (let i = 0; i < 300; i++) await bury(`bulk-${i}`, "orders", "warehouse", `body ${i}`);
  await bury("häßlich/1", "orders", "warehouse", "");
  await bury("häßlich/1", "orders", "shop", '{"a":1}');
  await bury("bill-1", "billing", "ledger", "x".repeat(1000));
});
afterAll(() => nats[Symbol.asyncDispose]());

const letterOf = (id: string, integration: string, target: string): DeadLetter => ({
  id,
  tenant: "acme",
  integration,
  target,
  failure: { class: "rejected", message: "HTTP 422: no", status: 422 },
  attempts: 1,
  firstFailureAt: "2026-01-01T00:00:00.000Z",
  diedAt: "2026-01-01T00:00:00.000Z",
  bundle: "b1",
  sequence: 7,
  possiblyDelivered: false,
});

async function bury(id: string, integration: string, target: string, body: string): Promise<void> {
  const fields = headers();
  fields.set(header.id, encodeURIComponent(id));
  fields.set(header.envelope, JSON.stringify({ source: "door", headers: { "x-from": "github" } }));
  fields.set(header.dead, escaped(JSON.stringify(letterOf(id, integration, target))));
  await connection.request(address.deadSubject(integration, target, address.idHash(id)), body, {
    headers: fields,
    timeout: 5_000,
  });
}

const escaped = (json: string): string =>
  json.replaceAll(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

async function listed(query: Parameters<typeof listDeadLetters>[1]) {
  const result = await listDeadLetters(connection, query);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

async function shown(id: string) {
  const result = await showDeadLetter(connection, id);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

test("they are listed oldest first, with their number, page by page", async () => {
  const first = await listed({ limit: 2 });
  expect(first.total).toBe(303);
  expect(first.letters.map(({ letter }) => letter?.id)).toEqual(["bulk-0", "bulk-1"]);
  expect((await listed({ limit: 1, after: first.letters[1]?.sequence ?? 0 })).letters[0]?.letter?.id).toBe("bulk-2");
  expect((await listed({ limit: 1 })).letters).toHaveLength(1);
  expect((await listed({ limit: 1000 })).letters).toHaveLength(303);
});

test("they are narrowed by integration and target", async () => {
  expect(await listed({ integration: "billing", limit: 10 })).toMatchObject({
    total: 1,
    letters: [{ integration: "billing", target: "ledger", letter: { failure: { status: 422 } } }],
  });
  expect((await listed({ target: "shop", limit: 10 })).total).toBe(1);
  expect(await listed({ integration: "nobody", limit: 10 })).toEqual({ letters: [], total: 0 });
  expect(await listed({ integration: ">", limit: 10 })).toEqual({ letters: [], total: 0 });
});

test("one is shown by its id or hash, at every target, with its bytes and headers", async () => {
  const letters = await shown("häßlich/1");
  expect(letters.map(({ target, body }) => [target, new TextDecoder().decode(body)])).toEqual([
    ["warehouse", ""],
    ["shop", '{"a":1}'],
  ]);
  expect(letters[0]).toMatchObject({ letter: { id: "häßlich/1" }, headers: { "x-from": "github" } });
  expect(await shown(address.idHash("häßlich/1"))).toEqual(letters);
  expect(await shown("unknown")).toEqual([]);
  expect(await shown("*")).toEqual([]);
});

test("an entry whose record is damaged is still listed", async () => {
  await connection.request("dlq.broken.target.0123456789abcdef", "body");
  const { letters } = await listed({ integration: "broken", limit: 10 });
  expect(letters).toMatchObject([{ integration: "broken", target: "target", idHash: "0123456789abcdef" }]);
  expect(letters[0]?.letter).toBeUndefined();
});

test("a tenant that holds nothing yet has none", async () => {
  const empty = await nats.connect("empty");
  expect(await listDeadLetters(empty, { limit: 5 })).toEqual({ ok: true, value: { letters: [], total: 0 } });
});
