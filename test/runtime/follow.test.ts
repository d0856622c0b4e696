// Workers that follow the deployment records, with the worker's rights alone: they switch without losing a message, and
// what cannot be trusted changes nothing.

import { gzipSync } from "node:zlib";
import { headers } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { bucketStream, bundleKey, deployBucket, intakeStream } from "../../schema/address.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import { canonical } from "../../schema/canonical.ts";
import { bundleHeader, type DeploymentRecord, signedBundle, signedText } from "../../schema/deployment.ts";
import { header } from "../../schema/envelope.ts";
import { createNkey, type Nkey, signText } from "../../schema/nkey.ts";
import { cutWire } from "../rig/cut-wire.ts";
import { type Cluster, type FollowingWorker, startCluster } from "../rig/deployed.ts";
import { deadLetters, handMade, quiet } from "../rig/line.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const version = (number: number, more: Parameters<typeof handMade>[0] = {}): CodedBundle =>
  handMade({ map: `({ ...scope.body, version: ${number} })`, ...more });

const runs = ({ bundle }: CodedBundle, ...workers: readonly FollowingWorker[]): Promise<unknown> =>
  until("the bundle runs", () => workers.every((worker) => worker.bundle(bundle.integration) === bundle.hash));

/** Versions of one body, by the ids that were delivered. */
const delivered = ({ system }: FollowingWorker): ReadonlyMap<string, unknown> =>
  new Map(system.begun.map(({ id, body }) => [id, Object(body).version]));

test("5,000 messages flow while ten bundles are applied: none is lost, none is run under another contract, the last one runs", async () => {
  await using cluster = await startCluster();
  // Every other one has another contract.
  const bundles = Array.from({ length: 11 }, (_, number) => version(number, { contract: `order-${number % 2}` }));
  const signer = createNkey("account");
  await cluster.apply(bundles.slice(0, 1), { signer });
  await using follower = await cluster.follower({ trust: [signer.publicKey] });
  const ids = Array.from({ length: 5_000 }, (_, index) => `m${index}`);
  const refusedIds: string[] = [];
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
      // A source that is being exchanged, or a full door, says so: the sender tries again, as it must.
      for (let stored = false; !stored; ) {
        const answer = await trySend(follower, id);
        stored = answer === "stored";
        if (!stored) refusedIds.push(id);
        if (!stored) await new Promise((again) => setTimeout(again, 5));
      }
    }
  };
  const sending = Promise.all(Array.from({ length: 32 }, sender));
  for (const bundle of bundles.slice(1)) {
    await cluster.apply([bundle], { signer });
    await runs(bundle, follower);
  }
  await sending;
  await quiet(cluster.admin);
  const got = delivered(follower);
  expect([...got.keys()].sort()).toEqual([...ids].sort());
  expect(await deadLetters(cluster.admin)).toEqual([]);
  const contracts = await acceptedUnder(cluster);
  const wrong = ids.filter((id) => `order-${Number(got.get(id)) % 2}` !== contracts.get(id));
  expect(wrong).toEqual([]);
  expect(new Set(got.values()).size).toBeGreaterThan(3);
  expect(follower.refused()).toBeUndefined();
  expect(follower.warnings).toEqual([]);
});

async function trySend({ system }: FollowingWorker, id: string): Promise<string> {
  try {
    return (await system.send({ id })).kind;
  } catch {
    return "no source";
  }
}

/** Hash of the contract by message id, as the intake holds it. */
async function acceptedUnder({ admin }: Cluster): Promise<ReadonlyMap<string, string>> {
  const contracts = new Map<string, string>();
  for (let seq = 1; ; ) {
    const answers = await admin.requestMany(
      `$JS.API.DIRECT.GET.${intakeStream("orders")}`,
      JSON.stringify({ seq, next_by_subj: "in.orders.m.>", batch: 500 }),
      { strategy: "sentinel", maxWait: 5_000 },
    );
    const before = seq;
    for await (const { headers: found } of answers) {
      if (!found?.has("Nats-Sequence")) continue;
      seq = Number(found.get("Nats-Sequence")) + 1;
      contracts.set(decodeURIComponent(found.get(header.id)), JSON.parse(found.get(header.envelope)).contract);
    }
    if (seq === before) return contracts;
  }
}

/** A deployed and signed `orders`, and a worker that trusts the key. */
async function trusting(): Promise<{ cluster: Cluster; signer: Nkey; first: CodedBundle; follower: FollowingWorker }> {
  const cluster = await startCluster(["orders", "refunds"]);
  const signer = createNkey("account");
  const first = version(1);
  await cluster.apply([first, version(1, { integration: "refunds" })], { signer });
  const follower = await cluster.follower({ trust: [signer.publicKey] });
  return { cluster, signer, first, follower };
}

/** Still delivers, with the version that ran before. */
async function goesOn(follower: FollowingWorker, first: CodedBundle, id: string, number = 1): Promise<void> {
  expect(follower.bundle()).toBe(first.bundle.hash);
  expect(await follower.system.send({ id }, {}, "orders")).toMatchObject({ kind: "stored" });
  await until("it is delivered", () => delivered(follower).has(id));
  expect(delivered(follower).get(id)).toBe(number);
  await isReady(follower);
}

const isReady = ({ following }: FollowingWorker): Promise<unknown> =>
  until("it is ready", () => following.health().ready);

const signed = (record: DeploymentRecord, key: Nkey): DeploymentRecord => ({
  ...record,
  signature: signText(key, signedText(record)),
});

test("a record that is not what apply signed is refused and told, and what ran before goes on", async () => {
  const { cluster, signer, first, follower } = await trusting();
  await using _cluster = cluster;
  await using _follower = follower;
  const genuine = await cluster.record("orders");
  const other = await cluster.record("refunds");
  if (genuine?.signature === undefined || other === undefined) throw new Error("nothing is deployed");
  const { signature: _, ...plain } = genuine;
  const later = { ...plain, revision: 9, at: "2036-01-01T00:00:00.000Z", bundle: "f".repeat(64) };
  const stranger = createNkey("account");
  const forged: readonly (readonly [string, DeploymentRecord | string, string])[] = [
    ["unsigned", later, "it is not signed"],
    ["signed by another key", signed(later, stranger), stranger.publicKey],
    [
      "under the trusted key's name",
      {
        ...later,
        signature: {
          ...signed(later, stranger).signature,
          key: signer.publicKey,
          value: signed(later, stranger).signature?.value ?? "",
        },
      },
      "does not fit",
    ],
    ["with the signature of the one before", { ...later, signature: genuine.signature }, "does not fit"],
    ["another integration's", other, "acme/refunds"],
    ["of another workspace", signed({ ...later, workspace: "mine" }, signer), "mine: acme/orders"],
    ["of another tenant", signed({ ...later, tenant: "globex" }, signer), "globex/orders"],
    ["no record", '{"bundle":7}', "no deployment record"],
    ["no JSON", "{", "no deployment record"],
  ];
  for (const [index, [what, record, reason]] of forged.entries()) {
    await cluster.write("orders", record);
    await until(`${what} is told`, () => follower.warnings.length > index);
    expect(follower.refused()).toContain(reason);
    await goesOn(follower, first, `forged-${index}`);
  }
  expect(follower.warnings.filter((line) => line.includes("what ran before goes on"))).toHaveLength(forged.length);
  // The next apply sets it right.
  const second = version(2);
  await cluster.apply([second, version(1, { integration: "refunds" })], { signer });
  await runs(second, follower);
  await until("nothing is refused any more", () => follower.refused() === undefined);
});

test("an older record that is put back is refused, by a worker that ran the newer one and by one that starts", async () => {
  const { cluster, signer, first, follower } = await trusting();
  await using _cluster = cluster;
  await using _follower = follower;
  const old = await cluster.record("orders");
  if (old === undefined) throw new Error("nothing is deployed");
  const second = version(2);
  const refunds = version(1, { integration: "refunds" });
  await cluster.apply([second, refunds], { signer });
  await runs(second, follower);
  await cluster.write("orders", old);
  await until("it is told", () => follower.refused()?.includes("revision 1"));
  expect(follower.bundle()).toBe(second.bundle.hash);
  await using late = await cluster.follower({ trust: [signer.publicKey] });
  expect(late.bundle()).toBe(second.bundle.hash);
  expect(late.refused()).toContain("revision 1");
  // Going back on purpose is a new revision with the old bundle.
  await cluster.apply([first, refunds], { signer });
  await runs(first, follower, late);
  // What was removed does not come back by its own record either.
  const removed = await cluster.record("orders");
  if (removed === undefined) throw new Error("nothing is deployed");
  await cluster.apply([refunds], { signer, prune: true });
  await until("it is gone", () => follower.bundle() === undefined && late.bundle() === undefined);
  await cluster.write("orders", removed);
  await until("it is told", () => follower.refused()?.includes("no newer than revision"));
  expect(follower.bundle()).toBeUndefined();
});

test("a bucket that was made anew counts from 1 again, and is followed; what ran goes on until then", async () => {
  await using cluster = await startCluster();
  for (const number of [1, 2, 3]) await cluster.apply([version(number)]);
  await using follower = await cluster.follower({ rereadMs: 600_000 });
  expect(follower.bundle()).toBe(version(3).bundle.hash);
  await api(cluster.admin, `STREAM.DELETE.${bucketStream(deployBucket)}`);
  await goesOn(follower, version(3), "meanwhile", 3);
  await cluster.apply([version(4)]);
  expect(await cluster.record("orders")).toMatchObject({ revision: 1 });
  await runs(version(4), follower);
});

test("a bundle that is not what its hash says is refused, and taken once it is", async () => {
  const { cluster, signer, first, follower } = await trusting();
  await using _cluster = cluster;
  await using _follower = follower;
  const second = version(2);
  const { hash } = second.bundle;
  const genuine = await cluster.record("orders");
  if (genuine === undefined) throw new Error("nothing is deployed");
  const subject = `$KV.${deployBucket}.${bundleKey(hash)}`;
  const mark = signText(signer, signedBundle(hash));
  const put = async (data: Uint8Array | string, by = mark): Promise<void> => {
    const fields = headers();
    fields.set(bundleHeader.key, by.key);
    fields.set(bundleHeader.signature, by.value);
    await cluster.admin.request(subject, data, { headers: fields, timeout: 5_000 });
  };
  const packed = (coded: object): Uint8Array => gzipSync(canonical(coded));
  const { signature: _, ...plain } = genuine;
  let revision = 2;
  const announce = () => cluster.write("orders", signed({ ...plain, bundle: hash, revision: revision++ }, signer));

  await announce();
  await until("it is missing", () => follower.refused()?.includes("is not in the bucket"));
  await goesOn(follower, first, "missing");
  const cases: readonly (readonly [string, () => Promise<void>, string])[] = [
    ["changed bytes", () => put(packed({ ...second, code: `${second.code}//` })), "its code has another hash"],
    ["another bundle", () => put(packed(first)), "its content has another hash"],
    ["a gzip bomb", () => put(gzipSync(Buffer.alloc(300 * 1024 * 1024))), "no gzip of at most"],
    ["no gzip", () => put("plain"), "no gzip of at most"],
    [
      "signed by a stranger",
      () => put(packed(second), signText(createNkey("account"), signedBundle(hash))),
      "not signed by a key",
    ],
    [
      "the signature of another bundle",
      () => put(packed(second), signText(signer, signedBundle(first.bundle.hash))),
      "not signed by a key",
    ],
    ["no signature", async () => void (await cluster.admin.request(subject, packed(second))), "is not signed"],
  ];
  for (const [what, act, reason] of cases) {
    await act();
    await announce();
    await until(`${what} is told`, () => follower.refused()?.includes(reason));
    await goesOn(follower, first, what);
  }
  // Nobody announces this one: the next re-read tries again.
  await put(packed(second));
  await runs(second, follower);
  expect(follower.refused()).toBeUndefined();
});

test("without trusted keys the hash vouches: what is unsigned runs, what is damaged does not", async () => {
  await using cluster = await startCluster();
  await cluster.apply([version(1)]);
  await using follower = await cluster.follower();
  expect(follower.bundle()).toBe(version(1).bundle.hash);
  const record = await cluster.record("orders");
  if (record === undefined) throw new Error("nothing is deployed");
  const { hash } = version(2).bundle;
  await cluster.admin.request(`$KV.${deployBucket}.${bundleKey(hash)}`, gzipSync(canonical(version(3))));
  await cluster.write("orders", { ...record, revision: 2, bundle: hash });
  await until("it is told", () => follower.refused()?.includes("another hash"));
  await goesOn(follower, version(1), "a");
});

test("a bundle whose values are missing, or that asks for what is not built in, waits; its neighbours do not", async () => {
  await using cluster = await startCluster(["orders", "refunds"]);
  const [first, refunds] = [version(1), version(1, { integration: "refunds" })];
  await cluster.apply([first, refunds]);
  const secrets: Record<string, string> = {};
  await using follower = await cluster.follower({ env: () => ({ settings: {}, secrets: { ...secrets } }) });
  const second = version(2, { secrets: ["key"] });
  const other = version(2, { integration: "refunds" });
  await cluster.apply([second, other]);
  await runs(other, follower);
  await until("it is told", () => follower.refused()?.includes("the secret key has no value"));
  await goesOn(follower, first, "a");
  secrets.key = "there now";
  await runs(second, follower);
  expect(follower.refused()).toBeUndefined();
  expect(follower.warnings.filter((line) => line.includes("refused"))).toHaveLength(1);
});

test("a worker that cannot run all of it from the start is not ready until it can", async () => {
  await using cluster = await startCluster();
  await cluster.apply([version(1, { settings: ["limit"] })]);
  let settings = {};
  await using follower = await cluster.follower({ env: () => ({ settings, secrets: {} }) });
  expect(follower.refused()).toContain("the setting limit has no value");
  expect(follower.following.health().ready).toBe(false);
  settings = { limit: 3 };
  await isReady(follower);
});

test("before the first apply a worker waits, and runs what comes", async () => {
  await using cluster = await startCluster();
  await using follower = await cluster.follower({ rereadMs: 60_000 });
  expect(follower.following.now().get("acme")).toMatchObject({ deployed: 0, running: 0 });
  await isReady(follower);
  await cluster.apply([version(1)]);
  await runs(version(1), follower);
  await follower.system.send({ id: "a" });
  await until("it is delivered", () => delivered(follower).get("a") === 1);
});

test("a change whose announcement nobody heard is found by reading again", async () => {
  await using cluster = await startCluster();
  await cluster.apply([version(1)]);
  await using follower = await cluster.follower();
  const stream = bucketStream(deployBucket);
  const { config } = await api(cluster.admin, `STREAM.INFO.${stream}`);
  const { republish: _, ...silent } = Object(config);
  await api(cluster.admin, `STREAM.UPDATE.${stream}`, silent);
  const record = await cluster.record("orders");
  const { hash } = version(2).bundle;
  if (record === undefined) throw new Error("nothing is deployed");
  await cluster.admin.request(`$KV.${deployBucket}.${bundleKey(hash)}`, gzipSync(canonical(version(2))));
  await cluster.write("orders", { ...record, revision: 2, bundle: hash });
  await runs(version(2), follower);
});

test("integrations come and go while their neighbours run", async () => {
  await using cluster = await startCluster(["orders", "refunds", "stock"]);
  const named = (integration: string) => version(1, { integration });
  await cluster.apply([version(1)]);
  await using follower = await cluster.follower({ rereadMs: 60_000 });
  const source = follower.system.source("orders");
  await cluster.apply([version(1), named("refunds"), named("stock")]);
  await runs(named("refunds"), follower);
  await runs(named("stock"), follower);
  await follower.system.send({ id: "r1" }, {}, "refunds");
  await until("it is delivered", () => delivered(follower).has("r1"));
  await cluster.apply([version(1), named("stock")], { prune: true });
  await until("it is gone", () => follower.bundle("refunds") === undefined);
  expect(() => follower.system.source("refunds")).toThrow("no source");
  // Deployed again it starts again.
  await cluster.apply([version(1), named("stock"), named("refunds")]);
  await runs(named("refunds"), follower);
  expect(follower.system.source("orders")).toBe(source);
  expect(follower.warnings).toEqual([]);
  await isReady(follower);
});

test("draining delivers what was accepted and takes nothing new; so does a worker that starts then", async () => {
  await using cluster = await startCluster(["orders", "refunds"]);
  const refunds = version(1, { integration: "refunds" });
  await cluster.apply([version(1), refunds]);
  await using follower = await cluster.follower();
  let up = false;
  follower.system.answer = () =>
    up ? { kind: "delivered" } : { kind: "transient", failure: { class: "unavailable", message: "down" } };
  for (const id of ["a", "b", "c"]) await follower.system.send({ id }, {}, "orders");
  await until("they failed once", () => follower.events.filter(({ kind }) => kind === "outcome").length >= 3);
  // Not wanted any more: without --prune it drains.
  await cluster.apply([refunds]);
  expect(await cluster.record("orders")).toMatchObject({ draining: true });
  await until("its source is gone", () => !hasSource(follower, "orders"));
  await isReady(follower);
  await using late = await cluster.follower();
  expect(late.bundle()).toBe(version(1).bundle.hash);
  expect(hasSource(late, "orders")).toBe(false);
  await isReady(late);
  up = true;
  await quiet(cluster.admin);
  const ids = [...follower.system.begun, ...late.system.begun].map(({ id }) => id);
  expect([...new Set(ids)].sort()).toEqual(["a", "b", "c"]);
  expect(await deadLetters(cluster.admin)).toEqual([]);
  // Wanted again, its source comes back.
  await cluster.apply([version(1), refunds]);
  await until("its source is back", () => hasSource(follower, "orders"));
});

function hasSource({ system }: FollowingWorker, integration: string): boolean {
  try {
    return system.source(integration) !== undefined;
  } catch {
    return false;
  }
}

test("a paused integration rests, and runs when it is paused no more", async () => {
  await using cluster = await startCluster();
  await cluster.apply([version(1)]);
  await using follower = await cluster.follower();
  await cluster.apply([version(2, { paused: true })]);
  await until("it rests", () => follower.bundle() === undefined);
  await isReady(follower);
  await cluster.apply([version(2)]);
  await runs(version(2), follower);
});

test("what another worker accepted under a newer contract waits for a worker that has its bundle", async () => {
  await using cluster = await startCluster();
  const first = version(1, { contract: "order-1", accepts: "old" });
  const second = version(2, { contract: "order-2", accepts: "new", secrets: ["key"] });
  await cluster.apply([first]);
  const secrets: Record<string, string> = {};
  await using behind = await cluster.follower({ env: () => ({ settings: {}, secrets: { ...secrets } }) });
  await using ahead = await cluster.follower({ env: () => ({ settings: {}, secrets: { key: "there" } }) });
  await cluster.apply([second]);
  await runs(second, ahead);
  await until("the other one cannot", () => behind.refused()?.includes("secret key"));
  const ids = Array.from({ length: 40 }, (_, index) => `m${index}`);
  for (const id of ids) expect(await ahead.system.send({ id, kind: "new" })).toMatchObject({ kind: "stored" });
  await quiet(cluster.admin);
  expect([...delivered(ahead).keys()].sort()).toEqual([...ids].sort());
  expect(behind.system.begun).toEqual([]);
  // And those of a bundle that nobody has any more run if they fit, as ever.
  secrets.key = "there, too";
  await runs(second, behind);
  expect(await deadLetters(cluster.admin)).toEqual([]);
});

test("a change that was applied while the worker was cut off is found when it is back", async () => {
  await using cluster = await startCluster(["orders", "refunds"]);
  await cluster.apply([version(1)]);
  await using wire = await cutWire(Number(new URL(cluster.nats.url).port));
  await using follower = await cluster.follower({ url: wire.url, rereadMs: 600_000 });
  expect(follower.bundle()).toBe(version(1).bundle.hash);
  wire.cut();
  await until("it is cut off", () => follower.following.health().disconnected.length > 0);
  const refunds = version(2, { integration: "refunds" });
  await cluster.apply([version(2), refunds]);
  expect(follower.bundle()).toBe(version(1).bundle.hash);
  wire.mend();
  await runs(version(2), follower);
  await runs(refunds, follower);
  await follower.system.send({ id: "a" }, {}, "orders");
  await until("it is delivered", () => delivered(follower).get("a") === 2);
});

test("two workers of a tenant both switch, also when the contract changes, and no message dies of it", async () => {
  await using cluster = await startCluster();
  const bundles = Array.from({ length: 4 }, (_, number) => version(number, { contract: `order-${number}` }));
  await cluster.apply(bundles.slice(0, 1));
  await using one = await cluster.follower();
  await using other = await cluster.follower();
  const ids: string[] = [];
  let sending = true;
  const sender = async (worker: FollowingWorker, name: string): Promise<void> => {
    for (let number = 0; sending; number++) {
      const id = `${name}${number}`;
      if ((await trySend(worker, id)) === "stored") ids.push(id);
      if (number % 10 === 0) await new Promise((turn) => setTimeout(turn, 5));
    }
  };
  const senders = [sender(one, "one"), sender(other, "other")];
  for (const bundle of bundles.slice(1)) {
    await cluster.apply([bundle]);
    await runs(bundle, one, other);
  }
  sending = false;
  await Promise.all(senders);
  await quiet(cluster.admin);
  const got = new Set([...delivered(one).keys(), ...delivered(other).keys()]);
  expect(ids.filter((id) => !got.has(id))).toEqual([]);
  expect(await deadLetters(cluster.admin)).toEqual([]);
});
