// The embedded nats-server of `dev` and the demo: found or fetched, bound to loopback, gone with its parent.

import { type EmbeddedServer, startNatsServer } from "../control/nats-server/embed.ts";
import { isServerFailure } from "../control/nats-server/failure.ts";
import { findServer } from "../control/nats-server/find.ts";
import { exit, ok, type Result, refuse } from "./exit.ts";
import type { Io } from "./io.ts";

/** `dir` keeps streams and generated credentials; each account has one unrestricted user. */
export async function startEmbedded(dir: string, accounts: readonly string[], io: Io): Promise<Result<EmbeddedServer>> {
  const found = await findServer({ env: io.env, say: (line) => io.err(`${line}\n`) });
  if (!found.ok) return refuse(exit.unreachable, found.message, found.help);
  try {
    return ok(await startNatsServer({ binary: found.server.path, dir, accounts }));
  } catch (error) {
    if (isServerFailure(error)) return refuse(exit.unreachable, error.message, error.help);
    throw error;
  }
}
