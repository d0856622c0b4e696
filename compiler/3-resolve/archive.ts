// `archive`: what goes through the integration is kept for so long.

import type { Json } from "../../schema/json.ts";
import { isJsonObject } from "../../schema/json.ts";
import { durationText } from "../../schema/units.ts";
import type { Archive } from "../integration.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";
import { duration, size } from "./read-keys.ts";

const hour = 3_600_000;

/** Less is no archive, and 0 would mean for ever to the server. */
const leastKeep = hour;
const leastSize = 1024 * 1024;

export function resolveArchive(
  raw: Json | undefined,
  site: Site,
  transport: unknown,
  report: Report,
): Archive | undefined {
  if (!isJsonObject(raw)) return undefined;
  const keep = duration(raw.keep);
  // Told already: it is missing, or no duration.
  if (keep === undefined) return undefined;
  if (transport === "ephemeral") {
    const message = "With `transport: ephemeral` nothing is stored that could be archived.";
    report(findingAt("VRS2004", site, { message, help: "Leave `archive` or `transport: ephemeral` out." }, "key"));
  }
  if (keep < leastKeep) {
    const message = `An archive that keeps ${durationText(keep)} is none.`;
    report(findingAt("VRS2004", child(site, "keep"), { message, help: "`1h` is the least." }));
  }
  const most = size(raw.size);
  if (most !== undefined && most < leastSize) {
    const message = "An archive has room for 1MiB at least.";
    report(findingAt("VRS2004", child(site, "size"), { message, help: "Such as `size: 20GiB`." }));
  }
  return { site, keep, ...(most === undefined ? {} : { size: most }) };
}
