// Accounts in a plan. Only in operator mode are they ours to make; elsewhere they are the server's configuration.

import type { Change } from "../schema/plan.ts";
import type { TenantTopology, Topology } from "../schema/topology.ts";
import { allFields, compareConfig } from "./compare.ts";
import { restartsWorker, safe } from "./consequence.ts";
import type { Observed } from "./observe.ts";
import type { Accounts, PlanOptions, Verdict } from "./plan.ts";

/** `wanted`: as it is in effect, with what is left over. */
export function planAccounts(
  wanted: Topology,
  _observed: Observed,
  { accounts, prune = false }: PlanOptions,
): readonly Verdict[] {
  if (accounts === undefined) return [];
  const names = new Set(wanted.tenants.map(({ tenant }) => tenant));
  const gone = [...accounts.live.keys()].filter((tenant) => !names.has(tenant));
  return [
    ...wanted.tenants.map((tenant) => planAccount(tenant, accounts)),
    ...gone.map((tenant): Verdict => {
      const subject = { kind: "account" as const, tenant, name: tenant };
      if (!prune) return { leftover: { ...subject, messages: 0 } };
      return { change: { action: "delete", ...subject, consequence: restartsWorker, fields: [] } };
    }),
  ];
}

function planAccount(tenant: TenantTopology, { live, wanted }: Accounts): Verdict {
  const subject = { kind: "account" as const, tenant: tenant.tenant, name: tenant.account.name };
  const there = live.get(tenant.tenant);
  const fields = wanted(tenant);
  if (there === undefined)
    return { change: { action: "create", ...subject, consequence: safe, fields: allFields(fields) } };
  const changed = compareConfig(fields, there);
  if (changed.length === 0) return {};
  return { change: consequenceOf({ action: "update", ...subject, consequence: safe, fields: changed }) };
}

/** A worker whose rights change is connected anew by the server. */
const consequenceOf = (change: Change): Change =>
  change.fields.some(({ field }) => field === "publish" || field === "subscribe")
    ? { ...change, consequence: restartsWorker }
    : change;
