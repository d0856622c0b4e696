// A worker with a counting source in a process of its own, to be stopped and killed for real:
// `counting-process.ts URL USER PASSWORD [CRASH POINT]`. Its words are the lines that it prints.

import { countingConnector } from "./counting-source.ts";
import { fakeSystem, handMade } from "./line.ts";
import { given, runHere } from "./process-worker.ts";

const [crashAt] = given;
const say = (word: string): void => void process.stdout.write(`${word}\n`);
let passes = 0;
await runHere([handMade()], {
  connectors: { fake: countingConnector(fakeSystem().connector, say) },
  log: { info: () => undefined, warn: () => undefined },
  limits: { leaseMs: 2_000 },
  onEvent: (event) => {
    if (event.kind === "source") say(event.condition);
  },
  crash: (point) => {
    // At the first pass of the lease, else a little later.
    if (point === crashAt && ++passes === (point === "lease-taken" ? 1 : 3)) process.kill(process.pid, "SIGKILL");
    return undefined;
  },
});
