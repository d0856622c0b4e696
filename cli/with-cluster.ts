// The way of every verb that talks to a cluster: the workspace is opened, the cluster chosen and connected, and what
// goes wrong on the way said once.

import type { Connections } from "../control/connect.ts";
import { type ClusterOptions, chooseCluster, inContext, openCluster } from "./cluster.ts";
import { openFolder, type Ready } from "./compile-workspace.ts";
import type { ExitCode } from "./exit.ts";
import { type Io, say } from "./io.ts";

/** Connections are closed when `work` is done. */
export async function withCluster(
  path: string,
  options: ClusterOptions,
  io: Io,
  work: (ready: Ready, connections: Connections) => Promise<ExitCode>,
): Promise<ExitCode> {
  const ready = openFolder(path, io, options);
  if (!ready.ok) return say(io, ready.refusal);
  const cluster = chooseCluster(ready.value, options, io);
  if (!cluster.ok) return say(io, cluster.refusal);
  const connections = await openCluster(ready.value, cluster.value);
  if (!connections.ok) return say(io, connections.refusal);
  await using open = connections.value;
  return await work(inContext(ready.value, cluster.value), open);
}
