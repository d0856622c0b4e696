// A worker in a process of its own that some messages kill: `poison-process.ts URL USER PASSWORD LEDGER`. Those with
// `sigkill` in the steps of `orders`, those with `exit` at the target of `desk`. What was delivered is in the ledger.

import { appendFileSync } from "node:fs";
import { connect } from "@nats-io/transport-node";
import { connectOptions } from "../../runtime/connect-options.ts";
import { createLog } from "../../runtime/log.ts";
import { run } from "../../runtime/run.ts";
import * as address from "../../schema/address.ts";
import { fakeSystem, handMade } from "./line.ts";

const [servers = "", user = "", pass = "", ledger = ""] = process.argv.slice(2);
const connection = await connect({ ...connectOptions("acme-worker"), servers, user, pass });
const system = fakeSystem();
system.answer = async ({ id }) => {
  if (id.startsWith("exit")) process.exit(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  appendFileSync(ledger, `${id}\n`);
  return { kind: "delivered" };
};
await run({
  tenants: [
    {
      tenant: "acme",
      connection,
      inboxPrefix: address.inboxPrefix("acme-worker"),
      env: { settings: {}, secrets: {} },
      bundles: [
        handMade({ map: "scope.body.sigkill ? process.kill(process.pid, 'SIGKILL') : scope.body" }),
        handMade({ integration: "desk" }),
      ],
    },
  ],
  connectors: { fake: system.connector },
  library: () => undefined,
  log: createLog({ level: "silent" }),
});
