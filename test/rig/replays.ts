// A replay as tests begin it: of hand-made bundles, by somebody, at a rate that no clock holds up.

import type { NatsConnection } from "@nats-io/transport-node";
import { keptBy } from "../../control/archive/read.ts";
import type { PaceClock } from "../../control/letters/paced.ts";
import { type ReplayOptions, replay } from "../../control/replay/replay.ts";
import { begun, findRun, type Run } from "../../control/replay/run.ts";
import { programOf } from "../../control/watch/recompute.ts";
import type { CodedBundle } from "../../schema/bundle.ts";

/** It goes on by what is paused, and by nothing else. */
export function pausedClock(): PaceClock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  let now = 0;
  return {
    pauses,
    monotonic: () => now,
    pause: async (ms) => {
      pauses.push(ms);
      now += ms;
    },
  };
}

/** Begins the run, or goes on with it. */
export async function replayAll(
  connection: NatsConnection,
  coded: CodedBundle,
  more: Partial<Omit<ReplayOptions, "kept">> & { readonly run?: Partial<Run> } = {},
): Promise<Run> {
  const { integration, order, targets } = coded.bundle;
  const { run: given, ...options } = more;
  const kept = await keptBy(connection, integration);
  if (kept === undefined) throw new Error("nothing keeps it");
  const fresh = begun({
    run: "r1",
    integration,
    by: "ann@laptop",
    begunAt: "2026-03-01T00:00:00.000Z",
    stream: kept.stream,
    upTo: kept.lastSequence,
    to: Date.now() + 60_000,
    targets: Object.keys(targets),
  });
  const known = (await findRun(connection, integration, given?.run ?? fresh.run)) ?? {
    run: { ...fresh, ...given },
    revision: 0,
  };
  const program = order === undefined ? undefined : await programOf(coded, {});
  if (typeof program === "string") throw new Error(program);
  return replay(known, {
    connection,
    kept,
    runner: { coded, check: async () => [], contract: () => "" },
    ...(program === undefined ? {} : { program }),
    perSecond: 10_000,
    clock: pausedClock(),
    now: Date.now,
    ...options,
  });
}
