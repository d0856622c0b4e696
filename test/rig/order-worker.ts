// A worker of an ordered integration in a process of its own: `order-worker.ts URL USER PASSWORD LEDGER`. An effect is a
// line in the ledger at the moment in which the target is asked; the answer takes a while. Bodies say what fails.

import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { createLog } from "../../runtime/log.ts";
import { fakeSystem, handMade } from "./line.ts";
import { type Effect, isOrdered, orderPartitions } from "./order-oracle.ts";
import { given, runHere } from "./process-worker.ts";

const [ledger = ""] = given;
const system = fakeSystem();
system.answer = async ({ id, attempt, body }) => {
  if (!isOrdered(body)) throw new Error("not a message of this scenario");
  const { key, n, fails } = body;
  if (fails === "always") return { kind: "permanent", failure: { class: "rejected", message: "no" } };
  if (attempt <= fails) return { kind: "transient", failure: { class: "unavailable", message: "busy" } };
  const effect: Effect = { id, key, n, worker: process.pid };
  appendFileSync(ledger, `${JSON.stringify(effect)}\n`);
  await pause(2);
  return { kind: "delivered" };
};
await runHere([handMade({ partitions: orderPartitions, retry: { initial: 50, max: 200 } })], {
  connectors: { fake: system.connector },
  log: createLog({ level: "warn" }),
});
