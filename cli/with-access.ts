// The way of every verb that changes a cluster or reads its history: the workspace is opened, the cluster chosen, its
// accounts reached, and what goes wrong on the way said once.

import type { ClusterAccess } from "../control/access.ts";
import { fixedAccess } from "../control/fixed-access.ts";
import { type Cluster, type ClusterOptions, chooseCluster, fromControl, inContext, tenantsOf } from "./cluster.ts";
import { openFolder, type Ready } from "./compile-workspace.ts";
import { type ExitCode, ok, type Result } from "./exit.ts";
import { type Io, say } from "./io.ts";

/** `path`: of a workspace or a compiled folder, or what it was opened as. Closed when `work` is done. */
export async function withAccess(
  path: string | Ready,
  options: ClusterOptions,
  io: Io,
  work: (ready: Ready, access: ClusterAccess, cluster: Cluster) => Promise<ExitCode>,
): Promise<ExitCode> {
  const ready = typeof path === "string" ? openFolder(path, io, options) : ok(path);
  if (!ready.ok) return say(io, ready.refusal);
  const cluster = chooseCluster(ready.value, options, io);
  if (!cluster.ok) return say(io, cluster.refusal);
  const opened = await openAccess(ready.value, cluster.value);
  if (!opened.ok) return say(io, opened.refusal);
  await using access = opened.value;
  return await work(inContext(ready.value, cluster.value), access, cluster.value);
}

export async function openAccess(ready: Ready, { url, credentials }: Cluster): Promise<Result<ClusterAccess>> {
  const opened = await fixedAccess({
    url,
    tenants: tenantsOf(ready),
    ...(credentials === undefined ? {} : { credentials }),
  });
  return opened.ok ? ok(opened.value) : fromControl(opened.failure);
}
