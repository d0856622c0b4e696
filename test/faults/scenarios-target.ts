// The target misbehaves: wrong answers, no answers, half answers, away for minutes, slow.

import { setTimeout as pause } from "node:timers/promises";
import { between, type Random } from "../rig/random.ts";
import type { Mood } from "../rig/receiver.ts";
import { until } from "../rig/wait.ts";
import { mostInHand } from "./field.ts";
import { orders } from "./integrations.ts";
import { flowing, inField, type Scenario, someTime } from "./scenario.ts";
import { killAtWork } from "./scenarios-worker.ts";

const moods: readonly ((random: Random) => Mood)[] = [
  () => ({ kind: "answer", status: 500 }),
  () => ({ kind: "answer", status: 503, retryAfter: "0" }),
  () => ({ kind: "answer", status: 429, retryAfter: "1" }),
  (random) => ({ kind: "hang", done: random() < 0.5 }),
  (random) => ({ kind: "reset", done: random() < 0.5 }),
  (random) => ({ kind: "half-closed", done: random() < 0.5 }),
  () => ({ kind: "torn" }),
];

export const wrongAnswers: Scenario = {
  name: "target-answers",
  title: "500, 503, 429 with Retry-After, no answer, reset, half closed, an answer that breaks off",
  faults: 60,
  // A breaker asks a target that answers like this ever more seldom.
  longFaults: 500,
  run: (lab, { seed, faults }) =>
    inField(lab, { integration: orders, seed, workers: 2, ackWaitMs: 4_000 }, async (field) => {
      let made = 0;
      field.mood = () => {
        if (made >= faults || field.random() > 0.35) return undefined;
        made += 1;
        return moods[made % moods.length]?.(field.random);
      };
      await until(
        "the target has misbehaved",
        () => {
          lab.say(`${made} of ${faults}`);
          return made >= faults;
        },
        600_000,
      );
      const met = field.receiver.moods;
      for (let fault = 0; fault < faults; fault++) field.hit("answer", "the target counted it");
      const missing = ["500", "503", "429", "hang", "reset", "half-closed", "torn"].filter((name) => !met.has(name));
      return missing.length === 0 ? [] : [`! never happened: ${missing.join(", ")}`];
    }),
};

export const outage: Scenario = {
  name: "target-outage",
  title: "the target is away while worker and server are killed; another target goes on",
  faults: 1,
  longFaults: 3,
  run: (lab, { seed, faults, long }) =>
    inField(
      lab,
      { integration: orders, seed, workers: 2, pauseMs: long ? 500 : 30, backlog: 10_000, ackWaitMs: 4_000 },
      async (field) => {
        const notes: string[] = [];
        for (let made = 0; made < faults; made++) {
          const ms = long ? 180_000 : 3_000;
          lab.say(`${ms / 1000} s without the target`);
          await field.receiver.goAway();
          const end = Date.now() + ms;
          await pause(ms / 4);
          field.allow(field.workers.length * mostInHand);
          const [victim] = field.workers;
          if (victim !== undefined) {
            field.dismiss(victim);
            await victim.kill();
            await field.hire();
          }
          await pause(ms / 4);
          field.allow(field.workers.length * mostInHand);
          await field.servers.kill(0, "SIGKILL");
          await field.servers.restart(0);
          await pause(Math.max(0, end - Date.now()));
          const { left, parked } = await field.standing();
          field.hit("outage", left > 20 ? `${left} messages waited, ${parked} of them parked` : undefined);
          await field.receiver.comeBack();
          await flowing(field);
        }
        return notes;
      },
    ),
};

export const slowTarget: Scenario = {
  name: "slow-target",
  title: "a target that takes most of its time limit, and sometimes more",
  faults: 1,
  longFaults: 1,
  run: (lab, { seed, long }) =>
    inField(lab, { integration: orders, seed, workers: 2, ackWaitMs: 4_000 }, async (field) => {
      field.receiver.latency = () => between(field.random, 300, 1_150);
      const ms = long ? 60_000 : 4_000;
      lab.say(`${ms / 1000} s`);
      await pause(ms / 2);
      const full = await field.standing();
      await pause(ms / 2);
      const { inHand: hands } = await field.standing();
      const busy = Math.min(full.inHand.inbox ?? 0, hands.inbox ?? 0);
      const other = Math.max(full.inHand.files ?? 0, hands.files ?? 0);
      const slow = busy > 5 && busy > other;
      field.hit("slow", slow ? `${busy} in hand at the slow target, ${other} at the other one` : undefined);
      field.receiver.latency = () => between(field.random, 2, 40);
      await someTime(field, 10, 50);
      await killAtWork(field);
      await field.hire();
      await flowing(field);
      return [];
    }),
};
