// The topology as it is wanted in one context: the copies of its streams and their place, and what it grants to tenants instead of what
// the workspace does. Bundles are the same in all contexts; this is where the contexts differ.

import * as address from "../schema/address.ts";
import type { ManifestContext, Placement, Quotas } from "../schema/manifest.ts";
import { configHash, rehashed } from "../schema/owned.ts";
import { archiveSize, bucketSize, intakeSize, streamSize } from "../schema/quotas.ts";
import {
  type AccountLimits,
  type Bucket,
  owned,
  type StreamConfig,
  type TenantTopology,
  type Topology,
} from "../schema/topology.ts";

type Overlay = Pick<ManifestContext, "replicas" | "placement" | "tenants">;

/** Pure, and the same topology where the context says nothing of it. */
export function contextTopology(topology: Topology, { replicas = 1, placement, tenants = {} }: Overlay): Topology {
  const placed = placement === undefined ? {} : { placement };
  return {
    ...topology,
    ...(replicas === 1 && placement === undefined ? {} : { platform: { replicas, ...placed } }),
    tenants: topology.tenants.map((tenant) => {
      const own = Object.hasOwn(tenants, tenant.tenant) ? tenants[tenant.tenant] : undefined;
      const where = own?.placement ?? placement;
      if (replicas === 1 && where === undefined && own?.quotas === undefined) return tenant;
      return contextTenant(tenant, replicas, own?.quotas ?? {}, where);
    }),
  };
}

function contextTenant(
  tenant: TenantTopology,
  replicas: number,
  quotas: Quotas,
  placement: Placement | undefined,
): TenantTopology {
  const { account, streams, buckets } = tenant;
  const intakes = streams.filter(({ integration, config }) => isIntake(integration, config)).length;
  const declared = streams.filter(({ config }) => address.isReadBySources(config.name)).length;
  const archives = streams.filter(({ integration, config }) => isArchive(integration, config)).length;
  const share = archiveSize(account.limits.disk, archives);
  const objects = streams.filter(({ integration, config }) => isBucket(integration, config)).length;
  const counts = { integrations: intakes, streams: declared, buckets: objects };
  const sizeOf = (
    integration: string | undefined,
    config: StreamConfig,
  ): Pick<StreamConfig, "max_bytes"> | undefined => {
    if (quotas.storage === undefined) return undefined;
    if (isIntake(integration, config)) return { max_bytes: intakeSize(quotas.storage, intakes) };
    // One that says its size keeps it.
    if (isArchive(integration, config) && config.max_bytes === share) {
      return { max_bytes: archiveSize(quotas.storage, archives) };
    }
    if (isBucket(integration, config)) return { max_bytes: bucketSize(quotas.storage, counts) };
    return address.isReadBySources(config.name) ? { max_bytes: streamSize(quotas.storage, declared) } : undefined;
  };
  const placed = placement === undefined ? {} : { placement };
  const messages = quotas.messages === undefined ? {} : { messagesPerSecond: quotas.messages };
  return {
    ...tenant,
    ...messages,
    account: { ...account, limits: contextLimits(account.limits, replicas, quotas) },
    streams: streams.map(({ config, ...rest }) => {
      const size = sizeOf(rest.integration, config);
      return { ...rest, config: changed<StreamConfig>(config, { num_replicas: replicas, ...size, ...placed }) };
    }),
    buckets: buckets.map((bucket) =>
      changed<Bucket>(bucket, { ...(replicas === 1 ? {} : { num_replicas: replicas }), ...placed }),
    ),
  };
}

const isIntake = (integration: string | undefined, { name }: StreamConfig): boolean =>
  integration !== undefined && name === address.intakeStream(integration);

const isArchive = (integration: string | undefined, { name }: StreamConfig): boolean =>
  integration !== undefined && name === address.archiveStream(integration);
const isBucket = (integration: string | undefined, { name }: StreamConfig): boolean =>
  integration !== undefined && name === address.objectStream(integration);

function contextLimits(limits: AccountLimits, replicas: number, quotas: Quotas): AccountLimits {
  const { storage, messages: _, ...own } = quotas;
  // The server counts every copy of a message.
  return { ...limits, ...own, disk: (storage ?? limits.disk) * replicas };
}

/** With the hash that belongs to it; the very same where nothing changes. */
function changed<Config extends StreamConfig | Bucket>(config: Config, fields: Partial<Config>): Config {
  const next: Config = { ...config, ...fields };
  if (configHash(next) === config.metadata[owned.hash]) return config;
  const metadata = next.placement === undefined ? next.metadata : { ...next.metadata, [owned.placed]: "true" };
  return rehashed({ ...next, metadata });
}
