// Files below the data directory, both ways. `{tenant}` in its path gives each tenant a directory of its own, outside of
// which its files reach nothing.

import { resolve } from "node:path";
import type { Connector } from "../../schema/connector.ts";
import { fileManifest } from "./manifest.ts";

export function fileConnector(options: { readonly dataDir: string }): Connector {
  const rootOf = (tenant: string): string => resolve(options.dataDir.replaceAll("{tenant}", tenant));
  return {
    manifest: fileManifest,
    startSource: async (context) => (await import("./source.ts")).startFileSource(context, rootOf(context.tenant)),
    openTarget: async (context) => (await import("./target.ts")).openFileTarget(context, rootOf(context.tenant)),
  };
}
