// A split message under faults: some of its items are done and others are not when a worker dies, and each item has its
// own end all the same.

import { lines } from "./integrations.ts";
import { flowing, inField, type Scenario, someTime } from "./scenario.ts";
import { strike } from "./scenarios-server.ts";
import { killAtWork } from "./scenarios-worker.ts";

export const splitItems: Scenario = {
  name: "split",
  title: "items of split messages, one by one and in lists: kills of workers and of the server in turns",
  faults: 4,
  longFaults: 60,
  run: (lab, { seed, faults }) =>
    inField(lab, { integration: lines, seed, workers: 2, pauseMs: 60 }, async (field) => {
      for (let made = 0; made < faults; made++) {
        lab.say(`fault ${made + 1} of ${faults}`);
        await someTime(field, 50, 300);
        if (made % 4 < 3) {
          await killAtWork(field);
          await field.hire();
        } else {
          await strike(field, "SIGKILL", 0);
          await field.servers.restart(0);
        }
        await flowing(field);
      }
      return [];
    }),
};
