// When the chunks of a message that failed are not needed in RETRY any more, and when they still are.

import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { cleared } from "../../runtime/content/carry.ts";
import { createLink } from "../../runtime/link.ts";
import { createLookUps } from "../../runtime/look-ups.ts";
import { publish } from "../../runtime/publish.ts";
import { retryChunks, retryStream, stateSubject } from "../../schema/address.ts";
import type { RetryState } from "../../schema/outcome.ts";
import { natsServer } from "../rig/nats.ts";
import { api, createTopology } from "../rig/topology.ts";

const log = { info: () => undefined, warn: () => undefined };
const spot = { target: "crm", hash: "abcdefghijklmnop" };
const content = {
  reference: { role: "blob", size: 1, sha256: "", at: "chunks", count: 1 },
  lies: "retry",
  hash: spot.hash,
} as const;

/** Whether they are still there after somebody has ended with the message while its record said this. */
async function staysWhile(state: RetryState["state"], buried: boolean): Promise<boolean> {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const link = createLink(admin, "_INBOX", systemClock, log);
  const records = createLookUps(link, systemClock, retryStream("orders"));
  const chunks = retryChunks("orders", spot.target, spot.hash);
  await publish(link.requests, { subject: chunks, data: "bytes", headers: {} });
  const record = { subject: stateSubject("orders", spot.target, spot.hash), data: JSON.stringify({ state }) };
  await publish(link.requests, { ...record, headers: { "Nats-Rollup": "sub" } });
  const context = { link, records, integration: "orders", crash: undefined };
  expect(await cleared(context, { ...spot, envelope: { content }, message: {} }, 1, buried)).toBe(true);
  const { message } = Object(await api(admin, `STREAM.MSG.GET.${retryStream("orders")}`, { last_by_subj: chunks }));
  link.close();
  return Buffer.from(message.data ?? "", "base64").toString() === "bytes";
}

test("who only sees that a message died leaves its chunks to whoever writes the letter, which is made of them", async () => {
  expect(await staysWhile("dead", false)).toBe(true);
  expect(await staysWhile("dead", true)).toBe(false);
  expect(await staysWhile("delivered", false)).toBe(false);
  expect(await staysWhile("parked", false)).toBe(true);
});
