// Access by logins that are given: a user per tenant, or one account for all. Accounts are the server's configuration.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../schema/address.ts";
import type { ClusterAccess } from "./access.ts";
import { concurrently } from "./concurrently.ts";
import { type ConnectOptions, connectTenants, type TenantConnection } from "./connect.ts";
import { readCredentials } from "./credentials.ts";
import { failed, type Result, success } from "./failure.ts";
import { callIfThere, type StreamInfo } from "./jetstream-api.ts";

/** All tenants of `options` are connected, or none. */
export async function fixedAccess(options: ConnectOptions): Promise<Result<ClusterAccess>> {
  const connected = await connectTenants(options);
  if (!connected.ok) return connected;
  const tenants = new Map(connected.value.tenants.map(({ tenant, connection }) => [tenant, connection]));
  const more: AsyncDisposable[] = [];
  const close = async (): Promise<void> => {
    for (const opened of [connected.value, ...more]) await opened[Symbol.asyncDispose]();
  };
  const open = async (tenant: string): Promise<Result<NatsConnection | undefined>> => {
    const known = tenants.get(tenant);
    if (known !== undefined) return success(known);
    const result = await connectTenants({ ...options, tenants: [tenant] });
    if (!result.ok) return result;
    more.push(result.value);
    const [first] = result.value.tenants;
    if (first !== undefined) tenants.set(tenant, first.connection);
    return success(first?.connection);
  };
  const platform = await platformOf(options, connected.value.tenants, open);
  if (!platform.ok) {
    await close();
    return platform;
  }
  return success({ platform: platform.value, open, [Symbol.asyncDispose]: close });
}

/**
 * The platform account's own login where there is one. Without it the control plane keeps its streams in a tenant's
 * account: the one where they are, else the first.
 */
async function platformOf(
  options: ConnectOptions,
  tenants: readonly TenantConnection[],
  open: ClusterAccess["open"],
): Promise<Result<NatsConnection>> {
  const [first] = tenants;
  const own = readCredentials(options.credentials, [address.platformAccount]);
  if (own.ok && (options.credentials !== undefined || first === undefined)) {
    const opened = await open(address.platformAccount);
    if (!opened.ok) return opened;
    if (opened.value !== undefined) return success(opened.value);
  }
  const places = await concurrently(tenants, 16, async ({ connection }) => {
    const there = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${address.nowStream}`);
    return there === undefined ? undefined : connection;
  });
  const found = places.find((place) => place !== undefined) ?? first?.connection;
  if (found !== undefined) return success(found);
  return failed({ kind: "credentials", message: `the credentials have no user for ${address.platformAccount}` });
}
