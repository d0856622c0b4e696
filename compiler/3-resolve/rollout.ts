// `rollout`: the terms on which a new bundle runs beside the stable one before it takes its place.

import { isJsonObject } from "../../schema/json.ts";
import { type AbortWhen, allParts, type RolloutTerms } from "../../schema/rollout.ts";
import type { AbortWhenSpec, RolloutSpec } from "../../schema/spec.gen.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";
import { rolloutDefaults } from "./defaults.ts";
import { duration } from "./read-keys.ts";

const shortestMs = 10_000;
const longestMs = 30 * 86_400_000;
/** More is no canary. */
const largestShare = allParts / 2;

export function resolveRollout(given: unknown, site: Site, report: Report): RolloutTerms | undefined {
  if (!isJsonObject(given)) return undefined;
  const raw: Unchecked<RolloutSpec> = given;
  const refuse = (at: Site, message: string, help: string): void => report(findingAt("VRS2004", at, { message, help }));
  // What has not the form is told where forms are.
  const share = Math.round((percent(raw.canary) ?? 1) * 100);
  if (share < 1 || share > largestShare) {
    refuse(child(site, "canary"), "The canary runs more than 0% and at most 50% of the keys.", "Such as `5%`.");
  }
  const forMs = duration(raw.for) ?? shortestMs;
  if (forMs < shortestMs || forMs > longestMs) {
    refuse(child(site, "for"), "A canary runs for 10s at least and 30d at most.", "Such as `10m`.");
  }
  const messages = typeof raw.messages === "number" ? raw.messages : rolloutDefaults.messages;
  return { share, forMs, messages, abortWhen: resolveAbort(raw["abort-when"]) };
}

function resolveAbort(given: unknown): AbortWhen {
  const raw: Unchecked<AbortWhenSpec> = isJsonObject(given) ? given : {};
  const errors = typeof raw.errors === "string" ? raw.errors : rolloutDefaults.errors;
  return {
    ...(typeof raw.dead === "number" ? { dead: raw.dead } : {}),
    errors: { percent: percent(errors) ?? 0, beyond: errors.startsWith("+") },
  };
}

/** `2.5%` and `+2.5%` → 2.5 */
function percent(raw: unknown): number | undefined {
  const [, figure] = /^\+?(\d+(?:\.\d+)?)%$/.exec(String(raw)) ?? [];
  return figure === undefined ? undefined : Number(figure);
}
