// A worker in a process of its own, to be stopped and killed for real: what its scripts have in common, on both sides.
// They differ in what their source and target do.

import { type ChildProcess, spawn } from "node:child_process";
import { connect } from "@nats-io/transport-node";
import { connectOptions } from "../../runtime/connect-options.ts";
import { type RunOptions, run } from "../../runtime/run.ts";
import * as address from "../../schema/address.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import type { NatsRig } from "./nats.ts";
import { type Script, scriptFile } from "./scripts.ts";

/** Of the script's command line: `SCRIPT URL USER PASSWORD …`. */
export const [servers = "", user = "", pass = "", ...given] = process.argv.slice(2);

/** Runs tenant acme's `bundles` until the process is told to end, and then drains. */
export async function runHere(
  bundles: readonly CodedBundle[],
  options: Omit<RunOptions, "tenants" | "library">,
): Promise<void> {
  // It may start just when a test has killed the server.
  const connection = await connect({ ...connectOptions("acme-worker"), servers, user, pass, waitOnFirstConnect: true });
  const inboxPrefix = address.inboxPrefix("acme-worker");
  const env = { settings: {}, secrets: {} };
  const worker = await run({
    tenants: [{ tenant: "acme", connection, inboxPrefix, env, bundles }],
    library: () => undefined,
    ...options,
  });
  process.on("SIGTERM", () => {
    void worker
      .drain()
      .then(() => connection.close())
      .then(() => process.exit(0));
  });
}

/** Each line that the script prints is told to `hear`. */
export function spawnWorker(
  script: Script,
  nats: NatsRig,
  more: readonly string[],
  hear?: (line: string) => void,
): ChildProcess {
  const { user, password } = nats.credentials();
  const child = spawn(process.execPath, [scriptFile(script), nats.url, user, password, ...more], {
    stdio: ["ignore", hear === undefined ? "ignore" : "pipe", "inherit"],
  });
  let rest = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear?.(line);
  });
  return child;
}
