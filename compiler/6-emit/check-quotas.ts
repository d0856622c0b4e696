// What a tenant's integrations may use at most against what it is granted, in every context: refused before anything
// is applied, with the figures. Reckoned from the objects that would be emitted.

import type { ManifestContext, Quotas } from "../../schema/manifest.ts";
import {
  intakeSize,
  leastConnections,
  leastIntake,
  leastPayload,
  storageDefault,
  type Use,
} from "../../schema/quotas.ts";
import { sizeText } from "../../schema/units.ts";
import type { Tenant, Workspace } from "../integration.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";
import { readersIn } from "./streams.ts";
import { tenantUse } from "./topology.ts";

export function checkQuotas(workspace: Workspace, report: Report): void {
  const { contexts, tenants } = workspace;
  const readers = readersIn(workspace);
  for (const tenant of tenants) {
    if (tenant.integrations.length === 0) continue;
    const use = (granted: Quotas): Use => tenantUse({ ...tenant, quotas: { ...tenant.quotas, ...granted } }, readers);
    if (tenant.quotas.storage === undefined) checkArchives(tenant, use(tenant.quotas).storage, report);
    if (tenant.site !== undefined) checkGranted(tenant, tenant.quotas, use, child(tenant.site, "quotas"), "", report);
    for (const { name, site, tenants: overlays } of contexts) {
      const own = overlayOf(overlays, tenant.name);
      if (own === undefined) continue;
      const at = ["tenants", tenant.name, "quotas"].reduce(child, site);
      checkGranted(tenant, own, use, at, ` in context \`${name}\``, report);
    }
  }
}

const overlayOf = (overlays: ManifestContext["tenants"], tenant: string): Quotas | undefined =>
  overlays !== undefined && Object.hasOwn(overlays, tenant) ? overlays[tenant]?.quotas : undefined;

/** Where no quota is written, the sizes of archives alone can ask for more than there is. */
function checkArchives({ name, integrations }: Tenant, used: number, report: Report): void {
  const said = integrations.flatMap(({ archive }) => (archive?.size === undefined ? [] : [archive]));
  const [largest] = said.sort((a, b) => (b.size ?? 0) - (a.size ?? 0));
  if (largest === undefined || used <= storageDefault) return;
  const message = `The archives of tenant \`${name}\` do not fit: without a quota it has ${sizeText(storageDefault)} of storage.`;
  const help = `Grant it \`quotas: { storage: ${sizeText(roundUp(used))} }\` or more, or let the archive be smaller.`;
  report(findingAt("VRS5002", child(largest.site, "size"), { message, help }));
}

const gibibyte = 1024 ** 3;
const roundUp = (bytes: number): number => Math.ceil(bytes / gibibyte) * gibibyte;

/** Only what is written at `site` is looked at: each figure has one place. */
function checkGranted(
  tenant: Tenant,
  granted: Quotas,
  useUnder: (granted: Quotas) => Use,
  site: Site,
  where: string,
  report: Report,
): void {
  if (Object.keys(granted).length === 0) return;
  const count = tenant.integrations.length;
  const integrations = `${count} integration${count === 1 ? "" : "s"}`;
  const say = (key: keyof Quotas, message: string, help: string): void =>
    report(findingAt("VRS5002", child(site, key), { message, help }));
  const use = useUnder(granted);

  const storage = granted.storage ?? storageDefault;
  const stored = tenant.integrations.filter(({ ephemeral }) => !ephemeral).length;
  if (granted.storage !== undefined && stored > 0 && intakeSize(storage, stored) < leastIntake) {
    const message = `The quota leaves too little for the intake streams of ${integrations}${where}.`;
    say("storage", message, `Grant ${sizeText(2 * stored * leastIntake)} or more.`);
  } else if (granted.storage !== undefined && use.storage > storage) {
    const message = `The streams of tenant \`${tenant.name}\` reserve ${sizeText(use.storage)}${where}; the quota grants ${sizeText(storage)}.`;
    say("storage", message, `Grant ${sizeText(use.storage)} or more, or let its streams keep less.`);
  }
  for (const key of ["streams", "consumers"] as const) {
    const most = granted[key];
    if (most === undefined || use[key] <= most) continue;
    const message = `Tenant \`${tenant.name}\` needs ${use[key]} ${key} for its ${integrations}${where}; the quota grants ${most}.`;
    say(key, message, `Grant ${use[key]} or more, or move integrations to another tenant.`);
  }
  if (granted.connections !== undefined && granted.connections < leastConnections) {
    const message = `A worker and the control plane need ${leastConnections} connections${where}; the quota grants ${granted.connections}.`;
    say("connections", message, `Grant ${leastConnections} or more, and one more for each further worker.`);
  }
  if (granted.payload !== undefined && granted.payload < leastPayload) {
    const message = `A bundle is one message and may need ${sizeText(leastPayload)}${where}; the quota grants ${sizeText(granted.payload)}.`;
    say("payload", message, `Grant ${sizeText(leastPayload)} or more.`);
  }
}
