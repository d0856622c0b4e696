// What an earlier revision wanted, as a topology that can be planned and applied like any other.

import type { TenantTopology, Topology } from "../schema/topology.ts";
import type { ClusterAccess } from "./access.ts";
import { bundlesThere } from "./bundles.ts";
import { concurrently } from "./concurrently.ts";
import { readDeployments } from "./deployment.ts";
import { failed, failureOf, type Result, success } from "./failure.ts";
import { isDamaged, listRevisions, type Revision, readContents, revisionAt } from "./platform/revisions.ts";
import { hasPlatform } from "./platform/streams.ts";
import { damagedRevision } from "./prepare.ts";
import { renamedBack } from "./rename-back.ts";

/** Refused when the revision does not exist, or when something of it is not there any more. */
export async function wantedAt(access: ClusterAccess, workspace: string, number: number): Promise<Result<Topology>> {
  const { platform } = access;
  try {
    const there = await hasPlatform(platform);
    const revision = there ? await revisionAt(platform, workspace, number) : undefined;
    if (revision === undefined) {
      return refused(`workspace ${workspace} has no revision ${number}; \`vrsky history\` lists what there is`);
    }
    if (isDamaged(revision)) return failed(damagedRevision(revision.damaged));
    const tenants = await readContents(platform, workspace, revision.tenants);
    if (tenants.length < Object.keys(revision.tenants).length) {
      return refused(`the content of revision ${number} is damaged or gone: check out its commit and apply that`);
    }
    const lost = await missingBundle(access, { workspace, tenants });
    if (lost === undefined) {
      const then = { workspace, tenants: await concurrently(tenants, 8, (tenant) => atOnce(access, tenant)) };
      return success(renamedBack(then, await revisionsSince(access, revision)));
    }
    return refused(`the bundle of ${lost} as of revision ${number} is gone: check out its commit and apply that`);
  } catch (error) {
    return failed(failureOf(error, `reading revision ${number} of workspace ${workspace}`));
  }
}

/** Who goes back wants to be back now. But what is tried on a share, or was given up, does not get everything by that. */
async function atOnce(access: ClusterAccess, tenant: TenantTopology): Promise<TenantTopology> {
  const { deployments } = tenant;
  if (deployments.every(({ rollout }) => rollout === undefined)) return tenant;
  const opened = await access.open(tenant.tenant);
  const live = opened.ok && opened.value !== undefined ? await readDeployments(opened.value) : [];
  const tried = new Map(live.map(({ integration, record }) => [integration, record?.canary?.bundle]));
  return {
    ...tenant,
    deployments: deployments.map((deployment) => {
      const { rollout: _, ...whole } = deployment;
      return tried.get(deployment.integration) === deployment.bundle ? deployment : whole;
    }),
  };
}

/** What was applied after it, oldest first, as far as it can still be read: only of tenants that it has as well. */
async function revisionsSince({ platform }: ClusterAccess, then: Revision): Promise<readonly Topology[]> {
  const { workspace } = then;
  const read = new Map<string, Promise<readonly TenantTopology[]>>();
  const contentOf = (tenant: string, hash: string): Promise<readonly TenantTopology[]> => {
    const content = read.get(hash) ?? readContents(platform, workspace, { [tenant]: hash });
    read.set(hash, content);
    return content;
  };
  const later = (await listRevisions(platform, workspace)).flatMap((each) => (isDamaged(each) ? [] : [each]));
  return concurrently(
    later.filter(({ revision }) => revision > then.revision),
    4,
    async ({ tenants }) => {
      const shared = Object.entries(tenants).filter(([tenant]) => Object.hasOwn(then.tenants, tenant));
      const contents = await concurrently(shared, 4, ([tenant, hash]) => contentOf(tenant, hash));
      return { workspace, tenants: contents.flat() };
    },
  );
}

const refused = (message: string) => failed({ kind: "failed", message });

/** `tenant/integration` */
async function missingBundle(access: ClusterAccess, { tenants }: Topology): Promise<string | undefined> {
  const missing = await concurrently(tenants, 8, async ({ tenant, deployments }) => {
    if (deployments.length === 0) return undefined;
    const opened = await access.open(tenant);
    const held = opened.ok && opened.value !== undefined ? await bundlesThere(opened.value) : new Set<string>();
    const lost = deployments.find(({ bundle }) => !held.has(bundle));
    return lost === undefined ? undefined : `${tenant}/${lost.integration}`;
  });
  return missing.find((lost) => lost !== undefined);
}
