// observe → plan → apply over one set of connections, with progress on the terminal.

import { apply } from "../control/apply.ts";
import type { Connections } from "../control/connect.ts";
import { observe } from "../control/observe.ts";
import { plan } from "../control/plan.ts";
import type { Plan } from "../schema/plan.ts";
import type { Topology } from "../schema/topology.ts";
import { fromControl } from "./cluster.ts";
import type { Ready } from "./compile-workspace.ts";
import { ok, type Result } from "./exit.ts";
import type { Io } from "./io.ts";

export async function planTopology(wanted: Topology, connections: Connections): Promise<Result<Plan>> {
  const observed = await observe(wanted, connections.tenants);
  if (!observed.ok) return fromControl(observed.failure);
  const planned = plan(wanted, observed.value);
  return planned.ok ? ok(planned.value) : fromControl(planned.failure);
}

export interface ApplyTopologyOptions {
  readonly agreed?: Plan;
  readonly allowDataLoss?: readonly string[];
  readonly io?: Io;
}

export async function applyTopology(
  { topology, bundles }: Pick<Ready, "topology" | "bundles">,
  connections: Connections,
  options: ApplyTopologyOptions,
): Promise<Result<number>> {
  const { io } = options;
  const byHash = new Map(bundles.map((coded) => [coded.bundle.hash, coded]));
  const applied = await apply({
    wanted: topology,
    bundles: (hash) => byHash.get(hash),
    connections: connections.tenants,
    now: () => new Date(),
    ...(options.agreed === undefined ? {} : { agreed: options.agreed }),
    ...(options.allowDataLoss === undefined ? {} : { allowDataLoss: options.allowDataLoss }),
    onStep: (step) => {
      if (io?.interactive === true && step.kind === "started") {
        io.err(
          `\r\u001b[K[${step.number}/${step.total}] ${step.change.action} ${step.change.kind} ${step.change.name}`,
        );
      }
    },
  });
  if (io?.interactive === true) io.err("\r\u001b[K");
  return applied.ok ? ok(applied.value.done) : fromControl(applied.failure);
}
