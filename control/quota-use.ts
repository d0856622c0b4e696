// What tenants may use of their quotas, before and with a plan; and quotas that are below what is there already, which
// no apply may set: a full account refuses messages.

import type { QuotaUse } from "../schema/plan.ts";
import { useOf } from "../schema/quotas.ts";
import type { TenantTopology, Topology } from "../schema/topology.ts";
import type { ControlFailure, Shortfall } from "./failure.ts";
import type { Observed, ObservedTenant } from "./observe.ts";
import { counted, humanSize } from "./units.ts";
import { consumerName, wantedStreams } from "./wanted.ts";

/** Of tenants whose use or grant changes: all of their figures. `before` is what was applied last. */
export function quotaUse(before: Topology | undefined, wanted: Topology): readonly QuotaUse[] {
  const known = new Map((before?.tenants ?? []).map((tenant) => [tenant.tenant, tenant]));
  return wanted.tenants.flatMap((tenant) => {
    const was = figures(known.get(tenant.tenant));
    const is = figures(tenant);
    const same = is.every(({ used, granted }, index) => used === was[index]?.used && granted === was[index]?.granted);
    if (same) return [];
    return is.map(({ what, used, granted }, index) => ({
      tenant: tenant.tenant,
      what,
      before: was[index]?.used ?? 0,
      after: used,
      granted,
    }));
  });
}

interface Figure {
  readonly what: string;
  readonly used: number;
  readonly granted: number;
}

/** All zero for a tenant that is not there. */
function figures(tenant: TenantTopology | undefined): readonly Figure[] {
  const use = tenant === undefined ? { storage: 0, streams: 0, consumers: 0 } : useOf(tenant);
  const limits = tenant?.account.limits ?? { disk: 0, streams: 0, consumers: 0 };
  const granted = { storage: limits.disk, streams: limits.streams, consumers: limits.consumers };
  return (["storage", "streams", "consumers"] as const).map((what) => ({
    what,
    // The account pays for every copy, as its grant does.
    used: what === "storage" ? use.storage * copies(tenant) : use[what],
    granted: granted[what],
  }));
}

const copies = (tenant: TenantTopology | undefined): number =>
  Math.max(1, ...(tenant?.streams ?? []).map(({ config }) => config.num_replicas));

/** What is there and does not fit; undefined when all of it does. */
export function quotaShortfall(wanted: Topology, observed: Observed): ControlFailure | undefined {
  const live = new Map(observed.tenants.map((tenant) => [tenant.tenant, tenant]));
  const shortfalls = wanted.tenants.flatMap((tenant) => shortfallsOf(tenant, live.get(tenant.tenant)));
  const [first] = shortfalls;
  if (first === undefined) return undefined;
  const more = shortfalls.length > 1 ? ` (and ${counted(shortfalls.length - 1, "more quota")})` : "";
  return { kind: "quota", message: `${said(first)}${more}`, shortfalls };
}

function shortfallsOf(tenant: TenantTopology, live: ObservedTenant | undefined): readonly Shortfall[] {
  if (live === undefined) return [];
  const { limits } = tenant.account;
  const stored = live.streams.map(({ bytes, config }) => bytes * Math.max(1, Number(config.num_replicas ?? 1)));
  // Whatever is there stays until all that is wanted has been made.
  const streams = new Set([
    ...wantedStreams(tenant).map(({ config }) => config.name),
    ...live.streams.map(({ name }) => name),
  ]);
  const consumers = new Set([
    ...tenant.consumers.map(consumerName),
    ...live.consumers.map(({ stream, name }) => `${stream}/${name}`),
  ]);
  const there = {
    storage: stored.reduce((sum, bytes) => sum + bytes, 0),
    streams: streams.size + live.foreignStreams.length,
    consumers: consumers.size + live.foreignConsumers.length,
  };
  const wanted = { storage: limits.disk, streams: limits.streams, consumers: limits.consumers };
  return (["storage", "streams", "consumers"] as const)
    .filter((what) => wanted[what] >= 0 && there[what] > wanted[what])
    .map((what) => ({ tenant: tenant.tenant, what, there: there[what], wanted: wanted[what] }));
}

function said({ tenant, what, there, wanted }: Shortfall): string {
  if (what === "storage")
    return `the quota of tenant ${tenant} would be ${humanSize(wanted)} of storage, and ${humanSize(there)} are stored`;
  return `the quota of tenant ${tenant} would be ${counted(wanted, what.slice(0, -1))}, and there are or would be ${there}`;
}
