// What an earlier revision wanted, as a topology that can be planned and applied like any other.

import type { Topology } from "../schema/topology.ts";
import type { ClusterAccess } from "./access.ts";
import { bundlesThere } from "./bundles.ts";
import { concurrently } from "./concurrently.ts";
import { failed, failureOf, type Result, success } from "./failure.ts";
import { isDamaged, readContents, revisionAt } from "./platform/revisions.ts";
import { hasPlatform } from "./platform/streams.ts";
import { damagedRevision } from "./prepare.ts";

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
    if (lost === undefined) return success({ workspace, tenants });
    return refused(`the bundle of ${lost} as of revision ${number} is gone: check out its commit and apply that`);
  } catch (error) {
    return failed(failureOf(error, `reading revision ${number} of workspace ${workspace}`));
  }
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
