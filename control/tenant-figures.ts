// What each tenant holds on the cluster now, beside what its integrations may use at most and what it is granted.

import type { NatsConnection } from "@nats-io/transport-node";
import { useOf } from "../schema/quotas.ts";
import type { TenantTopology } from "../schema/topology.ts";
import type { ClusterAccess } from "./access.ts";
import { concurrently } from "./concurrently.ts";
import { failed, failureOf, type Result, success } from "./failure.ts";
import { call } from "./jetstream-api.ts";

/** Of storage in bytes, of streams and consumers their number; -1 = unlimited. */
export interface Figure {
  /** Now, on the cluster. */
  readonly held: number;
  /** At most, by what the workspace wants. */
  readonly wanted: number;
  readonly granted: number;
}

export interface TenantFigures {
  readonly tenant: string;
  readonly integrations: number;
  /** Undefined where the account does not exist yet. */
  readonly live: boolean;
  readonly storage: Figure;
  readonly streams: Figure;
  readonly consumers: Figure;
  /** Per second and worker; undefined: not limited. */
  readonly messagesPerSecond?: number;
}

interface Held {
  readonly storage: number;
  readonly streams: number;
  readonly consumers: number;
}

export async function tenantFigures(
  access: ClusterAccess,
  tenants: readonly TenantTopology[],
): Promise<Result<readonly TenantFigures[]>> {
  try {
    const all = await concurrently(tenants, 16, async (tenant) => {
      const opened = await access.open(tenant.tenant);
      return opened.ok ? success(figuresOf(tenant, await heldIn(opened.value))) : opened;
    });
    const figures: TenantFigures[] = [];
    for (const each of all) {
      if (!each.ok) return each;
      figures.push(each.value);
    }
    return success(figures);
  } catch (error) {
    return failed(failureOf(error, "reading what the tenants hold"));
  }
}

const heldIn = async (connection: NatsConnection | undefined): Promise<Held | undefined> =>
  connection === undefined ? undefined : call<Held>(connection, "INFO");

function figuresOf(tenant: TenantTopology, held: Held | undefined): TenantFigures {
  const { account, deployments, messagesPerSecond } = tenant;
  const use = useOf(tenant);
  const { disk, streams, consumers } = account.limits;
  return {
    tenant: tenant.tenant,
    integrations: deployments.length,
    live: held !== undefined,
    storage: { held: held?.storage ?? 0, wanted: use.storage, granted: disk },
    streams: { held: held?.streams ?? 0, wanted: use.streams, granted: streams },
    consumers: { held: held?.consumers ?? 0, wanted: use.consumers, granted: consumers },
    ...(messagesPerSecond === undefined ? {} : { messagesPerSecond }),
  };
}
