// A bundle that runs on a share of the keys beside the stable one: promoted or given up by what its workers count, on
// a real server, with the worker's rights alone. Times are the terms' own, made short; nothing asserts one.

import { expect, test } from "vitest";
import type { CodedBundle } from "../../schema/bundle.ts";
import type { RolloutTerms } from "../../schema/rollout.ts";
import { type Cluster, type FollowingWorker, startCluster } from "../rig/deployed.ts";
import { deadLetters, handMade, quiet } from "../rig/line.ts";
import { until } from "../rig/wait.ts";

const version = (number: number, more: Parameters<typeof handMade>[0] = {}): CodedBundle =>
  handMade({ map: `({ ...scope.body, version: ${number} })`, ...more });

/** Its expressions read what is not there. */
const planted = (number: number): CodedBundle =>
  handMade({ map: `(() => { throw new TypeError("total of undefined, version ${number}"); })()` });

const terms: RolloutTerms = {
  share: 500,
  forMs: 400,
  messages: 10,
  abortWhen: { errors: { percent: 1, beyond: true } },
};
const limits = { rolloutMs: 50 };

const versionsOf = (...workers: readonly FollowingWorker[]): ReadonlyMap<string, unknown> =>
  new Map(workers.flatMap(({ system }) => system.begun.map(({ id, body }) => [id, Object(body).version] as const)));

const told = ({ events }: FollowingWorker): readonly string[] =>
  events.flatMap((event) => (event.kind === "rollout" ? [event.state] : []));

async function send(worker: FollowingWorker, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await until(`${id} is stored`, async () => {
      try {
        return (await worker.system.send({ id, key: id })).kind === "stored";
      } catch {
        return false;
      }
    });
  }
}

const named = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

async function deployed(cluster: Cluster, first: CodedBundle, next: CodedBundle, more: Partial<RolloutTerms> = {}) {
  await cluster.apply([first], { rollout: terms });
  const worker = await cluster.follower({ limits });
  await cluster.apply([next], { rollout: { ...terms, ...more } });
  return worker;
}

test("a canary that does as well as the stable bundle is promoted by itself", async () => {
  await using cluster = await startCluster();
  const [first, next] = [version(1), version(2)];
  await using worker = await deployed(cluster, first, next, { share: 3_000 });
  await until("it has begun", () => told(worker).includes("started"));
  await send(worker, named("a", 100));
  await until("it is promoted", () => worker.bundle() === next.bundle.hash);
  await send(worker, named("b", 20));
  await quiet(cluster.admin);
  const got = versionsOf(worker);
  const canary = named("a", 100).filter((id) => got.get(id) === 2).length;
  expect(canary).toBeGreaterThan(10);
  expect(canary).toBeLessThan(60);
  expect(named("b", 20).every((id) => got.get(id) === 2)).toBe(true);
  expect(told(worker)).toEqual(["started", "promoted"]);
});

test("a canary with a planted bug rolls back before 10 % of the traffic has seen it, and its messages are safe", async () => {
  await using cluster = await startCluster();
  const [first, broken] = [version(1), planted(2)];
  await using worker = await deployed(cluster, first, broken, { forMs: 3_600_000 });
  await until("it has begun", () => told(worker).includes("started"));
  await send(worker, named("m", 400));
  await until("it is rolled back", () => told(worker).includes("rolled-back"));
  await send(worker, named("n", 100));
  await quiet(cluster.admin);
  const letters = await deadLetters(cluster.admin);
  expect(letters.length).toBeGreaterThan(0);
  expect(letters.length).toBeLessThan(50);
  expect(letters.every(({ letter }) => letter.bundle === broken.bundle.hash)).toBe(true);
  expect(versionsOf(worker).size + letters.length).toBe(500);
  expect(worker.bundle()).toBe(first.bundle.hash);
});
