// Carries a plan out, change by change. Each one is idempotent and the plan is made from what is there, so after a kill
// at any point the way to converge is to apply again.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../schema/address.ts";
import type { CodedBundle } from "../schema/bundle.ts";
import type { Nkey } from "../schema/nkey.ts";
import type { Change, Plan } from "../schema/plan.ts";
import type { Topology } from "../schema/topology.ts";
import { carryOut, type Site } from "./carry-out.ts";
import { concurrently } from "./concurrently.ts";
import type { TenantConnection } from "./connect.ts";
import { refusedLoss } from "./data-loss.ts";
import { type ControlFailure, failed, type Result, success } from "./failure.ts";
import { emptyTenant, type Observed, type ObservedTenant, observe } from "./observe.ts";
import { plan } from "./plan.ts";
import { consumerName, nothingOf, type WantedTenant, wantedStreams } from "./wanted.ts";

/** Told as it happens. */
export interface ApplyStep {
  readonly kind: "started" | "done";
  readonly change: Change;
  /** How many have been started, respectively done, this one included. */
  readonly number: number;
  readonly total: number;
}

export interface ApplyOptions {
  readonly wanted: Topology;
  readonly connections: readonly TenantConnection[];
  /** The plan that was agreed to: anything else is refused as stale. Left out: whatever the plan says now. */
  readonly agreed?: Pick<Plan, "hash">;
  /** Streams and consumers whose unread messages may be lost: `IN_orders`, `IN_orders/warehouse`, `acme/IN_orders`. */
  readonly allowDataLoss?: readonly string[];
  /** By its hash, for those that the cluster does not hold yet. */
  readonly bundles: (hash: string) => CodedBundle | undefined;
  /** Signs bundles and deployment records. */
  readonly signer?: Nkey;
  readonly now: () => Date;
  readonly onStep?: (step: ApplyStep) => void;
}

export interface Applied {
  readonly plan: Plan;
  /** Changes that were made. */
  readonly done: number;
}

/** Changes of one phase are made several at a time; the next phase begins when the last one is complete. */
export async function apply(options: ApplyOptions): Promise<Result<Applied>> {
  const observed = await observe(options.wanted, options.connections);
  if (!observed.ok) return observed;
  const planned = plan(options.wanted, observed.value);
  if (!planned.ok) return planned;
  const refused = refuse(planned.value, options);
  if (refused !== undefined) return failed(refused);
  return make(planned.value, observed.value, options);
}

function refuse(current: Plan, { agreed, allowDataLoss = [] }: ApplyOptions): ControlFailure | undefined {
  if (agreed !== undefined && agreed.hash !== current.hash) {
    return { kind: "stale", message: "the cluster or the workspace has changed since this plan was made: plan again" };
  }
  return refusedLoss(current.changes, allowDataLoss);
}

const changesAtOnce = 16;

async function make(current: Plan, observed: Observed, options: ApplyOptions): Promise<Result<Applied>> {
  const { changes } = current;
  const total = changes.length;
  const sites = sitesOf(current, observed, options);
  const failures: ControlFailure[] = [];
  let started = 0;
  let done = 0;
  for (const phase of phases(changes)) {
    await concurrently(phase, changesAtOnce, async (change) => {
      if (failures.length > 0) return;
      started++;
      options.onStep?.({ kind: "started", change, number: started, total });
      const site = sites.get(change.tenant);
      const failure = site === undefined ? notConnected(change) : await carryOut(change, site);
      if (failure !== undefined) {
        failures.push(failure);
        return;
      }
      done++;
      options.onStep?.({ kind: "done", change, number: done, total });
    });
    const [failure] = failures;
    if (failure !== undefined)
      return failed({
        ...failure,
        message: `${failure.message}; ${done} of ${total} changes were made, apply again to go on`,
      });
  }
  return success({ plan: current, done });
}

const notConnected = ({ tenant }: Change): ControlFailure => ({
  kind: "failed",
  message: `there is no connection to the account of tenant ${tenant}`,
});

/** Runs of changes that do not need each other. */
function phases(changes: readonly Change[]): readonly (readonly Change[])[] {
  const runs: Change[][] = [];
  for (const change of changes) {
    const run = runs.at(-1);
    const last = run?.[0];
    if (run !== undefined && last !== undefined && sameRun(last, change)) run.push(change);
    else runs.push([change]);
  }
  return runs;
}

const sameRun = (a: Change, b: Change): boolean =>
  a.kind === b.kind && (a.action === "delete") === (b.action === "delete");

function sitesOf(current: Plan, observed: Observed, options: ApplyOptions): ReadonlyMap<string, Site> {
  const wanted = new Map(options.wanted.tenants.map((tenant) => [tenant.tenant, tenant]));
  const live = new Map(observed.tenants.map((tenant) => [tenant.tenant, tenant]));
  return new Map(
    options.connections.map(({ tenant, connection }) => [
      tenant,
      siteOf(
        connection,
        wanted.get(tenant) ?? nothingOf(tenant),
        live.get(tenant) ?? emptyTenant(tenant),
        current.changes.filter((change) => change.tenant === tenant),
        options,
      ),
    ]),
  );
}

function siteOf(
  connection: NatsConnection,
  wanted: WantedTenant,
  live: ObservedTenant,
  changes: readonly Change[],
  { wanted: { workspace }, allowDataLoss = [], bundles, signer, now }: ApplyOptions,
): Site {
  const making = changes.filter(
    ({ action, kind }) => (action === "create" || action === "replace") && (kind === "stream" || kind === "bucket"),
  );
  return {
    connection,
    workspace,
    bundles,
    ...(signer === undefined ? {} : { signer }),
    ...(wanted.messagesPerSecond === undefined ? {} : { messagesPerSecond: wanted.messagesPerSecond }),
    wantedStreams: new Map(wantedStreams(wanted).map(({ config }) => [config.name, config])),
    wantedConsumers: new Map(wanted.consumers.map((consumer) => [consumerName(consumer), consumer])),
    wantedBundles: new Map(wanted.deployments.map(({ integration, bundle }) => [integration, bundle])),
    liveStreams: new Map(live.streams.map((stream) => [stream.name, stream])),
    liveConsumers: new Map(live.consumers.map((consumer) => [`${consumer.stream}/${consumer.name}`, consumer])),
    liveDeployments: new Map(live.deployments.map((deployment) => [deployment.integration, deployment])),
    made: new Set(making.map(({ kind, name }) => (kind === "bucket" ? address.bucketStream(name) : name))),
    allowDataLoss,
    now,
  };
}
