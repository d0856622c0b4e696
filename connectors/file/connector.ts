// Files below the data directory, both ways. Each tenant has a folder of its own there, and reaches nothing else.

import { join, resolve } from "node:path";
import type { Connector } from "../../schema/connector.ts";
import { fileManifest } from "./manifest.ts";

export function fileConnector(options: { readonly dataDir: string }): Connector {
  const root = resolve(options.dataDir);
  return {
    manifest: fileManifest,
    startSource: async (context) => (await import("./source.ts")).startFileSource(context, join(root, context.tenant)),
    openTarget: async (context) => (await import("./target.ts")).openFileTarget(context, join(root, context.tenant)),
  };
}
