// How the control plane reaches a cluster: the platform account, where it keeps lease, journal and history, and each
// tenant's account. With fixed logins all accounts are there already; in operator mode apply makes them.

import type { NatsConnection } from "@nats-io/transport-node";
import type { JsonObject } from "../schema/json.ts";
import type { Nkey } from "../schema/nkey.ts";
import type { TenantTopology, Topology } from "../schema/topology.ts";
import { concurrently } from "./concurrently.ts";
import type { TenantConnection } from "./connect.ts";
import { failed, type Result, success } from "./failure.ts";

export interface ClusterAccess extends AsyncDisposable {
  readonly platform: NatsConnection;
  /** Undefined: the account does not exist yet. */
  open(tenant: string): Promise<Result<NatsConnection | undefined>>;
  /** Operator mode only: elsewhere accounts are made in the server's configuration. */
  accountsFor?(wanted: Topology): AccountsControl;
  /** With what bundles and deployment records are signed. */
  readonly signer?: Nkey;
}

export interface AccountsControl {
  /**
   * Comparable fields of the live accounts by tenant; absent: no such account. Also names accounts of this workspace
   * that no tenant of `tenants` has. Throws what `failureOf` reads, as all of these do.
   */
  observe(tenants: readonly string[]): Promise<ReadonlyMap<string, JsonObject>>;
  /** The same fields, wanted. Pure. */
  wanted(tenant: TenantTopology): JsonObject;
  /** Makes the account what is wanted; keys of a new tenant are made in the store. */
  put(tenant: TenantTopology): Promise<void>;
  remove(tenant: string): Promise<void>;
}

const accountsAtOnce = 16;

/** The tenants whose accounts exist. */
export async function openTenants(
  access: ClusterAccess,
  tenants: readonly string[],
): Promise<Result<readonly TenantConnection[]>> {
  const opened = await concurrently(tenants, accountsAtOnce, async (tenant) => ({
    tenant,
    result: await access.open(tenant),
  }));
  const connections: TenantConnection[] = [];
  for (const { tenant, result } of opened) {
    if (!result.ok) return failed(result.failure);
    if (result.value !== undefined) connections.push({ tenant, connection: result.value });
  }
  return success(connections);
}
