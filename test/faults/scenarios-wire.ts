// The wires misbehave: between worker and server, and between worker and target.

import { setTimeout as pause } from "node:timers/promises";
import type { FaultProxy } from "../rig/fault-proxy.ts";
import { between } from "../rig/random.ts";
import { until } from "../rig/wait.ts";
import { ackWaitMs, type Field, mostInHand } from "./field.ts";
import { orders } from "./integrations.ts";
import { flowing, inField, type Scenario, someTime } from "./scenario.ts";

/** Each resolves with what it did. */
const troubles: Readonly<Record<string, (wire: FaultProxy, ms: number) => Promise<number>>> = {
  cut: async (wire) => wire.cut(),
  reset: async (wire) => wire.reset(),
  "half-close": async (wire) => wire.halfClose(),
  stall: (wire, ms) => during(wire, () => wire.set({ kind: "stall" }), ms),
  blackhole: (wire, ms) => during(wire, () => wire.set({ kind: "blackhole" }), ms),
  delay: (wire, ms) => during(wire, () => wire.set({ kind: "delay", ms: 80 }), ms),
  throttle: (wire, ms) => during(wire, () => wire.set({ kind: "throttle", bytesPerSecond: 20_000 }), ms),
  refuse: (wire, ms) =>
    during(
      wire,
      () => {
        wire.set({ kind: "refuse" });
        // What is open is kept open by those who use it.
        wire.cut();
      },
      ms,
    ),
};

async function during(wire: FaultProxy, begin: () => void, ms: number): Promise<number> {
  const open = wire.open();
  const before = wire.troubled();
  begin();
  await pause(ms);
  const bytes = wire.troubled() - before;
  wire.set({ kind: "pass" });
  return Math.min(open, bytes > 0 ? open : 0);
}

const wireScenario = (name: string, title: string, wireOf: (field: Field) => FaultProxy): Scenario => ({
  name,
  title,
  faults: Object.keys(troubles).length,
  longFaults: 8 * Object.keys(troubles).length,
  run: (lab, { seed, faults }) =>
    inField(lab, { integration: orders, seed, workers: 2 }, async (field) => {
      const kinds = Object.entries(troubles);
      for (let made = 0; made < faults; made++) {
        const [kind, make] = kinds[made % kinds.length] ?? ["none", () => Promise.resolve(0)];
        lab.say(`${kind} (${made + 1} of ${faults})`);
        await someTime(field, 50, 300);
        const wire = wireOf(field);
        const busy = (): number => (wire.open() > 0 ? field.receiver.open() + field.producer.open() : 0);
        // After the last trouble a breaker may ask the target once a minute only.
        const waiting = await until("requests are under way on the wire", () => busy() || undefined, 70_000);
        field.allow(field.workers.length * mostInHand);
        const hit = await make(wire, between(field.random, 300, 1.5 * ackWaitMs));
        field.hit(kind, hit > 0 && waiting > 0 ? `${hit} connections, ${waiting} requests under way` : undefined);
        await flowing(field);
      }
      return [];
    }),
});

export const natsWire = wireScenario(
  "nats-wire",
  "the wire between workers and server: cut, reset, half closed, stalled, swallowing, slow",
  (field) => field.toNats,
);

export const targetWire = wireScenario(
  "target-wire",
  "the wire between workers and target: the same",
  (field) => field.toTarget,
);
