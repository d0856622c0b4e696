// The orderly end: nothing new is taken in, what is in hand is finished, what cannot be finished goes back to the
// server for the next worker.

import type { Clock } from "../schema/connector.ts";
import { within } from "./clock.ts";
import type { RunningIntegration } from "./integration.ts";
import type { Link } from "./link.ts";
import { reasonOf } from "./start-failure.ts";

/** Stops taking in, waits for what is in hand; near the end of the time breaks it off and gives back what is left. */
export async function finish(clock: Clock, ms: number, running: readonly RunningIntegration[]): Promise<void> {
  const all = (act: (integration: RunningIntegration) => Promise<void>) => Promise.all(running.map(act));
  const quiet = Promise.all([
    all((integration) => integration.stopSources()),
    all((integration) => integration.stopPulling()).then(() => all((integration) => integration.idle())),
  ]);
  const inTime = await within(clock, ms * 0.8, quiet, undefined);
  if (inTime !== undefined) return;
  for (const integration of running) integration.abort();
  const settled = await within(clock, Math.max(250, ms * 0.15), quiet, undefined);
  if (settled === undefined) for (const integration of running) integration.handBack();
}

/** Acks that were given have left. */
export async function flushed(clock: Clock, { connection, connected }: Link): Promise<void> {
  if (!connected()) return;
  await within(clock, 1_000, connection.flush().catch(reasonOf), undefined);
}
