// Applying to connections that a test has opened itself. Without a platform account of its own, the control plane's
// streams lie in the first tenant's account.

import type { NatsConnection } from "@nats-io/transport-node";
import type { ClusterAccess } from "../../control/access.ts";
import { type Applied, type ApplyOptions, apply } from "../../control/apply.ts";
import type { TenantConnection } from "../../control/connect.ts";
import { type Result, success } from "../../control/failure.ts";
import type { LeaseClock } from "../../control/platform/lease.ts";
import type { Topology } from "../../schema/topology.ts";

export function accessOf(connections: readonly TenantConnection[], platform?: NatsConnection): ClusterAccess {
  const [first] = connections;
  const own = platform ?? first?.connection;
  if (own === undefined) throw new Error("a cluster without any account");
  return {
    platform: own,
    open: async (tenant) => success(connections.find((each) => each.tenant === tenant)?.connection),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The machine's time for leases, a date that does not move for records. */
export const testClock: LeaseClock = {
  now: () => new Date("2026-01-02T03:04:05.000Z"),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export function applyTo(
  wanted: Topology,
  connections: readonly TenantConnection[],
  more: Partial<ApplyOptions> = {},
): Promise<Result<Applied>> {
  const access = more.access ?? accessOf(connections);
  return apply({ by: "test", bundles: () => undefined, clock: testClock, ...more, access, wanted });
}
