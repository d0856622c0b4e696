// A worker dies at each point of the path, for each course that a message can take. The next one must bring it to
// exactly one end; what nobody can know is marked.

import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { type CrashPoint, crashPoints } from "../../runtime/crash-point.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { throughDeath } from "../rig/death.ts";
import { type DeadEntry, deadLetters, fakeSystem, handMade } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";

const down = { kind: "transient", failure: { class: "unavailable", message: "down" } } as const;
const refused = { kind: "permanent", failure: { class: "rejected", message: "no" } } as const;
const cut = { kind: "unknown", failure: { class: "unavailable", message: "cut" } } as const;
const delivered = { kind: "delivered" } as const;

/** What the target says to its nth request; it remembers what it has taken. */
const courses: Readonly<Record<string, (request: number, taken: boolean) => DeliveryResult>> = {
  works: () => delivered,
  "works at the third": (request) => (request < 3 ? down : delivered),
  "never works": () => refused,
  "fails, then never works": (request) => (request === 1 ? down : refused),
  "works once, refuses repeats": (_, taken) => (taken ? refused : delivered),
  "cut, then works": (request) => (request === 1 ? cut : delivered),
};

interface Run {
  readonly point: CrashPoint;
  readonly pass: number;
  readonly course: string;
}

/** Tested with suspects, with batches, and with the messages below that are split or sent on. */
const elsewhere: ReadonlySet<CrashPoint> = new Set([
  "after-started-record",
  "after-batch-refused",
  "after-sent-on",
  "after-items-batch",
]);
const points = crashPoints.filter((point) => !elsewhere.has(point));

const runs: readonly Run[] = points.flatMap((point) =>
  Object.keys(courses).flatMap((course) =>
    (course.includes("then") || course.includes("third") ? [1, 2] : [1]).map((pass) => ({ point, pass, course })),
  ),
);

test("a crash anywhere loses nothing and never both delivers and buries", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const results: (Run & { readonly integration: string; readonly hit: boolean; readonly taken: number })[] = [];
  const waiting = runs.map((run, index) => ({ ...run, integration: `run${index}` }));
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        await createTopology(admin, { integration: next.integration, targets: ["crm"], ackWaitMs: 500 });
        results.push({ ...next, ...(await runOnce(nats, next, next.integration)) });
      }
    }),
  );
  const letters = await deadLetters(admin);
  const verdicts = results.map((result) => ({ ...result, verdict: judge(result, letters) }));
  expect(verdicts.filter(({ verdict }) => verdict !== "right")).toEqual([]);
  // No point passes for free: each was really reached by some course.
  expect(new Set(results.filter(({ hit }) => hit).map(({ point }) => point))).toEqual(new Set(points));
});

/** One item works, one is refused, one is late: what an `on-error` makes of the second. */
const reactions = { dead: {}, to: { rejected: { to: ["bin"] } } } as const;

const itemPoints: readonly CrashPoint[] = [
  "pulled",
  "after-deliver",
  "after-sent-on",
  "after-items-batch",
  "after-dead-letter",
  "after-finished-record",
  "after-ack",
];

interface ItemRun {
  readonly point: CrashPoint;
  readonly pass: number;
  readonly reaction: keyof typeof reactions;
  readonly split: boolean;
}

const itemRuns: readonly ItemRun[] = itemPoints.flatMap((point) =>
  (["dead", "to"] as const).flatMap((reaction) =>
    [1, 2].map((pass) => ({ point, pass, reaction, split: true })).concat({ point, pass: 1, reaction, split: false }),
  ),
);

test("a crash anywhere loses no item and sends nothing on twice", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const hits = new Set<CrashPoint>();
  const wrong: unknown[] = [];
  const waiting = itemRuns.map((run, index) => ({ ...run, integration: `items${index}` }));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { integration } = next;
      await createTopology(admin, { integration, targets: ["crm", "bin"], ackWaitMs: 500 });
      const { hit, taken } = await runItems(nats, next, integration);
      if (hit) hits.add(next.point);
      const letters = (await deadLetters(admin)).filter(({ letter }) => letter.integration === integration);
      const told = { taken: [...taken].sort(), letters: letters.map(({ letter }) => letter.id) };
      if (!isDeepStrictEqual(told, wantedOf(next))) wrong.push({ ...next, hit, ...told });
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  expect(wrong).toEqual([]);
  expect(hits).toEqual(new Set(itemPoints));
});

function wantedOf({ reaction, split }: ItemRun) {
  const bad = split ? "a1.1" : "a1";
  const good = split ? ["crm a1.0", "crm a1.2"] : [];
  return reaction === "dead"
    ? { taken: good, letters: [bad] }
    : { taken: [`bin ${bad}/error/crm`, ...good], letters: [] };
}

async function runItems(nats: NatsRig, { point, pass, reaction, split }: ItemRun, integration: string) {
  const system = fakeSystem();
  const taken = new Set<string>();
  system.answer = ({ id, attempt }, target) => {
    if (id === "a1.2" && attempt === 1) return down;
    if (target === "crm" && (id === "a1.1" || id === "a1")) return refused;
    taken.add(`${target} ${id}`);
    return delivered;
  };
  const crm = reactions[reaction];
  const bundles = [
    handMade({ integration, targets: ["crm", "bin"], retry: { initial: 20, max: 50 }, onErrors: { crm, ...unused } }),
  ];
  const message = split ? { id: "a1", lines: [{ n: 0 }, { n: 1 }, { n: 2 }] } : { id: "a1" };
  const send = () => system.send(message);
  const hit = await throughDeath(nats, system, { bundles, integration, point, pass, send, targets: ["crm", "bin"] });
  return { hit, taken };
}

/** So that `bin` gets nothing but what is sent on. */
const unused = { none: { invalid: { to: ["bin"] } } } as const;

function judge(run: { readonly integration: string; readonly taken: number }, letters: readonly DeadEntry[]): string {
  const own = letters.filter(({ letter }) => letter.integration === run.integration);
  const [entry] = own;
  if (own.length > 1) return `${own.length} dead letters`;
  if (run.taken === 0) return entry === undefined ? "lost" : "right";
  return entry === undefined || entry.letter.possiblyDelivered ? "right" : "delivered and dead";
}

async function runOnce(nats: NatsRig, { point, pass, course }: Run, integration: string) {
  const system = fakeSystem();
  let requests = 0;
  let taken = 0;
  system.answer = () => {
    requests += 1;
    const result = courses[course]?.(requests, taken > 0) ?? delivered;
    // A cut may have come before or after the work was done; here it was before.
    if (result.kind === "delivered") taken += 1;
    return result;
  };
  const bundles = [handMade({ integration, retry: { initial: 20, max: 50 } })];
  const send = () => system.send({ id: "a1" });
  const hit = await throughDeath(nats, system, { bundles, integration, point, pass, send, targets: ["crm"] });
  return { hit, taken };
}
