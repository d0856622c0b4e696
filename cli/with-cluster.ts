// The way of every verb that reads what tenants hold: their connections, of those whose accounts exist.

import { openTenants } from "../control/access.ts";
import type { TenantConnection } from "../control/connect.ts";
import { type ClusterOptions, fromControl, tenantsOf } from "./cluster.ts";
import type { Ready } from "./compile-workspace.ts";
import type { ExitCode } from "./exit.ts";
import { type Io, say } from "./io.ts";
import { withAccess } from "./with-access.ts";

/** Connections are closed when `work` is done. */
export function withCluster(
  path: string,
  options: ClusterOptions,
  io: Io,
  work: (ready: Ready, tenants: readonly TenantConnection[]) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withAccess(path, options, io, async (ready, access) => {
    const opened = await openTenants(access, tenantsOf(ready));
    if (!opened.ok) return say(io, fromControl(opened.failure).refusal);
    return await work(ready, opened.value);
  });
}
