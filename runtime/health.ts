// What a worker says of itself, as plain data.

import type { RunningIntegration } from "./integration.ts";
import type { Link } from "./link.ts";

export interface IntegrationHealth {
  readonly tenant: string;
  readonly integration: string;
  /** Hash of the bundle that runs. */
  readonly bundle: string;
  /** Messages in hand by target. */
  readonly inFlight: Readonly<Record<string, number>>;
  /** Sources that have not started and targets that do not pull. */
  readonly missing: readonly string[];
}

export interface Health {
  /** Connected, and every source and target at work. */
  readonly ready: boolean;
  readonly draining: boolean;
  /** Tenants whose connection is down. */
  readonly disconnected: readonly string[];
  readonly integrations: readonly IntegrationHealth[];
}

/** Why a worker is not ready: one line each. */
export function complaints(health: Health): readonly string[] {
  return [
    ...(health.draining ? ["draining"] : []),
    ...health.disconnected.map((tenant) => `${tenant}: NATS is not connected`),
    ...health.integrations.flatMap(({ tenant, integration, missing }) =>
      missing.map((part) => `${tenant}/${integration}: ${part} is not running`),
    ),
  ];
}

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
    missing: integration.missing(),
  }));
  const ready = !draining && disconnected.length === 0 && integrations.every(({ missing }) => missing.length === 0);
  return { ready, draining, disconnected, integrations };
}
