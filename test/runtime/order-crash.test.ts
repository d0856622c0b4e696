// A worker dies at each point of the path with the first message of a key in hand, which fails once and then works, or
// is refused. The next worker brings both messages of the key to their ends, in order.

import { expect, test } from "vitest";
import { systemClock, within } from "../../runtime/clock.ts";
import type { CrashHook, CrashPoint } from "../../runtime/crash-point.ts";
import { deadLetters, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";

const works: readonly CrashPoint[] = [
  "pulled",
  "recalled",
  "before-deliver",
  "after-deliver",
  "after-failure-batch",
  "after-finished-record",
  "after-ack",
];
const dies: readonly CrashPoint[] = ["after-dead-record", "after-dead-letter"];
const partitions = 1;

async function throughDeath(nats: NatsRig, integration: string, point: CrashPoint, refused: boolean) {
  const system = fakeSystem();
  const effects: string[] = [];
  system.answer = ({ id, attempt }) => {
    if (id === "a" && refused) return { kind: "permanent", failure: { class: "rejected", message: "no" } };
    if (id === "a" && attempt === 1) {
      return { kind: "transient", failure: { class: "unavailable", message: "busy" } };
    }
    effects.push(id);
    return { kind: "delivered" };
  };
  const bundles = [handMade({ integration, partitions, retry: { initial: 20, max: 50 } })];
  let died: () => void = () => undefined;
  let dead = false;
  const over = new Promise<true>((resolve) => {
    died = () => resolve(true);
  });
  const crash: CrashHook = (reached) => {
    if (!dead && reached !== point) return undefined;
    dead = true;
    died();
    return new Promise(() => undefined);
  };
  const first = await startLine(nats, system, { bundles, crash });
  for (const id of ["a", "b"]) await system.send({ id, key: "k" }, {}, integration);
  const hit = await within(systemClock, 10_000, over, false);
  await first.abandon();
  await using second = await startLine(nats, system, { bundles });
  await quiet(second.connection, integration, "crm", partitions);
  return { point, hit, effects };
}

test("a crash anywhere: nothing is missing, and the newest comes last", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const runs = [
    ...works.map((point, index) => ({ point, refused: false, integration: `works${index}` })),
    ...dies.map((point, index) => ({ point, refused: true, integration: `dies${index}` })),
  ];
  const ended = await Promise.all(
    runs.map(async ({ point, refused, integration }) => {
      await createTopology(admin, { integration, targets: ["crm"], partitions, ackWaitMs: 1_000 });
      return { refused, ...(await throughDeath(nats, integration, point, refused)) };
    }),
  );
  for (const { point, hit, refused, effects } of ended) {
    expect(hit, point).toBe(true);
    // Whatever comes again comes again whole.
    expect(effects.join(""), point).toMatch(refused ? /^b+$/ : /^(a+b+)+$/);
  }
  expect((await deadLetters(admin)).map(({ letter }) => letter.integration).sort()).toEqual(["dies0", "dies1"]);
}, 60_000);
