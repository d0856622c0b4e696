// One connection per tenant, opened only to servers that keep the promises of a delivery.

import { type Authenticator, connect, errors, type NatsConnection } from "@nats-io/transport-node";
import { supportedServer } from "../schema/server-version.ts";
import { concurrently } from "./concurrently.ts";
import { type Credentials, readCredentials } from "./credentials.ts";
import { type ControlFailure, failed, failureOf, type Result, success } from "./failure.ts";
import { type AccountInfo, call } from "./jetstream-api.ts";

/** JetStream API level of nats-server 2.12: below it schedules, TTLs and atomic batches are silently ignored. */
export const minimumApiLevel = 2;

export interface TenantConnection {
  readonly tenant: string;
  readonly connection: NatsConnection;
}

export interface Connections extends AsyncDisposable {
  readonly tenants: readonly TenantConnection[];
}

export interface ConnectOptions {
  /** `nats://host:port`; several of one cluster separated by commas. */
  readonly url: string;
  readonly credentials?: Credentials;
  readonly tenants: readonly string[];
  /** For each attempt to connect; 5 s when not said. */
  readonly timeoutMs?: number;
}

/** All or none: when one tenant cannot be reached, the connections that were made are closed again. */
export async function connectTenants(options: ConnectOptions): Promise<Result<Connections>> {
  const logins = readCredentials(options.credentials, options.tenants);
  if (!logins.ok) return logins;
  const results = await concurrently([...logins.value], 16, async ([tenant, login]) =>
    connectTenant(tenant, login, options),
  );
  const made = results.flatMap((result) => (result.ok ? [result.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(made.map(({ connection }) => connection.close()));
  };
  const broken = results.find((result) => !result.ok);
  if (broken !== undefined && !broken.ok) {
    await close();
    return broken;
  }
  return success({ tenants: made, [Symbol.asyncDispose]: close });
}

async function connectTenant(
  tenant: string,
  login: Authenticator | undefined,
  { url, timeoutMs = 5_000 }: ConnectOptions,
): Promise<Result<TenantConnection>> {
  const servers = url.split(",").map((server) => server.trim());
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers,
      ...(login === undefined ? {} : { authenticator: login }),
      name: `vrsky control ${tenant}`,
      timeout: timeoutMs,
      noAsyncTraces: true,
      maxReconnectAttempts: -1,
    });
  } catch (error) {
    return failed(connectFailure(error, tenant, url));
  }
  const unfit = await judge(connection, tenant);
  if (unfit === undefined) return success({ tenant, connection });
  await connection.close();
  return failed(unfit);
}

/** Whether the server is new enough and runs JetStream for this account. */
export async function judge(connection: NatsConnection, tenant: string): Promise<ControlFailure | undefined> {
  const verdict = supportedServer(connection.info?.version ?? "unknown");
  if (!verdict.ok) return { kind: "unsupported", message: verdict.reason };
  try {
    const { api } = await call<AccountInfo>(connection, "INFO");
    const level = api?.level ?? 0;
    if (level >= minimumApiLevel) return undefined;
    return {
      kind: "unsupported",
      message: `JetStream of this server has API level ${level}; VRSky needs ${minimumApiLevel} or more`,
    };
  } catch (error) {
    return failureOf(error, `asking JetStream about the account of tenant ${tenant}`);
  }
}

/** What an error of the client's `connect` means, without the password that the address may hold. */
export function connectFailure(error: unknown, tenant: string, url: string): ControlFailure {
  const failure = failureOf(connectionError(error), `tenant ${tenant} at ${withoutPassword(url)}`);
  if (failure.kind !== "unreachable") return failure;
  return { kind: "unreachable", message: `no NATS server answers at ${withoutPassword(url)}; is it running?` };
}

/** Addresses that no transport can use come as plain errors of Node. */
function connectionError(error: unknown): unknown {
  return error instanceof TypeError || (error instanceof Error && "code" in error)
    ? new errors.ConnectionError(error.message)
    : error;
}

export const withoutPassword = (url: string): string => url.replaceAll(/\/\/[^@/,]*@/g, "//");
