// One tenant in a worker: its connection, its values, and its integrations, each of which comes, changes and goes
// without its neighbours.

import type { Env } from "../schema/worker.ts";
import type { RunningIntegration } from "./integration.ts";
import type { Link } from "./link.ts";
import { createMask, type Mask } from "./mask.ts";
import type { Pace } from "./pace.ts";
import type { ScriptHosts } from "./script/hosts.ts";

export interface Tenant {
  readonly name: string;
  readonly link: Link;
  env: Env;
  /** Every secret value that it ever had here. */
  readonly secrets: Set<string>;
  mask: Mask;
  readonly running: Map<string, RunningIntegration>;
  /** Its own: another tenant's scripts do not wait for it. */
  readonly scripts: ScriptHosts;
  readonly pace: Pace;
  /** True while a bundle that is not loaded may still come. */
  awaits: (integration: string, bundle: string) => boolean;
  /** Changes under way by integration: two at once would each see half of what the other did. */
  readonly changing: Map<string, Promise<void>>;
}

export function createTenant(name: string, link: Link, env: Env, pace: Pace, scripts: ScriptHosts): Tenant {
  const tenant: Tenant = {
    name,
    link,
    env,
    secrets: new Set(),
    mask: (text) => text,
    running: new Map(),
    scripts,
    pace,
    awaits: () => false,
    changing: new Map(),
  };
  setEnv(tenant, env);
  return tenant;
}

/** Values before are masked on: they may still be in force elsewhere. */
export function setEnv(tenant: Tenant, env: Env): void {
  tenant.env = env;
  for (const value of Object.values(env.secrets)) tenant.secrets.add(value);
  tenant.mask = createMask(tenant.secrets);
}

/** One after the other for an integration, beside those of its neighbours. */
export function inTurn({ changing }: Tenant, integration: string, change: () => Promise<void>): Promise<void> {
  const mine = (changing.get(integration) ?? Promise.resolve()).then(change);
  const settled = mine.catch(() => undefined);
  changing.set(integration, settled);
  void settled.then(() => {
    if (changing.get(integration) === settled) changing.delete(integration);
  });
  return mine;
}
