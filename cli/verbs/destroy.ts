// vrsky destroy: everything that the workspace has on a cluster goes, what is unread only when its name is said.

import { planJson, renderPlan } from "../../control/render.ts";
import { applyTopology, planTopology } from "../apply-topology.ts";
import type { ClusterOptions } from "../cluster.ts";
import { type ExitCode, exit } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { withAccess } from "../with-access.ts";
import { sayApplied } from "./plan.ts";

export interface DestroyOptions extends ClusterOptions {
  readonly yes: boolean;
  readonly force: boolean;
  readonly json: boolean;
  readonly allowDataLoss: readonly string[];
}

export function destroyVerb(path: string, options: DestroyOptions, io: Io): Promise<ExitCode> {
  return withAccess(path, options, io, async (ready, access) => {
    const nothing = { workspace: ready.topology.workspace, tenants: [] };
    const plan = await planTopology({ topology: nothing, bundles: [] }, access, true, io);
    if (!plan.ok) return say(io, plan.refusal);
    if (!options.json) io.out(renderPlan(plan.value, { color: io.colorOut }));
    else if (!options.yes) io.out(`${JSON.stringify(planJson(plan.value), null, 2)}\n`);
    if (!options.yes) {
      if (plan.value.changes.length > 0) io.err("Nothing was destroyed: `--yes` does it.\n");
      return exit.ok;
    }
    const { allowDataLoss, force } = options;
    const given = { agreed: plan.value, allowDataLoss, prune: true, force, folder: ready.folder, io };
    const applied = await applyTopology({ topology: nothing, bundles: [] }, access, given);
    return sayApplied(applied, plan.value, options.json, io);
  });
}
