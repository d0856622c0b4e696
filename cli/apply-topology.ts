// plan and apply of a compiled workspace over an open cluster, with progress on the terminal.

import type { ClusterAccess } from "../control/access.ts";
import { type Applied, apply } from "../control/apply.ts";
import type { LeaseClock } from "../control/platform/lease.ts";
import { prepare } from "../control/prepare.ts";
import type { CodedBundle } from "../schema/bundle.ts";
import type { Plan } from "../schema/plan.ts";
import { actorOf } from "./actor.ts";
import { fromControl } from "./cluster.ts";
import type { Ready } from "./compile-workspace.ts";
import { ok, type Result } from "./exit.ts";
import type { Io } from "./io.ts";
import { progress } from "./progress.ts";

/** What is wanted, and the bundles that it names. */
export type Wanted = Pick<Ready, "topology" | "bundles">;

export async function planTopology(
  { topology, bundles }: Wanted,
  access: ClusterAccess,
  prune: boolean,
  io: Io,
  retryRollouts: readonly string[] = [],
): Promise<Result<Plan>> {
  using _ = progress(io, "comparing with the cluster");
  const prepared = await prepare({ access, wanted: topology, prune, retryRollouts, bundles: byHash(bundles) });
  return prepared.ok ? ok(prepared.value.plan) : fromControl(prepared.failure);
}

export interface ApplyTopologyOptions {
  readonly agreed?: Pick<Plan, "hash">;
  readonly allowDataLoss?: readonly string[];
  readonly prune?: boolean;
  readonly retryRollouts?: readonly string[];
  readonly rollbackTo?: number;
  readonly force?: boolean;
  /** The folder whose commit is recorded. */
  readonly folder?: string;
  readonly io?: Io;
}

export async function applyTopology(
  { topology, bundles }: Wanted,
  access: ClusterAccess,
  options: ApplyTopologyOptions,
): Promise<Result<Applied>> {
  const { io, folder, ...given } = options;
  using shown = io === undefined ? undefined : progress(io, "applying");
  const applied = await apply({
    ...given,
    ...actorOf(folder, io?.env ?? process.env),
    wanted: topology,
    access,
    bundles: byHash(bundles),
    clock: leaseClock,
    onStep: ({ kind, number, total, change }) => {
      if (kind === "started") shown?.at(number, total, `${change.action} ${change.kind} ${change.name}`);
    },
    onCopied: (stream, copied, of) => shown?.now(`${stream}: ${copied} of ${of} messages copied`),
  });
  return applied.ok ? ok(applied.value) : fromControl(applied.failure);
}

function byHash(bundles: readonly CodedBundle[]): (hash: string) => CodedBundle | undefined {
  const known = new Map(bundles.map((coded): [string, CodedBundle] => [coded.bundle.hash, coded]));
  return (hash) => known.get(hash);
}

const leaseClock: LeaseClock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
