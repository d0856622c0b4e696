// A worker of an ordered integration in a process of its own: `order-worker.ts URL USER PASSWORD LEDGER`. An effect is a
// line in the ledger at the moment in which the target is asked; the answer takes a while. Bodies say what fails.

import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "@nats-io/transport-node";
import { connectOptions } from "../../runtime/connect-options.ts";
import { createLog } from "../../runtime/log.ts";
import { run } from "../../runtime/run.ts";
import * as address from "../../schema/address.ts";
import { fakeSystem, handMade } from "./line.ts";
import { type Effect, isOrdered, orderPartitions } from "./order-oracle.ts";

const [servers = "", user = "", pass = "", ledger = ""] = process.argv.slice(2);
const connection = await connect({ ...connectOptions("acme-worker"), servers, user, pass });
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
const worker = await run({
  tenants: [
    {
      tenant: "acme",
      connection,
      inboxPrefix: address.inboxPrefix("acme-worker"),
      env: { settings: {}, secrets: {} },
      bundles: [handMade({ partitions: orderPartitions, retry: { initial: 50, max: 200 } })],
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
