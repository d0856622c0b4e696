// A `dedupe` that is stated against what the tenant's quota lets in: ids inside it are never trimmed, so the intake
// must have room for all of them, in every context.

import type { ManifestContext, Quotas } from "../../schema/manifest.ts";
import { intakeRate, intakeSize, storageDefault } from "../../schema/quotas.ts";
import { durationText, sizeText } from "../../schema/units.ts";
import type { Source, Tenant, Workspace } from "../integration.ts";
import { child, findingAt, type Report } from "../value.ts";

export function checkDedupe({ contexts, tenants }: Workspace, report: Report): void {
  for (const tenant of tenants) {
    checkTenant(tenant, tenant.quotas, "", report);
    for (const { name, tenants: overlays } of contexts) {
      const own = overlayOf(overlays, tenant.name);
      if (own === undefined) continue;
      checkTenant(tenant, { ...tenant.quotas, ...own }, ` in context \`${name}\``, report);
    }
  }
}

const overlayOf = (overlays: ManifestContext["tenants"], tenant: string): Quotas | undefined =>
  overlays !== undefined && Object.hasOwn(overlays, tenant) ? overlays[tenant]?.quotas : undefined;

function checkTenant({ integrations }: Tenant, quotas: Quotas, where: string, report: Report): void {
  const { messages, storage = storageDefault } = quotas;
  if (messages === undefined) return;
  const bytes = intakeSize(storage, integrations.filter(({ ephemeral }) => !ephemeral).length);
  for (const source of integrations.flatMap(({ sources }) => sources))
    checkSource(source, bytes, messages, where, report);
}

function checkSource(source: Source, bytes: number, messages: number, where: string, report: Report): void {
  const { dedupe = 0, site } = source;
  if (dedupe === 0 || messages <= intakeRate(bytes, dedupe)) return;
  const holds = rateText(intakeRate(bytes, dedupe));
  const message = `An intake of ${sizeText(bytes)} keeps the ids of ${durationText(dedupe)} at up to ${holds} messages of 1KiB per second${where}; the quota lets ${rateText(messages)} in.`;
  const room = (dedupe * intakeRate(bytes, dedupe)) / messages;
  const unit = room < 600_000 ? 1_000 : 60_000;
  const fits = Math.floor(room / unit) * unit;
  const shorter = fits > 0 ? `State ${durationText(fits)} or less, or none` : "State none";
  const help = `${shorter}: ids are then known for as long as there is room.`;
  report(findingAt("VRS5005", child(site, "dedupe"), { message, help }));
}

const rateText = (rate: number): string =>
  rate >= 10 ? String(Math.floor(rate)) : String(Number(rate.toPrecision(2)));
