// Workers are killed, die at the points where they have promised something, and come back from the dead.

import { setTimeout as pause } from "node:timers/promises";
import { type CrashPoint, crashPoints } from "../../runtime/crash-point.ts";
import { between } from "../rig/random.ts";
import { until } from "../rig/wait.ts";
import { ackWaitMs, type Field, mostInHand } from "./field.ts";
import { type LabIntegration, lines, orders, rerouted } from "./integrations.ts";
import type { Lab } from "./lab.ts";
import { anyWorker, flowing, inField, pauseAtWork, type Ran, type Scenario, someTime, together } from "./scenario.ts";

export const workerKill: Scenario = {
  name: "worker-kill",
  title: "SIGKILL of a worker at a random moment, two of them at work",
  faults: 20,
  longFaults: 300,
  run: (lab, { seed, faults }) =>
    inField(lab, { integration: orders, seed, workers: 2 }, async (field) => {
      for (let made = 0; made < faults; made++) {
        lab.say(`kill ${made + 1} of ${faults}`);
        await someTime(field, 20, 250);
        await killAtWork(field);
        await field.hire();
      }
      return [];
    }),
};

/** Stopped first, so that what it had in hand can be asked for; it does nothing in between. */
export async function killAtWork(field: Field): Promise<void> {
  const victim = anyWorker(field);
  const open = await pauseAtWork(field, victim);
  const { inHand } = await field.standing();
  field.allow(inHand);
  field.dismiss(victim);
  await victim.kill();
  field.hit("SIGKILL", open > 0 ? `${open} requests at the target` : undefined);
}

/** Points that only some messages reach. */
const reachedBy: Readonly<Partial<Record<CrashPoint, LabIntegration>>> = {
  "after-sent-on": rerouted,
  "after-items-batch": lines,
};

const pointsOf = (integration: LabIntegration): readonly CrashPoint[] =>
  crashPoints.filter((point) => (reachedBy[point] ?? orders) === integration);

export const crashPointKill: Scenario = {
  name: "crash-points",
  title: "a worker dies at each enumerated point of the delivery path",
  faults: crashPoints.length,
  longFaults: 8 * crashPoints.length,
  run: async (lab, { seed, faults }) => {
    const share = Math.ceil(faults / crashPoints.length);
    const runs: Ran[] = [];
    for (const integration of [orders, rerouted, lines]) {
      const points = pointsOf(integration).slice(0, faults);
      runs.push(await inField(lab, { integration, seed, workers: 0 }, (field) => dieAtEach(lab, field, points, share)));
    }
    return together(runs);
  },
};

async function dieAtEach(lab: Lab, field: Field, points: readonly CrashPoint[], times: number): Promise<string[]> {
  for (let time = 1; time <= times; time++) {
    for (const point of points) {
      lab.say(`${point} (${time} of ${times})`);
      await dieAt(field, point);
    }
  }
  await field.hire();
  return [];
}

async function dieAt(field: Field, point: CrashPoint): Promise<void> {
  const pass = between(field.random, 1, 4);
  if (point === "after-started-record") await makeSuspects(field);
  // Suspects run one by one, so the first is all that is sure to come.
  const victim = await field.hire({ point, pass: point === "after-started-record" ? 1 : pass });
  const signal = await Promise.race([victim.ended, pause(30_000, "")]);
  const reached = await victim.reached();
  const { inHand } = await field.standing();
  field.allow(inHand);
  field.dismiss(victim);
  await victim.kill();
  field.hit(point, signal === "SIGKILL" && reached === point ? `it died there, at pass ${pass}` : undefined);
}

/** Messages that three workers were given and none has finished. */
async function makeSuspects(field: Field): Promise<void> {
  field.mood = () => ({ kind: "hang", done: false });
  for (let deaths = 0; deaths < 2; deaths++) {
    const victim = await field.hire();
    await until("it has something in hand", () => field.receiver.open(victim.name) > 0, 30_000);
    const { inHand } = await field.standing();
    field.allow(inHand);
    field.dismiss(victim);
    await victim.kill();
    await pause(ackWaitMs + 200);
  }
  field.mood = () => undefined;
}

export const zombie: Scenario = {
  name: "zombie",
  title: "a worker is stopped (SIGSTOP) past ack wait and woken again, beside one that goes on",
  faults: 3,
  longFaults: 30,
  run: (lab, { seed, faults }) =>
    inField(lab, { integration: orders, seed, workers: 2 }, async (field) => {
      for (let made = 0; made < faults; made++) {
        lab.say(`zombie ${made + 1} of ${faults}`);
        await sleepPastAckWait(field);
        await flowing(field);
      }
      return [];
    }),
};

/** One that woke works on beside the others for a while before it ends. */
export async function sleepPastAckWait(field: Field): Promise<void> {
  const victim = anyWorker(field);
  const open = await pauseAtWork(field, victim);
  field.allow(mostInHand);
  field.dismiss(victim);
  const again = await redelivered(field);
  victim.wake();
  const stopped = open > 0 && again ? `${open} requests of its own when it stopped, handed out again` : undefined;
  field.hit("SIGSTOP", stopped);
  await field.hire();
  await someTime(field, 100, 400);
  // The woken one has pulled again beside the others for a while.
  field.allow(mostInHand);
  await victim.kill();
}

/** Past ack wait; true once the server has given somebody else what the stopped one holds. */
async function redelivered(field: Field): Promise<boolean> {
  const before = repeatsOf(field);
  const end = Date.now() + 4 * ackWaitMs;
  let seen = false;
  for (const past = Date.now() + 1.3 * ackWaitMs; Date.now() < past || (!seen && Date.now() < end); ) {
    const { redelivered: again } = await field.standing();
    seen ||= again > 0 || repeatsOf(field) > before;
    await pause(25);
  }
  return seen;
}

const repeatsOf = (field: Field): number => field.receiver.taken.filter(({ first }) => !first).length;
