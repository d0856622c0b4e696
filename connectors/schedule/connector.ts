// The clock as a source.

import type { Connector } from "../../schema/connector.ts";
import { scheduleManifest } from "./manifest.ts";

export function scheduleConnector(): Connector {
  return {
    manifest: scheduleManifest,
    startSource: async (context) => (await import("./source.ts")).startSchedule(context),
  };
}
