// PostgreSQL both ways. The client is loaded when the first source, target or call asks for it.

import type { Connector } from "../../schema/connector.ts";
import type { Network } from "../network.ts";
import { postgresManifest } from "./manifest.ts";

export function postgresConnector({ networkOf }: { readonly networkOf: (tenant: string) => Network }): Connector {
  return {
    manifest: postgresManifest,
    async startSource(context) {
      const { startPostgresSource } = await import("./source.ts");
      return await startPostgresSource(context, networkOf(context.tenant));
    },
    async openTarget(context) {
      const { openPostgresTarget } = await import("./target.ts");
      return openPostgresTarget(context, networkOf(context.tenant));
    },
    async openCall(context) {
      const { openPostgresCall } = await import("./call.ts");
      return openPostgresCall(context, networkOf(context.tenant));
    },
  };
}
