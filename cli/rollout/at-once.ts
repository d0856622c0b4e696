// Bundles that run everything at once, whatever their `rollout` says: where somebody asks for it, and in `vrsky dev`.

import type { Deployment, Topology } from "../../schema/topology.ts";
import type { Ready } from "../compile-workspace.ts";
import { exit, ok, type Result, refuse } from "../exit.ts";

/** All of them. */
export const allAtOnce = (topology: Topology): Topology => without(topology, () => true);

/** Those that are named: `orders`, `acme/orders`. `again`: others that are named, which have to exist as well. */
export function atOnce<R extends Ready>(
  ready: R,
  names: readonly string[] = [],
  again: readonly string[] = [],
): Result<R> {
  const known = new Set(
    ready.topology.tenants.flatMap(({ tenant, deployments }) =>
      deployments.flatMap(({ integration }) => [integration, `${tenant}/${integration}`]),
    ),
  );
  const unknown = [...names, ...again].find((name) => !known.has(name));
  if (unknown !== undefined) return refuse(exit.usage, `The workspace has no integration \`${unknown}\`.`);
  const named = (tenant: string, { integration }: Deployment): boolean =>
    names.includes(integration) || names.includes(`${tenant}/${integration}`);
  return ok({ ...ready, topology: without(ready.topology, named) });
}

const without = (topology: Topology, which: (tenant: string, deployment: Deployment) => boolean): Topology => ({
  ...topology,
  tenants: topology.tenants.map((tenant) => ({
    ...tenant,
    deployments: tenant.deployments.map((deployment) => {
      const { rollout: _, ...plain } = deployment;
      return which(tenant.tenant, deployment) ? plain : deployment;
    }),
  })),
});
