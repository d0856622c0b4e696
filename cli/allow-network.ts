// What is wrong with a `--allow-network`, told before anything is started.

import { networks, tenantsNamed } from "../connectors/network.ts";
import { tenantsOf } from "./cluster.ts";
import type { Ready } from "./compile-workspace.ts";
import { exit, type Refusal } from "./exit.ts";
import type { Io } from "./io.ts";

export function networkRefusal(allowed: readonly string[]): Refusal | undefined {
  try {
    networks(allowed);
    return undefined;
  } catch (error) {
    const message = `--allow-network: ${error instanceof Error ? error.message : String(error)}`;
    return { exit: exit.usage, message };
  }
}

/** No mistake for sure: one line of options may serve several workspaces. */
export function sayWhomNobodyIs(allowed: readonly string[], ready: Ready, io: Io): void {
  const known = tenantsOf(ready);
  const unknown = tenantsNamed(allowed).filter((tenant) => !known.includes(tenant));
  if (unknown.length === 0) return;
  io.err(`note: --allow-network opens something for ${unknown.join(", ")}; the tenants here are ${known.join(", ")}\n`);
}
