// What intakes can take in while their targets keep up: the proof that they never fill, or the bound up to which it
// holds.

import * as address from "../schema/address.ts";
import type { IntakeUse } from "../schema/plan.ts";
import { assumedMessage, intakeRate } from "../schema/quotas.ts";
import type { TenantTopology, Topology } from "../schema/topology.ts";

/** Of integrations whose figures change. `before` is what was applied last. */
export function intakeUse(before: Topology | undefined, wanted: Topology): readonly IntakeUse[] {
  const known = new Set((before?.tenants ?? []).flatMap(usesOf).map(textOf));
  return wanted.tenants.flatMap(usesOf).filter((use) => !known.has(textOf(use)));
}

const textOf = (use: IntakeUse): string => JSON.stringify(use);

function usesOf({ tenant, streams, deployments, messagesPerSecond: granted }: TenantTopology): readonly IntakeUse[] {
  const sizes = new Map(streams.map(({ config }) => [config.name, config.max_bytes]));
  return deployments.flatMap(({ integration, dedupe = 0 }) => {
    const bytes = sizes.get(address.intakeStream(integration));
    if (bytes === undefined) return [];
    return {
      tenant,
      integration,
      bytes,
      dedupe,
      ...(dedupe === 0 ? {} : { messagesPerSecond: intakeRate(bytes, dedupe) }),
      messageBytes: assumedMessage,
      ...(granted === undefined ? {} : { granted }),
    };
  });
}
