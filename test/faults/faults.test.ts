// The short form of `npm run faults`: a few kills of workers and of the server, cuts and a zombie, judged by the oracle.
// Crash points have a test of their own, test/runtime/crash.test.ts.

import { afterAll, expect, test } from "vitest";
import { openLab } from "./lab.ts";
import { passed, runScenario } from "./run.ts";
import { cdcRestarts, cdcSnapshot } from "./scenarios-cdc.ts";
import { postgresRows } from "./scenarios-postgres.ts";
import { serverKill } from "./scenarios-server.ts";
import { natsWire, targetWire } from "./scenarios-wire.ts";
import { workerKill, zombie } from "./scenarios-worker.ts";

const lab = await openLab(() => undefined);
afterAll(() => lab[Symbol.asyncDispose]());

/** Another one each day; what fails is replayed by the seed that is printed with it. */
const seed = 1 + (Math.floor(Date.now() / 86_400_000) % 1_000_000);

test.each([
  [workerKill, 2],
  [serverKill, 1],
  [natsWire, 2],
  [targetWire, 2],
  [zombie, 1],
  [cdcSnapshot, 2],
  [cdcRestarts, 2],
  [postgresRows, 2],
] as const)(
  "$name: nothing is lost, nothing takes effect twice, every fault hit",
  async (scenario, faults) => {
    const line = await runScenario(lab, scenario, { seed, faults, long: false });
    expect(line.findings, `npm run faults -- --seed ${seed} --only ${scenario.name}`).toEqual([]);
    expect(passed(line)).toBe(true);
    expect(line.hits).toBe(faults);
  },
  180_000,
);
