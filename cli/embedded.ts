// The embedded nats-server of `dev` and the demo: found or fetched, bound to loopback, gone with its parent. Workers log
// in to it with the rights that the compiler derived and no more, so that a missing right shows on the first day.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AccountsConfig, parseCredentials } from "../control/nats-server/config.ts";
import { type EmbeddedServer, startNatsServer } from "../control/nats-server/embed.ts";
import { isServerFailure } from "../control/nats-server/failure.ts";
import { type FindResult, findServer } from "../control/nats-server/find.ts";
import { platformAccount } from "../schema/address.ts";
import { sharing } from "../schema/sharing.ts";
import type { Permissions, Topology } from "../schema/topology.ts";
import { exit, ok, type Result, refuse } from "./exit.ts";
import type { Io } from "./io.ts";
import { progress } from "./progress.ts";

export interface Embedded extends AsyncDisposable {
  readonly url: string;
  /** Credentials file's content: the unrestricted user of each tenant. */
  admin(): string;
  /** The same for the workers' users. */
  workers(): string;
  /** Gives the tenants' workers the rights of these topologies together: while one gives way to the next, of both. */
  grant(...topologies: readonly Topology[]): Promise<void>;
}

/** `dir` keeps streams and generated credentials. */
export async function startEmbedded(dir: string, topology: Topology, io: Io): Promise<Result<Embedded>> {
  const found = await foundServer(io);
  if (!found.ok) return refuse(exit.unreachable, found.message, found.help);
  try {
    const server = await startNatsServer({ binary: found.server.path, dir, accounts: accountsOf([topology]) });
    writeFileSync(join(dir, addressFile), server.url);
    return ok(embedded(server, topology, dir));
  } catch (error) {
    if (isServerFailure(error) && error.code === "locked") {
      const help = "Look at it with `vrsky status`, or end it first: Ctrl-C where it runs.";
      return refuse(exit.refused, "A `vrsky dev` runs in this workspace already.", help);
    }
    if (isServerFailure(error)) return refuse(exit.unreachable, error.message, error.help);
    throw error;
  }
}

async function foundServer(io: Io): Promise<FindResult> {
  using shown = progress(io, "looking for nats-server");
  const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
  const of = (total: number | undefined): string => (total === undefined ? "" : ` of ${megabytes(total)}`);
  return await findServer({
    env: io.env,
    say: (line) => {
      shown.phase("fetching nats-server, this once");
      io.err(`${line}\n`);
    },
    onBytes: (bytes, total) => shown.now(`${megabytes(bytes)}${of(total)}`),
  });
}

/** Below a workspace. */
export const embeddedIn = (folder: string): string => join(folder, ".vrsky", "nats");

const addressFile = "address";

export interface RunningEmbedded {
  readonly url: string;
  /** As `admin()` of the one who started it. */
  readonly credentials: string;
}

/** The server that a `dev` has started in this workspace and not stopped yet, for the verbs that look at it. */
export function runningEmbedded(folder: string): RunningEmbedded | undefined {
  try {
    const url = readFileSync(join(embeddedIn(folder), addressFile), "utf8");
    const store = parseCredentials(readFileSync(join(embeddedIn(folder), "credentials.json"), "utf8"));
    return store === undefined ? undefined : { url, credentials: JSON.stringify(store.accounts) };
  } catch {
    return undefined;
  }
}

function embedded(server: EmbeddedServer, first: Topology, dir: string): Embedded {
  let present = first;
  return {
    url: server.url,
    admin: () => JSON.stringify(server.credentials),
    workers: () => {
      const logins = present.tenants.map(({ tenant, users: [user] }) => [tenant, server.users[user?.name ?? ""]]);
      return JSON.stringify(Object.fromEntries(logins));
    },
    grant: async (...topologies) => {
      await server.reload(accountsOf(topologies));
      present = topologies.at(-1) ?? present;
    },
    [Symbol.asyncDispose]: () => {
      rmSync(join(dir, addressFile), { force: true });
      return server.stop();
    },
  };
}

/**
 * Without the tenants' limits: a laptop's disk may be smaller than what production grants. What tenants share is what
 * the newest topology says: who is no longer granted a stream gets nothing more of it.
 */
function accountsOf(topologies: readonly Topology[]): AccountsConfig {
  const newest = topologies.at(-1);
  const shared = newest === undefined ? undefined : sharing(newest);
  const accounts: Record<string, AccountsConfig[string] & { readonly users: Record<string, Permissions> }> = {
    [platformAccount]: { users: {} },
  };
  for (const { account, users } of topologies.flatMap(({ tenants }) => tenants)) {
    const known = accounts[account.name]?.users ?? {};
    for (const { name, permissions } of users) known[name] = union(known[name], permissions);
    const given = shared?.get(account.name);
    accounts[account.name] = { users: known, ...(given === undefined ? {} : { sharing: given }) };
  }
  return accounts;
}

const union = (one: Permissions | undefined, other: Permissions): Permissions => ({
  publish: [...new Set([...(one?.publish ?? []), ...other.publish])],
  subscribe: [...new Set([...(one?.subscribe ?? []), ...other.subscribe])],
});
