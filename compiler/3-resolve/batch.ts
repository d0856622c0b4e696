// `batch`: messages are collected and sent as a list, where the connector of the target can take one.

import { isJsonObject } from "../../schema/json.ts";
import type { BatchSpec } from "../../schema/spec.gen.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import type { Batch, Use } from "../integration.ts";
import { child, findingAt, type Report, readValue, type Site } from "../value.ts";
import { duration, size } from "./read-keys.ts";
import { messageScope } from "./scope.ts";
import type { Reading } from "./steps.ts";

/** What is collected is in hand, unacknowledged: all of it comes again when the worker dies. */
const longestWithin = 3_600_000;

export function resolveBatch(given: unknown, site: Site, { roots, report }: Reading): Batch | undefined {
  if (!isJsonObject(given)) return undefined;
  const raw: Unchecked<BatchSpec> = given;
  const by = raw.by === undefined ? undefined : readValue(raw.by, child(site, "by"), messageScope(roots), report);
  const within = duration(raw.within) ?? 0;
  if (within > longestWithin) {
    const message = "A message waits an hour at most.";
    const help = "What is collected for longer belongs in a file that grows, or in a stream.";
    report(findingAt("VRS2004", child(site, "within"), { message, help }));
  }
  const bytes = size(raw.bytes);
  return {
    site,
    count: typeof raw.count === "number" ? raw.count : 1,
    within,
    ...(bytes === undefined ? {} : { bytes }),
    ...(by === undefined ? {} : { by }),
  };
}

export function reportBatch(batch: Batch | undefined, { manifest }: Use, report: Report): void {
  if (batch === undefined || manifest.target?.batches === true) return;
  const message = `\`${manifest.name}\` takes message by message, not a list of them.`;
  const help = "Leave `batch` out.";
  report(findingAt("VRS2030", batch.site, { message, help }, "key"));
}
