// A worker in a process of its own, to be killed for real: `worker-process.ts URL USER PASSWORD LEDGER`. Each message
// that its target has taken is a line in the ledger before the target answers.

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
system.answer = ({ id, attempt, body }) => {
  if (attempt === 1 && id.endsWith("13")) {
    return { kind: "transient", failure: { class: "unavailable", message: "busy" } };
  }
  appendFileSync(ledger, `${JSON.stringify({ id, attempt, body })}\n`);
  return { kind: "delivered" };
};
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
  connectors: { fake: system.connector },
  library: () => undefined,
  log: createLog({ level: "warn" }),
});
process.on("SIGTERM", () => {
  void worker
    .drain()
    .then(() => connection.close())
    .then(() => process.exit(0));
});
