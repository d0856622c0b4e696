// Files below the data directory, both ways. `{tenant}` in its path gives each tenant a directory of its own, outside of
// which its files reach nothing.

import { resolve } from "node:path";
import type { Connector } from "../../schema/connector.ts";
import { type Network, publicNetwork } from "../network.ts";
import { fileManifest } from "./manifest.ts";
import type { Reach } from "./place-for.ts";

export interface FileOptions {
  readonly dataDir: string;
  /** Where a tenant's connections may lead; public addresses unless told. */
  readonly networkOf?: (tenant: string) => Network;
}

export function fileConnector(options: FileOptions): Connector {
  const rootOf = (tenant: string): string => resolve(options.dataDir.replaceAll("{tenant}", tenant));
  const networkOf = options.networkOf ?? (() => publicNetwork);
  const reaches = new Map<string, Reach>();
  const reachOf = (tenant: string): Reach => {
    const reach = reaches.get(tenant) ?? { network: networkOf(tenant), believed: new Map() };
    reaches.set(tenant, reach);
    return reach;
  };
  return {
    manifest: fileManifest,
    startSource: async (context) =>
      (await import("./source.ts")).startFileSource(context, rootOf(context.tenant), reachOf(context.tenant)),
    openTarget: async (context) =>
      (await import("./target.ts")).openFileTarget(context, rootOf(context.tenant), reachOf(context.tenant)),
  };
}
