// A worker in a process of its own, to be killed, stopped and woken for real: runtime and connectors as users have
// them, a compiled bundle, the compiled rights. It is started ahead of time and told over IPC what to run, so that a
// kill costs no start.

import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "@nats-io/transport-node";
import { natsDoor } from "../../cli/nats-door.ts";
import { createConnectors } from "../../connectors/create.ts";
import { systemClock } from "../../runtime/clock.ts";
import { connectOptions } from "../../runtime/connect-options.ts";
import type { CrashHook, CrashPoint } from "../../runtime/crash-point.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import { createLink } from "../../runtime/link.ts";
import { createLog } from "../../runtime/log.ts";
import { run } from "../../runtime/run.ts";
import { inboxPrefix } from "../../schema/address.ts";
import type { CodedBundle } from "../../schema/bundle.ts";

/** What the lab sends. */
export interface Order {
  readonly servers: readonly string[];
  readonly user: string;
  readonly password: string;
  /** Files: the coded bundle, and where the reached crash point is written. */
  readonly bundle: string;
  readonly note: string;
  readonly dataDir: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Messages in hand per target. */
  readonly inFlight: number;
  /** How long a source is kept for a worker that says nothing more. */
  readonly leaseMs?: number;
  /** Dies there, at its so many-th pass. */
  readonly crash?: { readonly point: CrashPoint; readonly pass: number };
}

/** What it answers once it runs. */
export interface Ready {
  readonly port: number;
}

const user = "acme-worker";

async function work(order: Order): Promise<void> {
  const connection = await connect({
    ...connectOptions(user),
    // Calmer in production; here a fault is followed by the next one soon.
    reconnectTimeWait: 100,
    reconnectJitter: 100,
    servers: [...order.servers],
    user: order.user,
    pass: order.password,
    waitOnFirstConnect: true,
  });
  const silent = { info: () => undefined, warn: () => undefined };
  const link = createLink(connection, inboxPrefix(user), systemClock, silent);
  const coded: CodedBundle = JSON.parse(readFileSync(order.bundle, "utf8"));
  let port = 0;
  const worker = await run({
    tenants: [
      {
        tenant: "acme",
        connection,
        inboxPrefix: inboxPrefix(user),
        env: { settings: order.settings, secrets: {} },
        bundles: [coded],
      },
    ],
    connectors: createConnectors({
      httpPort: 0,
      httpHost: "127.0.0.1",
      dataDir: order.dataDir,
      allowNetwork: ["loopback"],
      onListening: (opened) => {
        port = opened;
      },
      natsFor: () => natsDoor(link),
    }),
    library: () => createLibrary(),
    log: createLog({ level: "warn" }),
    limits: { inFlight: order.inFlight, ...(order.leaseMs === undefined ? {} : { leaseMs: order.leaseMs }) },
    ...(order.crash === undefined ? {} : { crash: dyingAt(order.crash, order.note) }),
  });
  process.once("SIGTERM", () => {
    void worker
      .drain()
      .then(() => connection.close())
      .then(() => process.exit(0));
  });
  process.send?.({ port } satisfies Ready);
}

/** As the kernel would do it: not one more instruction. */
function dyingAt({ point, pass }: { readonly point: CrashPoint; readonly pass: number }, note: string): CrashHook {
  let passes = 0;
  return (reached) => {
    if (reached !== point) return undefined;
    passes += 1;
    if (passes === pass) {
      writeFileSync(note, point);
      process.kill(process.pid, "SIGKILL");
    }
    return undefined;
  };
}

process.once("message", (order: Order) => {
  work(order).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
});
// Nobody's worker is nobody's: it ends with the lab.
process.once("disconnect", () => process.exit(2));
