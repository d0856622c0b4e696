// What is not wanted any more and stays for now: until it is pruned, workers keep the rights to deliver what is left in
// it, and a tenant that is gone stays known.

import type { Plan } from "../schema/plan.ts";
import type { Permissions, TenantTopology, Topology } from "../schema/topology.ts";

/**
 * The topology as it is in effect while these are left, and while a bundle that is going to be replaced runs beside the
 * one that is wanted.
 */
export function withKept(
  wanted: Topology,
  before: Topology | undefined,
  { leftovers, rollouts }: Pick<Plan, "leftovers" | "rollouts">,
): Topology {
  const left = new Set([...leftovers, ...rollouts].map(({ tenant }) => tenant));
  if (left.size === 0 || before === undefined) return wanted;
  const old = new Map(before.tenants.map((tenant) => [tenant.tenant, tenant]));
  const names = new Set(wanted.tenants.map(({ tenant }) => tenant));
  const tenants = wanted.tenants.map((tenant) =>
    left.has(tenant.tenant) ? withRightsOf(tenant, old.get(tenant.tenant)) : tenant,
  );
  const gone = before.tenants.filter(({ tenant }) => left.has(tenant) && !names.has(tenant));
  return { ...wanted, tenants: [...tenants, ...gone.map(withoutObjects)] };
}

/** The same users with the rights of both. */
export function withRightsOf(tenant: TenantTopology, other: TenantTopology | undefined): TenantTopology {
  const users = tenant.users.map((user) => {
    const before = other?.users.find(({ name }) => name === user.name)?.permissions;
    return before === undefined ? user : { ...user, permissions: union(user.permissions, before) };
  });
  return { ...tenant, users };
}

const union = (one: Permissions, other: Permissions): Permissions => ({
  publish: [...new Set([...one.publish, ...other.publish])].sort(),
  subscribe: [...new Set([...one.subscribe, ...other.subscribe])].sort(),
});

const withoutObjects = (tenant: TenantTopology): TenantTopology => ({
  ...tenant,
  streams: [],
  consumers: [],
  buckets: [],
  deployments: [],
  declared: [],
});
