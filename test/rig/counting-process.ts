// A worker with a counting source in a process of its own, to be stopped and killed for real:
// `counting-process.ts URL USER PASSWORD [CRASH POINT]`. Its words are the lines that it prints.

import { connect } from "@nats-io/transport-node";
import { connectOptions } from "../../runtime/connect-options.ts";
import { run } from "../../runtime/run.ts";
import * as address from "../../schema/address.ts";
import { countingConnector } from "./counting-source.ts";
import { fakeSystem, handMade } from "./line.ts";

const [servers = "", user = "", pass = "", crashAt] = process.argv.slice(2);
const say = (word: string): void => void process.stdout.write(`${word}\n`);
const connection = await connect({ ...connectOptions("acme-worker"), servers, user, pass });
let passes = 0;
const worker = await run({
  tenants: [
    {
      tenant: "acme",
      connection,
      inboxPrefix: address.inboxPrefix("acme-worker"),
      env: { settings: {}, secrets: {} },
      bundles: [handMade()],
    },
  ],
  connectors: { fake: countingConnector(fakeSystem().connector, say) },
  library: () => undefined,
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
process.on("SIGTERM", () => {
  void worker
    .drain()
    .then(() => connection.close())
    .then(() => process.exit(0));
});
