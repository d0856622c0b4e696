// vrsky plan and vrsky apply: what would change on the cluster, and changing it.

import { planJson, renderPlan } from "../../control/render.ts";
import { applyTopology, planTopology } from "../apply-topology.ts";
import type { ClusterOptions } from "../cluster.ts";
import { type ExitCode, exit } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { withCluster } from "../with-cluster.ts";

export interface PlanOptions extends ClusterOptions {
  readonly json: boolean;
  readonly detailedExitcode: boolean;
}

export function planVerb(path: string, options: PlanOptions, io: Io): Promise<ExitCode> {
  return withCluster(path, options, io, async (ready, open) => {
    const plan = await planTopology(ready.topology, open);
    if (!plan.ok) return say(io, plan.refusal);
    io.out(
      options.json
        ? `${JSON.stringify(planJson(plan.value), null, 2)}\n`
        : renderPlan(plan.value, { color: io.colorOut }),
    );
    return options.detailedExitcode && plan.value.changes.length > 0 ? exit.changes : exit.ok;
  });
}

export interface ApplyOptions extends ClusterOptions {
  readonly json: boolean;
  readonly allowDataLoss: readonly string[];
}

export function applyVerb(path: string, options: ApplyOptions, io: Io): Promise<ExitCode> {
  return withCluster(path, options, io, async (ready, open) => {
    const plan = await planTopology(ready.topology, open);
    if (!plan.ok) return say(io, plan.refusal);
    if (!options.json) io.out(renderPlan(plan.value, { color: io.colorOut }));
    const { allowDataLoss } = options;
    const applied = await applyTopology(ready, open, { agreed: plan.value, allowDataLoss, io });
    if (!applied.ok) return say(io, applied.refusal);
    if (options.json) io.out(`${JSON.stringify({ ...planJson(plan.value), applied: applied.value }, null, 2)}\n`);
    else
      io.err(
        `${paint(io.colorErr).green("applied:")} ${applied.value} ${applied.value === 1 ? "change" : "changes"}\n`,
      );
    return exit.ok;
  });
}
