// What a worker says of itself, as plain data.

import type { BreakerState } from "./breaker.ts";
import type { RunningIntegration } from "./integration.ts";
import type { Link } from "./link.ts";
import type { SourceHealth } from "./supervise.ts";

export interface IntegrationHealth {
  readonly tenant: string;
  readonly integration: string;
  /** Hash of the bundle that runs. */
  readonly bundle: string;
  /** Messages in hand by target. */
  readonly inFlight: Readonly<Record<string, number>>;
  /** Circuit breakers by target; an open one is no reason not to be ready. */
  readonly breakers: Readonly<Record<string, BreakerState>>;
  /** Sources by name; one that is not connected, or that another worker runs, is no reason not to be ready. */
  readonly sources: Readonly<Record<string, SourceHealth>>;
  /** Sources that have not started and targets that do not pull. */
  readonly missing: readonly string[];
}

/** Deployed, and not what runs here. */
export interface RefusedDeployment {
  readonly tenant: string;
  readonly integration: string;
  readonly reason: string;
}

export interface Health {
  /** Connected, every source and target at work, and once all that is deployed has run here. */
  readonly ready: boolean;
  readonly draining: boolean;
  /** Tenants whose connection is down. */
  readonly disconnected: readonly string[];
  readonly integrations: readonly IntegrationHealth[];
  readonly refused: readonly RefusedDeployment[];
  /** Tenants whose deployment records have not been read yet. */
  readonly unread: readonly string[];
}

/** Why a worker is not ready: one line each. */
export function complaints(health: Health): readonly string[] {
  return [
    ...(health.draining ? ["draining"] : []),
    ...health.disconnected.map((tenant) => `${tenant}: NATS is not connected`),
    ...health.integrations.flatMap(({ tenant, integration, missing }) =>
      missing.map((part) => `${tenant}/${integration}: ${part} is not running`),
    ),
    ...deploymentComplaints(health),
  ];
}

/** What is deployed and does not run here: one line each. */
export const deploymentComplaints = ({ refused, unread }: Health): readonly string[] => [
  ...unread.map((tenant) => `${tenant}: what is deployed has not been read yet`),
  ...refused.map(
    ({ tenant, integration, reason }) => `${tenant}/${integration}: what is deployed is refused: ${reason}`,
  ),
];

export function healthOf(
  tenants: ReadonlyMap<string, { readonly link: Link }>,
  running: readonly RunningIntegration[],
  draining: boolean,
): Health {
  const disconnected = [...tenants].filter(([, { link }]) => !link.connected()).map(([name]) => name);
  const integrations = running.map((integration) => ({
    tenant: integration.tenant,
    integration: integration.integration,
    bundle: integration.program().bundle.hash,
    inFlight: integration.inFlight(),
    breakers: integration.breakers(),
    sources: integration.sources(),
    missing: integration.missing(),
  }));
  const ready = !draining && disconnected.length === 0 && integrations.every(({ missing }) => missing.length === 0);
  return { ready, draining, disconnected, integrations, refused: [], unread: [] };
}
