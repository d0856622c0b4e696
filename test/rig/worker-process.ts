// A worker in a process of its own, to be killed for real: `worker-process.ts URL USER PASSWORD LEDGER`. Each message
// that its target has taken is a line in the ledger before the target answers.

import { appendFileSync } from "node:fs";
import { createLog } from "../../runtime/log.ts";
import { fakeSystem, handMade } from "./line.ts";
import { given, runHere } from "./process-worker.ts";

const [ledger = ""] = given;
const system = fakeSystem();
system.answer = ({ id, attempt, body }) => {
  if (attempt === 1 && id.endsWith("13")) {
    return { kind: "transient", failure: { class: "unavailable", message: "busy" } };
  }
  appendFileSync(ledger, `${JSON.stringify({ id, attempt, body })}\n`);
  return { kind: "delivered" };
};
await runHere([handMade()], {
  connectors: { fake: system.connector },
  log: createLog({ level: "warn" }),
});
