// The way of every verb that changes a cluster or reads its history: the workspace is opened, the cluster chosen, its
// accounts reached, and what goes wrong on the way said once.

import type { ClusterAccess } from "../control/access.ts";
import { type ControlFailure, exitCode } from "../control/failure.ts";
import { fixedAccess } from "../control/fixed-access.ts";
import type { Reference } from "../schema/manifest.ts";
import {
  type Cluster,
  type ClusterOptions,
  chooseCluster,
  chooseContext,
  fromControl,
  inContext,
  tenantsOf,
} from "./cluster.ts";
import { openFolder, type Ready } from "./compile-workspace.ts";
import { type ExitCode, ok, type Result, refuse } from "./exit.ts";
import { type Io, say } from "./io.ts";
import { openStore, openWithKeys } from "./key-store.ts";
import { progress } from "./progress.ts";

/** `path`: of a workspace or a compiled folder, or what it was opened as. Closed when `work` is done. */
export async function withAccess(
  path: string | Ready,
  options: ClusterOptions,
  io: Io,
  work: (ready: Ready, access: ClusterAccess, cluster: Cluster) => Promise<ExitCode>,
): Promise<ExitCode> {
  const ready = typeof path === "string" ? openFolder(path, io, options) : ok(path);
  if (!ready.ok) return say(io, ready.refusal);
  const chosen = chooseContext(ready.value, options, io);
  if (!chosen.ok) return say(io, chosen.refusal);
  const { keys } = chosen.value.context;
  const withKeys = keys !== undefined && options.creds === undefined;
  const cluster = withKeys ? chosen : chooseCluster(ready.value, options, io);
  if (!cluster.ok) return say(io, cluster.refusal);
  const wanted = inContext(ready.value, cluster.value);
  const connecting = progress(io, `connecting to ${cluster.value.url}`);
  const opened = await (withKeys
    ? openByKeys(keys, wanted, cluster.value, io)
    : openAccess(ready.value, cluster.value));
  connecting.end();
  if (!opened.ok) return say(io, opened.refusal);
  await using access = opened.value;
  return await work(wanted, access, cluster.value);
}

/** In operator mode with keys of its own: accounts are made, users need not be. */
async function openByKeys(keys: Reference, ready: Ready, cluster: Cluster, io: Io): Promise<Result<ClusterAccess>> {
  const store = openStore(keys, ready, io);
  return store.ok ? openWithKeys(cluster, store.value) : store;
}

export async function openAccess(ready: Ready, { url, credentials }: Cluster): Promise<Result<ClusterAccess>> {
  const opened = await fixedAccess({
    url,
    tenants: tenantsOf(ready),
    ...(credentials === undefined ? {} : { credentials }),
  });
  if (opened.ok) return ok(opened.value);
  return credentials === undefined && opened.failure.kind === "denied"
    ? noLogin(opened.failure)
    : fromControl(opened.failure);
}

const noLogin = (failure: ControlFailure) =>
  refuse(
    exitCode(failure),
    failure.message,
    "No login was given: name it with --creds, or as `credentials` of the context.",
  );
