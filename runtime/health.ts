// What a worker says of itself, as plain data.

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
