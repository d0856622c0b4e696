// What a target keeps so that it knows a message that comes again must be kept for longer than messages are retried.

import { isJsonObject } from "../../schema/json.ts";
import type { Use } from "../integration.ts";
import { findingAt, type Report } from "../value.ts";
import { duration } from "./read-keys.ts";

export function reportOutlasted({ manifest, settings, site }: Use, retryFor: number, report: Report): void {
  const properties = manifest.target?.settings.properties;
  for (const [key, schema] of Object.entries(isJsonObject(properties) ? properties : {})) {
    const unless = isJsonObject(schema) ? schema["x-vrsky-outlasts-retries"] : undefined;
    if (!isJsonObject(schema) || unless === undefined) continue;
    const value = (name: string) => settings.find((setting) => setting.key === name)?.value;
    const off = value(String(unless));
    if (off?.kind === "constant" && off.value === false) continue;
    const given = value(key);
    const kept = duration(given?.kind === "constant" ? given.value : schema.default);
    if (kept === undefined || kept > retryFor) continue;
    const message = `\`${key}\` must be longer than the target's \`retry.for\`.`;
    const help = "What comes again after it is written again.";
    report(findingAt("VRS2004", given?.site ?? site, { message, help }));
  }
}
