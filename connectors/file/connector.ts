// Files below the data directory, both ways.

import { resolve } from "node:path";
import type { Connector } from "../../schema/connector.ts";
import { fileManifest } from "./manifest.ts";

export function fileConnector(options: { readonly dataDir: string }): Connector {
  const root = resolve(options.dataDir);
  return {
    manifest: fileManifest,
    startSource: async (context) => (await import("./source.ts")).startFileSource(context, root),
    openTarget: async (context) => (await import("./target.ts")).openFileTarget(context, root),
  };
}
