// How the control plane reaches a cluster: one connection into its own account, one into each tenant's, and, where
// accounts can be changed while the server runs, the means to do so.

import type { NatsConnection } from "@nats-io/transport-node";
import type { JsonObject } from "../../schema/json.ts";
import type { TenantTopology } from "../../schema/topology.ts";
import type { Result } from "../failure.ts";

export interface ClusterAccess extends AsyncDisposable {
  /** Into the platform account. */
  readonly platform: NatsConnection;
  /** Undefined: the tenant's account does not exist yet. */
  open(tenant: string): Promise<Result<NatsConnection | undefined>>;
  /** Operator mode only. */
  readonly accounts?: AccountsControl;
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
