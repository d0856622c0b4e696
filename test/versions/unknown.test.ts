// What a later version writes and this one does not know: it is read, retried, buried and brought back with everything
// that was in it, on a real server.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { keyOf } from "../../control/letters/entry.ts";
import * as address from "../../schema/address.ts";
import type { Bundle, CodedBundle } from "../../schema/bundle.ts";
import { canonical, sha256 } from "../../schema/canonical.ts";
import { header } from "../../schema/envelope.ts";
import { startCluster } from "../rig/deployed.ts";
import { byAnn, only, redriveLetter } from "../rig/letters.ts";
import { fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const later = { shape: 7, of: ["later"] };
const hash = address.idHash("a1");
const recordSubject = address.stateSubject("orders", "crm", hash);

async function stored(connection: NatsConnection, subject: string) {
  const message = await connection.request(`$JS.API.DIRECT.GET.${address.retryStream("orders")}.${subject}`);
  return {
    sequence: message.headers?.get("Nats-Sequence") ?? "",
    json: () => JSON.parse(message.string()),
  };
}

/** As a version of tomorrow stores it. */
async function storeByHand(connection: NatsConnection): Promise<void> {
  const record = {
    source: "door",
    receivedAt: "2026-01-01T00:00:00.000Z",
    contract: "",
    bundle: "",
    meta: {},
    headers: {},
  };
  const fields = headers();
  fields.set(header.id, "a1");
  fields.set(header.envelope, JSON.stringify({ ...record, later }));
  fields.set("Vrsky-Later", "kept");
  fields.set("Nats-Expected-Last-Subject-Sequence", "0");
  await connection.request(address.intakeSubject("orders", hash), '{"id":"a1"}', { headers: fields, timeout: 10_000 });
}

test("an envelope, a header and a record of a later version are kept through retry, death and redrive", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  system.answer = () => ({ kind: "transient", failure: { class: "unavailable", message: "down" } });
  const first = await startLine(nats, system, { bundles: [handMade({ retry: { initial: 500 } })] });
  await storeByHand(admin);
  await until("it has failed", () => first.outcomes().length > 0);
  await first.worker.drain();
  await first.connection.close();
  // A worker of tomorrow has tried it meanwhile.
  const parked = await stored(admin, recordSubject);
  const fields = headers();
  fields.set("Nats-Rollup", "sub");
  fields.set("Nats-Expected-Last-Subject-Sequence", parked.sequence);
  const patched = JSON.stringify({ ...parked.json(), later });
  await admin.request(recordSubject, patched, { headers: fields, timeout: 10_000 });

  let calls = 0;
  system.answer = () => {
    calls += 1;
    return calls === 1
      ? { kind: "transient", failure: { class: "unavailable", message: "down" } }
      : { kind: "permanent", failure: { class: "rejected", message: "422 no" } };
  };
  await using line = await startLine(nats, system);
  await quiet(admin);
  const dead = await only(admin);
  expect(JSON.parse(dead.stored.get(header.envelope)).later).toEqual(later);
  expect(dead.stored.get("Vrsky-Later")).toBe("kept");
  expect((await stored(admin, recordSubject)).json()).toMatchObject({ state: "dead", later });

  system.answer = () => ({ kind: "delivered" });
  expect(await redriveLetter(admin, keyOf(dead), byAnn)).toMatchObject({ kind: "redriven" });
  await quiet(admin);
  expect(line.outcomes().at(-1)).toBe("delivered a1");
  expect((await stored(admin, recordSubject)).json()).toMatchObject({ state: "delivered", later });
});

test("a bundle and a deployment record with members of a later version are followed, and run", async () => {
  await using cluster = await startCluster();
  const { bundle, code } = handMade();
  const { hash: _, ...record } = { ...bundle, later };
  const known: Omit<Bundle, "hash"> = record;
  const tomorrow: CodedBundle = { bundle: { ...known, hash: sha256(canonical(record)) }, code };
  await cluster.apply([tomorrow]);
  await using follower = await cluster.follower();
  expect(follower.bundle()).toBe(tomorrow.bundle.hash);
  const deployed = await cluster.record("orders");
  if (deployed === undefined) throw new Error("nothing is deployed");
  await cluster.write("orders", JSON.stringify({ ...deployed, revision: deployed.revision + 1, later }));
  expect(await follower.system.send({ id: "a1" }, {}, "orders")).toMatchObject({ kind: "stored" });
  await until("it is delivered", () => follower.system.begun.length === 1);
  expect(follower.refused()).toBeUndefined();
  expect(follower.bundle()).toBe(tomorrow.bundle.hash);
});
