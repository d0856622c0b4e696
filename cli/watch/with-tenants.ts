// The way of every verb that watches: the tenants that are asked about, with what the workspace wants of them.

import { counted } from "../../control/units.ts";
import type { StatusTenant } from "../../control/watch/status.ts";
import type { ClusterOptions } from "../cluster.ts";
import type { Ready } from "../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { withCluster } from "../with-cluster.ts";

export interface Asked {
  readonly tenant?: string;
  readonly integration?: string;
}

export function withTenants(
  path: string,
  options: ClusterOptions & Asked,
  io: Io,
  work: (ready: Ready, tenants: readonly StatusTenant[]) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withCluster(path, options, io, async (ready, connections) => {
    const open = new Map(connections.map(({ tenant, connection }) => [tenant, connection]));
    const asked = ready.topology.tenants.filter(
      ({ tenant }) => options.tenant === undefined || tenant === options.tenant,
    );
    if (options.tenant !== undefined && asked.length === 0) {
      const help = `It has ${ready.topology.tenants.map(({ tenant }) => tenant).join(", ")}.`;
      return say(io, refuse(exit.findings, `The workspace has no tenant \`${options.tenant}\`.`, help).refusal);
    }
    return await work(
      ready,
      asked.flatMap((tenant) => {
        const connection = open.get(tenant.tenant);
        return connection === undefined ? [] : [{ tenant, connection }];
      }),
    );
  });
}

/** `tenants`: those that were asked. */
export function noIntegration(name: string, tenants: readonly Pick<StatusTenant, "tenant">[]) {
  const all = tenants.flatMap(({ tenant }) =>
    tenant.deployments.map(({ integration }) => `${tenant.tenant}/${integration}`),
  );
  const help =
    all.length > mostNamed ? `There are ${counted(all.length, "integration")}.` : `There are ${all.join(", ")}.`;
  return refuse(exit.findings, `There is no integration \`${name}\`.`, all.length === 0 ? undefined : help);
}

const mostNamed = 12;
