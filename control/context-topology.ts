// The topology as it is wanted in one context: the copies of its streams, and what it grants to tenants instead of what
// the workspace does. Bundles are the same in all contexts; this is where the contexts differ.

import * as address from "../schema/address.ts";
import type { ManifestContext, Quotas } from "../schema/manifest.ts";
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

type Overlay = Pick<ManifestContext, "replicas" | "tenants">;

/** Pure, and the same topology where the context says nothing of it. */
export function contextTopology(topology: Topology, { replicas = 1, tenants = {} }: Overlay): Topology {
  return {
    ...topology,
    tenants: topology.tenants.map((tenant) => {
      const quotas = Object.hasOwn(tenants, tenant.tenant) ? tenants[tenant.tenant]?.quotas : undefined;
      return replicas === 1 && quotas === undefined ? tenant : contextTenant(tenant, replicas, quotas ?? {});
    }),
  };
}

function contextTenant(tenant: TenantTopology, replicas: number, quotas: Quotas): TenantTopology {
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
  const messages = quotas.messages === undefined ? {} : { messagesPerSecond: quotas.messages };
  return {
    ...tenant,
    ...messages,
    account: { ...account, limits: contextLimits(account.limits, replicas, quotas) },
    streams: streams.map(({ config, ...rest }) => {
      const size = sizeOf(rest.integration, config);
      return { ...rest, config: changed<StreamConfig>(config, { num_replicas: replicas, ...size }) };
    }),
    buckets: replicas === 1 ? buckets : buckets.map((bucket) => changed<Bucket>(bucket, { num_replicas: replicas })),
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
  return configHash(next) === config.metadata[owned.hash] ? config : rehashed(next);
}
