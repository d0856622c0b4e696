// A worker dies at each point of the path, for each course that a message can take. The next one must bring it to
// exactly one end; what nobody can know is marked.

import { expect, test } from "vitest";
import { type CrashHook, type CrashPoint, crashPoints } from "../../runtime/crash-point.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { type DeadEntry, deadLetters, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
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

/** Tested with suspects, and with batches. */
const elsewhere: ReadonlySet<CrashPoint> = new Set(["after-started-record", "after-batch-refused"]);

const runs: readonly Run[] = crashPoints.flatMap((point) =>
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
  expect(new Set(results.filter(({ hit }) => hit).map(({ point }) => point))).toEqual(
    new Set(crashPoints.filter((point) => !elsewhere.has(point))),
  );
});

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
  let passes = 0;
  let dead = false;
  let died: () => void = () => undefined;
  const death = new Promise<void>((resolve) => {
    died = resolve;
  });
  const crash: CrashHook = (reached) => {
    if (reached === point) passes += 1;
    if (!dead && (reached !== point || passes < pass)) return undefined;
    dead = true;
    died();
    return new Promise(() => undefined);
  };
  const first = await startLine(nats, system, { bundles, crash });
  const sent = system.send({ id: "a1" }).then(() => quiet(first.connection, integration));
  await Promise.race([death, sent.catch(() => undefined)]);
  await first.abandon();
  await using second = await startLine(nats, system, { bundles });
  // A sender that got no answer sends again.
  await system.send({ id: "a1" });
  await quiet(second.connection, integration);
  return { hit: dead, taken };
}
