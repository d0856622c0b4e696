// Which cluster a verb talks to: `--nats`, else the environment, else the context; what is wanted there; and how a
// failure there ends.

import { resolve } from "node:path";
import { type Connections, connectTenants } from "../control/connect.ts";
import { contextTopology } from "../control/context-topology.ts";
import type { Credentials } from "../control/credentials.ts";
import { lossFlags } from "../control/data-loss.ts";
import { type ControlFailure, exitCode } from "../control/failure.ts";
import { givenServerUrl } from "../control/nats-server/find.ts";
import type { ManifestContext } from "../schema/manifest.ts";
import type { Ready } from "./compile-workspace.ts";
import { credentialsAt, referredCredentials } from "./credentials.ts";
import { runningEmbedded } from "./embedded.ts";
import { exit, ok, type Result, refuse } from "./exit.ts";
import type { Io } from "./io.ts";

export interface ClusterOptions {
  readonly context?: string;
  readonly nats?: string;
  readonly creds?: string;
  /** False: `--no-cache`. */
  readonly cache?: boolean;
}

export interface Cluster {
  readonly name: string;
  readonly context: ManifestContext;
  readonly url: string;
  readonly credentials?: Credentials;
}

export function chooseCluster(ready: Ready, options: ClusterOptions, io: Io): Result<Cluster> {
  const chosen = chooseContext(ready, options, io);
  if (!chosen.ok) return chosen;
  const { name, context } = chosen.value;
  if (chosen.value.credentials !== undefined && options.creds === undefined) return chosen;
  const credentials =
    options.creds === undefined
      ? referredCredentials(context.credentials, `The credentials of context \`${name}\``, ready.folder, io)
      : credentialsAt(resolve(io.cwd, options.creds), io);
  if (!credentials.ok) return credentials;
  return ok({ ...chosen.value, ...(credentials.value === undefined ? {} : { credentials: credentials.value }) });
}

/** The same for those who log in by keys of their own. */
export function chooseContext(ready: Ready, options: ClusterOptions, io: Io): Result<Cluster> {
  const names = Object.keys(ready.manifest.contexts);
  const name = options.context ?? names[0] ?? "dev";
  const context = ready.manifest.contexts[name];
  if (context === undefined)
    return refuse(exit.usage, `Unknown context \`${name}\`.`, `The workspace has ${names.join(", ")}.`);
  const given = options.nats ?? givenServerUrl(io.env) ?? context.nats;
  if (given !== undefined && given !== ofDev) return ok({ name, context, url: given });
  const login = options.creds ?? context.credentials ?? context.keys;
  const running = given === ofDev || login === undefined ? runningEmbedded(ready.folder) : undefined;
  if (running !== undefined) return ok({ name, context, ...running });
  if (given === undefined) return ok({ name, context, url: "nats://127.0.0.1:4222" });
  return refuse(
    exit.unreachable,
    "No `vrsky dev` runs in this workspace.",
    "Start it, or name the servers: --nats URL.",
  );
}

/** As `--nats`: the server of the `vrsky dev` that runs in the workspace, with its logins. */
export const ofDev = "dev";

/** What shall be there: the context's own figures over those of the workspace. */
export const inContext = (ready: Ready, { context }: Cluster): Ready => ({
  ...ready,
  topology: contextTopology(ready.topology, context),
});

export const tenantsOf = (ready: Ready): readonly string[] => ready.topology.tenants.map(({ tenant }) => tenant);

export async function openCluster(ready: Ready, cluster: Cluster): Promise<Result<Connections>> {
  const { url, credentials } = cluster;
  const connected = await connectTenants({
    url,
    tenants: tenantsOf(ready),
    ...(credentials === undefined ? {} : { credentials }),
  });
  return connected.ok ? ok(connected.value) : fromControl(connected.failure);
}

export function fromControl(failure: ControlFailure) {
  return refuse(exitCode(failure), failure.message, helpFor(failure));
}

function helpFor(failure: ControlFailure): string | undefined {
  switch (failure.kind) {
    case "unreachable":
      return "Is nats-server running there? `vrsky dev` brings its own.";
    case "data-loss":
      return `To lose them on purpose: ${lossFlags(failure.losses)}`;
    case "stale":
      return "Run `vrsky plan` again and look at it.";
    case "denied":
      if (failure.rights)
        return "This needs the tenant's control login; a worker's may do a worker's work and no more.";
      return "If they are expired or revoked: `vrsky keys list` shows what was issued, `vrsky keys creds` makes new ones.";
    case "conflict":
      return failure.conflicts.length > 1 ? failure.conflicts.slice(1).join("\n        ") : undefined;
    case "quota":
      return "Grant that much or more in the tenant's `quotas:` or in those of the context, or remove what nobody needs first; nothing was changed.";
    default:
      return undefined;
  }
}
