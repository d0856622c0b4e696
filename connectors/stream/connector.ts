// Declared streams: what one integration writes, others read.

import type { Connector } from "../../schema/connector.ts";
import type { NatsDoor } from "../nats/door.ts";
import { streamManifest } from "./manifest.ts";

export function streamConnector(options: { readonly natsFor: (tenant: string) => NatsDoor }): Connector {
  return {
    manifest: streamManifest,
    startSource: async (context) => (await import("./source.ts")).startStream(context, options.natsFor(context.tenant)),
    openTarget: async (context) => (await import("./target.ts")).openStream(context, options.natsFor(context.tenant)),
  };
}
