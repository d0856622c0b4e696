// Mail. The client is loaded when the first target asks for it.

import type { Connector } from "../../schema/connector.ts";
import type { Network } from "../network.ts";
import { smtpManifest } from "./manifest.ts";

export function smtpConnector({ networkOf }: { readonly networkOf: (tenant: string) => Network }): Connector {
  return {
    manifest: smtpManifest,
    openTarget: async (context) => (await import("./target.ts")).openSmtpTarget(context, networkOf(context.tenant)),
  };
}
