// A bundle that runs on a share of the keys beside the stable one: promoted or given up by what its workers count, on
// a real server, with the worker's rights alone. Times are the terms' own, made short; nothing asserts one.

import { headers } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { decideRollout, readRollout } from "../../control/rollout/standing.ts";
import { isInShare } from "../../runtime/rollout/share.ts";
import { bucketStream, bundleKey, deployBucket, deployKey } from "../../schema/address.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import { type Canary, type RolloutTerms, sumOf } from "../../schema/rollout.ts";
import { cutWire } from "../rig/cut-wire.ts";
import { type Cluster, type FollowingWorker, startCluster } from "../rig/deployed.ts";
import { deadLetters, handMade, quiet } from "../rig/line.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const version = (number: number, more: Parameters<typeof handMade>[0] = {}): CodedBundle =>
  handMade({ map: `({ ...scope.body, version: ${number} })`, ...more });

/** Its expressions read what is not there. */
const planted = (more: Parameters<typeof handMade>[0] = {}): CodedBundle =>
  handMade({ map: '(() => { throw new TypeError("total of undefined"); })()', ...more });

const hour = 3_600_000;
const terms: RolloutTerms = {
  share: 500,
  forMs: hour,
  messages: 10,
  abortWhen: { errors: { percent: 1, beyond: true } },
};
const limits = { rolloutMs: 50 };

const versionsOf = (...workers: readonly FollowingWorker[]): ReadonlyMap<string, unknown> =>
  new Map(workers.flatMap(({ system }) => system.begun.map(({ id, body }) => [id, Object(body).version] as const)));

const told = ({ events }: FollowingWorker): readonly string[] =>
  events.flatMap((event) => (event.kind === "rollout" ? [event.state] : []));

const begunBy = ({ events }: FollowingWorker): readonly string[] =>
  events.flatMap((event) => (event.kind === "rollout" && event.state === "started" ? [event.bundle] : []));

const tells = (worker: FollowingWorker, state: string): Promise<unknown> =>
  until(`a worker tells ${state}`, () => told(worker).includes(state));

async function send(worker: FollowingWorker, ids: readonly string[], key = (id: string) => id): Promise<void> {
  for (const id of ids) {
    await until(`${id} is stored`, async () => {
      try {
        return (await worker.system.send({ id, key: key(id) })).kind === "stored";
      } catch {
        return false;
      }
    });
  }
}

const named = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

async function canaryOf({ record }: Cluster): Promise<Canary> {
  const canary = (await record("orders"))?.canary;
  if (canary === undefined) throw new Error("the record speaks of no canary");
  return canary;
}

const decisionOf = async ({ admin }: Cluster) => (await readRollout(admin, "orders"))?.record.decision;

test("each key has one edition; with the time over and the figures good the canary is promoted by itself", async () => {
  await using cluster = await startCluster();
  const [first, next] = [version(1), version(2)];
  await cluster.apply([first], { rollout: terms });
  await using worker = await cluster.follower({ limits });
  await cluster.apply([next], { rollout: { ...terms, share: 3_000 } });
  await tells(worker, "started");
  const canary = await canaryOf(cluster);
  await send(worker, named("a", 100));
  await quiet(cluster.admin);
  const wanted = named("a", 100).map((id) => [id, isInShare(canary, id) ? 2 : 1]);
  expect(wanted).toEqual(
    [...versionsOf(worker)].sort(
      ([a], [b]) => wanted.findIndex(([id]) => id === a) - wanted.findIndex(([id]) => id === b),
    ),
  );
  expect(worker.bundle()).toBe(first.bundle.hash);
  // Other terms for the same canary: it goes on.
  await cluster.apply([next], { rollout: { ...terms, share: 3_000, forMs: 1 } });
  await until("it is promoted", () => worker.bundle() === next.bundle.hash);
  await send(worker, named("b", 20));
  await quiet(cluster.admin);
  expect(named("b", 20).map((id) => versionsOf(worker).get(id))).toEqual(named("b", 20).map(() => 2));
  expect(told(worker).filter((state) => state === "promoted")).toEqual(["promoted"]);
  // The next apply writes it down, and changes nothing that runs.
  await cluster.apply([next], { rollout: terms });
  expect(await cluster.record("orders")).toMatchObject({ bundle: next.bundle.hash });
  expect((await cluster.record("orders"))?.canary).toBeUndefined();
  expect(worker.warnings).toEqual([]);
});

test("a canary with a planted bug rolls back before 10 % of the traffic has seen it, its messages stay in the dead letters", async () => {
  await using cluster = await startCluster();
  const [first, broken] = [version(1), planted()];
  await cluster.apply([first], { rollout: terms });
  await using one = await cluster.follower({ limits });
  await using other = await cluster.follower({ limits });
  await cluster.apply([broken], { rollout: terms });
  await Promise.all([tells(one, "started"), tells(other, "started")]);
  // However late the decision: no more than the share ever sees it.
  await send(one, named("m", 500));
  await Promise.all([tells(one, "rolled-back"), tells(other, "rolled-back")]);
  await send(one, named("n", 100));
  await quiet(cluster.admin);
  const letters = await deadLetters(cluster.admin);
  expect(letters.length).toBeGreaterThan(0);
  expect(letters.length).toBeLessThan(60);
  expect(letters.map(({ letter }) => letter.bundle)).toEqual(letters.map(() => broken.bundle.hash));
  expect(versionsOf(one, other).size + letters.length).toBe(600);
  expect([one.bundle(), other.bundle()]).toEqual([first.bundle.hash, first.bundle.hash]);
  expect(await decisionOf(cluster)).toMatchObject({
    kind: "rolled-back",
    reason: expect.stringContaining("dead letter"),
  });
  // The very same bundle is not begun again by itself, by an apply or by a worker that starts.
  await cluster.apply([broken], { rollout: terms });
  await using third = await cluster.follower({ limits });
  await send(third, named("o", 100));
  await quiet(cluster.admin);
  expect(await deadLetters(cluster.admin)).toHaveLength(letters.length);
  expect(told(third)).toEqual([]);
  // Unless somebody says so.
  await cluster.apply([broken], { rollout: terms, retryRollouts: ["orders"] });
  await tells(third, "started");
});

test("what fails for now is tried again by the stable bundle once the canary is given up", async () => {
  await using cluster = await startCluster();
  const [first, next] = [version(1), version(2)];
  await cluster.apply([first], { rollout: terms });
  await using worker = await cluster.follower({ limits });
  worker.system.answer = ({ body }) =>
    Object(body).version === 2
      ? { kind: "transient", failure: { class: "unavailable", message: "the new host is not there" } }
      : { kind: "delivered" };
  await cluster.apply([next], { rollout: { ...terms, share: 2_000 } });
  await tells(worker, "started");
  await send(worker, named("m", 60));
  await tells(worker, "rolled-back");
  await quiet(cluster.admin);
  const got = versionsOf(worker);
  expect([...got.values()].every((one) => one === 1)).toBe(true);
  expect(got.size).toBe(60);
  expect(await deadLetters(cluster.admin)).toEqual([]);
  // A target that only the canary does not reach is not taken for gone.
  expect(worker.events.filter(({ kind }) => kind === "breaker")).toEqual([]);
});

test("order per key is kept through promotion and rollback, with two workers, and a key has one edition at a time", async () => {
  await using cluster = await startCluster(["orders"], true);
  const ordered = { partitions: 16 };
  const [first, next, third] = [version(1, ordered), version(2, ordered), version(3, ordered)];
  await cluster.apply([first], { rollout: terms });
  await using one = await cluster.follower({ limits });
  await using other = await cluster.follower({ limits });
  const arrived: { readonly key: string; readonly n: number; readonly version: number }[] = [];
  for (const { system } of [one, other]) {
    system.answer = async ({ body }) => {
      const { id, key, version } = Object(body);
      arrived.push({ key, n: Number(id.split("-")[1]), version });
      return { kind: "delivered" };
    };
  }
  const keys = named("k", 12);
  let sent = 0;
  const round = async (): Promise<void> => {
    sent += 1;
    await send(
      one,
      keys.map((key) => `${key}-${sent}`),
      (id) => id.split("-")[0] ?? "",
    );
  };
  const by = { at: new Date().toISOString(), by: "ada", reason: "decided by ada" };
  for (const [bundle, kind, state] of [
    [next, "promoted", "promoted"],
    [third, "rolled-back", "rolled-back"],
  ] as const) {
    await cluster.apply([bundle], { rollout: { ...terms, share: 5_000 } });
    const canary = await canaryOf(cluster);
    await until("both have begun", () => [one, other].every((each) => begunBy(each).includes(canary.bundle)));
    const from = arrived.length;
    for (let each = 0; each < 5; each += 1) await round();
    await quiet(cluster.admin, "orders", "crm", 16);
    const tried = arrived.slice(from).filter(({ key }) => isInShare(canary, key));
    expect(new Set(tried.map(({ version }) => version))).toEqual(new Set([bundle === next ? 2 : 3]));
    await decideRollout(cluster.admin, "orders", canary, { kind, ...by });
    for (let each = 0; each < 5; each += 1) await round();
    await Promise.all([tells(one, state), tells(other, state)]);
  }
  await quiet(cluster.admin, "orders", "crm", 16);
  const expected = Array.from({ length: sent }, (_, index) => index + 1);
  for (const each of keys) expect(arrived.filter(({ key }) => key === each).map(({ n }) => n)).toEqual(expected);
});

test("what a worker that stops has counted stays counted, and NATS away and back goes on", async () => {
  await using cluster = await startCluster();
  const [first, next] = [version(1), version(2)];
  await cluster.apply([first], { rollout: terms });
  await using wire = await cutWire(Number(new URL(cluster.nats.url).port));
  await using worker = await cluster.follower({ limits, url: wire.url });
  const killed = await cluster.follower({ limits });
  await cluster.apply([next], { rollout: { ...terms, share: 5_000, messages: 40 } });
  await Promise.all([tells(worker, "started"), tells(killed, "started")]);
  await send(worker, named("a", 60));
  await quiet(cluster.admin);
  const counted = async () => {
    const record = (await readRollout(cluster.admin, "orders"))?.record;
    return record === undefined ? 0 : sumOf(record).canary.messages + sumOf(record).stable.messages;
  };
  await until("both have told what they counted", async () => (await counted()) === 60);
  await killed.worker.stop();
  await killed[Symbol.asyncDispose]();
  wire.cut();
  wire.mend();
  await send(worker, named("b", 60));
  await quiet(cluster.admin);
  await until("the sums go on", async () => (await counted()) === 120);
  await cluster.apply([next], { rollout: { ...terms, share: 5_000, messages: 40, forMs: 1 } });
  await until("it is promoted", () => worker.bundle() === next.bundle.hash);
  expect(versionsOf(worker, killed).size).toBe(120);
});

test("a canary that a worker cannot start is given up at once, with the reason", async () => {
  await using cluster = await startCluster();
  const [first, next] = [version(1), version(2, { secrets: ["token"] })];
  await cluster.apply([first], { rollout: terms });
  await using worker = await cluster.follower({ limits });
  await cluster.apply([next], { rollout: terms });
  await tells(worker, "rolled-back");
  expect(await decisionOf(cluster)).toMatchObject({ reason: expect.stringContaining("the secret token has no value") });
  expect(worker.bundle()).toBe(first.bundle.hash);
  expect(worker.refused()).toBeUndefined();
});

test("people promote and give up; what is decided stays decided", async () => {
  await using cluster = await startCluster();
  const [first, second, third] = [version(1), version(2), version(3)];
  await cluster.apply([first], { rollout: terms });
  await using worker = await cluster.follower({ limits });
  await cluster.apply([second], { rollout: terms });
  const by = { at: new Date().toISOString(), by: "ada", reason: "decided by ada" };
  const canary = await canaryOf(cluster);
  expect(await decideRollout(cluster.admin, "orders", canary, { kind: "promoted", ...by })).toMatchObject({
    kind: "decided",
  });
  await until("it runs", () => worker.bundle() === second.bundle.hash);
  expect(await decideRollout(cluster.admin, "orders", canary, { kind: "rolled-back", ...by })).toMatchObject({
    kind: "over",
    decision: { kind: "promoted" },
  });
  // Another one takes the place of a canary that runs; the promoted one is what is stable now.
  await cluster.apply([first], { rollout: terms });
  await cluster.apply([third], { rollout: terms });
  expect(await cluster.record("orders")).toMatchObject({
    bundle: second.bundle.hash,
    canary: { bundle: third.bundle.hash },
  });
  await until("it has begun", () => begunBy(worker).includes(third.bundle.hash));
  await decideRollout(cluster.admin, "orders", await canaryOf(cluster), { kind: "rolled-back", ...by });
  await tells(worker, "rolled-back");
  expect(worker.bundle()).toBe(second.bundle.hash);
});

test("a worker that does not know of canaries runs the stable bundle alone, beside one that does", async () => {
  await using cluster = await startCluster();
  const [first, next] = [version(1), version(2)];
  await cluster.apply([first], { rollout: terms });
  await using old = await cluster.follower({ limits, withoutCanaries: true });
  await using worker = await cluster.follower({ limits });
  await cluster.apply([next], { rollout: { ...terms, share: 5_000 } });
  await tells(worker, "started");
  await send(old, named("a", 100));
  await quiet(cluster.admin);
  const canary = await canaryOf(cluster);
  expect(old.system.begun.length + worker.system.begun.length).toBe(100);
  expect([...versionsOf(old).values()].every((one) => one === 1)).toBe(true);
  expect([...versionsOf(worker)].every(([id, one]) => one === (isInShare(canary, id) ? 2 : 1))).toBe(true);
});

/** Takes the bundle away that an apply has stored. */
const lose = ({ admin }: Cluster, { bundle }: CodedBundle): Promise<unknown> =>
  api(admin, `STREAM.PURGE.${bucketStream(deployBucket)}`, { filter: `$KV.${deployBucket}.${bundleKey(bundle.hash)}` });

test("without the canary's bundle a worker runs the stable one, takes nothing that the canary accepted, and ends it when it is removed", async () => {
  await using cluster = await startCluster();
  const [first, next] = [version(1), version(2, { contract: "tighter" })];
  await cluster.apply([first], { rollout: terms });
  await using one = await cluster.follower({ limits });
  await cluster.apply([next], { rollout: terms });
  await tells(one, "started");
  await lose(cluster, next);
  await using other = await cluster.follower({ limits });
  expect(other.bundle()).toBe(first.bundle.hash);
  expect(other.refused()).toContain("is not in the bucket");
  expect(other.following.now().get("acme")?.running).toBe(1);
  const by = { at: new Date().toISOString(), by: "ada", reason: "decided by ada" };
  await decideRollout(cluster.admin, "orders", await canaryOf(cluster), { kind: "promoted", ...by });
  await until("it is promoted where it is", () => one.bundle() === next.bundle.hash);
  await send(one, named("m", 40));
  await quiet(cluster.admin);
  expect(new Set(versionsOf(one, other).values())).toEqual(new Set([2]));
  const gone = headers();
  gone.set("KV-Operation", "DEL");
  await cluster.admin.request(`$KV.${deployBucket}.${deployKey("orders")}`, "", { headers: gone, timeout: 5_000 });
  await until("neither runs it", () => one.bundle() === undefined && other.bundle() === undefined);
});

test("what is promoted while an integration ends is not started there again", async () => {
  await using cluster = await startCluster();
  const [first, next] = [version(1), version(2)];
  await cluster.apply([first], { rollout: terms });
  await using worker = await cluster.follower({ limits });
  await cluster.apply([next], { rollout: terms });
  await tells(worker, "started");
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  worker.system.answer = async () => {
    await released;
    return { kind: "delivered" };
  };
  await send(worker, ["a1"]);
  await until("it is in hand", () => worker.system.begun.length === 1);
  const removing = worker.worker.remove("acme", "orders");
  const by = { at: new Date().toISOString(), by: "ada", reason: "decided by ada" };
  await decideRollout(cluster.admin, "orders", await canaryOf(cluster), { kind: "promoted", ...by });
  await tells(worker, "promoted");
  release();
  await removing;
  // In turn: what waited for its turn has had it.
  await worker.worker.remove("acme", "orders");
  expect(() => worker.system.source("orders")).toThrow("no source is running");
});

test("a limit of lists is the target's, not each bundle's", async () => {
  await using cluster = await startCluster();
  const lists = { batch: { count: 1, within: 1 }, limit: { concurrency: 1 } };
  const [first, next] = [version(1, lists), version(2, lists)];
  await cluster.apply([first], { rollout: terms });
  await using worker = await cluster.follower({ limits });
  let under = 0;
  let most = 0;
  worker.system.answer = async () => {
    under += 1;
    most = Math.max(most, under);
    await new Promise((again) => setTimeout(again, 2));
    under -= 1;
    return { kind: "delivered" };
  };
  await send(worker, named("a", 5));
  await quiet(cluster.admin);
  await cluster.apply([next], { rollout: { ...terms, share: 5_000 } });
  await tells(worker, "started");
  await send(worker, named("m", 60));
  await quiet(cluster.admin);
  const versions = worker.system.begun.map(({ body }) => Object(Object(body)[0]).version);
  expect(new Set(versions)).toEqual(new Set([1, 2]));
  expect(most).toBe(1);
});
