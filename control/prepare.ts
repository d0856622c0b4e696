// What a plan and an apply begin with: the revision that was applied last, what the cluster holds now, and the plan
// from there to what is wanted. Changes nothing.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../schema/address.ts";
import type { Bundle, CodedBundle } from "../schema/bundle.ts";
import type { Plan } from "../schema/plan.ts";
import { canShare } from "../schema/server-version.ts";
import type { Topology } from "../schema/topology.ts";
import { type ClusterAccess, openTenants } from "./access.ts";
import { readBundle, spoiledBundles } from "./bundles.ts";
import { concurrently } from "./concurrently.ts";
import type { TenantConnection } from "./connect.ts";
import { type LiveDeployment, stableOf } from "./deployment.ts";
import { type ControlFailure, failed, failureOf, type Result, success } from "./failure.ts";
import { callIfThere } from "./jetstream-api.ts";
import { type Observed, observe } from "./observe.ts";
import { type Accounts, plan } from "./plan.ts";
import { readJournal } from "./platform/journal.ts";
import { contentHash, headRevision, isDamaged, type Revision, readContents } from "./platform/revisions.ts";
import { hasPlatform } from "./platform/streams.ts";
import { unlikeness } from "./rollout/likeness.ts";

export interface PrepareOptions {
  readonly access: ClusterAccess;
  readonly wanted: Topology;
  /** What is ours and not wanted any more goes. */
  readonly prune?: boolean;
  /** Integrations whose canary was given up and shall be tried once more. */
  readonly retryRollouts?: readonly string[];
  /** Those that can be written anew where the cluster has lost them. */
  readonly bundles?: (hash: string) => CodedBundle | undefined;
}

export interface Prepared {
  readonly plan: Plan;
  readonly observed: Observed;
  readonly connections: readonly TenantConnection[];
  /** Undefined before the first apply. */
  readonly head?: Revision;
  /** The topology that was applied last. */
  readonly before?: Topology;
}

export async function prepare(options: PrepareOptions): Promise<Result<Prepared>> {
  const { access, wanted, prune = false, retryRollouts = [] } = options;
  const applied = await lastApplied(access, wanted);
  if (!applied.ok) return applied;
  const { head, before, tenants } = applied.value;
  const names = wanted.tenants.map(({ tenant }) => tenant);
  const gone = tenants.filter((tenant) => !names.includes(tenant));
  const opened = await openTenants(access, names);
  if (!opened.ok) return opened;
  const unfit = tooOldToShare(wanted, access.platform.info?.version ?? "");
  if (unfit !== undefined) return failed(unfit);
  // Of a tenant that is gone from the workspace the login may be gone as well: then it is left as it is.
  const left = await Promise.all(gone.map((tenant) => openTenants(access, [tenant])));
  const connections = [...opened.value, ...left.flatMap((result) => (result.ok ? result.value : []))];
  const unreachable = gone.filter((_, index) => left[index]?.ok !== true);
  const seen = await observe(wanted, connections);
  if (!seen.ok) return seen;
  const whole = await withSpoiled(seen.value, connections, options);
  if (!whole.ok) return whole;
  const observed = await withLikeness(whole.value, connections, options);
  if (!observed.ok) return observed;
  const accounts = await liveAccounts(access, wanted, [...names, ...gone]);
  if (!accounts.ok) return accounts;
  const planned = plan(wanted, observed.value, {
    revision: head?.revision ?? 0,
    prune,
    retryRollouts,
    unreachable,
    ...(access.signer === undefined ? {} : { signer: access.signer.publicKey }),
    ...(before === undefined ? {} : { before }),
    ...(accounts.value === undefined ? {} : { accounts: accounts.value }),
  });
  if (!planned.ok) return planned;
  return success({
    plan: planned.value,
    observed: observed.value,
    connections,
    ...(head === undefined ? {} : { head }),
    ...(before === undefined ? {} : { before }),
  });
}

/** Records whose bundle no worker would get, where it can be written anew. */
async function withSpoiled(
  { tenants }: Observed,
  connections: readonly TenantConnection[],
  { access, bundles = () => undefined }: PrepareOptions,
): Promise<Result<Observed>> {
  const byTenant = new Map(connections.map(({ tenant, connection }) => [tenant, connection]));
  try {
    const looked = await concurrently(tenants, 8, async (live) => {
      const connection = byTenant.get(live.tenant);
      const hashes = live.deployments.flatMap(({ record }) =>
        [record?.bundle, record?.canary?.bundle].flatMap((hash) =>
          hash !== undefined && bundles(hash) !== undefined ? [hash] : [],
        ),
      );
      if (connection === undefined || hashes.length === 0) return live;
      const spoiled = await spoiledBundles(connection, hashes, access.signer?.publicKey);
      if (spoiled.size === 0) return live;
      const deployments = live.deployments.map((each) =>
        [each.record?.bundle, each.record?.canary?.bundle].some((hash) => spoiled.has(hash ?? ""))
          ? { ...each, spoiled: true }
          : each,
      );
      return { ...live, deployments };
    });
    return success({ tenants: looked });
  } catch (error) {
    return failed(failureOf(error, "reading the bundles that are stored"));
  }
}

/** Deployments whose bundle would be tried beside the stable one, and whether that can be. */
async function withLikeness(
  { tenants }: Observed,
  connections: readonly TenantConnection[],
  { wanted, bundles = () => undefined }: PrepareOptions,
): Promise<Result<Observed>> {
  try {
    const looked = await concurrently(tenants, 8, async (live) => {
      const connection = connections.find(({ tenant }) => tenant === live.tenant)?.connection;
      const own = wanted.tenants.find(({ tenant }) => tenant === live.tenant)?.deployments ?? [];
      const tried = new Map(own.flatMap((each) => (each.rollout === undefined ? [] : [[each.integration, each]])));
      if (connection === undefined || tried.size === 0) return live;
      const bundleOf = async (hash: string): Promise<Bundle | undefined> =>
        (bundles(hash) ?? (await readBundle(connection, hash)))?.bundle;
      const deployments = live.deployments.map(async (each): Promise<LiveDeployment> => {
        const next = tried.get(each.integration)?.bundle;
        const now = stableOf(each);
        if (next === undefined || now === undefined || next === now) return each;
        const [stable, canary] = await Promise.all([bundleOf(now), bundleOf(next)]);
        // A stable bundle that is gone cannot go on running.
        if (stable === undefined || canary === undefined) return { ...each, rests: true };
        if (stable.paused === true || canary.paused === true) return { ...each, rests: true };
        const unlike = unlikeness(stable, canary);
        return unlike === undefined ? each : { ...each, unlike };
      });
      return { ...live, deployments: await Promise.all(deployments) };
    });
    return success({ tenants: looked });
  } catch (error) {
    return failed(failureOf(error, "reading the bundles that are deployed"));
  }
}

/** An older server would take the wish for a copy, leave out from what it is filled, and copy nothing. */
function tooOldToShare({ tenants }: Topology, version: string): ControlFailure | undefined {
  const reader = tenants.find(({ account }) => account.imports.length > 0);
  const [shared] = reader?.account.imports ?? [];
  if (reader === undefined || shared === undefined || canShare(version)) return undefined;
  const message = `tenant ${reader.tenant} reads stream ${shared.tenant}/${shared.stream}: sharing needs nats-server 2.14.4 or newer, this is ${version}`;
  return { kind: "unsupported", message };
}

interface Applied {
  readonly head?: Revision;
  readonly before?: Topology;
  /** Those that an apply has begun with, whether it came to its end or not. */
  readonly tenants: readonly string[];
}

async function lastApplied({ platform }: ClusterAccess, wanted: Topology): Promise<Result<Applied>> {
  const { workspace } = wanted;
  try {
    if (!(await hasPlatform(platform))) return success({ tenants: [] });
    const begun = await begunWith(platform, workspace);
    const head = await headRevision(platform, workspace);
    if (head === undefined) return success({ tenants: begun });
    if (isDamaged(head)) return failed(damagedRevision(head.damaged));
    const same = wanted.tenants.filter((tenant) => head.tenants[tenant.tenant] === contentHash(tenant));
    const known = new Set(same.map(({ tenant }) => tenant));
    const others = Object.fromEntries(Object.entries(head.tenants).filter(([tenant]) => !known.has(tenant)));
    return success({
      tenants: [...new Set([...Object.keys(head.tenants), ...begun])],
      head,
      before: { workspace, tenants: [...same, ...(await readContents(platform, workspace, others))] },
    });
  } catch (error) {
    return failed(failureOf(error, "reading what was applied last"));
  }
}

/** A journal that cannot be read is left to `apply` to complain of. */
async function begunWith(platform: NatsConnection, workspace: string): Promise<readonly string[]> {
  if ((await callIfThere(platform, `STREAM.INFO.${address.nowStream}`)) === undefined) return [];
  const journal = await readJournal(platform, workspace);
  return journal === undefined || journal === "damaged" ? [] : journal.tenants;
}

export const damagedRevision = (subject: string) =>
  ({
    kind: "journal",
    message: `the message on ${subject} in the platform account is no revision that this version can read: somebody else wrote there, or a newer vrsky did; use that version, or remove the message`,
  }) as const;

/** Undefined where accounts are not ours to make. */
async function liveAccounts(
  access: ClusterAccess,
  wanted: Topology,
  tenants: readonly string[],
): Promise<Result<Accounts | undefined>> {
  const accounts = access.accountsFor?.(wanted);
  if (accounts === undefined) return success(undefined);
  try {
    return success({ live: await accounts.observe(tenants), wanted: accounts.wanted });
  } catch (error) {
    return failed(failureOf(error, "reading the accounts"));
  }
}
