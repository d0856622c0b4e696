// The one key of a source or target that names a connector. Unknown keys were reported by the schema.

import type { JsonObject } from "../../schema/json.ts";
import type { Use } from "../integration.ts";
import { child, type Report, type Site } from "../value.ts";
import type { Surroundings } from "./integration.ts";
import { resolveUse, type UseRoots } from "./use.ts";

export function resolveConnector(
  raw: JsonObject,
  site: Site,
  side: "source" | "target",
  around: Surroundings,
  report: Report,
  roots: UseRoots = {},
): Use | undefined {
  for (const manifest of around.manifests) {
    const schema = manifest[side]?.settings;
    if (schema === undefined || !Object.hasOwn(raw, manifest.name)) continue;
    return resolveUse(manifest, schema, raw[manifest.name], child(site, manifest.name), around, report, roots);
  }
  return undefined;
}
