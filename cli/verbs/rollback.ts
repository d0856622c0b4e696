// vrsky rollback: an earlier revision is planned and applied again, as a new revision. Its bundles are in the tenants'
// buckets, so neither the commit nor the compiler of that day is needed.

import type { ClusterAccess } from "../../control/access.ts";
import { planJson, renderPlan } from "../../control/render.ts";
import { wantedAt } from "../../control/rollback.ts";
import { applyTopology, planTopology } from "../apply-topology.ts";
import { type ClusterOptions, fromControl } from "../cluster.ts";
import type { Ready } from "../compile-workspace.ts";
import { type ExitCode, exit } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { withAccess } from "../with-access.ts";
import { sayApplied } from "./plan.ts";

export interface RollbackOptions extends ClusterOptions {
  readonly to: number;
  readonly dryRun: boolean;
  readonly prune: boolean;
  readonly force: boolean;
  readonly json: boolean;
  readonly allowDataLoss: readonly string[];
}

export function rollbackVerb(path: string, options: RollbackOptions, io: Io): Promise<ExitCode> {
  return withAccess(path, options, io, (ready, access) => rollback(ready, access, options, io));
}

async function rollback(ready: Ready, access: ClusterAccess, options: RollbackOptions, io: Io): Promise<ExitCode> {
  const then = await wantedAt(access, ready.topology.workspace, options.to);
  if (!then.ok) return say(io, fromControl(then.failure).refusal);
  const plan = await planTopology({ topology: then.value, bundles: ready.bundles }, access, options.prune, io);
  if (!plan.ok) return say(io, plan.refusal);
  if (options.json && options.dryRun) io.out(`${JSON.stringify(planJson(plan.value), null, 2)}\n`);
  if (!options.json) io.out(renderPlan(plan.value, { color: io.colorOut }));
  if (options.dryRun) return exit.ok;
  const { allowDataLoss, prune, force, to: rollbackTo } = options;
  const given = { agreed: plan.value, allowDataLoss, prune, force, rollbackTo, io };
  const applied = await applyTopology({ topology: then.value, bundles: ready.bundles }, access, given);
  return sayApplied(applied, plan.value, options.json, io);
}
