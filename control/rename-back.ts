// The way back over renames: an integration of an earlier revision that has another name now is moved from that one,
// instead of beginning anew beside it without what it had accepted and what its sources remember.

import type { TenantTopology, Topology } from "../schema/topology.ts";

/** `then` with the names that its integrations have in the last of the revisions `since`, oldest first. Pure. */
export function renamedBack(then: Topology, since: readonly Topology[]): Topology {
  return { ...then, tenants: then.tenants.map((tenant) => tenantBack(tenant, since)) };
}

function tenantBack(then: TenantTopology, since: readonly Topology[]): TenantTopology {
  const own = new Set(then.deployments.map(({ integration }) => integration));
  // Its name at that time → its name in the revision that was looked at last.
  const names = new Map([...own].map((name) => [name, name]));
  let last = own;
  for (const { tenants } of since) {
    const deployments = tenants.find(({ tenant }) => tenant === then.tenant)?.deployments ?? [];
    last = new Set(deployments.map(({ integration }) => integration));
    const moves = new Map(deployments.map(({ integration, movedFrom }) => [movedFrom, integration]));
    for (const [name, called] of names) {
      const to = moves.get(called);
      if (to !== undefined && !last.has(called)) names.set(name, to);
    }
  }
  const deployments = then.deployments.map((deployment) => {
    const now = names.get(deployment.integration);
    const moved = now !== undefined && last.has(now) && !own.has(now) && !last.has(deployment.integration);
    return moved ? { ...deployment, movedFrom: now } : deployment;
  });
  return { ...then, deployments };
}
