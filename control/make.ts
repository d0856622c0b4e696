// Makes the changes of a plan: those of one phase several at a time, the next phase when the last one is complete. Each
// is idempotent and the plan is made from what is there, so after a kill at any point the way on is to apply again.

import * as address from "../schema/address.ts";
import type { CodedBundle } from "../schema/bundle.ts";
import type { Change } from "../schema/plan.ts";
import type { TenantTopology, Topology } from "../schema/topology.ts";
import type { ClusterAccess } from "./access.ts";
import { carryOut, type Site } from "./carry-out.ts";
import { concurrently } from "./concurrently.ts";
import { type ControlFailure, failed, failureOf, type Result, success } from "./failure.ts";
import { fenced } from "./fenced.ts";
import { withRightsOf } from "./kept.ts";
import type { OnCopied } from "./migrate/copy.ts";
import { emptyTenant } from "./observe.ts";
import { phase } from "./phase.ts";
import type { Prepared } from "./prepare.ts";
import { consumerName, nothingOf, wantedStreams } from "./wanted.ts";

/** Told as it happens. */
export interface ApplyStep {
  readonly kind: "started" | "done";
  readonly change: Change;
  /** How many have been started, respectively done, this one included. */
  readonly number: number;
  readonly total: number;
}

export interface MakeOptions {
  /** As it shall be in effect, with what is left over. */
  readonly wanted: Topology;
  readonly access: ClusterAccess;
  /** By its hash, for those that the cluster does not hold yet. */
  readonly bundles: (hash: string) => CodedBundle | undefined;
  readonly allowDataLoss?: readonly string[];
  readonly now: () => Date;
  readonly onStep?: (step: ApplyStep) => void;
  readonly onCopied?: OnCopied;
  /** Asked before every change and every request of it: a reason to make no more of them. */
  readonly mayGoOn?: () => ControlFailure | undefined;
}

const changesAtOnce = 16;

/** The number of changes made. */
export async function make(prepared: Prepared, options: MakeOptions): Promise<Result<number>> {
  const { changes } = prepared.plan;
  const total = changes.length;
  const sites = createSites(prepared, options);
  const failures: ControlFailure[] = [];
  let started = 0;
  let done = 0;
  const change = async (each: Change): Promise<void> => {
    if (failures.length > 0) return;
    started++;
    options.onStep?.({ kind: "started", change: each, number: started, total });
    const failure = options.mayGoOn?.() ?? (await makeOne(each, sites, prepared, options));
    if (failure !== undefined) {
      failures.push(failure);
      return;
    }
    done++;
    options.onStep?.({ kind: "done", change: each, number: done, total });
  };
  for (const phase of phases(changes)) {
    await concurrently(phase, changesAtOnce, change);
    const [failure] = failures;
    if (failure !== undefined) return failed(cut(failure, done, total));
  }
  const narrowed = await narrow(prepared, options);
  return narrowed === undefined ? success(done) : failed(cut(narrowed, done, total));
}

const cut = (failure: ControlFailure, done: number, total: number): ControlFailure => ({
  ...failure,
  message: `${failure.message}; ${done} of ${total} changes were made, apply again to go on`,
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

const sameRun = (a: Change, b: Change): boolean => phase(a) === phase(b);

type Sites = (tenant: string) => Promise<Result<Site>>;

async function makeOne(
  change: Change,
  sites: Sites,
  prepared: Prepared,
  options: MakeOptions,
): Promise<ControlFailure | undefined> {
  if (change.kind === "account") return accountChange(change, prepared, options);
  const site = await sites(change.tenant);
  return site.ok ? carryOut(change, site.value) : site.failure;
}

/** A worker that goes on with the bundle before needs its rights until the changes are made: first both, then `narrow`. */
async function accountChange(
  { action, tenant: name }: Change,
  { before }: Prepared,
  { access, wanted }: MakeOptions,
): Promise<ControlFailure | undefined> {
  const accounts = access.accountsFor?.(wanted);
  try {
    const tenant = wanted.tenants.find((each) => each.tenant === name);
    if (action === "delete" || tenant === undefined) await accounts?.remove(name);
    else
      await accounts?.put(
        withRightsOf(
          tenant,
          before?.tenants.find((each) => each.tenant === name),
        ),
      );
    return undefined;
  } catch (error) {
    return failureOf(error, `${action === "delete" ? "removing" : "writing"} the account of tenant ${name}`);
  }
}

async function narrow({ plan, before }: Prepared, options: MakeOptions): Promise<ControlFailure | undefined> {
  const accounts = options.access.accountsFor?.(options.wanted);
  if (accounts === undefined) return undefined;
  const changed = new Set(
    plan.changes.filter(({ kind, action }) => kind === "account" && action !== "delete").map(({ tenant }) => tenant),
  );
  const wider = options.wanted.tenants.filter((tenant) => {
    const wide = withRightsOf(
      tenant,
      before?.tenants.find((each) => each.tenant === tenant.tenant),
    );
    return changed.has(tenant.tenant) && rights(wide) > rights(tenant);
  });
  try {
    for (const tenant of wider) {
      const stop = options.mayGoOn?.();
      if (stop !== undefined) return stop;
      await accounts.put(tenant);
    }
    return undefined;
  } catch (error) {
    return failureOf(error, "narrowing the rights of workers");
  }
}

const rights = ({ users }: TenantTopology): number =>
  users.reduce((sum, { permissions }) => sum + permissions.publish.length + permissions.subscribe.length, 0);

/** A tenant's site is made when it is first needed: in operator mode its account may be a change of this plan. */
function createSites(prepared: Prepared, options: MakeOptions): Sites {
  const made = new Map<string, Promise<Result<Site>>>();
  return (tenant) => {
    const known = made.get(tenant);
    if (known !== undefined) return known;
    const site = openSite(tenant, prepared, options);
    made.set(tenant, site);
    return site;
  };
}

async function openSite(tenant: string, prepared: Prepared, options: MakeOptions): Promise<Result<Site>> {
  const known = prepared.connections.find((each) => each.tenant === tenant)?.connection;
  const opened = known === undefined ? await options.access.open(tenant) : success(known);
  if (!opened.ok) return opened;
  if (opened.value === undefined) {
    return failed({ kind: "failed", message: `there is no connection to the account of tenant ${tenant}` });
  }
  return success(siteOf(tenant, opened.value, prepared, options));
}

function siteOf(tenant: string, connection: Site["connection"], prepared: Prepared, options: MakeOptions): Site {
  const wanted = options.wanted.tenants.find((each) => each.tenant === tenant) ?? nothingOf(tenant);
  const live = prepared.observed.tenants.find((each) => each.tenant === tenant) ?? emptyTenant(tenant);
  const streamsTo = (done: Change["action"]): ReadonlySet<string> =>
    new Set(
      prepared.plan.changes
        .filter(({ action, kind, tenant: owner }) => owner === tenant && action === done && isStream(kind))
        .map(({ kind, name }) => (kind === "bucket" ? address.bucketStream(name) : name)),
    );
  const { allowDataLoss = [], bundles, now, mayGoOn, onCopied } = options;
  const { signer } = options.access;
  return {
    connection: mayGoOn === undefined ? connection : fenced(connection, mayGoOn),
    workspace: options.wanted.workspace,
    bundles,
    ...(signer === undefined ? {} : { signer }),
    ...(wanted.messagesPerSecond === undefined ? {} : { messagesPerSecond: wanted.messagesPerSecond }),
    wantedStreams: new Map(wantedStreams(wanted).map(({ config }) => [config.name, config])),
    wantedConsumers: new Map(wanted.consumers.map((consumer) => [consumerName(consumer), consumer])),
    wantedDeployments: new Map(wanted.deployments.map((deployment) => [deployment.integration, deployment])),
    liveStreams: new Map(live.streams.map((stream) => [stream.name, stream])),
    liveConsumers: new Map(live.consumers.map((consumer) => [`${consumer.stream}/${consumer.name}`, consumer])),
    liveDeployments: new Map(live.deployments.map((deployment) => [deployment.integration, deployment])),
    made: streamsTo("create"),
    moved: streamsTo("replace"),
    allowDataLoss,
    now,
    ...(onCopied === undefined ? {} : { onCopied }),
  };
}

const isStream = (kind: Change["kind"]): boolean => kind === "stream" || kind === "bucket";
