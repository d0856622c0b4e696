// A worker that stood still for longer than the server waits, and goes on: what it had in hand is another's by then.

import { expect, test } from "vitest";
import type { Clock } from "../../schema/connector.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { manualClock } from "../rig/clock.ts";
import { deadLetters, fakeSystem, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

/** The machine's clock, whose timers do not run while its worker is stopped. */
function stoppable(): Disposable & { readonly clock: Clock; stop(): void; go(): void } {
  const timers = manualClock(Date.now());
  let missed = 0;
  let stopped = false;
  const tick = setInterval(() => {
    if (!stopped) timers.move(Date.now() - missed - timers.now());
  }, 10);
  return {
    clock: { now: () => timers.now() + missed, after: timers.after },
    stop: () => {
      stopped = true;
    },
    go: () => {
      missed = Date.now() - timers.now();
      stopped = false;
    },
    [Symbol.dispose]: () => clearInterval(tick),
  };
}

const cut = { kind: "unknown", failure: { class: "unavailable", message: "cut" } } as const;
const refused = { kind: "permanent", failure: { class: "rejected", message: "no" } } as const;

test("what it sees fail is neither delivered again nor buried when the other one has delivered it", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], ackWaitMs: 1_000 });
  using time = stoppable();
  const one = fakeSystem();
  const ends: ((result: DeliveryResult) => void)[] = [];
  one.answer = () => new Promise((resolve) => ends.push(resolve));
  await using zombie = await startLine(nats, one, { clock: time.clock });
  await one.send({ id: "cut" });
  await one.send({ id: "refused" });
  await until("both are in hand", () => ends.length === 2);

  time.stop();
  const other = fakeSystem();
  await using _other = await startLine(nats, other);
  await quiet(admin);
  expect(other.begun.map(({ id }) => id).sort()).toEqual(["cut", "refused"]);
  time.go();
  for (const [index, result] of [cut, refused].entries()) ends[index]?.(result);
  await until("they have left the zombie's hands", () => zombie.worker.health().integrations[0]?.inFlight.crm === 0);
  await quiet(admin);
  expect(zombie.outcomes()).toEqual([]);
  expect(one.begun.length + other.begun.length).toBe(4);
  expect(await deadLetters(admin)).toEqual([]);
}, 30_000);
