// An ordered integration under the faults that break order elsewhere: judged by conservation like the others, and key by
// key by the order in which the target saw its messages.

import { type Arrival, judgeOrder } from "../rig/oracle.ts";
import type { Receiver } from "../rig/receiver.ts";
import { ordered } from "./integrations.ts";
import { flowing, inField, type Scenario, someTime } from "./scenario.ts";
import { inStep, strike } from "./scenarios-server.ts";
import { killAtWork, sleepPastAckWait } from "./scenarios-worker.ts";

export const orderKept: Scenario = {
  name: "order",
  title: "order-by over two workers: kills, zombies and kills of the server in turns",
  faults: 3,
  longFaults: 60,
  run: (lab, { seed, faults }) =>
    inField(
      lab,
      { integration: ordered, seed, workers: 2, pauseMs: 60, givesUp: 0 },
      async (field) => {
        for (let made = 0; made < faults; made++) {
          lab.say(`fault ${made + 1} of ${faults}`);
          await someTime(field, 100, 500);
          if (made % 3 === 0) {
            await killAtWork(field);
            await field.hire();
          } else if (made % 3 === 1) await sleepPastAckWait(field);
          else {
            await strike(field, "SIGKILL", 0);
            await field.servers.restart(0);
            // What a killed server forgets of a partition is replayed in order, so that the newest is the last.
            field.allow(field.producer.accepted.size);
          }
          await flowing(field);
        }
        return [];
      },
      (field) => judgeOrder("inbox", arrivals(field.receiver)),
    ),
};

export const orderOfLeader: Scenario = {
  name: "leader-order",
  title: "order-by over two workers: SIGKILL of the server that leads the ordered intake, three copies",
  faults: 2,
  longFaults: 20,
  run: (lab, { seed, faults }) =>
    inField(
      lab,
      { integration: ordered, seed, workers: 2, copies: 3, pauseMs: 60, givesUp: 0 },
      async (field) => {
        for (let made = 0; made < faults; made++) {
          lab.say(`kill ${made + 1} of ${faults}`);
          const leader = await inStep(field, ordered.name);
          await someTime(field, 50, 400);
          await strike(field, "SIGKILL", leader);
          // What a new leader does not know of a partition is replayed in order.
          field.allow(field.producer.accepted.size);
          await flowing(field);
          await field.servers.restart(leader);
        }
        await inStep(field, ordered.name);
        return [];
      },
      (field) => judgeOrder("inbox", arrivals(field.receiver)),
    ),
};

export const arrivals = ({ taken }: Receiver): readonly Arrival[] =>
  taken.map(({ body, first }) => {
    const { key, number } = Object(body);
    return { key: String(key), number: Number(number), first };
  });
