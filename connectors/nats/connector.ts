// NATS subjects of the tenant's own account.

import type { Connector } from "../../schema/connector.ts";
import type { NatsDoor } from "./door.ts";
import { natsManifest } from "./manifest.ts";

export function natsConnector(options: { readonly natsFor: (tenant: string) => NatsDoor }): Connector {
  return {
    manifest: natsManifest,
    startSource: async (context) =>
      (await import("./source.ts")).startNatsSource(context, options.natsFor(context.tenant)),
    openTarget: async (context) =>
      (await import("./target.ts")).openNatsTarget(context, options.natsFor(context.tenant)),
  };
}
