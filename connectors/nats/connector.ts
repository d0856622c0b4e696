// NATS subjects of the tenant's own account.

import type { NatsConnection } from "@nats-io/nats-core";
import type { Connector } from "../../schema/connector.ts";
import { natsManifest } from "./manifest.ts";

export function natsConnector(options: { readonly natsFor: (tenant: string) => NatsConnection }): Connector {
  return {
    manifest: natsManifest,
    openTarget: async (context) =>
      (await import("./target.ts")).openNatsTarget(options.natsFor(context.tenant), context.clock.now),
  };
}
