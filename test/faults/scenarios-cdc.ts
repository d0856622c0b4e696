// Tables are followed while worker and PostgreSQL are killed, in the snapshot and after it.

import { setTimeout as pause } from "node:timers/promises";
import { between } from "../rig/random.ts";
import { until } from "../rig/wait.ts";
import { type CdcField, openCdcField } from "./cdc.ts";
import type { Scenario } from "./scenario.ts";

/** Of a hundred rows handed over. */
const moments = [1, 50, 99];

export const cdcSnapshot: Scenario = {
  name: "cdc-snapshot",
  title: "SIGKILL of the worker at 1 %, 50 % and 99 % of a snapshot, under a write load",
  faults: 3,
  longFaults: 9,
  run: async (lab, { seed, faults, long }) => {
    const rows = long ? 50_000 : 2_000;
    await using field = await openCdcField(lab, { seed, rows, pauseMs: 60, copiesBy: "intake" });
    const whole = 2 * rows;
    for (let made = 0; made < faults; made += 1) {
      // In turns of three they would come when it is through: the later ones lie between the first.
      const share = faults <= moments.length ? (moments[made] ?? 50) : 1 + Math.floor((98 * made) / (faults - 1));
      lab.say(`kill ${made + 1} of ${faults}, at ${share} %`);
      const least = Math.max(1, Math.floor((whole * share) / 100));
      const at = await until(`${share} % of the snapshot`, async () => {
        const stored = await field.stored();
        return stored >= least ? stored : undefined;
      });
      await field.worker().kill();
      const done = await field.snapshotDone();
      field.hits.push({
        fault: `SIGKILL at ${share} %`,
        // Of a snapshot that was through already there is nothing left to go on with.
        proof: done === true ? undefined : `${at} of ${whole} rows stored`,
      });
      await field.hire();
    }
    return await field.settle();
  },
};

export const cdcRestarts: Scenario = {
  name: "cdc-restarts",
  title: "worker and PostgreSQL are killed or restarted in turns while tables that are written to are followed",
  faults: 8,
  longFaults: 100,
  run: async (lab, { seed, faults }) => {
    await using field = await openCdcField(lab, { seed, rows: 200, pauseMs: 30, copiesBy: "targets" });
    for (let made = 0; made < faults; made += 1) {
      lab.say(`restart ${made + 1} of ${faults}`);
      const stored = await field.moving();
      await pause(between(field.random, 0, 200));
      const strike = strikes[made % strikes.length] ?? killWorker;
      const fault = await strike(field);
      field.hits.push({ fault, proof: `${stored} messages had just been stored` });
    }
    await field.moving();
    return await field.settle();
  },
};

type Strike = (field: CdcField) => Promise<string>;

const killWorker: Strike = async (field) => {
  await field.worker().kill();
  await field.hire();
  return "SIGKILL of the worker";
};

const strikes: readonly Strike[] = [
  async ({ database }) => {
    await database.kill("SIGKILL");
    await database.start();
    return "SIGKILL of PostgreSQL";
  },
  killWorker,
  async ({ database }) => {
    await database.kill("SIGINT");
    await database.start();
    return "fast restart of PostgreSQL";
  },
  async (field) => {
    await field.worker().stop();
    await field.hire();
    return "restart of the worker";
  },
  async (field) => {
    await Promise.all([field.database.kill("SIGQUIT"), field.worker().kill()]);
    await Promise.all([field.database.start(), field.hire()]);
    return "immediate stop of PostgreSQL and SIGKILL of the worker";
  },
];
