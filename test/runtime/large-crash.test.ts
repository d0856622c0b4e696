// A worker dies at each point of the path of a message that has bytes beside it. The next one must bring it to exactly
// one end with all of its bytes, and nothing of them stays where nobody needs them.

import { createHash, randomBytes } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { createSpool } from "../../runtime/content/spool.ts";
import { type CrashPoint, contentCrashPoints, crashPoints } from "../../runtime/crash-point.ts";
import * as address from "../../schema/address.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { throughDeath } from "../rig/death.ts";
import { deadLetters, fakeSystem, handMade, reactingAlways } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const down = { kind: "transient", failure: { class: "unavailable", message: "down" } } as const;
const refused = { kind: "permanent", failure: { class: "rejected", message: "no" } } as const;
const delivered = { kind: "delivered" } as const;

const courses: Readonly<Record<string, (request: number) => DeliveryResult>> = {
  "fails, then works": (request) => (request < 2 ? down : delivered),
  "fails, then never works": (request) => (request < 2 ? down : refused),
  "is sent on": () => refused,
};

/** Tested with suspects, with batches and with messages that are split. */
const elsewhere: ReadonlySet<CrashPoint> = new Set([
  "after-started-record",
  "after-batch-refused",
  "after-items-batch",
]);
const points = [...crashPoints, ...contentCrashPoints].filter((point) => !elsewhere.has(point));

const runs = points.flatMap((point) => Object.keys(courses).map((course) => ({ point, course })));

const bytes = randomBytes(600 * 1024);
const sha256 = createHash("sha256").update(bytes).digest("hex");

async function chunksIn(nats: NatsRig, stream: string, filter: string): Promise<number> {
  const info = await api(await nats.connect(), `STREAM.INFO.${stream}`, { subjects_filter: filter });
  const state: { readonly subjects?: Readonly<Record<string, number>> } = Object(info.state);
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

/** Of none of the workers that die: theirs is gone with them. */
const spool = createSpool({ most: 64 * 1024 * 1024 });
afterAll(() => spool.close());

async function runOnce(nats: NatsRig, point: CrashPoint, course: string, integration: string) {
  const system = fakeSystem();
  let requests = 0;
  const ends = new Set<string>();
  system.answer = async ({ content, signal }, target) => {
    const hash = createHash("sha256");
    for await (const part of content?.read(signal) ?? []) hash.update(part);
    if (hash.digest("hex") !== sha256) ends.add(`${target} got other bytes`);
    if (target === "crm") requests += 1;
    const result = target === "crm" ? (courses[course]?.(requests) ?? delivered) : delivered;
    if (result.kind === "delivered") ends.add(target);
    return result;
  };
  const onErrors = course === "is sent on" ? { crm: reactingAlways({ to: ["bin"] }) } : unused;
  const targets = ["crm", "bin"];
  const bundles = [handMade({ integration, targets, retry: { initial: 20, max: 50 }, onErrors })];
  const send = async (): Promise<void> => {
    const parts = (async function* () {
      yield bytes;
    })();
    const options = { most: bytes.length, chunked: bytes.length, signal: new AbortController().signal };
    const content = await spool.keep(parts, options);
    await system.send({ id: "a1" }, { content });
  };
  const hit = await throughDeath(nats, system, { bundles, integration, point, pass: 1, send, targets });
  return { hit, ends: [...ends] };
}

/** So that `bin` gets nothing but what is sent on. */
const unused = { none: reactingAlways({ to: ["bin"] }) };

test("a crash anywhere leaves one end with all bytes, and no chunk that nobody needs", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const hits = new Set<CrashPoint>();
  const wrong: unknown[] = [];
  const waiting = runs.map((run, index) => ({ ...run, integration: `large${index}` }));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { integration, point, course } = next;
      await createTopology(admin, { integration, targets: ["crm", "bin"], ackWaitMs: 500 });
      const { hit, ends } = await runOnce(nats, point, course, integration);
      if (hit) hits.add(point);
      const letters = (await deadLetters(admin)).filter(({ letter }) => letter.integration === integration).length;
      const dies = course === "fails, then never works";
      const wanted = dies ? { ends: [], letters: 1 } : { ends: [course === "is sent on" ? "bin" : "crm"], letters: 0 };
      const left = {
        intake: await chunksIn(nats, address.intakeStream(integration), address.intakeChunks(integration, "*")),
        dead: await chunksIn(nats, address.deadStream, address.deadChunks(integration, "*", "*")),
      };
      if (JSON.stringify([{ ends, letters }, left]) !== JSON.stringify([wanted, { intake: 2, dead: dies ? 2 : 0 }])) {
        wrong.push({ ...next, hit, ends, letters, ...left });
      }
      const retry = address.retryChunks(integration, "*", "*");
      await until(`${integration}, ${point}, ${course}: nothing is left in RETRY`, async () => {
        return (await chunksIn(nats, address.retryStream(integration), retry)) === 0;
      });
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  expect(wrong).toEqual([]);
  expect(hits).toEqual(new Set(points));
});
