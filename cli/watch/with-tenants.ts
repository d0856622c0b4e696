// The way of every verb that watches: the tenants that are asked about, with what the workspace wants of them.

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
      return say(io, refuse(exit.findings, `The workspace has no tenant \`${options.tenant}\`.`).refusal);
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
