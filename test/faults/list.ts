// Every scenario, in the order in which they run.

import type { Scenario } from "./scenario.ts";
import { cdcRestarts, cdcSnapshot } from "./scenarios-cdc.ts";
import { fullDisk } from "./scenarios-disk.ts";
import { ephemeralKill } from "./scenarios-ephemeral.ts";
import { orderKept, orderOfLeader } from "./scenarios-order.ts";
import { postgresRows } from "./scenarios-postgres.ts";
import { leaderKill, rollingRestart, serverKill } from "./scenarios-server.ts";
import { splitItems } from "./scenarios-split.ts";
import { outage, slowTarget, wrongAnswers } from "./scenarios-target.ts";
import { natsWire, targetWire } from "./scenarios-wire.ts";
import { crashPointKill, workerKill, zombie } from "./scenarios-worker.ts";

export const scenarios: readonly Scenario[] = [
  workerKill,
  crashPointKill,
  zombie,
  orderKept,
  splitItems,
  serverKill,
  natsWire,
  targetWire,
  wrongAnswers,
  slowTarget,
  outage,
  postgresRows,
  cdcSnapshot,
  cdcRestarts,
  fullDisk,
  leaderKill,
  rollingRestart,
  orderOfLeader,
  ephemeralKill,
];
